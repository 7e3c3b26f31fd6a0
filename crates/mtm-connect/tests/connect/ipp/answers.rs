//! Whatever a printer may say: what is printed, what is not, and what nobody knows.

use std::collections::VecDeque;

use ipp::value::IppValue;
use mtm_connect::outgoing::CallError;
use mtm_connect::printer::{Delivery, Lost};
use mtm_core::print::Condition;

use super::fake::{Fake, Reply, Said, job, ready, words};

/// A ready printer, but for this.
fn but(name: &'static str, value: IppValue) -> Said {
    let mut said = ready();
    said.retain(|(known, _)| *known != name);
    said.push((name, value));
    said
}

fn with(mut said: Said, more: Said) -> Said {
    said.extend(more);
    said
}

#[tokio::test]
async fn a_document_is_printed_when_the_printer_says_so() {
    let fake = Fake::new(ready());
    assert_eq!(fake.print().await, (Delivery::Printed, Vec::new()));
    let none = IppValue::new_keyword("none").unwrap();
    assert_eq!(fake.state().sent, 1);
    assert_eq!(fake.state().scaling, Some(none), "in its own size");
    // One that cannot is not told.
    let fake = Fake::new(but("print-scaling-supported", words(&["auto"])));
    fake.print().await;
    assert_eq!(fake.state().scaling, None);
}

#[tokio::test]
async fn a_printer_of_documents_that_is_not_ready_is_sent_nothing() {
    let reasons = |all: &[&str]| but("printer-state-reasons", words(all));
    let stopped = |all: &[&str]| {
        let mut said = reasons(all);
        said.retain(|(name, _)| *name != "printer-state");
        with(said, vec![("printer-state", IppValue::Enum(5))])
    };
    let pdf = but(
        "document-format-supported",
        IppValue::new_mime_media_type("image/pwg-raster").unwrap(),
    );
    for (printer, condition) in [
        (reasons(&["media-empty"]), Condition::PaperOut),
        (reasons(&["media-needed-error"]), Condition::PaperOut),
        (reasons(&["toner-empty-error"]), Condition::TonerOut),
        (reasons(&["marker-supply-empty"]), Condition::TonerOut),
        (reasons(&["cover-open"]), Condition::CoverOpen),
        (reasons(&["media-jam-error", "paused"]), Condition::MediaJam),
        (reasons(&["offline"]), Condition::Offline),
        (stopped(&["paused"]), Condition::Paused),
        (stopped(&["media-empty-warning", "paused"]), Condition::PaperOut),
        (stopped(&["none"]), Condition::Stopped),
        (but("printer-is-accepting-jobs", IppValue::Boolean(false)), Condition::Rejecting),
        (pdf, Condition::NoPdf),
        (but("printer-state", IppValue::Integer(99)), Condition::NotUnderstood),
        (Vec::new(), Condition::NotUnderstood),
    ] {
        let fake = Fake::new(printer);
        assert_eq!(fake.print().await.0, Delivery::NotSent(condition));
        assert_eq!(fake.state().sent, 0, "{condition:?}");
    }
    // What only warns is in nobody's way, nor is what it prints for others.
    for fine in [
        reasons(&["media-low-warning", "media-empty-report"]),
        but("printer-state", IppValue::Enum(4)),
    ] {
        let fake = Fake::new(fine);
        fake.state().job = VecDeque::from([job(9, &["none"])]);
        assert_eq!(fake.print().await.0, Delivery::Printed);
    }
}

#[tokio::test]
async fn a_job_that_ends_otherwise_is_told_as_what_is_known_of_it() {
    let never = || vec![("time-at-processing", IppValue::NoValue)];
    let counts = |pages| vec![("job-impressions-completed", IppValue::Integer(pages))];
    let begun = |pages| with(vec![("time-at-processing", IppValue::Integer(9))], counts(pages));
    let refused = |text: &str| Delivery::Refused(text.to_owned());
    for (last, end) in [
        (job(9, &["job-completed-with-errors"]), Delivery::Unknown(Lost::WithErrors)),
        (job(9, &["queued-in-device"]), Delivery::Unknown(Lost::HandedOn)),
        // Pages may be out, whatever it counts.
        (with(job(8, &["aborted-by-system"]), begun(0)), Delivery::Unknown(Lost::Aborted(None))),
        (with(job(8, &["aborted-by-system"]), begun(2)), Delivery::Unknown(Lost::Aborted(Some(2)))),
        (job(7, &["job-canceled-by-user"]), Delivery::Unknown(Lost::Cancelled(None))),
        // It never began.
        (
            with(job(7, &["job-canceled-by-operator"]), with(never(), counts(0))),
            refused(
                "it was cancelled at the printer before it began with it: job-canceled-by-operator",
            ),
        ),
        (
            with(job(8, &["document-format-error"]), never()),
            refused("the printer gave it up before it began with it: document-format-error"),
        ),
    ] {
        let fake = Fake::new(ready());
        fake.state().job = VecDeque::from([job(3, &["none"]), last]);
        assert_eq!(fake.print().await.0, end);
        assert_eq!(fake.state().sent, 1);
    }
    // It does not know it any more.
    let fake = Fake::new(ready());
    fake.state().job.clear();
    assert_eq!(fake.print().await.0, Delivery::Unknown(Lost::Forgotten));
}

