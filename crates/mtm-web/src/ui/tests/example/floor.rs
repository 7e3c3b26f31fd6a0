//! In, Out and Move.

use super::{demo_notice, shell};
use crate::ui::{
    components::{
        acknowledgement::{Answer, Balance, Booked, Instead, PartLine, Question, Refused, Undo},
        badge::MovementType,
        field::{Choice, Entry},
        layout::Screen,
        quick::QuickButton,
    },
    page::{
        move_stock::MovePage,
        pick::{Find, Found, PickRow},
        receive::{PartContext, Place, ReceivePage, Recent},
        take::{TakePage, TakenFor},
    },
};

const KEY: &str = "01936f2a-0000-7000-8000-000000000001";

pub(super) fn receive() -> ReceivePage {
    let mut shell = shell("In", Some(Screen::In));
    shell.notice = Some(demo_notice());
    ReceivePage {
        shell,
        idempotency_key: KEY.into(),
        quick: quick(),
        colors: colors(),
        recent: recent(),
        ..ReceivePage::default()
    }
}

fn filled() -> ReceivePage {
    ReceivePage {
        part: Entry::holding("11058-1779"),
        operation: Entry::holding("19").hinted("Next in the routing"),
        quantity: Entry::holding("500"),
        containers: Entry::holding("3"),
        location: Entry::holding("R-E4-18"),
        notes: Entry::holding("blue bins"),
        context: Some(context()),
        ..receive()
    }
}

pub(super) fn receive_booked() -> ReceivePage {
    let lots: Vec<String> = (45_120..45_123).map(|lot| format!("{lot:010}")).collect();
    let balances = lots
        .iter()
        .map(|lot| Balance {
            part: "11058-1779".into(),
            operation: "19".into(),
            location: "R-E4-18".into(),
            lot: lot.clone(),
            quantity: 500,
        })
        .collect();
    ReceivePage {
        answer: Some(Answer::Booked(Booked {
            title: "Booked in".into(),
            lines: vec![line("11058-1779", 3, 1500)],
            place: "at R-E4-18 · operation 19".into(),
            lots,
            balances,
            recorded_at: "2026-11-23T08:14:07.120034Z".into(),
            undo: Some(undo("in")),
            ..Booked::default()
        })),
        context: Some(context()),
        ..receive()
    }
}

pub(super) fn receive_refused() -> ReceivePage {
    ReceivePage {
        answer: Some(Answer::Refused(Refused {
            title: "Not booked".into(),
            text: "Two fields need another look.".into(),
            next: "Nothing was booked. Your input is kept below.".into(),
            choices: Vec::new(),
        })),
        location: Entry::holding("R-E4-81")
            .refused("No location R-E4-81. Near it: R-E4-18, R-E4-08."),
        quantity: Entry::holding("25002500").refused("At most 100,000 pieces in one booking."),
        asks_color: true,
        asks_work_order: true,
        ..filled()
    }
}

pub(super) fn receive_question() -> ReceivePage {
    ReceivePage {
        answer: Some(Answer::Question(Question {
            title: "Again, or the same one?".into(),
            text: "You booked in 500 of 11058-1779 at R-E4-18, operation 19, 3 seconds ago.".into(),
            lines: Vec::new(),
            code: "possible_duplicate".into(),
            form: "receive".into(),
            instead: Vec::new(),
            yes: "Again: book another 500".into(),
            no: "The same one: book nothing".into(),
            no_address: "/in".into(),
        })),
        containers: Entry::default(),
        ..filled()
    }
}

pub(super) fn take() -> TakePage {
    TakePage {
        shell: shell("Out", Some(Screen::Out)),
        idempotency_key: KEY.into(),
        find: Find { part: Entry::holding("11058-1779"), ..Find::default() },
        found: found(),
        taken_for: vec![TakenFor {
            reservation: "01936f2a-0000-7000-8000-000000000006".into(),
            lot: "0000045120".into(),
            purpose: "WO-060723".into(),
        }],
        reasons: vec![
            Choice::new("ship", "Shipped"),
            Choice::new("consume", "Used in assembly"),
            Choice::new("other", "Other"),
        ],
        ..TakePage::default()
    }
}

pub(super) fn take_empty() -> TakePage {
    TakePage {
        shell: shell("Out", Some(Screen::Out)),
        idempotency_key: KEY.into(),
        ..TakePage::default()
    }
}

pub(super) fn take_review() -> TakePage {
    TakePage {
        answer: Some(Answer::Question(Question {
            title: "Take 2 lots, 740 pieces?".into(),
            text: "Look it over once before it leaves the stock.".into(),
            lines: vec![line("11058-1779", 1, 500), line("A0003892000", 1, 240)],
            code: "review".into(),
            form: "take".into(),
            instead: vec![Instead {
                words: "For WO-060723: book it".into(),
                name: "reservation".into(),
                value: "01936f2a-0000-7000-8000-000000000006".into(),
            }],
            yes: "Take 740 pieces".into(),
            no: "Go back".into(),
            no_address: "/out?part=11058-1779".into(),
        })),
        ..take()
    }
}

