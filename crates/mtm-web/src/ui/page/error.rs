//! Pages that say what went wrong and what to do: not found, not allowed, busy, broken.

use maud::{Markup, html};

use crate::ui::components::layout::{self, Shell};

/// What an error page shows.
#[derive(Clone, Debug, Default)]
pub struct ErrorPage {
    /// Frame; without a user where nobody is signed in.
    pub shell: Shell,
    /// HTTP status.
    pub status: u16,
    /// What happened, in a few words.
    pub title: String,
    /// Why, and whether anything was booked.
    pub text: String,
    /// Words and address of the next step.
    pub next: Option<(String, String)>,
    /// Number to quote to an administrator; empty if there is none.
    pub trace_id: String,
}

/// The document.
pub fn page(model: &ErrorPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &ErrorPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &ErrorPage) -> Markup {
    html! {
        div class="narrow center-page" {
            section class="panel" data-answer="refused" {
                p class="error-code" { (model.status) }
                h1 { (model.title) }
                p { (model.text) }
                @if let Some((words, address)) = &model.next {
                    div class="form-actions" { a class="button primary" href=(address) { (words) } }
                }
                @if !model.trace_id.is_empty() { p class="small quiet" { "Quote this number to an administrator: " span class="code" { (model.trace_id) } } }
            }
        }
    }
}
