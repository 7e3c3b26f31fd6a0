//! Labels of a plant on a simulated printer: each printed once, or said not to be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use mtm_app::movement::{BookingType, Circumstances, MovementBody};
use mtm_app::printing::{
    Access, Address, Condition, Deadlines, Dpi, JobBody, JobDeed, JobQuery, JobState, PrintBody,
    PrintJob, PrinterSettings, Printing, ReceiptsAt, TEMPLATE,
};
use mtm_app::scan::Scanned;
use mtm_app::{App, Principal};
use mtm_core::word::{StationName, Timestamp};
use mtm_lab::simulator::{
    LabelPrinter, Masters, PrinterFault, PrinterRule, PrinterSettings as Simulated, Settings,
    Simulators,
};
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Ledger, ManualClock, OpenOptions};
use mtm_testkit::{Decoders, ZplPrinter};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const MINUTE: i64 = 60 * 1_000_000;

/// A plant with a printer `dock`, at whose station `D-1` receipts have their labels printed.
pub(crate) struct Plant {
    pub(crate) app: App,
    pub(crate) who: Principal,
    clock: Arc<ManualClock>,
    printing: Printing,
    lab: LabelPrinter,
    running: JoinHandle<()>,
    _directory: TempDir,
}

impl Drop for Plant {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn stations(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

async fn ledger(directory: &TempDir, clock: &Arc<ManualClock>) -> Ledger {
    let clock: Arc<ManualClock> = Arc::clone(clock);
    let options = OpenOptions { create: true, clock, ..OpenOptions::default() };
    Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap()
}

impl Plant {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let any = || "127.0.0.1:0".parse().unwrap();
        let settings = Settings {
            listen: any(),
            client_id: "mtm".into(),
            client_secret: "x".into(),
            token_seconds: 60,
            masters: Masters::default(),
            redirects: Vec::new(),
        };
        let lab = Simulators::bind(settings).await.unwrap().with_printer(any()).await.unwrap();
        let address = lab.printer_address().unwrap().to_string();
        let handle = lab.printer();
        let running = tokio::spawn(lab.run(std::future::pending()));
        let clock =
            Arc::new(ManualClock::new(Timestamp::parse("2026-11-23T06:00:00Z").unwrap(), 7));
        let app = App::new(ledger(&directory, &clock).await).await.unwrap();
        let who = app.local_principal("tester").await.unwrap();
        let masters = [
            NewMaster::named(MasterNoun::Part, "P-1"),
            NewMaster::named(MasterNoun::Location, "A-1"),
            NewMaster::named(MasterNoun::Operation, "10"),
        ];
        app.ledger().create_masters(masters.to_vec(), who.actor()).await.unwrap();
        app.use_printers(vec![printer(&address)]);
        let printing = Printing::new(app.clone());
        let plant = Self { app, who, clock, printing, lab: handle, running, _directory: directory };
        plant.set(&Simulated::default());
        plant.work().await;
        plant
    }

    fn set(&self, settings: &Simulated) {
        self.lab.set(Simulated { label_ms: 1, ..settings.clone() });
    }

    /// Receives pieces at a station, and gives the lots.
    pub(crate) async fn receive(&self, station: Option<&str>, containers: u16) -> Vec<String> {
        let body = MovementBody {
            kind: Some(BookingType::In),
            part: Some("P-1".to_owned()),
            operation: Some("10".to_owned()),
            location: Some("A-1".to_owned()),
            quantity: Some(20),
            containers: Some(containers),
            confirm: vec!["possible_duplicate".to_owned()],
            ..MovementBody::default()
        };
        let around = Circumstances {
            station: station.map(|it| StationName::parse(it).unwrap()),
            ..Circumstances::default()
        };
        let booked = self.app.book(&self.who, around, &body).await.unwrap();
        booked.outcome.lots.iter().map(ToString::to_string).collect()
    }

    /// Prints until there is nothing to do.
    pub(crate) async fn work(&self) {
        while self.printing.step().await.unwrap() {}
    }

    pub(crate) async fn ask(&self, lot: &str) -> PrintJob {
        let body = PrintBody { template: None, of: lot.to_owned(), printer: None };
        self.app.print(&self.who, &body, None, None).await.unwrap().value
    }

    pub(crate) async fn jobs(&self) -> Vec<PrintJob> {
        let query = JobQuery { limit: 100, ..JobQuery::default() };
        self.app.print_jobs(&self.who, query).await.unwrap().items
    }

    pub(crate) async fn decide(&self, id: i64, deed: JobDeed) -> PrintJob {
        let body = JobBody { deed, printer: None, note: String::new(), version: None };
        self.app.decide_print(&self.who, id, &body, None, None).await.unwrap().value
    }

    fn printed(&self) -> Vec<String> {
        self.lab.report().printed
    }
}

pub(crate) fn printer(address: &str) -> PrinterSettings {
    PrinterSettings {
        name: "dock".to_owned(),
        address: Address::parse(address).unwrap(),
        access: Access::default(),
        dpi: Dpi::D203,
        template: TEMPLATE.to_owned(),
        stations: stations(&["D-1"]),
        receipts_at: ReceiptsAt::Stations(stations(&["D-1"])),
        patience: Duration::from_secs(600),
        deadlines: Deadlines {
            answer: Duration::from_secs(2),
            print: Duration::from_millis(600),
            held: Duration::from_millis(600),
            pause: Duration::from_millis(5),
            ..Deadlines::default()
        },
    }
}

#[tokio::test]
async fn receipts_at_a_station_have_their_labels_printed_once() {
    let plant = Plant::start().await;
    let lots = plant.receive(Some("D-1"), 5).await;
    plant.receive(Some("D-2"), 2).await;
    plant.receive(None, 1).await;
    plant.work().await;
    let printed = plant.printed();
    assert_eq!((lots.len(), printed.len()), (5, 5), "five containers have five labels");
    for (lot, label) in lots.iter().zip(&printed) {
        assert!(label.contains(lot) && !label.contains("COPY"), "{label}");
    }
    let jobs = plant.jobs().await;
    assert!(jobs.iter().all(|it| it.state == JobState::Printed && it.movement.is_some()));
    // One more is a copy, and says so.
    assert!(plant.ask(&lots[0]).await.copy);
    plant.work().await;
    assert!(plant.printed()[5].contains("COPY"));
    // A program that begins anew prints nothing once more.
    let again = Printing::new(plant.app.clone());
    while again.step().await.unwrap() {}
    assert_eq!(plant.printed().len(), 6);
}

#[tokio::test]
async fn a_label_waits_for_paper_and_somebody_is_told_when_that_takes_too_long() {
    let plant = Plant::start().await;
    let lot = plant.receive(None, 1).await.remove(0);
    plant.set(&Simulated { paper: Some(0), ..Simulated::default() });
    let job = plant.ask(&lot).await;
    plant.work().await;
    let printers = plant.app.printers(&plant.who).await.unwrap().items;
    assert_eq!(printers[0].row.standing, Some(Condition::PaperOut));
    assert_eq!(plant.jobs().await[0].state, JobState::Queued);
    // It is the printer's time that counts, and it is asked now and then.
    plant.clock.advance(11 * MINUTE);
    plant.work().await;
    let failed = plant.jobs().await.remove(0);
    assert_eq!((failed.state, failed.lacking), (JobState::Failed, Some(Condition::PaperOut)));
    // Paper alone prints nothing that was given up: somebody has it printed, and it is no copy.
    plant.set(&Simulated::default());
    plant.work().await;
    assert_eq!(plant.printed().len(), 0);
    plant.decide(job.id, JobDeed::Send).await;
    plant.work().await;
    let printed = plant.printed();
    assert!(printed.len() == 1 && !printed[0].contains("COPY"));
}

/// A lost reply, a jam and a stop leave a label unknown; nothing but a person has it printed once more.
#[tokio::test]
async fn nothing_is_printed_twice_after_a_lost_reply() {
    let plant = Plant::start().await;
    let lot = plant.receive(None, 1).await.remove(0);
    // The first connection only asks how it is.
    plant.lab.fail(vec![PrinterRule { fault: PrinterFault::LostReply, times: 1 }]);
    let job = plant.ask(&lot).await;
    plant.work().await;
    let unknown = plant.jobs().await.remove(0);
    assert_eq!(unknown.state, JobState::Unknown, "{unknown:?}");
    assert!(unknown.cause.unwrap().contains("connection broke"));
    for _ in 0..3 {
        plant.clock.advance(MINUTE);
        plant.work().await;
    }
    assert_eq!(plant.printed().len(), 1, "it came out, and nobody sent it again");
    assert_eq!(plant.decide(job.id, JobDeed::CameOut).await.state, JobState::Printed);
    // A jam: the printer has it, and comes back with it after somebody was told.
    plant.set(&Simulated { jammed: true, ..Simulated::default() });
    let other = plant.receive(None, 1).await.remove(0);
    let job = plant.ask(&other).await;
    plant.work().await;
    assert_eq!(plant.jobs().await[0].state, JobState::Unknown);
    plant.set(&Simulated::default());
    while plant.printed().len() < 2 {
        tokio::task::yield_now().await;
    }
    plant.decide(job.id, JobDeed::Send).await;
    plant.work().await;
    let printed = plant.printed();
    assert!(
        printed.len() == 3 && printed[2].contains("COPY"),
        "sent again by somebody, it says so"
    );
}

#[tokio::test]
async fn a_program_that_is_killed_while_it_prints_sends_nothing_again() {
    let plant = Plant::start().await;
    let lot = plant.receive(None, 1).await.remove(0);
    plant.set(&Simulated { jammed: true, ..Simulated::default() });
    plant.ask(&lot).await;
    // The program ends while the printer has the label.
    let killed = Printing::new(plant.app.clone());
    let run = tokio::spawn(async move { killed.run().await });
    while plant.jobs().await[0].state != JobState::Sending {
        tokio::task::yield_now().await;
    }
    while plant.lab.report().waiting == 0 {
        tokio::task::yield_now().await;
    }
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    plant.set(&Simulated::default());
    let next = Printing::new(plant.app.clone());
    while next.step().await.unwrap() {}
    let job = plant.jobs().await.remove(0);
    assert_eq!(job.state, JobState::Unknown);
    assert!(job.cause.unwrap().contains("stopped"));
    while plant.printed().is_empty() {
        tokio::task::yield_now().await;
    }
    while next.step().await.unwrap() {}
    assert_eq!(plant.printed().len(), 1);
}

#[tokio::test]
async fn a_printer_is_chosen_by_name_by_station_or_because_it_is_the_only_one() {
    let plant = Plant::start().await;
    let lot = plant.receive(None, 1).await.remove(0);
    let ask = async |printer: Option<&str>, station: Option<&str>| {
        let body =
            PrintBody { template: None, of: lot.clone(), printer: printer.map(str::to_owned) };
        let station = station.map(|it| StationName::parse(it).unwrap());
        let asked = plant.app.print(&plant.who, &body, station.as_ref(), None).await;
        asked.map(|it| it.value.printer).map_err(|error| error.to_string())
    };
    assert_eq!(ask(None, None).await.unwrap(), "dock");
    let dock = printer("127.0.0.1:1");
    let office = PrinterSettings {
        name: "office".to_owned(),
        stations: stations(&["O-1"]),
        ..printer("127.0.0.1:2")
    };
    plant.app.use_printers(vec![dock, office]);
    assert_eq!(ask(None, Some("O-1")).await.unwrap(), "office");
    assert_eq!(ask(Some("dock"), Some("O-1")).await.unwrap(), "dock");
    let unsaid = ask(None, None).await.unwrap_err();
    assert!(unsaid.contains("dock, office"), "{unsaid}");
    assert!(ask(Some("x"), None).await.unwrap_err().contains("there is no printer x"));
    let body =
        PrintBody { template: None, of: "0000009999".to_owned(), printer: Some("dock".to_owned()) };
    let missing = plant.app.print(&plant.who, &body, None, None).await.unwrap_err();
    assert!(missing.to_string().contains("no lot"), "{missing}");
}

/// Five containers are received, each has a label on it, and what an independent reader reads off the label takes the
/// lot. What comes out of the printer is drawn by another program than ours.
#[tokio::test]
async fn what_is_read_off_a_printed_label_takes_its_lot() {
    let Some(firmware) = ZplPrinter::find().unwrap().or_skip("labels as a printer draws them")
    else {
        return;
    };
    let Some(readers) = Decoders::find().unwrap().or_skip("labels read by independent readers")
    else {
        return;
    };
    let plant = Plant::start().await;
    let lots = plant.receive(Some("D-1"), 5).await;
    plant.work().await;
    let labels = plant.printed();
    assert_eq!(labels.len(), 5);
    for (lot, label) in lots.iter().zip(&labels) {
        let picture = firmware.print(label, (100, 60), 8).unwrap();
        let mut read = readers.bars(&picture).unwrap();
        read.extend(readers.matrix(&picture).ok());
        let mut taken = false;
        for text in &read {
            let scan = plant
                .app
                .scan(&plant.who, Scanned { data: text, ..Scanned::default() })
                .await
                .unwrap();
            if (scan.kind, scan.value.as_deref()) == ("lot", Some(lot.as_str())) {
                let body = MovementBody {
                    kind: Some(BookingType::Out),
                    lot: scan.value,
                    confirm: vec!["possible_duplicate".to_owned()],
                    ..MovementBody::default()
                };
                plant.app.book(&plant.who, Circumstances::default(), &body).await.unwrap();
                taken = true;
                break;
            }
        }
        assert!(taken, "{lot} is none of {read:?}");
    }
    let left = plant.app.ledger().counts().await.unwrap();
    assert_eq!(left.buckets, 0, "all five are taken");
}
