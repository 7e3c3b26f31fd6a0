//! History: what happened, with the details of one movement beside the list and the way to undo it.

use maud::{Markup, html};

pub use super::history_undo::{Change, Group, GroupState, Preview, Reversal};
use super::history_undo::{group, reversal};
use crate::ui::{
    components::{
        acknowledgement::{Answer, acknowledgement},
        badge::MovementType,
        bucket::{self, Movement},
        field::{Entry, Field, Kind, tick},
        icon::{Icon, icon},
        layout::{self, Shell, heading},
        life_cycle::{Step, life_cycle},
        pager::{Pager, pager},
        state::{self, Empty},
        table::{self, Column, Row, Table},
    },
    format::{link, lot_link, pieces, time},
};

/// What the History page shows.
#[derive(Clone, Debug, Default)]
pub struct HistoryPage {
    /// Frame.
    pub shell: Shell,
    /// The server's answer to the last undo.
    pub answer: Option<Answer>,
    /// What was asked for.
    pub filters: HistoryFilters,
    /// Movements, newest first; each with the address that opens its details.
    pub rows: Vec<HistoryRow>,
    /// What the list can be undone as, together.
    pub group: Option<Group>,
    /// The movement whose details are open.
    pub detail: Option<Detail>,
    /// Paging.
    pub pager: Pager,
    /// Files of all matching rows: words and address.
    pub exports: Vec<(String, String)>,
}

impl HistoryPage {
    fn shows_consequences(&self) -> bool {
        matches!(&self.group, Some(Group { state: GroupState::Preview { .. }, .. }))
    }
}

/// A movement and the address that opens its details within the same list.
#[derive(Clone, Debug, Default)]
pub struct HistoryRow {
    /// The movement.
    pub movement: Movement,
    /// Address of this list with the movement's details open.
    pub address: String,
}

/// The filters of the History page.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilters {
    /// Days at one tap.
    pub presets: Vec<Preset>,
    /// Part number, with wildcards.
    pub part: Entry,
    /// Operation.
    pub operation: Entry,
    /// Location.
    pub location: Entry,
    /// Lot number.
    pub lot: Entry,
    /// Who booked it.
    pub user: Entry,
    /// From, in site time.
    pub from: Entry,
    /// To, in site time.
    pub to: Entry,
    /// Search in notes.
    pub q: Entry,
    /// Shift that it was booked in.
    pub shift: Entry,
    /// Scan session.
    pub session: Entry,
    /// Types; empty means all.
    pub types: Vec<MovementType>,
}

impl HistoryFilters {
    /// Something is set that stands behind the fold.
    fn more(&self) -> bool {
        let folded = [&self.user, &self.q, &self.from, &self.to, &self.shift, &self.session];
        !self.types.is_empty()
            || folded.iter().any(|entry| !entry.value.is_empty() || !entry.error.is_empty())
    }
}

/// A span of days at one tap.
#[derive(Clone, Debug, Default)]
pub struct Preset {
    /// `Today`, `This week`, `This month`, `All`.
    pub label: String,
    /// The list with this span.
    pub address: String,
    /// This span is on.
    pub current: bool,
}

/// One movement, opened.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The movement.
    pub movement: Movement,
    /// Further facts, word and value: station, shift, item type, work order, colour, document numbers.
    pub facts: Vec<(String, String)>,
    /// The life of its lot.
    pub steps: Vec<Step>,
    /// The list without details.
    pub close: String,
    /// Lists of what was booked together with it: words and address.
    pub beside: Vec<(String, String)>,
    /// Whether and how it can be undone.
    pub reversal: Reversal,
}

/// The document.
pub fn page(model: &HistoryPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &HistoryPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &HistoryPage) -> Markup {
    html! {
        (heading("History", "What happened, newest first"))
        (acknowledgement(model.answer.as_ref()))
        // An open panel has the cursor, or an answer; else the filters do.
        (filters(&model.filters, model.detail.is_none() && model.answer.is_none() && !model.shows_consequences()))
        @if let Some(together) = &model.group { (group(&model.shell, together)) }
        div class=[model.detail.is_some().then_some("columns-detail")] {
            div class="list" { (list(model)) }
            @if let Some(open) = &model.detail { (detail(&model.shell, open)) }
        }
    }
}

