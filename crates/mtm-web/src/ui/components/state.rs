//! Messages within the page and the states of a list: empty, refused, stale.

use maud::{Markup, html};

use super::icon::{Icon, icon};

/// How serious a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    #[default]
    Note,
    /// Look before you go on.
    Warn,
    /// Something is wrong.
    Bad,
}

/// One line within the page.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// How serious.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// Words and address of what can be done about it.
    pub action: Option<(String, String)>,
}

/// Draws a message.
pub fn message(message: &Message) -> Markup {
    let (class, picture) = match message.tone {
        Tone::Note => ("message", Icon::Note),
        Tone::Warn => ("message warn", Icon::Warning),
        Tone::Bad => ("message bad", Icon::Cross),
    };
    html! {
        div class=(class) {
            (icon(picture))
            p { (message.text) }
            @if let Some((words, address)) = &message.action {
                a class="button push" href=(address) { (words) }
            }
        }
    }
}

/// A place where rows would be, with what to do next.
#[derive(Clone, Debug, Default)]
pub struct Empty {
    /// What is not there.
    pub title: String,
    /// Why, or what to try.
    pub text: String,
    /// Words and address of the next step.
    pub action: Option<(String, String)>,
}

/// Draws the empty state.
pub fn empty(empty: &Empty) -> Markup {
    html! {
        div class="empty" {
            (icon(Icon::Search))
            p class="empty-title" { (empty.title) }
            @if !empty.text.is_empty() { p class="quiet" { (empty.text) } }
            @if let Some((words, address)) = &empty.action {
                div class="form-actions" { a class="button" href=(address) { (words) } }
            }
        }
    }
}

/// Prints the list as a table; shown where scripts run, since every browser prints without us.
pub fn print_button() -> Markup {
    html! {
        button type="button" class="button scripted" data-print { (icon(Icon::Print)) "Print" }
    }
}

/// Says when the page was read; a script shows it when newer facts exist and rows may not be
/// exchanged under the person's hands.
pub fn stale(shown_at: &str, again: &str) -> Markup {
    html! {
        div id="stale" class="message warn" hidden {
            (icon(Icon::Warning))
            p { "Something changed since this was read (" (crate::ui::format::time(shown_at)) ")." }
            a class="button push" href=(again) data-again { "Show it now" }
        }
    }
}
