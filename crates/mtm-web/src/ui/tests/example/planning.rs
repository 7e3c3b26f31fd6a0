//! Work orders of a made-up plant.

use super::shell;
use crate::ui::{
    components::{
        field::{Choice, Entry},
        pager::Pager,
    },
    page::{
        work_order::{OrderLot, WorkOrderPage},
        work_orders::{WorkOrderLine, WorkOrdersPage},
    },
};

fn line(code: &str, part: &str, quantity: i64) -> WorkOrderLine {
    WorkOrderLine {
        code: code.into(),
        address: format!("/work-orders/{code}"),
        part: part.into(),
        quantity,
        state: "released".into(),
        ..WorkOrderLine::default()
    }
}

pub(super) fn work_orders() -> WorkOrdersPage {
    let late = WorkOrderLine {
        description: "Bracket, rear axle".into(),
        in_stock: 1_250,
        standing: vec![("19".into(), 1_000), ("20".into(), 250)],
        due: "2026-11-20T23:00:00Z".into(),
        late: true,
        ..line("WO-060723", "11058-1779", 2_000)
    };
    let strange = WorkOrderLine {
        due: "2026-12-04T15:00:00Z".into(),
        state: "unknown".into(),
        said: "parked".into(),
        ..line("WO-060724", "A0003892000", 40)
    };
    WorkOrdersPage {
        shell: shell("Work orders", None),
        states: vec![Choice::new("completed", "completed"), Choice::new("all", "all")],
        state: Entry::holding(""),
        lines: vec![late, strange, line("4500012345", "24 126 251", 1)],
        pager: Pager { shown: "3 work orders on this page".into(), ..Pager::default() },
        ..WorkOrdersPage::default()
    }
}

pub(super) fn work_orders_empty() -> WorkOrdersPage {
    WorkOrdersPage { lines: Vec::new(), ..work_orders() }
}

pub(super) fn work_order() -> WorkOrderPage {
    let lot = |lot: &str, operation: &str, quantity, held| OrderLot {
        lot: lot.into(),
        part: "11058-1779".into(),
        operation: operation.into(),
        location: "R-E4-18".into(),
        quantity,
        received: "2026-11-19T06:42:10Z".into(),
        held,
    };
    WorkOrderPage {
        shell: shell("Work order WO-060723", None),
        code: "WO-060723".into(),
        part: "11058-1779".into(),
        description: "Bracket, rear axle".into(),
        quantity: 2_000,
        starts: "2026-11-16T05:00:00Z".into(),
        due: "2026-11-20T23:00:00Z".into(),
        late: true,
        state: "released".into(),
        said: "Running".into(),
        source: "ERP".into(),
        document: "PLAN-2026-47".into(),
        published: "2026-11-18T04:00:00Z".into(),
        said_at: "2026-11-18T04:02:11Z".into(),
        figures: vec![("Came in", 1_275), ("Scrapped", 25), ("In stock", 1_250)],
        standing: vec![("19".into(), 1_000), ("20".into(), 250)],
        lots: vec![lot("0000045120", "19", 1_000, false), lot("0000045207", "20", 250, true)],
        more: true,
    }
}
