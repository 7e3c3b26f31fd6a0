//! Stock, history and lots.

use super::{merging, printing, shell};
use crate::ui::{
    components::{
        acknowledgement::Refused,
        badge::MovementType,
        bucket::Movement,
        field::{Choice, Entry},
        layout::Screen,
        life_cycle::Step,
        pager::Pager,
    },
    page::{
        explain::{ExplainItem, ExplainPage},
        history::{
            Change, Detail, Group as Together, GroupState, HistoryFilters, HistoryPage, HistoryRow,
            Preset, Preview, Reversal,
        },
        lot::{LotBucket, LotLink, LotPage},
        stock::{Group, StockFilters, StockPage, StockRow},
    },
};

pub(super) fn stock() -> StockPage {
    let row =
        |part: &str, operation: &str, location: &str, lot: u32, quantity, age: &str| StockRow {
            part: part.into(),
            operation: operation.into(),
            location: location.into(),
            building: if location.starts_with("DC") {
                "Distribution".into()
            } else {
                "Expo Drive".into()
            },
            lot: format!("{lot:010}"),
            quantity,
            lots: 1,
            received_at: "2026-11-19T06:42:10Z".into(),
            age: age.into(),
            ..StockRow::default()
        };
    let mut rows = vec![
        row("11058-1779", "19", "R-E4-18", 45_120, 500, "4 d"),
        row("11058-1779", "19", "R-E4-18", 45_121, 500, "4 d"),
        row("11058-1779", "20", "DC-A0-01", 45_207, 1_250, "2 d"),
        row("11058-1779", "20", "NCM", 45_310, 48, "26 h"),
        row("A0003892000", "90", "FLOOR - WIP AISLE", 44_871, 300, "6 d"),
        row("CARDBOARD (39X39)", "N/A", "DC-B2-07", 40_112, 1, "38 d"),
        row("24 126 251", "252-01", "R-C1-02", 45_002, 6_720, "5 d"),
    ];
    rows[3].hold = Some("quality".into());
    rows[4].attributes = "WO-060723 · blue · next to 91".into();
    StockPage {
        shell: shell("Stock", Some(Screen::Stock)),
        filters: stock_filters(),
        rows,
        total: Some(9_319),
        total_lots: Some(7),
        pager: Pager { shown: "7 of 7 rows".into(), ..Pager::default() },
        exports: vec![("CSV".into(), "/stock/export?format=csv".into())],
    }
}

fn stock_filters() -> StockFilters {
    StockFilters {
        buildings: vec![
            Choice::new("Expo Drive", "Expo Drive"),
            Choice::new("Distribution", "Distribution"),
        ],
        ..StockFilters::default()
    }
}

pub(super) fn stock_grouped() -> StockPage {
    let row = |part: &str, operation: &str, quantity, lots| StockRow {
        part: part.into(),
        operation: operation.into(),
        quantity,
        lots,
        ..StockRow::default()
    };
    StockPage {
        filters: StockFilters {
            group_by: vec![Group::Part, Group::Operation],
            as_of: Entry::holding("2026-11-20T06:00"),
            ..stock_filters()
        },
        rows: vec![
            row("11058-1779", "19", 1_000, 2),
            row("11058-1779", "20", 1_298, 2),
            row("A0003892000", "90", 300, 1),
            row("24 126 251", "252-01", 6_720, 1),
        ],
        pager: Pager {
            shown: "50 rows".into(),
            first: Some("/stock?group_by=part".into()),
            next: Some("/stock?group_by=part&cursor=abc".into()),
        },
        ..stock()
    }
}

pub(super) fn stock_empty() -> StockPage {
    StockPage {
        rows: Vec::new(),
        filters: StockFilters { part: Entry::holding("11058-1780"), ..stock_filters() },
        ..stock()
    }
}

pub(super) fn explain() -> ExplainPage {
    let item = |movement: Movement, delta, balance| ExplainItem { movement, delta, balance };
    ExplainPage {
        shell: shell("Explain this number", Some(Screen::Stock)),
        part: "11058-1779".into(),
        operation: "19".into(),
        location: "R-E4-18".into(),
        lot: "0000045120".into(),
        quantity: 380,
        as_of: "2026-11-23T08:21:00Z".into(),
        opening: 0,
        items: vec![item(movements().remove(1), -120, 380), item(movements().remove(3), 500, 500)],
        pager: Pager { shown: "2 of 2 movements".into(), ..Pager::default() },
    }
}

