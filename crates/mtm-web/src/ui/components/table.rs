//! Tables that become cards on a phone. Roles are written out: a table shown as blocks would
//! otherwise lose its rows and columns for a screen reader.

use maud::{Markup, Render, html};

/// How a column is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text.
    #[default]
    Text,
    /// The cell that names the row; the headline of its card.
    Lead,
    /// A number, to the right.
    Number,
    /// The number that the row is about; beside the headline of its card.
    Main,
    /// From → to.
    Path,
    /// Long text, small.
    Notes,
}

impl Style {
    const fn class(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Lead => "lead",
            Self::Number => "number",
            Self::Main => "number main",
            Self::Path => "path",
            Self::Notes => "notes",
        }
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Heading, also the label on a card.
    pub label: &'static str,
    /// How its cells are set.
    pub style: Style,
}

impl Column {
    /// A column of text.
    pub const fn text(label: &'static str) -> Self {
        Self { label, style: Style::Text }
    }

    /// The column that names the row.
    pub const fn lead(label: &'static str) -> Self {
        Self { label, style: Style::Lead }
    }

    /// A column of numbers.
    pub const fn number(label: &'static str) -> Self {
        Self { label, style: Style::Number }
    }

    /// The column that the rows are about.
    pub const fn main(label: &'static str) -> Self {
        Self { label, style: Style::Main }
    }

    /// A column of ways from one place to another.
    pub const fn path(label: &'static str) -> Self {
        Self { label, style: Style::Path }
    }

    /// A column of long text.
    pub const fn notes(label: &'static str) -> Self {
        Self { label, style: Style::Notes }
    }
}

/// A row: one cell per column; `None` is an empty cell, left out of the card.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The cells.
    pub cells: Vec<Option<Markup>>,
    /// Shown as the chosen one.
    pub selected: bool,
}

impl Row {
    /// A row of these cells.
    pub const fn of(cells: Vec<Option<Markup>>) -> Self {
        Self { cells, selected: false }
    }
}

/// A table with a caption for those who do not see it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Id, for live updates.
    pub id: &'static str,
    /// What the table lists.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// A row of sums.
    pub total: Option<Row>,
    /// Which facts refresh it: `*`, `part:…`, `lot:…`; empty for a table that stays as it is.
    pub live: String,
}

impl Render for Table {
    fn render(&self) -> Markup {
        html! {
            div id=(self.id) class="table-wrap cards-wrap" data-live=[(!self.live.is_empty()).then_some(&self.live)] {
                table class="table cards" role="table" {
                    caption class="visually-hidden" { (self.caption) }
                    thead role="rowgroup" {
                        tr role="row" {
                            @for column in &self.columns {
                                th scope="col" role="columnheader" class=(column.style.class()) { (column.label) }
                            }
                        }
                    }
                    tbody role="rowgroup" { @for row in &self.rows { (self.row(row)) } }
                    @if let Some(total) = &self.total { tfoot role="rowgroup" { (self.row(total)) } }
                }
            }
        }
    }
}

impl Table {
    fn row(&self, row: &Row) -> Markup {
        html! {
            tr role="row" aria-current=[row.selected.then_some("true")] class=[row.selected.then_some("picked")] {
                @for (column, cell) in self.columns.iter().zip(&row.cells) { (draw_cell(*column, cell.as_ref())) }
            }
        }
    }
}

fn draw_cell(column: Column, cell: Option<&Markup>) -> Markup {
    html! {
        @match cell {
            Some(cell) if column.style == Style::Lead => {
                th scope="row" role="rowheader" class="lead" data-label=(column.label) { (cell) }
            }
            Some(cell) => td role="cell" class=(column.style.class()) data-label=(column.label) { span { (cell) } },
            None => td role="cell" class={ "blank " (column.style.class()) } {},
        }
    }
}

/// A cell of text; empty text leaves it out.
pub fn text(value: &str) -> Option<Markup> {
    (!value.is_empty()).then(|| html! { (value) })
}

/// A cell with a code.
pub fn code(value: &str) -> Option<Markup> {
    (!value.is_empty()).then(|| html! { span class="code" { (value) } })
}

/// A cell with a code that opens something.
pub fn link(value: &str, address: &str) -> Option<Markup> {
    (!value.is_empty()).then(|| html! { a class="code row-link" href=(address) { (value) } })
}
