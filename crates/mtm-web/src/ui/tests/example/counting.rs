//! Cycle counts: the list, one of them, counting, the sheet.

use super::shell;
use crate::ui::{
    components::{
        field::Entry,
        pager::Pager,
        state::{Message, Tone},
    },
    page::{
        count::{Consequence, CountPage, LineRow},
        count_enter::{CountEnterPage, FoundForm, LineToCount, PlaceToCount},
        count_sheet::{CountSheetPage, SheetLine},
        counts::{CountRow, CountsPage, Lately, PlaceRow, PlanForm},
    },
};

const ID: &str = "0193a5b2-0000-7000-8000-000000000001";

pub(super) fn counts() -> CountsPage {
    let row = |name: &str, state: &str, done, accuracy: &str| CountRow {
        id: ID.into(),
        name: name.into(),
        state: state.into(),
        lines: 48,
        done,
        accuracy: accuracy.into(),
        planned_by: "dana".into(),
        planned_at: "2026-11-23T06:14:00Z".into(),
    };
    CountsPage {
        shell: shell("Counts", None),
        message: Some(Message {
            text: "Rack E4 is planned: 48 lines to count.".into(),
            action: Some(("Count".into(), format!("/counts/{ID}/enter"))),
            ..Message::default()
        }),
        counts: vec![
            row("Rack E4", "Being counted", 12, "91 % (11 of 12 lines)"),
            row("Expo Drive, brackets", "Posted", 48, "100 % (48 of 48 lines)"),
        ],
        pager: Pager { shown: "2 counts, newest first".into(), ..Pager::default() },
        lately: Lately {
            lines: 60,
            share: Some(0.9833),
            worst: vec![PlaceRow {
                location: "R-E4-18".into(),
                lines: 12,
                wrong: 1,
                fewer: 20,
                ..PlaceRow::default()
            }],
        },
        plan: Some(PlanForm {
            idempotency_key: "plan-1".into(),
            locations: Entry::holding("R-E9-*").refused("R-E9-* is not in the master data."),
            ..PlanForm::default()
        }),
    }
}

pub(super) fn counts_empty() -> CountsPage {
    CountsPage { shell: shell("Counts", None), ..CountsPage::default() }
}

fn line(line: u32, state: &str) -> LineRow {
    LineRow {
        line,
        part: "11058-1779".into(),
        operation: "19".into(),
        location: "R-E4-18".into(),
        lot: format!("00000047{line:02}"),
        state: state.into(),
        expected: Some(500),
        ..LineRow::default()
    }
}

pub(super) fn count() -> CountPage {
    CountPage {
        shell: shell("Rack E4", None),
        id: ID.into(),
        name: "Rack E4".into(),
        state: "Being counted".into(),
        open: true,
        decides: true,
        planned_by: "dana".into(),
        planned_at: "2026-11-23T06:14:00Z".into(),
        facts: vec![
            ("Lines".into(), "4".into()),
            ("To be counted again".into(), "1".into()),
            ("Ledger was right".into(), "50 % (1 of 2 lines)".into()),
            ("Believed at once".into(), "± 5 pieces or 2 %".into()),
        ],
        idempotency_key: "key-1".into(),
        lines: vec![
            line(1, "To be counted"),
            LineRow {
                counted: Some(380),
                variance: Some(-20),
                counted_by: "sam".into(),
                ..line(2, "To be counted again")
            },
            LineRow {
                counted: Some(402),
                moved: -100,
                expected: Some(400),
                variance: Some(2),
                counted_by: "kim".into(),
                decided: true,
                refusal: "It is on hold: quality.".into(),
                ..line(3, "Decided")
            },
            LineRow {
                lot: String::new(),
                expected: Some(0),
                counted: Some(7),
                variance: Some(7),
                counted_by: "kim".into(),
                decided: true,
                ..line(4, "Decided")
            },
        ],
        pager: Pager { shown: "4 lines".into(), ..Pager::default() },
        to_post: 2,
        ..CountPage::default()
    }
}

pub(super) fn count_preview() -> CountPage {
    let what = |lot: &str| format!("11058-1779, {lot} at R-E4-18 · 19");
    CountPage {
        preview: Some(vec![
            Consequence {
                line: 3,
                what: what("lot 0000004703"),
                variance: 2,
                refusal: "It is on hold: quality.".into(),
            },
            Consequence { line: 4, what: what("a new lot"), variance: 7, refusal: String::new() },
        ]),
        ..count()
    }
}

pub(super) fn count_enter() -> CountEnterPage {
    CountEnterPage {
        shell: shell("Rack E4", None),
        id: ID.into(),
        name: "Rack E4".into(),
        waiting: 36,
        message: Some((
            Message {
                tone: Tone::Note,
                text: "Line 2: 380 entered. Somebody counts it again.".into(),
                action: None,
            },
            true,
        )),
        location: "R-E4-18".into(),
        line: Some(LineToCount {
            idempotency_key: "key-2".into(),
            line: 3,
            part: "11058-1779".into(),
            description: "Bracket, left".into(),
            operation: "19".into(),
            lot: "0000004703".into(),
            again: true,
            ..LineToCount::default()
        }),
        found: FoundForm { idempotency_key: "key-3".into(), ..FoundForm::default() },
        places: vec![
            PlaceToCount {
                location: "R-E4-18".into(),
                building: "Expo Drive".into(),
                lines: 12,
                waiting: 10,
            },
            PlaceToCount { location: "R-E4-19".into(), lines: 3, ..PlaceToCount::default() },
        ],
    }
}

pub(super) fn count_sheet() -> CountSheetPage {
    let line = |line: u32, lot: &str| SheetLine {
        line,
        location: "R-E4-18".into(),
        part: "11058-1779".into(),
        operation: "19".into(),
        lot: lot.into(),
        scan: format!("COUNT:019AC0DE00007000800000000000ABCD/{line}"),
    };
    CountSheetPage {
        shell: shell("Rack E4", None),
        id: ID.into(),
        name: "Rack E4".into(),
        planned_by: "dana".into(),
        planned_at: "2026-11-23T06:14:00.000000Z".into(),
        code: "COUNT:019AC0DE00007000800000000000ABCD".into(),
        lines: vec![line(1, "0000004701"), line(2, "")],
    }
}
