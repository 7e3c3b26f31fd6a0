//! Parts as other systems have them.

use super::shell;
use crate::ui::components::pager::Pager;
use crate::ui::components::state::Tone;
use crate::ui::page::master_sync::sheet::{DifferencePage, FieldLine};
use crate::ui::page::master_sync::{DifferenceLine, MasterSyncPage, SyncHead};

fn text(text: &str) -> String {
    text.to_owned()
}

pub(super) fn master_sync() -> MasterSyncPage {
    MasterSyncPage {
        shell: shell("Master data", None),
        syncs: vec![SyncHead {
            erp: text("visual"),
            mode: text("automatic"),
            tone: Tone::Warn,
            state: text("What is theirs is taken over. Something waits for somebody."),
            owned: text("description, retired"),
            conflict: "somebody decides",
            new: "those that they keep in stock",
            parts: 3_412,
            differing: 2,
            waiting: 2,
            judged_at: text("2026-11-23T09:00:12.000000Z"),
            version: 4,
            mode_key: text("key-of-the-mode"),
            all_key: text("key-of-all"),
            may_change: true,
            may_decide: true,
            ..SyncHead::default()
        }],
        differences: vec![
            DifferenceLine {
                id: 18,
                part: text("24 126 251"),
                what: text("description"),
                ours: text("Bracket, left <new>"),
                theirs: text("Bracket, left"),
                waits: true,
                since: text("2026-11-23T09:00:12.000000Z"),
                cause: String::new(),
            },
            DifferenceLine {
                id: 17,
                part: text("11058-1779"),
                what: text("gone there"),
                ours: text("no"),
                theirs: text("yes"),
                waits: true,
                since: text("2026-11-22T09:00:12.000000Z"),
                cause: text("There is stock of it here. It can be retired when none is left."),
            },
        ],
        pager: Pager { shown: text("2 parts that differ"), ..Pager::default() },
        ..MasterSyncPage::default()
    }
}

pub(super) fn master_sync_empty() -> MasterSyncPage {
    MasterSyncPage { shell: shell("Master data", None), ..MasterSyncPage::default() }
}

pub(super) fn difference() -> DifferencePage {
    let line = |name, label, ours: &str, theirs: &str, change| FieldLine {
        name,
        label,
        ours: text(ours),
        theirs: text(theirs),
        change,
    };
    DifferencePage {
        shell: shell("Part 24 126 251", None),
        id: 18,
        erp: text("visual"),
        part: text("24 126 251"),
        what: text("description, item type"),
        fields: vec![
            line(
                "description",
                "Description",
                "Bracket, left <new>",
                "Bracket, left",
                "both did, differently",
            ),
            line("item_type", "Item type", "", "WIP", "they did"),
        ],
        since: text("2026-11-23T09:00:12.000000Z"),
        decided_at: text("2026-11-20T09:00:12.000000Z"),
        decided_by: text("dana"),
        noted: text("ours is right"),
        version: 3,
        may_take: true,
        may_keep: true,
        idempotency_key: text("key-of-the-part"),
        ..DifferencePage::default()
    }
}

pub(super) fn difference_new() -> DifferencePage {
    DifferencePage {
        shell: shell("Part NEW-1", None),
        id: 19,
        erp: text("visual"),
        part: text("NEW-1"),
        what: text("new there"),
        is_new: true,
        cause: text("There is no such item type here: add it first."),
        fields: vec![FieldLine {
            name: "part",
            label: "Part",
            theirs: text("NEW-1"),
            change: "nobody knows: they never agreed",
            ..FieldLine::default()
        }],
        since: text("2026-11-23T09:00:12.000000Z"),
        may_take: true,
        may_keep: true,
        idempotency_key: text("key-of-the-new-part"),
        ..DifferencePage::default()
    }
}
