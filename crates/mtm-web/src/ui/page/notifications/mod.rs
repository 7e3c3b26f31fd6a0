//! Notifications: what happened that somebody should know, what they want to be told of, and where.

mod ways;

use maud::{Markup, html};

use super::routings::answer;
use crate::ui::{
    components::{
        acknowledgement::Refused,
        field::{guards, hidden, tick},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        pager::{Pager, pager},
        state::{self, Empty, Message},
    },
    format::time,
};

pub use ways::{Follows, Way};

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct NotificationsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// The news, newest first.
    pub items: Vec<NewsItem>,
    /// The place of the newest of them.
    pub up_to: String,
    /// Where the page stands in its list.
    pub pager: Pager,
    /// What somebody may be told of.
    pub choices: Vec<Chosen>,
    /// The ways beyond the program.
    pub ways: Vec<Way>,
    /// The secret of a webhook that was just made: shown once.
    pub secret: String,
    /// The lots that somebody follows.
    pub follows: Vec<Follows>,
    /// Key of the next change.
    pub idempotency_key: String,
}

/// A piece of news.
#[derive(Clone, Debug, Default)]
pub struct NewsItem {
    /// What kind of news, in words.
    pub kind: &'static str,
    /// What happened.
    pub text: String,
    /// Where to go from here.
    pub address: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Whether it is new to this person.
    pub unread: bool,
}

/// A kind of news, and whether somebody is told.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Name of the kind.
    pub kind: &'static str,
    /// What it is, in words.
    pub label: &'static str,
    /// Whether they are told.
    pub told: bool,
}

/// The document.
pub fn page(model: &NotificationsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &NotificationsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &NotificationsPage) -> Markup {
    html! {
        (heading("Notifications", "What happened that you should know"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        (news(model))
        (choices(model))
        (ways::ways(model))
        (ways::follows(model))
    }
}

fn news(model: &NotificationsPage) -> Markup {
    html! {
        section id="news" data-live="notice" aria-label="News" {
            @if model.items.is_empty() {
                (state::empty(&Empty {
                    title: "Nothing happened".to_owned(),
                    text: "That you should know, and that you want to be told of.".to_owned(),
                    action: None,
                }))
            } @else {
                @if model.shell.unread > 0 {
                    form method="post" action="/notifications" data-book aria-label="Mark as read" {
                        (guards(&model.shell.csrf, &model.idempotency_key, &[]))
                        (hidden("up_to", &model.up_to))
                        div class="form-actions" {
                            button class="button" type="submit" name="action" value="read" { (icon(Icon::Check)) "I have read them" }
                        }
                    }
                }
                ol class="news" { @for item in &model.items { li class=[item.unread.then_some("new")] { (draw(item)) } } }
                (pager(&model.pager))
            }
        }
    }
}

fn draw(item: &NewsItem) -> Markup {
    html! {
        a class="news-item" href=(item.address) {
            span class="news-kind small" {
                (item.kind)
                @if item.unread { " " span class="badge hold" { "new" } }
            }
            span class="news-text" { (item.text) }
            span class="small quiet" { (time(&item.at)) }
        }
    }
}

fn choices(model: &NotificationsPage) -> Markup {
    html! {
        h2 { "What you are told of" }
        form id="choices" class="panel" method="post" action="/notifications" data-book aria-label="What you are told of" {
            (guards(&model.shell.csrf, &model.idempotency_key, &[]))
            ul class="choices" {
                @for choice in &model.choices {
                    li { (tick("choices", "told", choice.kind, choice.label, choice.told)) }
                }
            }
            div class="form-actions" {
                button class="button primary" type="submit" name="action" value="choose" { "Save" }
            }
        }
        p class="small quiet" { "What is not ticked is not shown here, and does not ring the bell." }
    }
}
