//! What became of something that people decide about.

use maud::{Markup, html};

use super::table::{Column, Row, Table, text};
use crate::ui::format::time;

/// Something that became of it.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// What.
    pub what: String,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// In words.
    pub note: String,
}

/// Draws all of it, the oldest first; nothing where nothing became of it yet.
pub fn past(history: &[Past]) -> Markup {
    if history.is_empty() {
        return Markup::default();
    }
    let row = |it: &Past| {
        Row::of(vec![Some(html! { (it.what) }), Some(time(&it.at)), text(&it.by), text(&it.note)])
    };
    html! {
        h2 { "What became of it" }
        (Table {
            id: "history",
            caption: "What became of it, the oldest first".to_owned(),
            columns: vec![
                Column::lead("What"), Column::text("When"), Column::text("Who"), Column::notes("In words"),
            ],
            rows: history.iter().map(row).collect(),
            ..Table::default()
        })
    }
}
