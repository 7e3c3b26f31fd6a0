//! Labels of a made-up plant.

use super::shell;
use crate::ui::{
    components::{
        field::{Choice, Entry},
        state::Message,
    },
    page::{
        label::{LabelPage, Preview, VersionLine},
        labels::{LabelsPage, TemplateLine},
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
