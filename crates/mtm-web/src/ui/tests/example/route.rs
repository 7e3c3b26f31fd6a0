//! Routings, and work that goes by them.

use super::shell;
use crate::ui::{
    components::{
        acknowledgement::{Answer, Refused},
        field::{Choice, Entry},
        layout::Screen,
        pager::Pager,
    },
    page::{
        complete::{CompletePage, Onward, Waiting, Work},
        routing::{RoutingPage, Step, Version},
        routings::{RoutingLine, RoutingsPage},
    },
};

const KEY: &str = "01936f2a-0000-7000-8000-0000000000f1";

fn waiting(lot: &str, part: &str, location: &str, on_hand: i64, onward: Onward) -> Waiting {
    Waiting {
        part: part.into(),
        description: "Bracket, rear axle".into(),
        operation: "20".into(),
        location: location.into(),
        lot: lot.into(),
        on_hand,
        received_at: "2026-11-19T06:42:10Z".into(),
        onward,
        ..Waiting::default()
    }
}

fn next() -> Onward {
    Onward::Next("90".into(), "DC-A0-01".into())
}

pub(super) fn queue() -> CompletePage {
    let mut held = waiting("0000045207", "11058-1779", "NCM", 60, next());
    held.hold = Some("quality".into());
    held.attributes = "WO-060723 · Red".into();
    CompletePage {
        shell: shell("Complete", Some(Screen::Complete)),
        operation: Entry::holding("20"),
        description: "Form".into(),
        queue: vec![
            waiting("0000045120", "11058-1779", "R-E4-18", 500, next()),
            held,
            waiting("0000045301", "A0003892000", "FLOOR - WIP AISLE", 1_250, Onward::Finished),
            waiting("0000045302", "24 126 251", "FLOOR - WIP AISLE", 80, Onward::Outside),
            waiting("0000045303", "CARDBOARD (39X39)", "R-E4-19", 1, Onward::Unknown),
        ],
        pieces: 1_891,
        searched: true,
        ..CompletePage::default()
    }
}

pub(super) fn complete() -> CompletePage {
    let mut page = queue();
    page.queue[0].chosen = true;
    page.work = Some(Work {
        bucket: page.queue[0].clone(),
        idempotency_key: KEY.into(),
        scrap: Entry::holding("3"),
        reasons: vec![Choice::new("damaged", "damaged"), Choice::new("other", "other")],
        ..Work::default()
    });
    page
}

pub(super) fn last() -> CompletePage {
    let mut page = queue();
    page.answer = Some(Answer::Refused(Refused {
        title: "Not booked".into(),
        text: "Operation 20 is the last of part A0003892000.".into(),
        next: "Nothing was booked. Name the operation the pieces go on to.".into(),
        choices: Vec::new(),
    }));
    page.work = Some(Work {
        bucket: page.queue[2].clone(),
        idempotency_key: KEY.into(),
        to_operation: Entry::default().refused("Name an operation to go on to."),
        ..Work::default()
    });
    page
}

pub(super) fn routings() -> RoutingsPage {
    let line = |part: &str, steps: &[&str]| RoutingLine {
        part: part.into(),
        description: "Bracket, rear axle".into(),
        address: format!("/routings/{part}"),
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
        since: "2026-03-02T06:00:00Z".into(),
        ..RoutingLine::default()
    };
    let mut planned = line("A0003892000", &["19", "90"]);
    planned.planned = true;
    let mut changing = line("11058-1779", &["10", "19", "20", "90"]);
    changing.next = "2026-12-01T06:00:00Z".into();
    RoutingsPage {
        shell: shell("Routings", None),
        lines: vec![changing, planned],
        pager: Pager { shown: "2 routings on this page".into(), ..Pager::default() },
        may_edit: true,
        may_set: true,
        idempotency_key: KEY.into(),
        ..RoutingsPage::default()
    }
}

pub(super) fn routing() -> RoutingPage {
    let step = |position: &str, operation: &str, location: &str| Step {
        position: position.into(),
        operation: Entry::holding(operation),
        location: Entry::holding(location),
        ..Step::default()
    };
    let mut wrong = step("", "777", "");
    wrong.operation = wrong.operation.refused("777 is not in the master data.");
    RoutingPage {
        shell: shell("Routing of 11058-1779", None),
        part: "11058-1779".into(),
        description: "Bracket, rear axle".into(),
        address: "/routings/11058%2D1779".into(),
        versions: vec![
            Version {
                number: 2,
                state: "planned",
                ended: true,
                since: "2026-12-01T06:00:00Z".into(),
                recorded_at: "2026-11-23T13:04:05Z".into(),
                recorded_by: "dana".into(),
                ..Version::default()
            },
            Version {
                number: 1,
                state: "holds now",
                steps: vec!["10".into(), "20 (DC-A0-01, 98.5%)".into()],
                since: "2026-03-02T06:00:00Z".into(),
                recorded_at: "2026-03-01T09:00:00Z".into(),
                recorded_by: "dana".into(),
                ..Version::default()
            },
        ],
        may_edit: true,
        may_end: true,
        idempotency_key: KEY.into(),
        end_key: "01936f2a-0000-7000-8000-0000000000f2".into(),
        newest: "2".into(),
        steps: vec![step("10", "10", ""), step("20", "20", "DC-A0-01"), wrong],
        ..RoutingPage::default()
    }
}
