//! Labels of a made-up plant.

use super::shell;
use crate::ui::{
    components::{
        field::{Choice, Entry},
        past::Past,
        state::{Message, Tone},
    },
    page::{
        label::{LabelPage, Preview, VersionLine},
        labels::{LabelsPage, TemplateLine},
        lot_labels::Labels,
        printing::sheet::JobPage,
        printing::{JobLine, PrinterHead, PrintingPage},
    },
};

pub(super) fn labels() -> LabelsPage {
    let line = |name: &str, title: &str, of: &str| TemplateLine {
        name: name.into(),
        title: title.into(),
        of: of.into(),
        as_brought: true,
        ..TemplateLine::default()
    };
    let edited = TemplateLine {
        as_brought: false,
        changed_at: "2026-11-29T08:00:00Z".into(),
        changed_by: "anna".into(),
        ..line("lot", "Container", "lot")
    };
    LabelsPage {
        shell: shell("Labels", None),
        lines: vec![line("location", "Location", "location"), edited, line("old", "old", "")],
        may_edit: true,
        likes: vec![Choice::new("lot", "Container"), Choice::new("location", "Location")],
    }
}

pub(super) fn label() -> LabelPage {
    LabelPage {
        shell: shell("Container", None),
        message: Some(Message { text: "Kept: version 2.".into(), ..Message::default() }),
        name: "lot".into(),
        title: "Container".into(),
        text: Entry::holding("title = \"Container\"\nof = \"lot\"\n"),
        seen: "2".into(),
        key: "k".into(),
        may_edit: true,
        put_back: "Put back what the program brings".into(),
        of: Entry::holding("0000012345"),
        dpi: Entry::holding("203"),
        dpis: ["203", "300", "600"].map(|dpi| Choice::new(dpi, format!("{dpi} dpi"))).into(),
        preview: Some(Preview {
            picture: "/labels/lot/render?format=png&of=0000012345&dpi=203".into(),
            pdf: "/labels/lot/render?format=pdf&of=0000012345&dpi=203".into(),
            zpl: "/labels/lot/render?format=zpl&of=0000012345&dpi=203".into(),
            shows: "The label of 0000012345".into(),
            findings: vec!["Element 3: the label ends within the 1 mm that it keeps free.".into()],
        }),
        versions: vec![VersionLine {
            number: 1,
            recorded_at: "2026-11-29T08:00:00Z".into(),
            recorded_by: "anna".into(),
            ..VersionLine::default()
        }],
        ..LabelPage::default()
    }
}

pub(super) fn label_wrong() -> LabelPage {
    LabelPage {
        message: None,
        preview: None,
        no_preview: "The text is no template.".into(),
        text: Entry::holding("title = ").refused("Line 1: a value is missing."),
        ..label()
    }
}

/// One label that came out, and one that nobody knows of.
pub(super) fn of_lot() -> Labels {
    Labels {
        lot: "0000045120".into(),
        csrf: "csrf-token".into(),
        jobs: jobs(),
        more: false,
        printers: vec!["dock".into(), "office".into()],
        idempotency_key: "0197-example".into(),
        ..Labels::default()
    }
}

fn jobs() -> Vec<JobLine> {
    let job = |id: i64, state, why: &str| JobLine {
        id,
        of: "lot".into(),
        key: "0000045120".into(),
        copy: id > 7,
        printer: "dock".into(),
        state,
        why: why.into(),
        asked_at: format!("2026-11-19T0{id}:43:00Z"),
        asked_by: "Dana Ruiz".into(),
    };
    vec![
        job(8, "look for it", "the connection broke after the label was sent"),
        job(7, "printed", ""),
    ]
}

/// Two printers, one of which has no paper.
pub(super) fn jobs_page() -> PrintingPage {
    let printer = |name: &str, tone, state: &str| PrinterHead {
        name: name.into(),
        tone,
        state: state.into(),
        since: "2026-11-19T06:00:00Z".into(),
        seen_at: "2026-11-19T08:44:00Z".into(),
        address: "10.1.2.3:9100".into(),
        dpi: Some(203),
        receipts: name == "dock",
        configured: true,
        ..PrinterHead::default()
    };
    PrintingPage {
        shell: shell("Printing", None),
        printers: vec![
            PrinterHead {
                waiting: 3,
                needs_somebody: 1,
                ..printer("dock", Tone::Warn, "No paper: load some, and close it.")
            },
            printer("office", Tone::Note, "Ready."),
        ],
        jobs: jobs(),
        may_print: true,
        templates: vec![("lot".into(), "Lot".into()), ("location".into(), "Location".into())],
        template: Entry::holding("lot"),
        idempotency_key: "0197-example".into(),
        ..PrintingPage::default()
    }
}

/// A label that may have come out.
pub(super) fn job() -> JobPage {
    use mtm_app::printing::JobDeed;
    JobPage {
        shell: shell("Label 8", None),
        id: 8,
        version: 3,
        of: "lot".into(),
        key: "0000045120".into(),
        template: "lot".into(),
        printer: "dock".into(),
        state: "look for it",
        meaning: "It was sent, and the printer did not say what became of it.",
        why: "the connection broke after the label was sent".into(),
        asked_at: "2026-11-19T08:43:00Z".into(),
        asked_by: "Dana Ruiz".into(),
        begun_at: "2026-11-19T08:43:01Z".into(),
        ended_at: "2026-11-19T08:43:02Z".into(),
        attempts: 1,
        entries: vec![("part".into(), "11058-1779".into()), ("quantity".into(), "420".into())],
        label: "^XA^FDLOT:0000045120^FS^XZ".into(),
        history: vec![Past {
            what: "unknown".into(),
            at: "2026-11-19T08:43:02Z".into(),
            by: "server".into(),
            note: "the connection broke after the label was sent".into(),
        }],
        printers: vec!["dock".into(), "office".into()],
        may: vec![JobDeed::Send, JobDeed::CameOut, JobDeed::Cancel],
        to: Entry::holding("dock"),
        idempotency_key: "0197-example".into(),
        ..JobPage::default()
    }
}
