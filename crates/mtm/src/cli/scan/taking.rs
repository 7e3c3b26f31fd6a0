//! Taking scans: each is written down before anybody is told that it was taken.

use std::io::BufRead;
use std::sync::atomic::Ordering;

use mtm_core::scan::{Hints, classify};

use super::assembly::Unusable;
use super::lines;
use super::sender::{Terminal, now};
use super::told::Told;
use crate::failure::{Failure, Outcome, exit};

/// A scan that is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// To be booked; its number.
    Good(u64),
    /// To be looked at by somebody: nothing reads it.
    Unreadable,
}

impl Terminal<'_> {
    /// Takes scans line by line until `input` ends, and ends the session.
    pub(super) fn take_lines(&self, mut input: impl BufRead) -> Outcome {
        while let Some(data) = next_line(&mut input)? {
            self.take(&data, None)?;
        }
        self.shared().store.end()
    }

    /// Takes one scan; it is on the disk when this returns.
    pub(super) fn take(&self, data: &str, source: Option<&str>) -> Outcome<Taken> {
        let mut shared = self.shared();
        if let Some(broken) = &shared.broken {
            return Err(broken.clone());
        }
        let unusable = Unusable::at_once(&classify(data, Hints::default()).reading);
        let n = shared.store.scanned((data, source), now(), unusable.as_ref())?;
        self.scanned.fetch_add(1, Ordering::Relaxed);
        if let Some(Unusable { code, message }) = &unusable {
            let told = Told::Refused { code, message, next: Some("Scan again.") };
            self.tell(Some(n), (data, source), &told)?;
        } else {
            self.acknowledge_kept(&mut shared)?;
        }
        drop(shared);
        self.changed.notify_all();
        Ok(if unusable.is_none() { Taken::Good(n) } else { Taken::Unreadable })
    }
}

/// The next line of standard input, or of what stands for it.
pub(super) fn next_line(input: &mut impl BufRead) -> Outcome<Option<String>> {
    lines::next(input).map_err(|error| {
        let message = format!("failed to read standard input: {error}");
        Failure::new("input_failed", exit::FAILURE, message)
    })
}
