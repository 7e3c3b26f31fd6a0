//! What moved, and how the server is.

use super::shell;
use crate::ui::{
    components::{
        badge::MovementType,
        field::Entry,
        layout::Shell,
        state::{Message, Tone},
        truth::Lamp,
    },
    page::{
        dashboard::{AgeRow, DashboardPage, HourBar, QueueRow},
        minimum::{MinimumLine, MinimumPage},
        status::{InvariantRow, OffendingKey, SlowRow, Statements, StatusPage},
        throughput::{ThroughputPage, ThroughputRow, ThroughputSum},
    },
};

fn row(period: &str, kind: MovementType, operation: &str, moved: (i64, i64)) -> ThroughputRow {
    ThroughputRow {
        period: period.into(),
        begins: String::new(),
        kind,
        operation: operation.into(),
        movements: moved.0,
        quantity: moved.1,
    }
}

fn asked(days: &str) -> ThroughputPage {
    ThroughputPage {
        shell: shell("What moved", None),
        period: Entry::holding("day"),
        days: days.into(),
        ..ThroughputPage::default()
    }
}

pub(super) fn throughput() -> ThroughputPage {
    let sum = |kind, movements, quantity| ThroughputSum { kind, movements, quantity };
    ThroughputPage {
        from: Entry::holding("2026-11-22"),
        to: Entry::holding("2026-11-23"),
        period: Entry::holding("shift"),
        sums: vec![
            sum(MovementType::In, 214, 96_500),
            sum(MovementType::Transfer, 388, 171_250),
            sum(MovementType::Scrap, 9, 117),
        ],
        rows: vec![
            row("2026-11-23, shift 1", MovementType::In, "19", (102, 48_000)),
            row("2026-11-23, shift 1", MovementType::Transfer, "19", (190, 84_250)),
            row("2026-11-23, shift 1", MovementType::Scrap, "90", (1, 5)),
            row("2026-11-22, shift 3", MovementType::Transfer, "109", (12, 4_000)),
        ],
        ..asked("from 2026-11-22 to 2026-11-23")
    }
}

pub(super) fn throughput_hours() -> ThroughputPage {
    let hour = ThroughputRow {
        begins: "2026-11-23T12:00:00.000000Z".into(),
        ..row("2026-11-23", MovementType::In, "19", (1, 500))
    };
    let sums = vec![ThroughputSum { kind: MovementType::In, movements: 1, quantity: 500 }];
    ThroughputPage {
        period: Entry::holding("hour"),
        operation: Entry::holding("19"),
        sums,
        rows: vec![hour],
        ..asked("today")
    }
}

pub(super) fn throughput_empty() -> ThroughputPage {
    asked("today")
}

pub(super) fn throughput_refused() -> ThroughputPage {
    ThroughputPage {
        from: Entry::holding("monday").refused("This is not a day. Write it like 2026-11-23."),
        refused: "From 2026-01-01 to 2026-11-23 are 327 days; ask for 1 to 92.".into(),
        ..asked("today")
    }
}

fn minimums() -> Vec<MinimumLine> {
    let line = |part: &str, quantity, minimum: i64, since: &str| MinimumLine {
        part: part.into(),
        description: "Bracket, rear axle".into(),
        quantity,
        minimum,
        missing: minimum - quantity,
        since: since.into(),
    };
    vec![
        line("11058-1779", 0, 500, "2026-11-23T12:04:05.000000Z"),
        line("CARDBOARD (39X39)", 1_180, 1_200, ""),
    ]
}

pub(super) fn minimum() -> MinimumPage {
    MinimumPage {
        shell: shell("Minimum stock", None),
        below: 3,
        lines: minimums(),
        may_edit: true,
        part: Entry::holding("11058-1779"),
        minimum_stock: Entry::holding("1,2")
            .refused("\"1,2\" is not a whole number; write digits only."),
        idempotency_key: "01936f2a-0000-7000-8000-0000000000f5".into(),
        ..MinimumPage::default()
    }
}

pub(super) fn minimum_empty() -> MinimumPage {
    MinimumPage { shell: shell("Minimum stock", None), ..MinimumPage::default() }
}

