//! Undoing on the History page: one movement, or everything of a shift or a scan session; the
//! consequences are shown first.

use maud::{Markup, html};

use super::history::Detail;
use crate::ui::{
    components::{
        acknowledgement::Refused,
        bucket,
        field::{Entry, Field, Kind, guards, hidden},
        icon::{Icon, icon},
        layout::Shell,
    },
    format::{counted, pieces},
};

/// Whether and how a movement can be undone.
#[derive(Clone, Debug, Default)]
pub enum Reversal {
    /// The person may not, or there is nothing to undo.
    #[default]
    None,
    /// Address that shows the consequences first.
    Offered(String),
    /// The consequences; nothing is booked yet.
    Preview(Preview),
    /// It cannot be undone: why, and what can still be done.
    Blocked(Refused),
}

/// What undoing would change.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Key of the reversal.
    pub idempotency_key: String,
    /// Each bucket that changes.
    pub changes: Vec<Change>,
    /// Reason, kept after a refusal.
    pub reason: Entry,
}

/// Movements that are undone together.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What they are: `what was booked in shift 2026-11-23/1`.
    pub words: String,
    /// The fields that name them.
    pub fields: Vec<(String, String)>,
    /// The list as it is.
    pub close: String,
    /// How far it is.
    pub state: GroupState,
}

/// How far undoing a group is.
#[derive(Clone, Debug)]
pub enum GroupState {
    /// Address that shows the consequences first.
    Offered(String),
    /// The consequences; nothing is booked yet.
    Preview {
        /// Key of the reversal.
        idempotency_key: String,
        /// How many movements would be undone.
        movements: usize,
        /// Each bucket that changes.
        changes: Vec<Change>,
        /// Reason, kept after a refusal.
        reason: Entry,
    },
    /// It cannot be undone: why, and what can still be done.
    Blocked(Refused),
}

impl Default for GroupState {
    fn default() -> Self {
        Self::Offered(String::new())
    }
}

/// A bucket before and after.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Location.
    pub location: String,
    /// Operation.
    pub operation: String,
    /// Lot number.
    pub lot: String,
    /// Pieces before.
    pub before: i64,
    /// Pieces after.
    pub after: i64,
}

/// How the opened movement can be undone.
pub(super) fn reversal(shell: &Shell, detail: &Detail) -> Markup {
    match &detail.reversal {
        Reversal::None => html! {},
        Reversal::Offered(address) => html! {
            div class="form-actions" {
                a class="button danger" href=(address) { (icon(Icon::Undo)) "Undo this movement…" }
            }
        },
        Reversal::Blocked(refused) => acknowledgement_inline(refused),
        Reversal::Preview(shown) => preview(shell, detail, shown),
    }
}

fn acknowledgement_inline(refused: &Refused) -> Markup {
    html! {
        div class="message bad" {
            (icon(Icon::Cross))
            div {
                p { strong { (refused.title) } }
                p { (refused.text) }
                @if !refused.next.is_empty() { p { (refused.next) } }
                @for (words, address) in &refused.choices { p { a href=(address) { (words) } } }
            }
        }
    }
}

/// Movements that are undone together: offered, or with what that would change.
pub(super) fn group(shell: &Shell, group: &Group) -> Markup {
    match &group.state {
        GroupState::Offered(address) => html! {
            p class="form-actions" {
                a class="button danger" href=(address) { (icon(Icon::Undo)) "Undo " (group.words) "…" }
            }
        },
        GroupState::Blocked(refused) => html! {
            section id="group" class="panel" aria-label="Undo together" {
                (acknowledgement_inline(refused))
                p class="form-actions" { a class="button" href=(group.close) { "Leave it" } }
            }
        },
        GroupState::Preview { idempotency_key, movements, changes, reason } => html! {
            form id="undo-group" class="panel" method="post" action="/undo" data-book aria-label="Undo together" {
                (guards(&shell.csrf, idempotency_key, &[]))
                @for (name, value) in &group.fields { (hidden(name, value)) }
                (hidden("group", "1"))
                (hidden("screen", "history"))
                h2 { "Undo " (group.words) }
                p { "All or none of " strong { (counted(i64::try_from(*movements).unwrap_or(i64::MAX), "movement", "movements")) } ", the newest first. It would change" }
                (consequences(changes))
                (Field::new("undo-group", "reason", "Why", Kind::Text, reason).first(true).draw())
                div class="form-actions" {
                    button class="button primary" type="submit" { (icon(Icon::Undo)) "Undo them" }
                    a class="button" href=(group.close) { "Leave it" }
                }
            }
        },
    }
}

/// Each bucket before and after.
fn consequences(changes: &[Change]) -> Markup {
    html! {
        ul class="consequences" {
            @for change in changes {
                li {
                    span { (bucket::place(&change.location, &change.operation)) " · lot " span class="code" { (change.lot) } }
                    span class="change" { (pieces(change.before)) " → " (pieces(change.after)) }
                }
            }
        }
    }
}

fn preview(shell: &Shell, detail: &Detail, preview: &Preview) -> Markup {
    html! {
        form id="undo" method="post" action="/undo" data-book {
            (guards(&shell.csrf, &preview.idempotency_key, &[]))
            (hidden("movement_id", &detail.movement.id))
            (hidden("screen", "history"))
            h3 { "Undoing it would change" }
            (consequences(&preview.changes))
            (Field::new("undo", "reason", "Why", Kind::Text, &preview.reason).first(true).draw())
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Undo)) "Undo it" }
                a class="button" href=(detail.close) { "Leave it" }
            }
        }
    }
}