pub(super) fn take_booked() -> TakePage {
    TakePage {
        answer: Some(Answer::Booked(Booked {
            title: "Taken out".into(),
            lines: vec![line("11058-1779", 2, 1000), line("A0003892000", 1, 240)],
            lots: vec!["0000045120".into(), "0000045121".into(), "0000044871".into()],
            balances: vec![Balance {
                part: "A0003892000".into(),
                operation: "90".into(),
                location: "FLOOR - WIP AISLE".into(),
                lot: "0000044871".into(),
                quantity: 60,
            }],
            recorded_at: "2026-11-23T08:20:41.000001Z".into(),
            replayed: true,
            undo: Some(undo("out")),
            ..Booked::default()
        })),
        ..take_empty()
    }
}

pub(super) fn move_stock() -> MovePage {
    let mut found = found();
    found.rows[1].picked = true;
    found.rows[1].quantity = Entry::holding("120");
    MovePage {
        shell: shell("Move", Some(Screen::Move)),
        idempotency_key: KEY.into(),
        find: Find { lots: vec!["0000045120".into()], ..Find::default() },
        found,
        to_location: Entry::holding("DC-A0-01"),
        ..MovePage::default()
    }
}

fn found() -> Found {
    let row =
        |lot: &str, part: &str, operation: &str, location: &str, on_hand, day: &str| PickRow {
            lot: lot.into(),
            part: part.into(),
            operation: operation.into(),
            location: location.into(),
            on_hand,
            received_at: format!("2026-11-{day}T06:42:10Z"),
            ..PickRow::default()
        };
    let mut rows = vec![
        row("0000044871", "A0003892000", "90", "FLOOR - WIP AISLE", 300, "17"),
        row("0000045120", "11058-1779", "19", "R-E4-18", 500, "19"),
        row("0000045121", "11058-1779", "19", "R-E4-18", 500, "19"),
        row("0000045207", "11058-1779", "20", "DC-A0-01", 1_250, "21"),
        row("0000045310", "11058-1779", "20", "NCM", 48, "22"),
    ];
    rows[0].attributes = "WO-060723 · blue".into();
    rows[1].reserved = true;
    rows[4].hold = Some("quality: burr on edge".into());
    Found { searched: true, rows, more: true, shown_at: "2026-11-23T08:14:00Z".into() }
}

fn context() -> PartContext {
    let place = |location: &str, operation: &str, quantity, lots, day: &str| Place {
        location: location.into(),
        operation: operation.into(),
        quantity,
        lots,
        oldest_at: format!("2026-11-{day}T14:02:00Z"),
    };
    PartContext {
        part: "11058-1779".into(),
        description: "Bracket, left, machined".into(),
        total: 4_798,
        places: vec![
            place("R-E4-18", "19", 2_500, 5, "18"),
            place("DC-A0-01", "20", 1_250, 1, "21"),
            place("FLOOR - WIP AISLE", "19", 1_000, 2, "22"),
            place("NCM", "20", 48, 1, "22"),
        ],
        more_places: 2,
        last_location: "R-E4-18".into(),
        next_operation: "19".into(),
        routing: ["10", "19", "20", "90"].map(String::from).into(),
    }
}

fn recent() -> Vec<Recent> {
    let booking = |kind, part: &str, quantity, place: &str, minute: u8, undone| Recent {
        kind,
        part: part.into(),
        quantity,
        place: place.into(),
        recorded_at: format!("2026-11-23T08:{minute:02}:00Z"),
        undone,
    };
    vec![
        booking(MovementType::In, "11058-1779", 500, "R-E4-18 · 19", 12, false),
        booking(MovementType::Out, "24 126 251", 1_200, "DC-B2-07 · 90", 9, false),
        booking(MovementType::In, "24733502-RAW", 64, "FLOOR - WIP AISLE · N/A", 4, true),
        booking(MovementType::Transfer, "1094.397.016", 240, "R-C1-02 → NCM", 1, false),
    ]
}

pub(super) fn quick() -> Vec<QuickButton> {
    let button = |slot, part: &str, operation: &str, quantity, location: &str| QuickButton {
        slot,
        part: part.into(),
        operation: operation.into(),
        quantity,
        location: location.into(),
    };
    vec![
        button(1, "11058-1779", "19", 500, "R-E4-18"),
        button(2, "A0003892000", "90", 300, ""),
        button(3, "24733502-RAW", "N/A", 64, ""),
        button(4, "24 126 251", "20", 1_200, "DC-B2-07"),
    ]
}

fn colors() -> Vec<Choice> {
    ["Blue", "Green", "Red", "Yellow"].map(|color| Choice::new(color.to_uppercase(), color)).into()
}

fn line(part: &str, lots: i64, quantity: i64) -> PartLine {
    PartLine { part: part.into(), lots, quantity }
}

fn undo(screen: &str) -> Undo {
    Undo {
        command_id: "01936f2a-0000-7000-8000-0000000000aa".into(),
        session_id: String::new(),
        idempotency_key: "01936f2a-0000-7000-8000-000000000002".into(),
        csrf: "csrf-token".into(),
        screen: screen.into(),
    }
}