fn movements() -> Vec<Movement> {
    let base = |kind, part: &str, lot: u32, quantity, user: &str, at: &str| Movement {
        id: format!("01936f2a-0000-7000-8000-{:06}{lot:06}", at.replace(['T', ':'], "")),
        sequence: Some(18_204),
        kind,
        part: part.into(),
        lot: format!("{lot:010}"),
        quantity,
        user: user.into(),
        recorded_at: format!("2026-11-{at}:31.004512Z"),
        ..Movement::default()
    };
    let from = |movement: Movement, location: &str, operation: &str| Movement {
        location: location.into(),
        operation: operation.into(),
        ..movement
    };
    let to = |movement: Movement, location: &str, operation: &str| Movement {
        to_location: location.into(),
        to_operation: operation.into(),
        ..movement
    };
    let mut list = vec![
        from(
            base(MovementType::Out, "24 126 251", 45_002, 1_200, "Sam Okafor", "23T08:09"),
            "DC-B2-07",
            "90",
        ),
        to(
            from(
                base(MovementType::Transfer, "11058-1779", 45_120, 120, "Dana Ruiz", "22T16:40"),
                "R-E4-18",
                "19",
            ),
            "DC-A0-01",
            "20",
        ),
        to(
            base(MovementType::Reversal, "24733502-RAW", 45_300, 64, "Dana Ruiz", "22T15:02"),
            "FLOOR - WIP AISLE",
            "N/A",
        ),
        to(
            base(MovementType::In, "11058-1779", 45_120, 500, "Ines Weber", "19T06:42"),
            "R-E4-18",
            "19",
        ),
        from(
            base(MovementType::Out, "24733502-RAW", 45_300, 64, "Sam Okafor", "19T06:40"),
            "FLOOR - WIP AISLE",
            "N/A",
        ),
        from(
            base(MovementType::Scrap, "1094.397.016", 44_990, 12, "Dana Ruiz", "18T22:11"),
            "R-C1-02",
            "20",
        ),
        to(
            base(MovementType::Adjust, "A0003892000", 44_871, 3, "Dana Ruiz", "18T21:55"),
            "FLOOR - WIP AISLE",
            "90",
        ),
        to(
            base(MovementType::Opening, "CARDBOARD (39X39)", 40_112, 1, "migration", "01T00:00"),
            "DC-B2-07",
            "N/A",
        ),
    ];
    list[1].notes = "WO-060723, next to 91".into();
    list[2].reverses = list[4].id.clone();
    list[4].reversed_by = list[2].id.clone();
    list[5].notes = "damaged: dropped".into();
    list[7].legacy = true;
    list
}

pub(super) fn history() -> HistoryPage {
    let preset = |label: &str, current| Preset {
        label: label.into(),
        address: format!("/history?days={}", label.to_lowercase()),
        current,
    };
    HistoryPage {
        shell: shell("History", Some(Screen::History)),
        answer: None,
        filters: HistoryFilters {
            presets: vec![
                preset("Today", false),
                preset("This week", true),
                preset("This month", false),
                preset("All", false),
            ],
            types: Vec::new(),
            ..HistoryFilters::default()
        },
        rows: movements()
            .into_iter()
            .map(|movement| HistoryRow {
                address: format!("/history?days=week&movement={}", movement.id),
                movement,
            })
            .collect(),
        group: None,
        detail: None,
        pager: Pager {
            shown: "50 movements".into(),
            first: None,
            next: Some("/history?days=week&cursor=abc".into()),
        },
        exports: vec![
            ("All as CSV".into(), "/history/export?format=csv".into()),
            ("All as Excel".into(), "/history/export?format=xlsx".into()),
        ],
    }
}

fn detail(reversal: Reversal) -> HistoryPage {
    HistoryPage {
        detail: Some(Detail {
            movement: movements().remove(1),
            facts: vec![
                ("Station".into(), "Dock PC 2".into()),
                ("Shift".into(), "Late, 22 November".into()),
                ("Work order".into(), "WO-060723".into()),
            ],
            steps: steps(),
            close: "/history?days=week".into(),
            beside: vec![(
                "Everything of this shift".into(),
                "/history?shift=2026-11-22%2FLate".into(),
            )],
            reversal,
        }),
        ..history()
    }
}

pub(super) fn history_detail() -> HistoryPage {
    detail(Reversal::Offered("/history?days=week&movement=1&undo=preview".into()))
}

pub(super) fn history_undo() -> HistoryPage {
    let change = |location: &str, operation: &str, before, after| Change {
        location: location.into(),
        operation: operation.into(),
        lot: "0000045120".into(),
        before,
        after,
    };
    detail(Reversal::Preview(Preview {
        idempotency_key: "01936f2a-0000-7000-8000-000000000003".into(),
        changes: vec![change("DC-A0-01", "20", 120, 0), change("R-E4-18", "19", 380, 500)],
        reason: Entry::default().hinted("One line; it stays in the history."),
    }))
}

