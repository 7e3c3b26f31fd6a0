//! The count sheet: what is to be counted, on paper, with room for numbers and notes.

use maud::{Markup, html};

use crate::ui::components::{
    layout::{self, Shell, heading},
    qr::qr,
    state,
    table::{Column, Row, Table, code, text},
};
use crate::ui::format::time;

/// What the sheet shows: no numbers but those of the lines.
#[derive(Clone, Debug, Default)]
pub struct CountSheetPage {
    /// Frame.
    pub shell: Shell,
    /// The count.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who planned it.
    pub planned_by: String,
    /// When, RFC 3339 UTC.
    pub planned_at: String,
    /// The text of its code.
    pub code: String,
    /// The lines that wait for somebody to count.
    pub lines: Vec<SheetLine>,
}

/// A line of the sheet.
#[derive(Clone, Debug, Default)]
pub struct SheetLine {
    /// Its number.
    pub line: u32,
    /// Location.
    pub location: String,
    /// Part.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Lot.
    pub lot: String,
    /// The text of its code.
    pub scan: String,
}

/// The document.
pub fn page(model: &CountSheetPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &CountSheetPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &CountSheetPage) -> Markup {
    let row = |line: &SheetLine| {
        Row::of(vec![
            Some(
                html! { span class="sheet-line" { (line.line) (qr(&line.scan, &format!("Code of line {}", line.line))) } },
            ),
            code(&line.location),
            code(&line.part),
            text(&line.operation),
            code(&line.lot),
            Some(blank()),
            Some(blank()),
        ])
    };
    let table = Table {
        id: "sheet",
        caption: "Lines to count".to_owned(),
        columns: vec![
            Column::lead("Line"),
            Column::text("Location"),
            Column::text("Part"),
            Column::text("Operation"),
            Column::text("Lot"),
            Column::text("Counted"),
            Column::text("Notes"),
        ],
        rows: model.lines.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        (heading(&model.name, ""))
        div class="sheet-head" {
            (qr(&model.code, "Code of this count"))
            div {
                p class="quiet" { "Planned by " (model.planned_by) ", " (time(&model.planned_at)) }
                p class="small quiet" { "Scan this code on any screen to count here, or the code of a line to count that line." }
            }
        }
        p { "Counted by ______________________   at ____________" }
        @if model.lines.is_empty() { p { "Nothing is left to count." } } @else { (table) }
        div class="form-actions" {
            (state::print_button())
            a class="button plain" href={ "/counts/" (model.id) } { "Back to the count" }
        }
    }
}

/// Room to write.
fn blank() -> Markup {
    html! { span class="write-here" { "____________" } }
}
