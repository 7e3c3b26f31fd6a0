//! Stock: what is on hand, now or at any moment, grouped or bucket by bucket.

use maud::{Markup, html};

use crate::ui::{
    components::{
        badge,
        field::{Choice, Entry, Field, Kind, Select, tick},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        pager::{Pager, pager},
        state::{self, Empty, Message},
        table::{self, Column, Row, Table},
    },
    format::{counted, link, lot_link, pieces, time},
};

/// What the Stock page shows.
#[derive(Clone, Debug, Default)]
pub struct StockPage {
    /// Frame.
    pub shell: Shell,
    /// What was asked for.
    pub filters: StockFilters,
    /// The rows.
    pub rows: Vec<StockRow>,
    /// Pieces of all rows that match, also those not shown; `None` when not counted.
    pub total: Option<i64>,
    /// Lots of all rows that match.
    pub total_lots: Option<i64>,
    /// Paging.
    pub pager: Pager,
    /// Files of all matching rows: words and address.
    pub exports: Vec<(String, String)>,
}

/// The filters of the Stock page.
#[derive(Clone, Debug, Default)]
pub struct StockFilters {
    /// Search in everything.
    pub q: Entry,
    /// Part number, with wildcards.
    pub part: Entry,
    /// Operation.
    pub operation: Entry,
    /// Location, with wildcards.
    pub location: Entry,
    /// Building.
    pub building: Entry,
    /// All buildings.
    pub buildings: Vec<Choice>,
    /// Moment in site time; empty means now.
    pub as_of: Entry,
    /// Columns to group by; empty shows every bucket.
    pub group_by: Vec<Group>,
}

impl StockFilters {
    /// Something is set that stands behind the fold.
    fn more(&self) -> bool {
        let folded = [&self.building, &self.as_of];
        !self.group_by.is_empty()
            || folded.iter().any(|entry| !entry.value.is_empty() || !entry.error.is_empty())
    }
}

/// A column that rows can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Part.
    Part,
    /// Operation.
    Operation,
    /// Location.
    Location,
    /// Building.
    Building,
}

impl Group {
    /// All groups, in the order of columns.
    pub const ALL: [Self; 4] = [Self::Part, Self::Operation, Self::Location, Self::Building];

    /// The value of `group_by`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Operation => "operation",
            Self::Location => "location",
            Self::Building => "building",
        }
    }

    /// The word on the screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Part => "Part",
            Self::Operation => "Operation",
            Self::Location => "Location",
            Self::Building => "Building",
        }
    }
}

/// A bucket, or a group of them (then the fields that are not grouped by are empty).
#[derive(Clone, Debug, Default)]
pub struct StockRow {
    /// Part number.
    pub part: String,
    /// Operation.
    pub operation: String,
    /// Location.
    pub location: String,
    /// Building.
    pub building: String,
    /// Lot number.
    pub lot: String,
    /// Pieces.
    pub quantity: i64,
    /// Lots in this row.
    pub lots: i64,
    /// Colour, work order and notes in one line.
    pub attributes: String,
    /// When the lot was received, RFC 3339 UTC.
    pub received_at: String,
    /// Age in words, such as `3 d`.
    pub age: String,
    /// Reason of the hold; `None` if it is free.
    pub hold: Option<String>,
    /// Pieces of the lot are reserved.
    pub reserved: bool,
}

/// The document.
pub fn page(model: &StockPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &StockPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &StockPage) -> Markup {
    html! {
        (heading("Stock", "What is on hand"))
        (filters(&model.filters))
        @if !model.filters.as_of.value.is_empty() { (as_of_message(&model.filters)) }
        @if model.rows.is_empty() {
            (state::empty(&Empty {
                title: "Nothing on hand that fits".into(),
                text: "Try fewer filters, or part of a number with %.".into(),
                action: Some(("Show everything".into(), "/stock".into())),
            }))
        } @else {
            div id="stock-total" class="page-head" data-live=(live(&model.filters)) {
                @if let Some(total) = model.total {
                    p class="hero" { span class="figure-big" { (pieces(total)) } " pieces" }
                }
                @if let Some(lots) = model.total_lots { p { (counted(lots, "lot", "lots")) } }
                div class="form-actions actions no-print" {
                    a class="button plain" href="/throughput" { "What moved today" }
                    (state::print_button())
                    @for (words, address) in &model.exports {
                        a class="button" href=(address) download { (icon(Icon::Download)) (words) }
                    }
                }
            }
            (rows(model))
            (pager(&model.pager))
        }
    }
}

