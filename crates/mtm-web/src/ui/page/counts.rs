//! Cycle counts: which there are, how far they are, and a form for another.

use maud::{Markup, html};

use crate::ui::components::{
    field::{Entry, Field, Kind, guards, tick},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{self, Pager},
    state::{self, Empty, Message},
    table::{Column, Row, Table, text},
};
use crate::ui::format::{counted, link, percent, pieces, time};

/// What the page of the counts shows.
#[derive(Clone, Debug, Default)]
pub struct CountsPage {
    /// Frame.
    pub shell: Shell,
    /// What became of the form.
    pub message: Option<Message>,
    /// The counts, newest first.
    pub counts: Vec<CountRow>,
    /// Where the list goes on.
    pub pager: Pager,
    /// How right the ledger was lately.
    pub lately: Lately,
    /// The form; `None` for whoever may not plan.
    pub plan: Option<PlanForm>,
}

/// How right the ledger was in the last 30 days.
#[derive(Clone, Debug, Default)]
pub struct Lately {
    /// Lines counted.
    pub lines: i64,
    /// Those where it was right, 0 to 1.
    pub share: Option<f64>,
    /// Where it was wrong most often.
    pub worst: Vec<PlaceRow>,
}

/// How right the ledger was at a location.
#[derive(Clone, Debug, Default)]
pub struct PlaceRow {
    /// Location.
    pub location: String,
    /// Lines counted.
    pub lines: i64,
    /// Those where it was wrong.
    pub wrong: i64,
    /// Pieces found beyond what was expected.
    pub more: i64,
    /// Pieces missing.
    pub fewer: i64,
}

/// A count in the list.
#[derive(Clone, Debug, Default)]
pub struct CountRow {
    /// Identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How it stands, in words.
    pub state: String,
    /// Lines.
    pub lines: i64,
    /// Lines that nobody needs to count any more.
    pub done: i64,
    /// How right the ledger was, in words; empty while nothing is decided.
    pub accuracy: String,
    /// Who planned it.
    pub planned_by: String,
    /// When.
    pub planned_at: String,
}

/// The form for another count.
#[derive(Clone, Debug, Default)]
pub struct PlanForm {
    /// Key that makes a repetition harmless.
    pub idempotency_key: String,
    /// What people call it.
    pub name: Entry,
    /// Building.
    pub building: Entry,
    /// Locations, separated by commas.
    pub locations: Entry,
    /// Parts, separated by commas.
    pub parts: Entry,
    /// Operations, separated by commas.
    pub operations: Entry,
    /// Tolerance in pieces.
    pub tolerance_pieces: Entry,
    /// Tolerance in percent.
    pub tolerance_percent: Entry,
    /// Whether the same person may count again.
    pub same_person: bool,
}

/// The document.
pub fn page(model: &CountsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &CountsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &CountsPage) -> Markup {
    html! {
        (heading("Counts", "What is really there, compared with the ledger while work goes on"))
        div id="answer" tabindex="-1" {
            @if let Some(message) = &model.message { (state::message(message)) }
        }
        @if model.counts.is_empty() {
            (state::empty(&Empty {
                title: "Nothing was counted yet.".to_owned(),
                text: "A lead plans a count; people count without being told what is expected.".to_owned(),
                action: None,
            }))
        } @else {
            (table(model))
            (pager::pager(&model.pager))
        }
        (lately(&model.lately))
        @if let Some(plan) = &model.plan { (form(&model.shell.csrf, plan)) }
    }
}

fn lately(lately: &Lately) -> Markup {
    let Some(share) = lately.share else { return Markup::default() };
    let row = |place: &PlaceRow| {
        let address = link("/history", &[("location", &place.location), ("type", "adjust")]);
        Row::of(vec![
            Some(html! { a href=(address) { (place.location) } }),
            Some(html! { (pieces(place.wrong)) " of " (pieces(place.lines)) }),
            (place.more != 0).then(|| html! { (pieces(place.more)) }),
            (place.fewer != 0).then(|| html! { (pieces(place.fewer)) }),
        ])
    };
    let table = Table {
        id: "wrong-places",
        caption: "Where the ledger was wrong most often in the last 30 days".to_owned(),
        columns: vec![
            Column::lead("Location"),
            Column::number("Lines wrong"),
            Column::number("Pieces more"),
            Column::number("Pieces missing"),
        ],
        rows: lately.worst.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        section class="stack" aria-labelledby="lately-title" {
            h2 id="lately-title" { "The last 30 days" }
            p class="quiet" {
                "The ledger was right at " strong { (percent(share)) } " of "
                (counted(lately.lines, "line", "lines")) " counted."
            }
            @if !lately.worst.is_empty() { (table) }
        }
    }
}

fn table(model: &CountsPage) -> Markup {
    let row = |count: &CountRow| {
        let address = format!("/counts/{}", count.id);
        Row::of(vec![
            Some(html! { a class="row-link" href=(address) { (count.name) } }),
            text(&count.state),
            Some(html! { (pieces(count.done)) " of " (pieces(count.lines)) }),
            text(&count.accuracy),
            text(&count.planned_by),
            Some(time(&count.planned_at)),
        ])
    };
    let table = Table {
        id: "counts",
        caption: "Counts".to_owned(),
        columns: vec![
            Column::lead("Count"),
            Column::text("State"),
            Column::number("Lines counted"),
            Column::text("Ledger was right"),
            Column::text("Planned by"),
            Column::text("When"),
        ],
        rows: model.counts.iter().map(row).collect(),
        ..Table::default()
    };
    html! { (table) }
}

fn form(csrf: &str, plan: &PlanForm) -> Markup {
    let field = |name, label, kind, entry| Field::new("plan", name, label, kind, entry);
    html! {
        form id="plan" class="panel" method="post" action="/counts" data-book aria-label="Plan a count" {
            (guards(csrf, &plan.idempotency_key, &[]))
            h2 { "Plan a count" }
            p class="quiet" {
                "A line for each bucket that stands there now. Fill at least one of building, locations, parts and operations; several are separated by commas, and * stands for any characters."
            }
            div class="fields" {
                (field("name", "Name", Kind::Text, &plan.name).class("w-6").draw())
                (field("building", "Building", Kind::Text, &plan.building).filter().class("w-6").draw())
                (field("locations", "Locations", Kind::Text, &plan.locations).filter().class("w-6").draw())
                (field("parts", "Parts", Kind::Text, &plan.parts).filter().class("w-6").draw())
                (field("operations", "Operations", Kind::Text, &plan.operations).filter().class("w-4").draw())
                (field("tolerance_pieces", "Pieces off that are believed", Kind::Count, &plan.tolerance_pieces).empty_means("0").class("w-4").draw())
                (field("tolerance_percent", "Percent off that are believed", Kind::Count, &plan.tolerance_percent).empty_means("0").class("w-4").draw())
            }
            (tick("plan", "same_person", "yes", "The same person may count again what is further off", plan.same_person))
            div class="form-actions" {
                button class="button primary" type="submit" { (icon(Icon::Check)) "Plan it" }
            }
        }
    }
}
