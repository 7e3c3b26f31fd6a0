//! `/work-orders` and `/work-orders/{code}`: what planning wants, and what the ledger says of it.

use axum::extract::State;
use mtm_app::AppError;
use mtm_app::query::{PageRequest, StockRow};
use mtm_app::work_order::{Standing, WorkOrderQuery, WorkOrderRow, WorkOrderSheet, WorkOrderState};
use mtm_core::word::{Delta, PartCode, Timestamp};

use super::filter;
use super::frame::Page;
use super::visit::Visit;
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::{Choice, Entry};
use crate::ui::format;
use crate::ui::page::work_order::{self, OrderLot, WorkOrderPage};
use crate::ui::page::work_orders::{self, WorkOrderLine, WorkOrdersPage};
use crate::web::Shared;

const PATH: &str = "/work-orders";
/// Every order, whatever its state.
const ALL: &str = "all";

/// `GET /work-orders`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let (app, query) = (web.app(), &visit.query);
    let part = Entry::holding(query.text("part"));
    let of_part = query.given("part").map(|text| PartCode::parse(&text)).transpose();
    let (of_part, part) = match of_part {
        Ok(code) => (code, part),
        Err(error) => (None, part.refused(error.to_string())),
    };
    let chosen = query.text("state");
    let state = WorkOrderState::from_name(chosen);
    let (due_before, due_entry) = filter::moment(query, "due_before", &app.site().zone);
    let wanted = WorkOrderQuery {
        q: filter::containing(query, "q"),
        part: of_part,
        state,
        open: state.is_none() && chosen != ALL,
        due_before,
        page: filter::page(query),
    };
    let page = match app.work_orders(&visit.who, wanted.clone()).await {
        // A cursor of other filters, kept in a bookmark: the list starts again.
        Err(AppError::Rejected(refusal)) if refusal.field.as_deref() == Some("cursor") => {
            let page = PageRequest { cursor: None, ..wanted.page.clone() };
            app.work_orders(&visit.who, WorkOrderQuery { page, ..wanted }).await?
        }
        other => other?,
    };
    let shown = format::counted(
        i64::try_from(page.items.len()).unwrap_or(i64::MAX),
        "work order on this page",
        "work orders on this page",
    );
    let names = WorkOrderState::ALL.into_iter().map(WorkOrderState::as_str).chain([ALL]);
    let model = WorkOrdersPage {
        shell: visit.shell(&web, "Work orders", None),
        q: Entry::holding(query.text("q")),
        part,
        state: Entry::holding(chosen),
        states: names.map(|name| Choice::new(name, name)).collect(),
        due_before: due_entry,
        lines: page.items.iter().map(line).collect(),
        pager: filter::pager(PATH, query, shown, page.next_cursor.as_deref()),
    };
    Ok(Page::draw(&visit.manner, &model, work_orders::page, work_orders::fragment))
}

/// `GET /work-orders/{code}`.
pub(super) async fn show_one(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
    Path(code): Path<String>,
) -> Result<Page, Problem> {
    let sheet = web.app().work_order(&visit.who, &code).await?;
    let shell = visit.shell(&web, &format!("Work order {}", sheet.order.code), None);
    let model = WorkOrderPage { shell, ..one(&sheet) };
    Ok(Page::draw(&visit.manner, &model, work_order::page, work_order::fragment))
}

fn line(row: &WorkOrderRow) -> WorkOrderLine {
    WorkOrderLine {
        code: row.code.to_string(),
        address: format!("{PATH}/{}", format::query(row.code.as_str())),
        part: row.part.to_string(),
        description: row.description.clone().unwrap_or_default(),
        quantity: row.quantity.whole(),
        in_stock: row.in_stock.whole(),
        standing: standing(&row.standing),
        due: text(row.due_at),
        late: row.late,
        state: row.state.as_str().to_owned(),
        said: row.said_state.clone().unwrap_or_default(),
    }
}

fn one(sheet: &WorkOrderSheet) -> WorkOrderPage {
    let (row, moved) = (&sheet.order, sheet.progress);
    let figure = |label, moved: Delta| (!moved.is_zero()).then(|| (label, moved.whole()));
    let figures = [
        Some(("Came in", moved.received.whole())),
        figure("Corrected by counts", moved.corrected),
        figure("Taken out", moved.taken),
        figure("Scrapped", moved.scrapped),
        Some(("In stock", row.in_stock.whole())),
    ];
    WorkOrderPage {
        code: row.code.to_string(),
        part: row.part.to_string(),
        description: row.description.clone().unwrap_or_default(),
        quantity: row.quantity.whole(),
        starts: text(row.starts_at),
        due: text(row.due_at),
        late: row.late,
        state: row.state.as_str().to_owned(),
        said: row.said_state.clone().unwrap_or_default(),
        source: row.source.clone().unwrap_or_default(),
        document: row.document.clone().unwrap_or_default(),
        published: row.published_at.to_string(),
        said_at: row.said_at.to_string(),
        figures: figures.into_iter().flatten().collect(),
        standing: standing(&row.standing),
        lots: sheet.stock.iter().map(lot).collect(),
        more: sheet.more_stock,
        ..WorkOrderPage::default()
    }
}

fn standing(standing: &[Standing]) -> Vec<(String, i64)> {
    standing.iter().map(|it| (it.operation.to_string(), it.quantity.whole())).collect()
}

fn lot(row: &StockRow) -> OrderLot {
    OrderLot {
        lot: row.lot.to_string(),
        part: row.part.to_string(),
        operation: row.operation.to_string(),
        location: row.location.to_string(),
        quantity: row.quantity.whole(),
        received: row.received_at.to_string(),
        held: row.held,
    }
}

fn text(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}
