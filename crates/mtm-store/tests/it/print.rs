//! Labels on their way to printers: what is kept of them, and what can become of them.

use mtm_core::Action;
use mtm_core::command::Receive;
use mtm_core::print::{Condition, JobDeed, JobState};
use mtm_core::word::MovementId;
use mtm_store::Clock as _;
use mtm_store::print::{
    DueJob, JobDecision, JobQuery, Labels, NewJob, PrintEnd, PrintJob, Spelled,
};
use mtm_store::query::{HistoryQuery, PageRequest};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, receive, refused, undo};

contract!(
    a_label_is_printed_when_the_printer_says_so,
    what_may_be_out_is_sent_again_by_nobody_but_a_person,
    a_second_label_of_the_same_thing_is_a_copy,
    what_waits_too_long_is_given_up_and_told,
    receipts_have_one_label_each_from_the_first_that_is_followed,
    a_label_goes_to_another_printer,
    old_labels_are_let_go_of_and_open_ones_are_kept,
);

const DAY: i64 = 24 * 3_600 * 1_000_000;

fn labels(of: &str) -> Labels {
    let zpl = |text: &str| Spelled::Zpl(format!("^XA{of}{text}^XZ"));
    Labels { original: zpl(""), copy: zpl(" COPY") }
}

fn asked(printer: &str, lot: &str) -> NewJob {
    NewJob {
        printer: printer.to_owned(),
        template: "lot".to_owned(),
        subject: "lot".to_owned(),
        key: lot.to_owned(),
        fields: r#"{"of":"lot","fields":{}}"#.to_owned(),
        movement: None,
        station: None,
    }
}

async fn ask(plant: &Plant, printer: &str, lot: &str) -> PrintJob {
    plant.ledger.print(asked(printer, lot), actor().id, None).await.unwrap().value
}

async fn next(plant: &Plant, printer: &str) -> Option<DueJob> {
    plant.ledger.next_print_job(printer.to_owned()).await.unwrap()
}

/// Sends the next label, with that end.
async fn send(plant: &Plant, printer: &str, end: PrintEnd) -> (i64, String) {
    let due = next(plant, printer).await.unwrap();
    let id = due.id;
    let (version, label) = begin(plant, due).await.unwrap();
    plant.ledger.end_print(id, version, end).await.unwrap();
    (id, label)
}

async fn begin(plant: &Plant, due: DueJob) -> Option<(i64, String)> {
    let key = job(plant, due.id).await.key;
    let begun = plant.ledger.begin_print(due, labels(&key)).await.unwrap();
    begun.map(|(version, label)| (version, String::from_utf8(label.bytes().to_vec()).unwrap()))
}

async fn job(plant: &Plant, id: i64) -> PrintJob {
    plant.ledger.print_job(id).await.unwrap().unwrap().row
}

async fn decide(
    plant: &Plant,
    id: i64,
    deed: JobDeed,
    printer: Option<&str>,
) -> Result<PrintJob, &'static str> {
    let decision =
        JobDecision { deed, printer: printer.map(str::to_owned), note: None, version: None };
    let decided = plant.ledger.decide_print(id, decision, actor().id, None).await;
    decided.map(|it| it.value).map_err(|error| refused(&error))
}

/// The events of labels, by type and state.
fn told(plant: &Plant) -> String {
    plant.value("SELECT COALESCE(group_concat(type), '') FROM (SELECT type FROM outbox WHERE type LIKE 'label.%' ORDER BY position) AS told")
}