/// A past moment never changes, so it is not refreshed.
fn live(filters: &StockFilters) -> &'static str {
    if filters.as_of.value.is_empty() { "*" } else { "" }
}

fn as_of_message(filters: &StockFilters) -> Markup {
    state::message(&Message {
        text: format!("The stock as it was at {}.", filters.as_of.value.replace('T', " ")),
        action: Some(("Show now".into(), "/stock".into())),
        ..Message::default()
    })
}

fn filters(filters: &StockFilters) -> Markup {
    let field = |name, label, kind, entry| Field::new("stock", name, label, kind, entry).filter();
    html! {
        form id="stock" class="panel" method="get" action="/stock" data-find role="search" aria-label="Filter the stock" {
            div class="filters" {
                (field("q", "Search", Kind::Search, &filters.q).first(true).class("wide").draw())
                (field("part", "Part", Kind::Part, &filters.part).draw())
                (field("operation", "Operation", Kind::Operation, &filters.operation).draw())
                (field("location", "Location", Kind::Location, &filters.location).draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/stock" data-reset { "Clear" }
                }
            }
            details class="asks" open[filters.more()] {
                summary { "Group, building, past moment" }
                div class="filters" {
                    fieldset class="choices wide" {
                        legend { "Group by" }
                        @for group in Group::ALL {
                            (tick("stock", "group_by", group.key(), group.label(), filters.group_by.contains(&group)))
                        }
                    }
                    (Select {
                        form: "stock", name: "building", label: "Building", entry: &filters.building,
                        choices: &filters.buildings, none: Some("all"), class: "",
                    }.draw())
                    (field("as_of", "As it was at", Kind::Time, &filters.as_of).draw())
                }
            }
        }
    }
}

fn rows(model: &StockPage) -> Markup {
    let grouped = &model.filters.group_by;
    let shows = |group| grouped.is_empty() || grouped.contains(&group);
    let mut columns = Vec::new();
    for group in Group::ALL.into_iter().filter(|group| shows(*group)) {
        columns.push(if columns.is_empty() {
            Column::lead(group.label())
        } else {
            Column::text(group.label())
        });
    }
    if grouped.is_empty() {
        columns.extend([
            Column::text("Lot"),
            Column::notes("Attributes"),
            Column::text("Received"),
            Column::number("Age"),
        ]);
    } else {
        columns.push(Column::number("Lots"));
    }
    columns.push(Column::main("On hand"));

    let draw = |row: &StockRow| {
        let mut cells = Vec::new();
        for group in Group::ALL.into_iter().filter(|group| shows(*group)) {
            cells.push(match group {
                Group::Part => table::code(&row.part),
                Group::Operation => table::text(&row.operation),
                Group::Location => table::code(&row.location),
                Group::Building => table::text(&row.building),
            });
        }
        if grouped.is_empty() {
            cells.extend([
                Some(lot(row)),
                table::text(&row.attributes),
                received(row),
                table::text(&row.age),
            ]);
        } else {
            cells.push(Some(html! { (pieces(row.lots)) }));
        }
        cells.push(Some(quantity(row, &model.filters)));
        Row::of(cells)
    };
    html! {
        (Table {
            id: "stock-rows",
            caption: "Stock; every quantity opens its explanation".into(),
            columns,
            rows: model.rows.iter().map(draw).collect(),
            total: None,
            live: live(&model.filters).into(),
        })
    }
}

fn lot(row: &StockRow) -> Markup {
    html! {
        a class="code row-link" href=(lot_link(&row.lot)) { (row.lot) }
        @if let Some(reason) = &row.hold { " " (badge::hold(reason)) }
        @if row.reserved { " " (badge::plain("reserved")) }
    }
}

fn received(row: &StockRow) -> Option<Markup> {
    (!row.received_at.is_empty()).then(|| html! { span class="small" { (time(&row.received_at)) } })
}

fn quantity(row: &StockRow, filters: &StockFilters) -> Markup {
    let address = link(
        "/stock/explain",
        &[
            ("part", &row.part),
            ("operation", &row.operation),
            ("location", &row.location),
            ("lot", &row.lot),
            ("as_of", &filters.as_of.value),
        ],
    );
    let can_explain =
        [&row.part, &row.operation, &row.location, &row.lot].iter().any(|value| !value.is_empty());
    html! {
        @if can_explain {
            a class="qty row-link" href=(address) title="Explain this number" { (pieces(row.quantity)) }
        } @else {
            span class="qty" { (pieces(row.quantity)) }
        }
    }
}
