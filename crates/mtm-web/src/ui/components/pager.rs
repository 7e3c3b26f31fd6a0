//! Keyset paging: newer and older, never page numbers.

use maud::{Markup, html};

/// Where a page of rows stands in its list.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// What is shown, such as `50 movements, newest first`.
    pub shown: String,
    /// Address of the start of the list; `None` on the first page.
    pub first: Option<String>,
    /// Address of the next page; `None` on the last.
    pub next: Option<String>,
}

/// Draws the pager.
pub fn pager(pager: &Pager) -> Markup {
    html! {
        nav class="pager" aria-label="Pages" {
            p class="small quiet" { (pager.shown) }
            ul {
                @if let Some(address) = &pager.first { li { a class="button" href=(address) { "Back to the start" } } }
                @if let Some(address) = &pager.next { li { a class="button" href=(address) rel="next" { "Show more" } } }
            }
        }
    }
}