async fn a_label_is_printed_when_the_printer_says_so(engine: Engine) {
    let plant = Plant::on(engine).await;
    let made = ask(&plant, "dock", "0000000001").await;
    assert_eq!(
        (made.state, made.copy, made.asked_by.as_deref()),
        (JobState::Queued, false, Some("system"))
    );
    assert_eq!(next(&plant, "other").await, None);
    // Not ready: it waits, and nothing is told.
    let (id, label) = send(&plant, "dock", PrintEnd::NotSent(Condition::PaperOut)).await;
    assert_eq!((id, label.as_str()), (made.id, "^XA0000000001^XZ"));
    let waits = job(&plant, id).await;
    assert_eq!((waits.state, waits.lacking), (JobState::Queued, Some(Condition::PaperOut)));
    assert_eq!(told(&plant), "");
    // It is somebody's turn once: whoever found it before cannot begin it after.
    let due = next(&plant, "dock").await.unwrap();
    let version = begin(&plant, due.clone()).await.unwrap().0;
    assert_eq!(begin(&plant, due).await, None);
    plant.ledger.print_is_held(id, version, Condition::HeadOpen).await.unwrap();
    assert_eq!(job(&plant, id).await.lacking, Some(Condition::HeadOpen));
    plant.ledger.end_print(id, version, PrintEnd::Printed).await.unwrap();
    let printed = job(&plant, id).await;
    assert_eq!((printed.state, printed.lacking, printed.attempts), (JobState::Printed, None, 2));
    // What was over for it before is not heard any more.
    plant.ledger.end_print(id, version, PrintEnd::Unknown("late".to_owned())).await.unwrap();
    assert_eq!(job(&plant, id).await.state, JobState::Printed);
    assert_eq!(decide(&plant, id, JobDeed::Send, Some("dock")).await, Err("print_job_settled"));
    assert_eq!(told(&plant), "label.printed");
    let row = plant.ledger.printers().await.unwrap().remove(0);
    assert_eq!(
        (row.name.as_str(), row.standing),
        ("dock", None),
        "it has a row, so that nothing for it is forgotten"
    );
}

async fn what_may_be_out_is_sent_again_by_nobody_but_a_person(engine: Engine) {
    let plant = Plant::on(engine).await;
    ask(&plant, "dock", "0000000001").await;
    let (id, _) = send(&plant, "dock", PrintEnd::Unknown("the connection broke".to_owned())).await;
    assert_eq!(next(&plant, "dock").await, None);
    let unknown = job(&plant, id).await;
    assert_eq!(
        (unknown.state, unknown.cause.as_deref()),
        (JobState::Unknown, Some("the connection broke"))
    );
    // A server that was killed while it sent leaves the same.
    ask(&plant, "dock", "0000000002").await;
    let due = next(&plant, "dock").await.unwrap();
    let (left, version) = (due.id, due.version + 1);
    begin(&plant, due).await.unwrap();
    assert_eq!(plant.ledger.orphaned_prints("dock".to_owned()).await.unwrap(), 1);
    assert_eq!(plant.ledger.orphaned_prints("dock".to_owned()).await.unwrap(), 0);
    assert_eq!(
        (job(&plant, left).await.state, next(&plant, "dock").await),
        (JobState::Unknown, None)
    );
    // It was not gone, and the printer says so late: that is heard as long as nobody decided.
    ask(&plant, "dock", "0000000003").await;
    let due = next(&plant, "dock").await.unwrap();
    let (late, begun) = (due.id, begin(&plant, due).await.unwrap().0);
    assert_eq!(plant.ledger.orphaned_prints("dock".to_owned()).await.unwrap(), 1);
    plant.ledger.end_print(late, begun, PrintEnd::Unknown("x".to_owned())).await.unwrap();
    plant.ledger.end_print(late, begun, PrintEnd::Printed).await.unwrap();
    assert_eq!(job(&plant, late).await.state, JobState::Printed);
    plant.ledger.end_print(left, version - 1, PrintEnd::Printed).await.unwrap();
    assert_eq!(job(&plant, left).await.state, JobState::Unknown, "that was another attempt");
    // Somebody saw the one, and sends the other: it says that it is a copy.
    assert_eq!(
        decide(&plant, left, JobDeed::CameOut, None).await.unwrap().state,
        JobState::Printed
    );
    let again = decide(&plant, id, JobDeed::Send, Some("dock")).await.unwrap();
    assert_eq!((again.state, again.copy), (JobState::Queued, true));
    let (sent, label) = send(&plant, "dock", PrintEnd::Printed).await;
    assert_eq!((sent, label.as_str()), (id, "^XA0000000001 COPY^XZ"));
    let history = plant.ledger.print_job(id).await.unwrap().unwrap().history;
    let deeds: Vec<_> = history.iter().map(|it| (it.what.as_str(), it.by.as_deref())).collect();
    assert_eq!(deeds, [("unknown", None), ("send", Some("system")), ("printed", None)]);
    for deed in [JobDeed::Begin, JobDeed::Confirm, JobDeed::Lose] {
        assert_eq!(decide(&plant, id, deed, None).await, Err("print_job_settled"), "{deed:?}");
    }
    assert_eq!(
        told(&plant),
        "label.failed,label.failed,label.failed,label.printed,label.printed,label.printed"
    );
}