#[tokio::test]
async fn what_holds_a_job_up_is_told_each_time_it_is_something_else() {
    let fake = Fake::new(ready());
    let because = |reason: &str| vec![("job-printer-state-reasons", words(&[reason]))];
    fake.state().job = VecDeque::from([
        job(5, &["job-printing"]),
        with(job(6, &["printer-stopped"]), because("cover-open")),
        with(job(6, &["printer-stopped"]), because("cover-open")),
        job(6, &["printer-stopped"]),
        job(4, &["job-hold-until-specified"]),
        job(5, &["job-printing"]),
        job(9, &["none"]),
    ]);
    let (delivery, told) = fake.print().await;
    assert_eq!(delivery, Delivery::Printed);
    let held = [Condition::CoverOpen, Condition::Stopped, Condition::JobHeld, Condition::Ready];
    assert_eq!(told, held);
}

#[tokio::test]
async fn what_a_printer_does_not_take_is_not_printed_and_sent_once() {
    for (reply, condition) in [
        (Reply::Status(0x0506), Condition::Rejecting),
        (Reply::Status(0x0507), Condition::Busy),
        (Reply::Http(426), Condition::Untrusted),
    ] {
        let fake = Fake::new(ready());
        fake.state().reply = reply.clone();
        assert_eq!(fake.print().await.0, Delivery::NotSent(condition), "{reply:?}");
    }
    // And what no waiting cures is not tried again and again.
    for reply in [
        Reply::Status(0x040a),
        Reply::Status(0x0403),
        Reply::Status(0x0406),
        Reply::Http(413),
        Reply::Http(401),
        Reply::Http(404),
    ] {
        let fake = Fake::new(ready());
        fake.state().reply = reply;
        let (end, _) = fake.print().await;
        assert!(
            matches!(&end, Delivery::Refused(why) if why.contains("does not take it")),
            "{end:?}"
        );
        assert_eq!(fake.state().sent, 1);
    }
}

/// The job is looked for by its name, and never sent again.
#[tokio::test]
async fn a_lost_reply_is_settled_by_what_the_printer_has() {
    for reply in
        [Reply::Lost, Reply::Gone, Reply::Status(0x0500), Reply::Status(0x0505), Reply::Http(502)]
    {
        let is_there = matches!(reply, Reply::Lost);
        let fake = Fake::new(ready());
        fake.state().reply = reply.clone();
        let end = if is_there { Delivery::Printed } else { Delivery::Unknown(Lost::NotThere) };
        assert_eq!(fake.print().await.0, end, "{reply:?}");
        assert_eq!(fake.state().sent, 1, "{reply:?}");
    }
}

#[tokio::test]
async fn one_copy_is_asked_for_whatever_the_printer_usually_makes() {
    let fake = Fake::new(ready());
    assert_eq!(fake.print().await.0, Delivery::Printed);
    assert_eq!(fake.state().copies, Some(IppValue::Integer(1)));
}

#[tokio::test]
async fn a_job_of_somebody_else_under_the_same_number_is_not_ours() {
    let named = |name: &str| {
        let name = IppValue::new_name_without_language(name).unwrap();
        with(job(9, &["none"]), vec![("job-name", name)])
    };
    for (name, end) in [
        ("mtm-7-2-0a1b2c lot", Delivery::Printed),
        ("mtm-7-2-0a1b2c", Delivery::Printed),
        ("mtm-7-2-0a", Delivery::Printed),
        ("holidays.pdf", Delivery::Unknown(Lost::Forgotten)),
        ("mtm-7-1-ffffff lot", Delivery::Unknown(Lost::Forgotten)),
    ] {
        let fake = Fake::new(ready());
        fake.state().job = [named(name)].into();
        assert_eq!(fake.print().await.0, end, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_printer_that_falls_silent_for_good_leaves_a_document_unknown() {
    for (reply, deaf, lost) in [
        (
            Reply::Lost,
            CallError::Unreachable("no route".to_owned()),
            Lost::Held(Condition::Unreachable),
        ),
        (Reply::Lost, CallError::Broken("reset".to_owned()), Lost::Broken),
        (Reply::Taken, CallError::TimedOut(1), Lost::Silent),
    ] {
        let fake = Fake::new(ready());
        fake.state().reply = reply;
        fake.state().deaf = Some(deaf);
        let (end, told) = fake.print().await;
        assert_eq!(end, Delivery::Unknown(lost));
        assert_eq!((fake.state().sent, told.len()), (1, 1));
    }
}
