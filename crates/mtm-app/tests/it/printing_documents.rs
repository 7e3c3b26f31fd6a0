//! Labels of a plant as documents, on somebody else's print server: each printed once, or said not to be.

use std::time::Duration;

use mtm_app::printing::{
    Condition, Deadlines, JobDeed, JobState, PrintBody, PrinterSettings, Printing,
};
use mtm_lab::proxy::{End, Proxy, Trap};
use mtm_testkit::{CupsServer, Decoders};

use crate::printing::{Plant, printer};

fn office(uri: &str) -> PrinterSettings {
    let deadlines = Deadlines { pause: Duration::from_millis(10), ..Deadlines::of_documents() };
    PrinterSettings { name: "office".to_owned(), deadlines, ..printer(uri) }
}

#[tokio::test]
async fn labels_of_receipts_come_out_of_a_print_server_once_each() {
    let Some(cups) = CupsServer::start().unwrap().or_skip("documents on a print server") else {
        return;
    };
    let plant = Plant::start().await;
    plant.app.use_printers(vec![office(&cups.uri("office"))]);
    plant.work().await;
    let lots = plant.receive(Some("D-1"), 3).await;
    plant.work().await;
    let jobs = plant.jobs().await;
    assert!(jobs.len() == 3 && jobs.iter().all(|it| it.state == JobState::Printed), "{jobs:?}");
    let documents = cups.tray().documents().unwrap();
    assert_eq!(documents.len(), 3);
    assert!(documents.iter().all(|it| it.starts_with(b"%PDF-")));
    // What was sent can be made again, and is not kept.
    let sheet = plant.app.print_job(&plant.who, jobs[0].id).await.unwrap();
    assert_eq!(sheet.label, None);
    let shown = plant.app.printers(&plant.who).await.unwrap().items.remove(0);
    assert_eq!((shown.dpi, shown.row.standing), (None, Some(Condition::Ready)));
    // One more is a copy.
    assert!(plant.ask(&lots[0]).await.copy);
    plant.work().await;
    let names = cups.tray().printed();
    assert_eq!(names.len(), 4);
    assert!(names.iter().all(|name| name.starts_with("mtm-") && name.ends_with(" lot")));
    let Some(readers) = Decoders::find().unwrap().or_skip("labels read by independent readers")
    else {
        return;
    };
    for (lot, page) in lots.iter().zip(&documents) {
        let read = readers.bars(&readers.picture(page, 300).unwrap()).unwrap();
        assert!(read.iter().any(|text| text.contains(lot.as_str())), "{lot}: {read:?}");
    }
}

/// A lost reply is settled by what the print server has; a queue that takes nothing is waited for; and what
/// the server gives up after it began is for somebody to look for.
#[tokio::test]
async fn a_document_is_sent_once_whatever_becomes_of_the_reply() {
    let Some(cups) = CupsServer::start().unwrap().or_skip("documents on a print server") else {
        return;
    };
    let plant = Plant::start().await;
    let proxy = Proxy::start(cups.authority()).await.unwrap();
    let through = cups.uri("office").replace(&cups.authority(), &proxy.address().to_string());
    plant.app.use_printers(vec![office(&through)]);
    plant.work().await;
    let lots = plant.receive(None, 2).await;
    proxy.arm(Trap::before_reply(b"mtm-1-", End::Cut));
    plant.ask(&lots[0]).await;
    plant.work().await;
    assert_eq!((plant.jobs().await[0].state, proxy.counters().sprung), (JobState::Printed, 1));
    assert_eq!(cups.tray().printed().len(), 1);
    cups.tray().fails(true).unwrap();
    let job = plant.ask(&lots[1]).await;
    plant.work().await;
    let unknown = plant.jobs().await.remove(0);
    assert_eq!(unknown.state, JobState::Unknown);
    assert!(unknown.cause.unwrap().contains("gave the label up after it began"));
    plant.work().await;
    assert_eq!(cups.tray().printed().len(), 1, "nobody sends it again");
    cups.tray().fails(false).unwrap();
    assert_eq!(plant.decide(job.id, JobDeed::Send).await.state, JobState::Queued);
    plant.work().await;
    let last = plant.jobs().await.remove(0);
    assert!(last.state == JobState::Printed && last.copy, "sent again by somebody, it says so");
    proxy.stop().await;
    // Another queue, which takes nothing: what waits for it goes to one that does.
    plant.app.use_printers(vec![
        office(&cups.uri("office")),
        PrinterSettings { name: "closed".to_owned(), ..office(&cups.uri("closed")) },
    ]);
    let body = PrintBody {
        template: Some("location".to_owned()),
        of: "A-1".to_owned(),
        printer: Some("closed".to_owned()),
    };
    let waits = plant.app.print(&plant.who, &body, None, None).await.unwrap().value;
    plant.work().await;
    let printers = plant.app.printers(&plant.who).await.unwrap().items;
    assert_eq!(printers[0].row.standing, Some(Condition::Rejecting));
    assert_eq!(plant.jobs().await[0].state, JobState::Queued);
    let body = mtm_app::printing::JobBody {
        deed: JobDeed::Send,
        printer: Some("office".to_owned()),
        note: String::new(),
        version: None,
    };
    plant.app.decide_print(&plant.who, waits.id, &body, None, None).await.unwrap();
    plant.work().await;
    assert_eq!(plant.jobs().await[0].state, JobState::Printed);
    // A program that begins anew prints nothing once more.
    let again = Printing::new(plant.app.clone());
    while again.step().await.unwrap() {}
    assert_eq!(cups.tray().printed().len(), 3);
}