async fn a_second_label_of_the_same_thing_is_a_copy(engine: Engine) {
    let plant = Plant::on(engine).await;
    let first = ask(&plant, "dock", "0000000001").await;
    let second = ask(&plant, "other", "0000000001").await;
    assert!(!first.copy && !second.copy, "none is out yet");
    // Whichever is sent first is the original.
    let (_, label) = send(&plant, "other", PrintEnd::Printed).await;
    assert_eq!(label, "^XA0000000001^XZ");
    assert!(ask(&plant, "dock", "0000000001").await.copy);
    let template = NewJob { template: "lot-small".to_owned(), ..asked("dock", "0000000001") };
    let other = plant.ledger.print(template, actor().id, None).await.unwrap().value;
    assert!(!other.copy, "another label");
    let (id, label) = send(&plant, "dock", PrintEnd::Unknown("lost".to_owned())).await;
    assert_eq!((id, label.as_str()), (first.id, "^XA0000000001 COPY^XZ"));
    assert!(job(&plant, id).await.copy);
    // One that was lost and is not wanted any more may be out all the same.
    ask(&plant, "office", "0000000002").await;
    let (id, _) = send(&plant, "office", PrintEnd::Unknown("lost".to_owned())).await;
    let over = decide(&plant, id, JobDeed::Cancel, None).await.unwrap();
    assert_eq!(over.state, JobState::Cancelled);
    assert!(ask(&plant, "office", "0000000002").await.copy);
    // One that was never sent is not.
    ask(&plant, "yard", "0000000003").await;
    let (id, _) = send(&plant, "yard", PrintEnd::NotSent(Condition::Paused)).await;
    decide(&plant, id, JobDeed::Cancel, None).await.unwrap();
    assert!(!ask(&plant, "yard", "0000000003").await.copy);
    // The same request again is the same label.
    let twice = || plant.ledger.print(asked("dock", "0000000009"), actor().id, Some(key("once")));
    let (one, other) = (twice().await.unwrap(), twice().await.unwrap());
    assert_eq!((one.value.id, other.replayed), (other.value.id, true));
}

async fn what_waits_too_long_is_given_up_and_told(engine: Engine) {
    let plant = Plant::on(engine).await;
    let old = ask(&plant, "dock", "0000000001").await;
    plant.clock.advance(DAY);
    let before = plant.clock.now().plus_micros(-1);
    let young = ask(&plant, "dock", "0000000002").await;
    let given_up = plant
        .ledger
        .give_up_prints("dock".to_owned(), before, Some(Condition::PaperOut))
        .await
        .unwrap();
    assert_eq!(given_up, 1);
    let failed = job(&plant, old.id).await;
    assert_eq!((failed.state, failed.lacking), (JobState::Failed, Some(Condition::PaperOut)));
    assert!(failed.cause.unwrap().contains("paper"));
    assert_eq!(job(&plant, young.id).await.state, JobState::Queued);
    // Nothing of it came out: sent again, it is no copy, and waits anew.
    let again = decide(&plant, old.id, JobDeed::Send, Some("dock")).await.unwrap();
    assert_eq!(
        (again.state, again.copy, again.queued_at > old.queued_at),
        (JobState::Queued, false, true)
    );
    assert_eq!(told(&plant), "label.failed");
}