fn filters(filters: &HistoryFilters, first: bool) -> Markup {
    let field = |name, label, kind, entry| Field::new("history", name, label, kind, entry).filter();
    html! {
        form id="history" class="panel" method="get" action="/history" data-find role="search" aria-label="Filter the history" {
            nav class="presets" aria-label="Days" {
                @for preset in &filters.presets {
                    a class="button" href=(preset.address) aria-current=[preset.current.then_some("true")] { (preset.label) }
                }
            }
            div class="filters" {
                (field("part", "Part", Kind::Part, &filters.part).first(first).draw())
                (field("operation", "Operation", Kind::Operation, &filters.operation).draw())
                (field("location", "Location", Kind::Location, &filters.location).draw())
                (field("lot", "Lot", Kind::Lot, &filters.lot).draw())
                div class="form-actions" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Show" }
                    a class="button plain" href="/history" data-reset { "Clear" }
                }
            }
            details class="asks" open[filters.more()] {
                summary { "Types, person, notes, shift, from and to" }
                div class="filters" {
                    fieldset class="choices row" {
                        legend { "Types" }
                        @for kind in MovementType::ALL {
                            (tick("history", "type", kind.key(), kind.label(), filters.types.contains(&kind)))
                        }
                    }
                    (field("user", "Who", Kind::Text, &filters.user).draw())
                    (field("q", "In the notes", Kind::Search, &filters.q).draw())
                    (field("shift", "Shift", Kind::Text, &filters.shift).draw())
                    (field("session", "Scan session", Kind::Text, &filters.session).draw())
                    (field("from", "From", Kind::Time, &filters.from).draw())
                    (field("to", "To", Kind::Time, &filters.to).draw())
                }
            }
        }
    }
}

fn list(model: &HistoryPage) -> Markup {
    html! {
        @if model.rows.is_empty() {
            (state::empty(&Empty {
                title: "No movements that fit".into(),
                text: "Try a longer span of days or fewer filters.".into(),
                action: Some(("Show everything".into(), "/history".into())),
            }))
        } @else {
            (rows(model))
            (pager(&model.pager))
            div class="form-actions" {
                (state::print_button())
                @for (words, address) in &model.exports {
                    a class="button" href=(address) download { (icon(Icon::Download)) (words) }
                }
            }
        }
    }
}

fn rows(model: &HistoryPage) -> Markup {
    let open = model.detail.as_ref().map_or("", |detail| &detail.movement.id);
    // The open details say who and why; the list beside them keeps room for where.
    let narrow = model.detail.is_some();
    let mut columns = vec![
        Column::lead("When"),
        Column::text("Type"),
        Column::text("Part"),
        Column::main("Pieces"),
        Column::path("From → to"),
        Column::text("Lot"),
    ];
    if !narrow {
        columns.extend([Column::text("Who"), Column::notes("Notes")]);
    }
    let draw = |row: &HistoryRow| {
        let movement = &row.movement;
        Row {
            cells: vec![
                Some(
                    html! { a class="row-link" href=(row.address) { (time(&movement.recorded_at)) } },
                ),
                Some(bucket::kind(movement)),
                table::code(&movement.part),
                Some(bucket::quantity(movement)),
                Some(bucket::path(movement)),
                table::link(&movement.lot, &lot_link(&movement.lot)),
                table::text(&movement.user),
                table::text(&movement.notes),
            ],
            selected: movement.id == open,
        }
    };
    html! {
        (Table {
            id: "history-rows",
            caption: "Movements; the time opens the details".into(),
            columns,
            rows: model.rows.iter().map(draw).collect(),
            total: None,
            live: if model.pager.first.is_none() { "*".into() } else { String::new() },
        })
    }
}

fn detail(shell: &Shell, detail: &Detail) -> Markup {
    let movement = &detail.movement;
    html! {
        aside id="detail" class="panel detail" aria-label="Details of the movement" {
            div class="panel-head" {
                h2 { (bucket::kind(movement)) }
                a class="button plain" href=(detail.close) { (icon(Icon::Cross)) "Close" }
            }
            p class="hero" { span class="figure-big" { (pieces(movement.quantity)) } span class="code" { (movement.part) } }
            p { (bucket::path(movement)) }
            dl class="facts" {
                div { dt { "When" } dd { (time(&movement.recorded_at)) } }
                div { dt { "Who" } dd { (movement.user) } }
                div { dt { "Lot" } dd { a class="code" href=(lot_link(&movement.lot)) { (movement.lot) } } }
                @if let Some(sequence) = movement.sequence { div { dt { "Number in the log" } dd { (sequence) } } }
                @for (word, value) in &detail.facts { div { dt { (word) } dd { (value) } } }
                @if !movement.notes.is_empty() { div class="wide" { dt { "Notes" } dd { (movement.notes) } } }
                @if !movement.reverses.is_empty() {
                    div class="wide" { dt { "Undoes" } dd { a href=(link("/history", &[("movement", &movement.reverses)])) { "this movement" } } }
                }
                @if !movement.reversed_by.is_empty() {
                    div class="wide" { dt { "Undone by" } dd { a href=(link("/history", &[("movement", &movement.reversed_by)])) { "this movement" } } }
                }
            }
            @if !detail.beside.is_empty() {
                p class="form-actions" {
                    @for (words, address) in &detail.beside { a class="button plain" href=(address) { (words) } }
                }
            }
            (reversal(shell, detail))
            @if !detail.steps.is_empty() { h3 { "Life of lot " span class="code" { (movement.lot) } } (life_cycle(&detail.steps)) }
        }
    }
}