pub(super) fn history_group() -> HistoryPage {
    let change = |lot: &str, before, after| Change {
        location: "R-E4-18".into(),
        operation: "19".into(),
        lot: lot.into(),
        before,
        after,
    };
    HistoryPage {
        group: Some(Together {
            words: "what sam booked in shift 2026-11-22/Late".into(),
            fields: vec![("shift".into(), "2026-11-22/Late".into()), ("user".into(), "sam".into())],
            close: "/history?shift=2026-11-22%2FLate&user=sam".into(),
            state: GroupState::Preview {
                idempotency_key: "01936f2a-0000-7000-8000-000000000004".into(),
                movements: 3,
                changes: vec![change("0000045120", 500, 0), change("0000045121", 120, 0)],
                reason: Entry::default(),
            },
        }),
        ..history()
    }
}

pub(super) fn history_blocked() -> HistoryPage {
    detail(Reversal::Blocked(Refused {
        title: "It cannot be undone as a whole".into(),
        text: "80 of the 120 pieces were taken out since, by Sam Okafor.".into(),
        next:
            "40 pieces still stand at DC-A0-01. Move them back, or undo the later movement first."
                .into(),
        choices: vec![("Show the later movement".into(), "/history?movement=2".into())],
    }))
}

fn steps() -> Vec<Step> {
    let step = |kind, place: &str, quantity, user: &str, at: &str| Step {
        movement_id: format!("step-{at}"),
        kind,
        place: place.into(),
        quantity,
        user: user.into(),
        recorded_at: format!("2026-11-{at}:31Z"),
        ..Step::default()
    };
    let mut moved =
        step(MovementType::Transfer, "R-E4-18 · 19 → DC-A0-01 · 20", 120, "Dana Ruiz", "22T16:40");
    moved.current = true;
    moved.notes = "WO-060723, next to 91".into();
    let mut wrong = step(MovementType::Out, "DC-A0-01 · 20 → out", 40, "Sam Okafor", "23T07:10");
    wrong.undone = true;
    let back =
        step(MovementType::Reversal, "taken back to DC-A0-01 · 20", 40, "Dana Ruiz", "23T07:12");
    let out = step(MovementType::Out, "DC-A0-01 · 20 → out", 80, "Sam Okafor", "23T08:01");
    moved.branches = vec![wrong, back, out];
    vec![
        step(MovementType::In, "→ R-E4-18 · 19", 500, "Ines Weber", "19T06:42"),
        moved,
        step(MovementType::Transfer, "R-E4-18 · 19 → R-E4-20 · 19", 380, "Sam Okafor", "23T08:05"),
    ]
}

pub(super) fn lot() -> LotPage {
    let bucket = |location: &str, operation: &str, quantity| LotBucket {
        location: location.into(),
        building: "Expo Drive".into(),
        operation: operation.into(),
        quantity,
    };
    let link = |split, from: &str, to: &str, quantity, at: &str| LotLink {
        movement_id: format!("link-{at}"),
        split,
        from_lot: from.into(),
        to_lot: to.into(),
        quantity,
        user: "Dana Ruiz".into(),
        recorded_at: format!("2026-11-{at}:31Z"),
        undone: false,
    };
    let mut joined = movements().remove(1);
    joined.to_lot = "0000045402".into();
    LotPage {
        shell: shell("Lot 0000045120", None),
        lot: "0000045120".into(),
        part: "11058-1779".into(),
        description: "Bracket, left, machined".into(),
        quantity: 420,
        hold: Some("quality: burr on edge, until 24 November".into()),
        received_at: "2026-11-19T06:42:31Z".into(),
        received_by: "Ines Weber".into(),
        facts: vec![
            ("Item type".into(), "WIP".into()),
            ("Work order".into(), "WO-060723".into()),
            ("Colour".into(), "Blue".into()),
        ],
        parent: "0000044000".into(),
        children: vec!["0000045400".into(), "0000045401".into()],
        ancestors: vec![
            link(false, "0000045099", "0000045120", 60, "23T07:30"),
            link(true, "0000044000", "0000045120", 500, "19T06:42"),
        ],
        descendants: vec![
            link(true, "0000045120", "0000045400", 20, "22T10:00"),
            LotLink { undone: true, ..link(false, "0000045400", "0000045402", 20, "22T11:00") },
        ],
        more_lineage: false,
        buckets: vec![bucket("R-E4-20", "19", 380), bucket("DC-A0-01", "20", 40)],
        reservations: merging::reservations(),
        labels: printing::of_lot(),
        steps: steps(),
        movements: vec![joined, movements().remove(1), movements().remove(3)],
        follows: true,
        message: None,
        idempotency_key: "01936f2a-0000-7000-8000-0000000000fb".into(),
    }
}
