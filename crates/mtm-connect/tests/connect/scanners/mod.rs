//! Scanners as they are on a floor: lines that split, merge and garble, devices that go away and come back.

mod framed;
mod network;
mod unplugged;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mtm_connect::scanner::{Heard, Taker, Verdict};
use mtm_testkit::poll;

pub(crate) const SOON: Duration = Duration::from_secs(60);

/// What a taker of tests was told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Scan(String),
    Again(String),
    Garbled(String),
    Away(&'static str),
    Ready,
}

/// Takes every scan, and keeps what it was told.
#[derive(Default)]
struct Notebook {
    events: Mutex<Vec<(String, Event)>>,
    closed: AtomicBool,
}

impl Notebook {
    fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().iter().map(|(_, event)| event.clone()).collect()
    }

    fn scans(&self) -> Vec<String> {
        let scans = self.events().into_iter().filter_map(|event| match event {
            Event::Scan(code) => Some(code),
            _ => None,
        });
        scans.collect()
    }

    fn wait_for(&self, what: &str, mut holds: impl FnMut(&[Event]) -> bool) {
        poll::until(what, SOON, || Ok(holds(&self.events()).then_some(())))
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.events()));
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// Closes a notebook also where the test ends early.
struct Closing<'n>(&'n Notebook);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Taker for Notebook {
    fn hear(&self, source: &str, heard: Heard<'_>) -> Verdict {
        let mut events = self.events.lock().unwrap();
        let (event, verdict) = match heard {
            Heard::Scan(code) => {
                let taken = events.iter().filter(|(_, it)| matches!(it, Event::Scan(_))).count();
                (Event::Scan(code.to_owned()), Verdict::Taken(u64::try_from(taken).unwrap() + 1))
            }
            Heard::Again(code, _) => (Event::Again(code.to_owned()), Verdict::Refused("again")),
            Heard::Garbled(garble) => {
                (Event::Garbled(garble.fault.to_string()), Verdict::Refused("garbled"))
            }
            Heard::Away(lost) => (Event::Away(lost.code()), Verdict::Refused("away")),
            Heard::Ready => (Event::Ready, Verdict::Refused("ready")),
        };
        events.push((source.to_owned(), event));
        verdict
    }

    fn ends(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}
