//! The life of a lot as a tree: in → move → split → out, oldest on top.

use maud::{Markup, html};

use super::badge::{self, MovementType};
use crate::ui::format::{pieces, time};

/// One step; what happened to the pieces afterwards hangs below it when they went several ways.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Movement id.
    pub movement_id: String,
    /// Type.
    pub kind: MovementType,
    /// Where it went, in words.
    pub place: String,
    /// Pieces.
    pub quantity: i64,
    /// Who.
    pub user: String,
    /// When, RFC 3339 UTC.
    pub recorded_at: String,
    /// Notes.
    pub notes: String,
    /// Undone later.
    pub undone: bool,
    /// The movement whose details are open.
    pub current: bool,
    /// Branches: the parts that went another way.
    pub branches: Vec<Step>,
}

/// Draws the tree.
pub fn life_cycle(steps: &[Step]) -> Markup {
    html! { ol class="tree" { (list(steps)) } }
}

fn list(steps: &[Step]) -> Markup {
    html! {
        @for step in steps {
            li {
                div class={ "tree-step" @if step.current { " current" } } aria-current=[step.current.then_some("true")] {
                    span { (badge::movement(step.kind)) @if step.undone { " " (badge::plain("undone")) } }
                    span class="where" { (step.place) }
                    span class={ "qty" @if step.undone { " struck" } } { (pieces(step.quantity)) }
                    span class="more" {
                        (time(&step.recorded_at)) " · " (step.user)
                        @if !step.notes.is_empty() { " · " (step.notes) }
                    }
                }
                @if !step.branches.is_empty() { ol { (list(&step.branches)) } }
            }
        }
    }
}