async fn receipts_have_one_label_each_from_the_first_that_is_followed(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    plant.lot_of(5).await;
    // Whoever asks waits until it has its place.
    ledger.history(HistoryQuery::default()).await.unwrap();
    ledger.meet_printer("dock".to_owned(), Some("*".to_owned())).await.unwrap();
    let from = ledger.printer("dock".to_owned()).await.unwrap().unwrap().position.unwrap();
    assert!(from > 0, "what was received before has its labels, or none");
    plant.book(Action::Receive(Receive { ..receive("P-1", 7) })).await.unwrap();
    let newest = HistoryQuery {
        page: PageRequest { limit: 1, ..PageRequest::default() },
        ..HistoryQuery::default()
    };
    let row = ledger.history(newest).await.unwrap().items.remove(0);
    let movement: MovementId = row.id;
    let to = row.sequence.unwrap();
    let of_receipt =
        || vec![NewJob { movement: Some(movement), ..asked("dock", row.lot.as_str()) }];
    assert!(ledger.print_receipts("dock".to_owned(), (from, to), of_receipt()).await.unwrap());
    assert!(!ledger.print_receipts("dock".to_owned(), (from, to), of_receipt()).await.unwrap());
    // Going over it once more changes nothing.
    assert!(ledger.print_receipts("dock".to_owned(), (to, to), of_receipt()).await.unwrap());
    let of_it = JobQuery { movement: Some(movement), limit: 9, ..JobQuery::default() };
    let jobs = ledger.print_jobs(of_it).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].asked_by.as_deref()), (1, None));
    // What is undone before its label is printed has none.
    plant.book(undo(movement)).await.unwrap();
    let due = next(&plant, "dock").await.unwrap();
    assert_eq!(begin(&plant, due).await, None);
    let over = job(&plant, jobs[0].id).await;
    assert_eq!(over.state, JobState::Cancelled, "{over:?}");
    assert!(over.cause.unwrap().contains("undone"));
    // A label that cannot be made is told, and keeps nothing else waiting.
    let wrong = ask(&plant, "dock", "0000000077").await;
    ledger.refuse_print(wrong.id, wrong.version, "no such template".to_owned()).await.unwrap();
    assert_eq!(job(&plant, wrong.id).await.state, JobState::Failed);
    ask(&plant, "dock", "0000000078").await;
    // Whoever stops following and begins again begins with what comes.
    ledger.meet_printer("dock".to_owned(), None).await.unwrap();
    assert_eq!(ledger.printer("dock".to_owned()).await.unwrap().unwrap().position, None);
    ledger.printer_stands("dock".to_owned(), Condition::HeadOpen).await.unwrap();
    let row = ledger.printers().await.unwrap().remove(0);
    assert_eq!((row.standing, row.waiting, row.needs_somebody), (Some(Condition::HeadOpen), 1, 1));
}

async fn a_label_goes_to_another_printer(engine: Engine) {
    let plant = Plant::on(engine).await;
    let made = ask(&plant, "dock", "0000000001").await;
    let moved = decide(&plant, made.id, JobDeed::Send, Some("office")).await.unwrap();
    assert_eq!(
        (moved.printer.as_str(), moved.state, moved.copy),
        ("office", JobState::Queued, false)
    );
    assert_eq!(next(&plant, "dock").await, None);
    assert_eq!(next(&plant, "office").await.unwrap().id, made.id);
    let stale = JobDecision {
        deed: JobDeed::Cancel,
        printer: None,
        note: None,
        version: Some(made.version),
    };
    let error = plant.ledger.decide_print(made.id, stale, actor().id, None).await.unwrap_err();
    assert_eq!(refused(&error), "stale");
    let none = decide(&plant, 999, JobDeed::Cancel, None).await;
    assert_eq!(none, Err("not_found"));
    let of = |query: JobQuery| JobQuery { limit: 9, ..query };
    let by_state = of(JobQuery { state: Some(JobState::Queued), ..JobQuery::default() });
    assert_eq!(plant.ledger.print_jobs(by_state).await.unwrap().len(), 1);
    let by_printer = of(JobQuery { printer: Some("dock".to_owned()), ..JobQuery::default() });
    assert!(plant.ledger.print_jobs(by_printer).await.unwrap().is_empty());
    let to_see = of(JobQuery { needs_somebody: true, ..JobQuery::default() });
    assert!(plant.ledger.print_jobs(to_see).await.unwrap().is_empty());
}

async fn old_labels_are_let_go_of_and_open_ones_are_kept(engine: Engine) {
    let plant = Plant::on(engine).await;
    ask(&plant, "dock", "0000000001").await;
    let (printed, _) = send(&plant, "dock", PrintEnd::Printed).await;
    ask(&plant, "dock", "0000000002").await;
    let (unknown, _) = send(&plant, "dock", PrintEnd::Unknown("lost".to_owned())).await;
    let open = ask(&plant, "dock", "0000000003").await.id;
    plant.clock.advance(399 * DAY);
    assert!(!plant.ledger.sweep_print_jobs().await.unwrap());
    plant.clock.advance(2 * DAY);
    assert!(plant.ledger.sweep_print_jobs().await.unwrap());
    assert!(!plant.ledger.sweep_print_jobs().await.unwrap());
    assert!(plant.ledger.print_job(printed).await.unwrap().is_none());
    assert!(
        plant.ledger.print_job(unknown).await.unwrap().is_none(),
        "nobody looked for it any more"
    );
    assert_eq!(job(&plant, open).await.state, JobState::Queued);
}
