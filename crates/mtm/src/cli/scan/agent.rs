//! Devices at a terminal: several sources of scans, one queue, one acknowledgement for each scan.
//!
//! A thread listens to each device and waits until its scan is on the disk before it takes the next one. What
//! is no scan (garbled, or the one before seen once more) is told and counted, and kept nowhere. It ends
//! with its standard input, where that is its only source, and otherwise when it is ended from outside: at any moment,
//! because whatever was acknowledged is in the queue.

use std::io::BufReader;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};

use mtm_connect::scanner::{Heard, Source, Taker, Verdict, attend, listen};

use super::sender::Terminal;
use super::taking::{Taken, next_line};
use super::told::Told;
use super::weighing::Weighing;
use crate::config::Config;
use crate::failure::{Failure, Outcome, exit};

/// Whether more than standard input is to be listened to.
pub(super) fn is_wanted(config: &Config) -> bool {
    let devices = config.scanner.sources.iter().any(|source| *source != Source::Stdin);
    devices || config.scale.is_some()
}

/// Takes scans of every source until all of them ended, or one could not be kept.
pub(super) fn run(terminal: &Terminal<'_>, config: &Config) -> Outcome {
    let scanner = &config.scanner;
    let stdin = [Source::Stdin];
    let sources = if scanner.sources.is_empty() { &stdin[..] } else { &scanner.sources };
    let weighing = config.scale.clone().and_then(Weighing::new);
    let (garbled, again) = (AtomicU64::new(0), AtomicU64::new(0));
    let agent = Agent { terminal, weighing, garbled, again };
    // Nothing is listened to before everything that has to be there is.
    let mut listeners = Vec::new();
    for source in sources {
        if let Source::Listen(address) = source {
            let listener = TcpListener::bind(address).map_err(|error| {
                let message = format!("failed to listen at {address}: {error}");
                Failure::new("source_failed", exit::FAILURE, message)
                    .next("Name an address of this machine and a port that nobody else listens on.")
            })?;
            listeners.push((listener, scanner.rules(source)));
        }
    }
    std::thread::scope(|scope| {
        for (listener, rules) in &listeners {
            scope.spawn(|| listen(listener, &scanner.allow, rules, &agent));
        }
        for source in sources {
            if let Some(mut device) = source.device() {
                let (rules, agent) = (scanner.rules(source), &agent);
                scope.spawn(move || attend(&mut *device, &rules, agent));
            } else if *source == Source::Stdin {
                scope.spawn(|| agent.hear_standard_input());
            }
        }
    });
    let mut shared = terminal.shared();
    match shared.broken.clone() {
        Some(broken) => Err(broken),
        None => shared.store.end(),
    }
}

struct Agent<'a, 't> {
    terminal: &'a Terminal<'t>,
    weighing: Option<Weighing>,
    garbled: AtomicU64,
    again: AtomicU64,
}

impl Agent<'_, '_> {
    fn hear_standard_input(&self) {
        let mut input = BufReader::new(std::io::stdin().lock());
        while !self.ends() {
            match next_line(&mut input) {
                Ok(Some(data)) => {
                    self.hear("stdin", Heard::Scan(&data));
                }
                Ok(None) => break,
                Err(failure) => self.break_off(failure),
            }
        }
    }

    fn take(&self, source: &str, heard: Heard<'_>) -> Outcome<Verdict> {
        let tell =
            |data: &str, told: &Told<'_>| self.terminal.tell(None, (data, Some(source)), told);
        match heard {
            Heard::Scan(code) => match &self.weighing {
                Some(weighing) if weighing.is_asked_by(code) => {
                    weighing.weigh(self.terminal, (code, source))
                }
                _ => Ok(match self.terminal.take(code, Some(source))? {
                    Taken::Good(n) => Verdict::Taken(n),
                    Taken::Unreadable => Verdict::Refused("unreadable"),
                }),
            },
            Heard::Again(code, within) => {
                let so_far = self.again.fetch_add(1, Ordering::Relaxed) + 1;
                tell(code, &Told::Again { within, so_far })?;
                Ok(Verdict::Refused("again"))
            }
            Heard::Garbled(garble) => {
                let so_far = self.garbled.fetch_add(1, Ordering::Relaxed) + 1;
                tell(&garble.seen, &Told::Garbled { garble, so_far })?;
                Ok(Verdict::Refused("garbled"))
            }
            Heard::Away(lost) => {
                let (code, message, next) = (lost.code(), lost.to_string(), lost.next_step());
                tell("", &Told::Away { code, message: &message, next })?;
                Ok(Verdict::Refused("away"))
            }
            Heard::Ready => {
                tell("", &Told::Ready)?;
                Ok(Verdict::Refused("ready"))
            }
        }
    }

    /// Ends everything: a scan could not be kept, or an answer not told. That is told at once, because a standard input
    /// on which nothing comes may keep the program from ending.
    fn break_off(&self, failure: Failure) {
        let first = {
            let mut shared = self.terminal.shared();
            let first = shared.broken.is_none().then(|| failure.clone());
            shared.broken.get_or_insert(failure);
            first
        };
        self.terminal.changed.notify_all();
        if let Some(failure) = first {
            self.terminal.console.fail(&failure);
        }
    }
}

impl Taker for Agent<'_, '_> {
    fn hear(&self, source: &str, heard: Heard<'_>) -> Verdict {
        self.take(source, heard).unwrap_or_else(|failure| {
            self.break_off(failure);
            Verdict::Refused("broken")
        })
    }

    fn ends(&self) -> bool {
        self.terminal.shared().broken.is_some()
    }
}
