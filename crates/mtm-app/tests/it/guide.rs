//! The examples of the guide for service integration, run over a real ledger. What stands between
//! `guide: NAME` and `guide: end` stands in the guide word by word.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mtm_app::App;
use mtm_app::bus::{Bus, Message};
use mtm_app::movement::{Circumstances, CompleteBody};
use mtm_app::supervisor::{Supervisor, Tasks};
use mtm_core::code::{Class, Code};
use mtm_core::event::EventType;
use mtm_store::integrity::VerifyRange;
use mtm_store::{Ledger, OpenOptions, SystemClock};

use crate::plant::Plant;

#[tokio::test]
async fn the_guide_puts_the_services_together_without_a_container() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mtm.db");
    // guide: compose
    // Whatever a part needs, it is given where the program is put together, and nowhere else.
    let options = OpenOptions { create: true, ..OpenOptions::default() };
    let ledger = Ledger::open(&path, options).await.unwrap();
    let app = App::new(ledger).await.unwrap();
    let who = app.local_principal("shift-lead").await.unwrap();
    // guide: end
    assert_eq!(app.ledger().counts().await.unwrap().movements, 0);
    assert_eq!(who.name.as_str(), "cli:shift-lead");
}

/// What a station shows.
#[derive(Default)]
struct Panel(Mutex<Vec<u32>>);

impl Panel {
    fn show(&self, grams: u32) {
        self.0.lock().unwrap().push(grams);
    }
}

// guide: message
/// A scale settled.
struct Weighed {
    grams: u32,
}

impl Message for Weighed {}
// guide: end

#[test]
fn the_guide_tells_parts_of_one_process_by_the_bus() {
    // guide: bus
    let (bus, panel) = (Bus::default(), Arc::new(Panel::default()));
    bus.register(&panel, |panel: &Panel, weighed: &Weighed| panel.show(weighed.grams));
    assert_eq!(bus.send(&Weighed { grams: 812 }), 1, "how many were told");
    let shown = panel.0.lock().unwrap().clone();
    // Whoever is gone needs no goodbye: the bus holds its recipients weakly.
    drop(panel);
    assert_eq!(bus.send(&Weighed { grams: 813 }), 0);
    // guide: end
    assert_eq!(shown, [812]);
}

#[tokio::test]
async fn the_guide_completes_an_operation_in_one_transaction() {
    let plant = Plant::open().await;
    let (app, lead) = (&plant.app, &plant.lead);
    let lot = plant.receive(100).await.outcome.lots[0].clone();
    let before = app.ledger().counts().await.unwrap();
    // guide: workflow
    let body = CompleteBody {
        lot: Some(lot.to_string()),
        good: Some(90),
        scrap: Some(4),
        rework: Some(6),
        scrap_reason: Some("damaged".to_owned()),
        to_operation: Some("20".to_owned()),
        ..CompleteBody::default()
    };
    let done = app.complete(lead, Circumstances::default(), &body).await.unwrap();
    // One transaction: 90 went on, 4 are scrap, 6 stayed to be worked on again.
    assert_eq!(done.outcome.movements.len(), 2);
    let after = app.ledger().counts().await.unwrap();
    // Each movement has its entry in the audit chain and its event.
    assert_eq!(after.movements - before.movements, 2);
    assert_eq!(after.audit_entries - before.audit_entries, 2);
    let told = app.ledger().events_after(0, vec![EventType::MovementRecorded], 10).await.unwrap();
    assert_eq!(told.last().unwrap().subject, lot.to_string());
    // guide: end
    assert_eq!(plant.on_hand().await, 96);

    // guide: refusal
    let too_much = CompleteBody {
        operation: Some("19".to_owned()),
        location: Some("R-E4-18".to_owned()),
        good: Some(900),
        ..body
    };
    let refused = app.complete(lead, Circumstances::default(), &too_much).await.unwrap_err();
    // Nothing was written. The code is the same on every door, and says what kind of trouble it is.
    assert_eq!(refused.code(), Code::InsufficientStock);
    assert_eq!(refused.code().class(), Class::Conflict);
    assert_eq!((Class::Conflict.status(), Class::Conflict.exit()), (409, 5));
    // guide: end
    let report = app.ledger().verify(VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

#[tokio::test(start_paused = true)]
async fn the_guide_keeps_background_work_alive_and_stops_it_in_order() {
    let tried = Arc::new(AtomicU32::new(0));
    let (runs, ready) = (Arc::clone(&tried), Arc::new(tokio::sync::Notify::new()));
    let at_work = Arc::clone(&ready);
    // guide: supervise
    let tasks = Tasks::new(Arc::new(SystemClock));
    let mut supervisor = Supervisor::new(tasks.clone());
    supervisor.start("scale", move |mut stop| {
        let (runs, ready) = (Arc::clone(&runs), Arc::clone(&ready));
        async move {
            if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                // Told, and begun again after a pause; nobody who books notices.
                return Err("no such port".into());
            }
            ready.notify_one();
            stop.requested().await;
            Ok(())
        }
    });
    // guide: end
    at_work.notified().await;
    let state = tasks.states().remove(0);
    assert_eq!((state.failures, state.last_error.as_deref()), (1, Some("no such port")));
    assert!(supervisor.stop(Duration::from_secs(1)).await.is_empty());
    assert_eq!(tried.load(Ordering::SeqCst), 2);
}
