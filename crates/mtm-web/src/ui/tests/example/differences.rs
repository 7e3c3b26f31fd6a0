//! Reconciliation with an ERP.

use mtm_app::reconcile::BreakState;

use super::shell;
use crate::ui::components::field::{Choice, Entry};
use crate::ui::components::pager::Pager;
use crate::ui::components::past::Past;
use crate::ui::components::state::Tone;
use crate::ui::page::reconciliation::sheet::{BreakPage, Proof};
use crate::ui::page::reconciliation::{BreakLine, ClassLine, PeerHead, ReconciliationPage};

fn text(text: &str) -> String {
    text.to_owned()
}

fn line(id: i64, class: &'static str, part: &str, difference: &str) -> BreakLine {
    BreakLine {
        id,
        class,
        state: BreakState::Open,
        part: text(part),
        place: text("MAIN/FLOOR"),
        ours: text("1,290"),
        on_hand: text("1,305"),
        ledger: text("1,305"),
        difference: text(difference),
        owner: if id == 17 { text("dana") } else { String::new() },
        first_seen_at: text("2026-11-23T09:00:12.000000Z"),
    }
}

pub(super) fn reconciliation() -> ReconciliationPage {
    ReconciliationPage {
        shell: shell("Reconciliation", None),
        peers: vec![PeerHead {
            name: text("visual"),
            tone: Tone::Warn,
            state: text("2 breaks are open."),
            newest: text(
                "The newest comparison failed: the books of visual change while they are read",
            ),
            compared_at: text("2026-11-23T09:00:12.000000Z"),
            ours_at: text("2026-11-23T09:00:02.000000Z"),
            ledger_at: text("2026-11-23T08:59:20.000000Z"),
            on_hand_at: text("2026-11-23T08:50:20.000000Z"),
            compared: 4_211,
            elsewhere: 318,
            movements_waiting: 3,
            postings_waiting: 1,
            in_motion: 4,
            idempotency_key: text("key-of-the-comparison"),
            may_run: true,
        }],
        classes: vec![
            ClassLine {
                title: "Moved here, not posted there",
                key: "unposted_move",
                open: 1,
                chosen: true,
            },
            ClassLine {
                title: "Quantity differs",
                key: "quantity_differs",
                open: 1,
                chosen: false,
            },
            ClassLine { title: "Posted twice", key: "posted_twice", open: 0, chosen: false },
        ],
        breaks: vec![
            line(18, "Moved here, not posted there", "24 126 251", "\u{2212}15"),
            line(17, "Quantity differs", "11058-1779", "+4"),
        ],
        pager: Pager { shown: text("2 breaks, newest first"), ..Pager::default() },
        is_filtered: true,
        csv: text("/api/v1/reconciliation/breaks?format=csv"),
        xlsx: text("/api/v1/reconciliation/breaks?format=xlsx"),
        may_run: true,
        ..ReconciliationPage::default()
    }
}

pub(super) fn reconciliation_empty() -> ReconciliationPage {
    ReconciliationPage { shell: shell("Reconciliation", None), ..ReconciliationPage::default() }
}

pub(super) fn difference() -> BreakPage {
    BreakPage {
        shell: shell("Break 18", None),
        id: 18,
        peer: text("visual"),
        title: text("Moved here, not posted there"),
        part: text("24 126 251"),
        place: text("MAIN/FLOOR"),
        ours: text("1,290"),
        on_hand: text("1,305"),
        ledger: text("1,305"),
        difference: text("\u{2212}15"),
        cause: text("It was booked here, and nothing posted there proves it."),
        fix: text("Post a transfer there: 15 of 24 126 251 from MAIN/FLOOR to MAIN/SHIP."),
        fix_link: Some((text("Plan this count"), text("/counts?parts=24%20126%20251"))),
        proofs: vec![
            Proof {
                side: "Here",
                what: text("transfer 15"),
                address: text("/history?movement=019a"),
                place: text("A-1 → B-1"),
                at: text("2026-11-22T14:10:00.000000Z"),
                by: text("lee"),
                about: text("lot 0000000042"),
                note: text("not posted there"),
            },
            Proof {
                side: "There",
                what: text("transaction 48211: +20 (R)"),
                place: text("MAIN/FLOOR"),
                at: text("2026-11-22T14:05:00.000000Z"),
                note: text("nothing of ours stands beside it"),
                ..Proof::default()
            },
        ],
        owner_now: text("dana"),
        own: true,
        first_seen_at: text("2026-11-23T09:00:12.000000Z"),
        last_seen_at: text("2026-11-24T09:00:11.000000Z"),
        history: vec![
            Past {
                what: text("found"),
                at: text("2026-11-23T09:00:12.000000Z"),
                by: text("comparison"),
                note: String::new(),
            },
            Past {
                what: text("taken"),
                at: text("2026-11-23T10:12:00.000000Z"),
                by: text("dana"),
                note: String::new(),
            },
        ],
        reasons: vec![Choice::new("fixed_there", "put right there"), Choice::new("other", "other")],
        may_decide: true,
        note: Entry::holding("").refused("say why in words: at least 5 characters"),
        idempotency_key: text("key-of-the-break"),
        ..BreakPage::default()
    }
}

pub(super) fn difference_closed() -> BreakPage {
    BreakPage { state: BreakState::Closed, own: false, note: Entry::default(), ..difference() }
}
