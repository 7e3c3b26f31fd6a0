//! Work orders: what planning wants, what is due first on top, and where pieces of each stand.

use maud::{Markup, html};

use crate::ui::components::{
    field::{Choice, Entry, Field, Kind, Select},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    pager::{Pager, pager},
    state::{self, Empty},
    table::{Column, Row, Table, link, text},
};
use crate::ui::format::{pieces, time};

/// What the list of work orders shows.
#[derive(Clone, Debug, Default)]
pub struct WorkOrdersPage {
    /// Frame.
    pub shell: Shell,
    /// Searched for in numbers and descriptions.
    pub q: Entry,
    /// Only orders of this part.
    pub part: Entry,
    /// Only orders that stand so; empty for open ones.
    pub state: Entry,
    /// What may be chosen besides.
    pub states: Vec<Choice>,
    /// Due before.
    pub due_before: Entry,
    /// The orders.
    pub lines: Vec<WorkOrderLine>,
    /// Where the page stands in its list.
    pub pager: Pager,
}

/// An order in one line.
#[derive(Clone, Debug, Default)]
pub struct WorkOrderLine {
    /// Its number.
    pub code: String,
    /// Address of its page.
    pub address: String,
    /// Part number.
    pub part: String,
    /// What that is.
    pub description: String,
    /// Pieces ordered.
    pub quantity: i64,
    /// Pieces that stand somewhere.
    pub in_stock: i64,
    /// Operation and pieces there.
    pub standing: Vec<(String, i64)>,
    /// When it is due, RFC 3339 UTC; empty where nobody said.
    pub due: String,
    /// Whether that is over.
    pub late: bool,
    /// How it stands.
    pub state: String,
    /// The document's word for it, where it is another one.
    pub said: String,
}

/// The document.
pub fn page(model: &WorkOrdersPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &WorkOrdersPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

/// A state, and the document's word for it.
pub(super) fn state_words(state: &str, said: &str) -> Markup {
    html! {
        (state)
        @if !said.is_empty() { " " span class="small quiet" { "(" (said) ")" } }
    }
}

/// When something is due; late is said in words.
pub(super) fn due_words(due: &str, late: bool) -> Option<Markup> {
    (!due.is_empty()).then(|| {
        html! {
            (time(due))
            @if late { " " span class="badge" { "late" } }
        }
    })
}

fn content(model: &WorkOrdersPage) -> Markup {
    html! {
        (heading("Work orders", "What planning wants, and where its pieces stand"))
        (search(model))
        (lines(model))
        p class="small quiet" {
            "Orders come by files: " span class="code" { "mtm import FILE --kind work-orders" }
            ", CSV with the columns code, part, quantity, start, due and state, or OperationsSchedule of B2MML."
        }
    }
}

fn search(model: &WorkOrdersPage) -> Markup {
    html! {
        form id="find" class="panel" method="get" action="/work-orders" data-find role="search" aria-label="Find work orders" {
            div class="fields" {
                (Field::new("find", "q", "Order, part or description", Kind::Search, &model.q).filter().class("w-6").first(true).draw())
                (Field::new("find", "part", "Part", Kind::Part, &model.part).filter().class("w-3").draw())
                (Select { form: "find", name: "state", label: "State", entry: &model.state, choices: &model.states, none: Some("open"), class: "w-3" }.draw())
                (Field::new("find", "due_before", "Due before", Kind::Time, &model.due_before).filter().class("w-6").draw())
                div class="w-3 form-actions push-down" {
                    button class="button" type="submit" { (icon(Icon::Search)) "Find" }
                }
            }
        }
    }
}

fn lines(model: &WorkOrdersPage) -> Markup {
    let row = |line: &WorkOrderLine| {
        let part = html! {
            span class="code" { (line.part) }
            @if !line.description.is_empty() { " " span class="small quiet" { (line.description) } }
        };
        let standing = (!line.standing.is_empty()).then(|| {
            html! {
                @for (at, (operation, quantity)) in line.standing.iter().enumerate() {
                    @if at > 0 { ", " }
                    (pieces(*quantity)) " at " span class="code" { (operation) }
                }
            }
        });
        Row::of(vec![
            link(&line.code, &line.address),
            Some(part),
            text(&pieces(line.quantity)),
            text(&pieces(line.in_stock)),
            standing,
            due_words(&line.due, line.late),
            Some(state_words(&line.state, &line.said)),
        ])
    };
    let table = Table {
        id: "work-orders",
        caption: "Work orders".to_owned(),
        columns: vec![
            Column::lead("Order"),
            Column::text("Part"),
            Column::main("Ordered"),
            Column::number("In stock"),
            Column::text("Where"),
            Column::text("Due"),
            Column::text("State"),
        ],
        rows: model.lines.iter().map(row).collect(),
        ..Table::default()
    };
    html! {
        @if model.lines.is_empty() {
            (state::empty(&Empty {
                title: "No work order that fits".to_owned(),
                text: "Lots may have a work order that planning never said; they are found in the stock.".to_owned(),
                action: None,
            }))
        } @else {
            (table)
            (pager(&model.pager))
        }
    }
}
