//! What other systems are told of movements.

use mtm_app::sync::Deed;

use super::shell;
use crate::ui::components::field::Entry;
use crate::ui::components::pager::Pager;
use crate::ui::components::past::Past;
use crate::ui::components::state::Tone;
use crate::ui::page::worklist::sheet::PostingPage;
use crate::ui::page::worklist::{FlowHead, PostingLine, WorklistPage};

fn text(text: &str) -> String {
    text.to_owned()
}

pub(super) fn worklist() -> WorklistPage {
    WorklistPage {
        shell: shell("Worklist", None),
        flows: vec![
            FlowHead {
                name: text("planning"),
                peer: text("planning"),
                mode: text("automatic"),
                tone: Tone::Warn,
                state: text("This program posts. Something waits for somebody."),
                counts: vec![("Refused", 1), ("On the way", 3), ("Posted", 12_408)],
                behind: 2,
                oldest_open_at: text("2026-11-23T09:00:12.000000Z"),
                version: 4,
                idempotency_key: text("key-of-the-flow"),
                may_change: true,
                ..FlowHead::default()
            },
            FlowHead {
                name: text("visual"),
                erp: text("visual"),
                mode: text("worklist"),
                state: text("People post what is on this list."),
                idempotency_key: text("key-of-the-other-flow"),
                ..FlowHead::default()
            },
        ],
        postings: vec![
            PostingLine {
                id: 18,
                class: "Transfer",
                part: text("24 126 251"),
                quantity: 1_500,
                places: text("MAIN/FLOOR → MAIN/SHIP"),
                lot: text("0000000042"),
                state: "refused",
                cause: text("there is no part 24 126 251"),
                recorded_at: text("2026-11-23T09:00:12.000000Z"),
                ..PostingLine::default()
            },
            PostingLine {
                id: 17,
                class: "Receipt",
                part: text("11058-1779"),
                quantity: 120,
                places: text("to MAIN/FLOOR"),
                lot: text("0000000041"),
                state: "to be posted",
                recorded_at: text("2026-11-23T08:10:00.000000Z"),
                ..PostingLine::default()
            },
        ],
        pager: Pager { shown: text("2 postings, newest first"), ..Pager::default() },
        ..WorklistPage::default()
    }
}

pub(super) fn worklist_empty() -> WorklistPage {
    WorklistPage { shell: shell("Worklist", None), ..WorklistPage::default() }
}

pub(super) fn posting() -> PostingPage {
    PostingPage {
        shell: shell("Posting 18", None),
        id: 18,
        flow: text("planning"),
        class: "Transfer",
        part: text("24 126 251"),
        quantity: 1_500,
        state: "refused",
        meaning: "The other system does not take it, and nothing was undone here.",
        entries: vec![
            ("From", text("MAIN/FLOOR")),
            ("To", text("MAIN/SHIP")),
            ("Unit", text("pcs")),
        ],
        cause: text("there is no part 24 126 251"),
        code: text("unknown_part"),
        lot: text("0000000042"),
        recorded_at: text("2026-11-23T09:00:12.000000Z"),
        request: text("{\n  \"path\": \"transactions\"\n}"),
        body: Entry::holding("{\n  \"part\": \"24 126 251\"\n}").refused("this is no JSON"),
        history: vec![Past {
            what: text("refused"),
            at: text("2026-11-23T09:00:13.000000Z"),
            by: text("server"),
            note: text("there is no part 24 126 251"),
        }],
        may: vec![Deed::Resend, Deed::Look, Deed::Done, Deed::Accept, Deed::Withdraw],
        note: Entry::holding("").refused("say why in words: at least 5 characters"),
        idempotency_key: text("key-of-the-posting"),
        ..PostingPage::default()
    }
}

pub(super) fn posting_proved() -> PostingPage {
    PostingPage {
        shell: shell("Posting 17", None),
        id: 17,
        flow: text("visual"),
        class: "Receipt",
        part: text("11058-1779"),
        quantity: 120,
        state: "posted",
        meaning: "It is in the other system.",
        entries: vec![("To", text("MAIN/FLOOR"))],
        lot: text("0000000041"),
        recorded_at: text("2026-11-23T08:10:00.000000Z"),
        document: text("PO-505000"),
        shown_by: text("48211"),
        ..PostingPage::default()
    }
}