pub(super) fn status() -> StatusPage {
    let fact = |word: &str, value: &str| (word.to_owned(), value.to_owned());
    let row = |lamp, title: &str, found: &str| InvariantRow {
        lamp,
        title: title.into(),
        found: found.into(),
        since: "2026-11-23T12:04:05.000000Z".into(),
        ..InvariantRow::default()
    };
    let key = |kind: &str, key: &str, address: &str| OffendingKey {
        kind: kind.into(),
        key: key.into(),
        address: address.into(),
    };
    StatusPage {
        shell: Shell { lamp: Lamp::Red, ..shell("Server", None) },
        light: Message {
            tone: Tone::Bad,
            text: "2 of 4 do not hold, or not for long.".into(),
            action: None,
        },
        invariants: vec![
            row(Lamp::Green, "Database", "It answers."),
            InvariantRow {
                keys: vec![
                    key("lot", "0000000417", "/lot/0000000417"),
                    key("sequence", "184201", ""),
                ],
                next: "Keep a copy of the database as it is, and run `mtm verify`.".into(),
                ..row(
                    Lamp::Red,
                    "Stock is the sum of movements",
                    "Stock of lot 0000000417 at R-E4-18 / 19 is 500, the movements make 450.",
                )
            },
            InvariantRow {
                keys: vec![key("path", "/srv/mtm", "")],
                next: "Free space, or move the directory to a larger disk.".into(),
                ..row(Lamp::Yellow, "Disk space", "812 MiB are free under /srv/mtm.")
            },
            InvariantRow { since: String::new(), ..row(Lamp::Unknown, "Clock", "Nobody looked.") },
        ],
        facts: vec![
            fact("Program", "0.1.0"),
            fact("Movements", "184,302"),
            fact("Lots", "20,113"),
            fact("Parts", "2,411"),
        ],
        statements: Some(Statements { told_from_ms: Some(200), slow: slow() }),
    }
}

fn slow() -> Vec<SlowRow> {
    vec![
        SlowRow {
            statement: "SELECT lot, part_id, operation_id, location_id, quantity FROM stock \
                        WHERE part_id = ? AND location_id IN (?, ?) ORDER BY received_at, lot"
                .into(),
            times: 3,
            longest_ms: 1_812,
            rows: 40_211,
            longest_at: "2026-11-23T11:58:00.000000Z".into(),
        },
        SlowRow {
            statement: "CALL mtm_seal(?, ?)".into(),
            times: 1,
            longest_ms: 231,
            rows: 1,
            longest_at: "2026-11-23T03:00:00.000000Z".into(),
        },
    ]
}

pub(super) fn status_quiet() -> StatusPage {
    StatusPage {
        light: Message { text: "Everything holds.".into(), ..Message::default() },
        shell: shell("Server", None),
        invariants: vec![InvariantRow {
            lamp: Lamp::Green,
            title: "Database".into(),
            found: "It answers.".into(),
            ..InvariantRow::default()
        }],
        statements: None,
        ..status()
    }
}

pub(super) fn dashboard() -> DashboardPage {
    let queue = |operation: &str, waiting: (i64, i64), moved: (i64, i64, i64), growth| QueueRow {
        operation: operation.into(),
        buckets: waiting.0,
        quantity: waiting.1,
        oldest: "2026-10-30T07:12:00.000000Z".into(),
        arrived: moved.0,
        left: moved.1,
        scrapped: moved.2,
        growth,
        hours_to_clear: (moved.1 > 0).then_some(52.4),
        bottleneck: growth > 1_000,
    };
    let hour = |hour: u32, movements| HourBar {
        begins: format!("2026-11-23T{hour:02}:00:00.000000Z"),
        movements,
    };
    DashboardPage {
        shell: shell("Dashboard", None),
        since: "2026-11-23T06:00:00.000000Z".into(),
        below_minimum: 3,
        minimums: minimums(),
        queues: vec![
            queue("19", (312, 148_250), (12_400, 8_150, 35), 4_215),
            queue("20", (88, 41_900), (8_150, 9_700, 0), -1_550),
            QueueRow { oldest: String::new(), ..queue("109", (0, 0), (0, 600, 12), -612) },
        ],
        ageing: vec![
            AgeRow {
                operation: "19".into(),
                day: 12_000,
                three_days: 46_250,
                week: 60_000,
                month: 27_000,
                older: 3_000,
            },
            AgeRow { operation: "20".into(), day: 41_900, ..AgeRow::default() },
        ],
        hours: vec![hour(6, 44), hour(7, 61), hour(8, 0)],
        scrapped: 47,
        share: Some(0.9974),
        counted: 412,
        accuracy: Some(0.9587),
        holds: 2,
    }
}

pub(super) fn dashboard_empty() -> DashboardPage {
    DashboardPage {
        shell: shell("Dashboard", None),
        since: "2026-11-23T06:00:00.000000Z".into(),
        ..DashboardPage::default()
    }
}
