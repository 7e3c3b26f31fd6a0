//! Time is paused: pauses are waited for without waiting.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use mtm_core::word::Timestamp;
use mtm_store::ManualClock;
use tokio::sync::Notify;

use super::*;

fn tasks() -> Tasks {
    let start = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
    Tasks::new(Arc::new(ManualClock::new(start, 7)))
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_or_panics_is_begun_again_after_pauses_that_grow() {
    let tasks = tasks();
    let mut supervisor = Supervisor::new(tasks.clone());
    let (runs, at_work) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
    let (counted, told) = (Arc::clone(&runs), Arc::clone(&at_work));
    let began = Instant::now();
    supervisor.start("relay", move |mut stop| {
        let (counted, told) = (Arc::clone(&counted), Arc::clone(&told));
        async move {
            let run = {
                let mut runs = counted.lock().unwrap();
                runs.push(began.elapsed().as_millis());
                runs.len()
            };
            match run {
                1 => Err("no route".into()),
                2 => panic!("out of range"),
                3 => Ok(()),
                _ => {
                    told.notify_one();
                    stop.requested().await;
                    Ok(())
                }
            }
        }
    });
    at_work.notified().await;
    assert_eq!(*runs.lock().unwrap(), [0, 500, 1_500, 3_500]);
    let [state] = &tasks.states()[..] else { panic!("{tasks:?}") };
    assert_eq!((state.phase, state.failures, state.in_a_row), (Phase::Running, 3, 3));
    assert_eq!(state.last_error.as_deref(), Some("ended by itself"));
    assert!(supervisor.stop(Duration::from_secs(1)).await.is_empty());
    assert_eq!(tasks.states()[0].phase, Phase::Stopped);
}

async fn a_good_while() {
    let _ = tokio::time::timeout(STEADY, std::future::pending::<()>()).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lasted_is_a_good_one_and_what_failed_before_it_counts_no_more() {
    let tasks = tasks();
    let mut supervisor = Supervisor::new(tasks.clone());
    supervisor.start("index", |_| async {
        a_good_while().await;
        Err("no table".into())
    });
    while tasks.states().first().is_none_or(|state| state.failures < 3) {
        a_good_while().await;
    }
    assert_eq!(tasks.states()[0].in_a_row, 1);
    assert!(supervisor.stop(Duration::from_secs(1)).await.len() <= 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_told_with_its_words() {
    let tasks = tasks();
    let mut supervisor = Supervisor::new(tasks.clone());
    supervisor.start("index", |_| async { panic!("slot {} is taken", 7) });
    while tasks.states().first().is_none_or(|state| state.failures == 0) {
        tokio::task::yield_now().await;
    }
    let state = &tasks.states()[0];
    assert_eq!(state.phase, Phase::Failed);
    assert_eq!(state.last_error.as_deref(), Some("panicked: slot 7 is taken"));
    // It is asked to stop while it waits for its next run.
    assert!(supervisor.stop(Duration::from_millis(1)).await.is_empty());
}

/// Says when it is gone.
struct Held(Arc<AtomicU32>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_are_stopped_in_reverse_and_cut_off_at_the_deadline() {
    let tasks = tasks();
    let mut supervisor = Supervisor::new(tasks.clone());
    let ended = Arc::new(Mutex::new(Vec::new()));
    for name in ["first", "second"] {
        let ended = Arc::clone(&ended);
        supervisor.start(name, move |mut stop| {
            let ended = Arc::clone(&ended);
            async move {
                stop.requested().await;
                ended.lock().unwrap().push(name);
                Ok(())
            }
        });
    }
    let dropped = Arc::new(AtomicU32::new(0));
    let held = Arc::clone(&dropped);
    supervisor.start("deaf", move |_| {
        let held = Held(Arc::clone(&held));
        async move {
            let _held = held;
            std::future::pending().await
        }
    });
    while tasks.states().len() < 3 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    assert_eq!(supervisor.stop(Duration::from_secs(2)).await, ["deaf"]);
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    // It is gone, not left behind.
    while dropped.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*ended.lock().unwrap(), ["second", "first"]);
    assert!(tasks.states().iter().all(|state| state.phase == Phase::Stopped));
}
