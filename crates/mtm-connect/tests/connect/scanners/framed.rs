//! Very many scans over a serial line: split, merged, garbled, and not one taken for another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mtm_connect::scanner::{End, Framing, Heard, Replies, Rules, Source, Taker, Verdict, attend};
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Pty, poll};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::SOON;

/// The last scan of a run.
const LAST: &str = "LAST";

/// What happens to a scan on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Whole,
    /// A byte that no code holds is put into it.
    Noise(u8),
    /// It is longer than any.
    Long,
    /// Its end, or its beginning, is lost.
    LostEnd,
    LostBeginning,
}

/// The scans of a seed, each with what happens to it: the same for who sends and who compares.
struct Scans {
    dice: ChaCha8Rng,
    nth: u64,
    before: Way,
}

impl Scans {
    fn of(seed: u64) -> Self {
        Self { dice: ChaCha8Rng::seed_from_u64(seed), nth: 0, before: Way::Whole }
    }
}

impl Iterator for Scans {
    type Item = (String, Way, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.nth += 1;
        let dice = &mut self.dice;
        let code = match dice.random_range(0..4) {
            0 => format!("LOT:{:010}", self.nth),
            1 => format!("PART:{}-{}", self.nth, dice.random_range(0..9_999)),
            2 => format!("QTY:{}", self.nth),
            _ => format!("[)>\u{1e}06\u{1d}P{}\u{1d}Q{}\u{1e}\u{4}", self.nth, self.nth % 977),
        };
        let way = match dice.random_range(0..100) {
            0 => Way::Noise(0),
            1 => Way::Noise(0xff),
            2 => Way::Long,
            3 => Way::LostEnd,
            // Where the end before is lost as well, two scans are one on the wire: nobody can tell.
            4 if self.before != Way::LostEnd => Way::LostBeginning,
            _ => Way::Whole,
        };
        self.before = way;
        Some((code, way, dice.random_range(0..1_000)))
    }
}

/// The bytes of a scan on the wire.
fn wire((code, way, at): &(String, Way, usize)) -> Vec<u8> {
    let mut content = code.clone().into_bytes();
    match way {
        Way::Noise(byte) => content.insert(at % (content.len() + 1), *byte),
        Way::Long => content.resize(100 + at, b'x'),
        _ => {}
    }
    let mut bytes = Vec::new();
    if *way != Way::LostBeginning {
        bytes.push(2);
    }
    bytes.extend(content);
    if *way != Way::LostEnd {
        bytes.push(3);
        // Some scanners end lines besides; between scans that says nothing.
        bytes.extend_from_slice(if at % 3 == 0 { b"\r\n" } else { b"" });
    }
    bytes
}

/// Compares each scan with the one that was sent.
struct Comparison {
    expected: Mutex<(Scans, Counts)>,
    ready: AtomicBool,
    done: AtomicBool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Counts {
    taken: u64,
    garbled: u64,
    misframed: Vec<String>,
}

impl Taker for Comparison {
    fn hear(&self, _: &str, heard: Heard<'_>) -> Verdict {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let (scans, counts) = &mut *expected;
        match heard {
            Heard::Scan(LAST) => self.done.store(true, Ordering::Relaxed),
            Heard::Scan(code) => {
                counts.taken += 1;
                let sent = scans.find(|(_, way, _)| *way == Way::Whole);
                if sent.as_ref().is_none_or(|(sent, ..)| sent != code) {
                    counts.misframed.push(format!("{sent:?} came as {code:?}"));
                    // One is enough; the rest would follow from it.
                    self.done.store(true, Ordering::Relaxed);
                }
            }
            Heard::Garbled(_) => counts.garbled += 1,
            Heard::Ready => self.ready.store(true, Ordering::Relaxed),
            Heard::Again(..) | Heard::Away(_) => {}
        }
        Verdict::Refused("nothing is kept")
    }

    fn ends(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }
}

#[test]
fn scans_over_a_serial_line_are_what_was_sent_however_they_are_cut_and_garbled() {
    let (count, seed) = (number("MTM_SCANS", 20_000), number("MTM_SEED", 20_261_130));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scanner");
    let mut device = Pty::plug(&path).unwrap();
    let source: Source = format!("serial:{}?baud=115200", path.display()).parse().unwrap();
    let framing = Framing {
        prefix: vec![2],
        end: End::Bytes(vec![3]),
        longest: 64,
        quiet: Duration::from_secs(600),
    };
    let rules = Rules { framing, debounce: Duration::ZERO, replies: Replies::Nothing };
    let taker = Comparison {
        expected: Mutex::new((Scans::of(seed), Counts::default())),
        ready: AtomicBool::new(false),
        done: AtomicBool::new(false),
    };
    let mut sent = Counts::default();
    std::thread::scope(|scope| {
        scope.spawn(|| attend(&mut *source.device().unwrap(), &rules, &taker));
        // Ports are emptied when they are opened: scans of before are nobody's.
        poll::until("an open port", SOON, || Ok(taker.ready.load(Ordering::Relaxed).then_some(())))
            .unwrap();
        let mut cuts = ChaCha8Rng::seed_from_u64(seed ^ 1);
        let mut waiting: Vec<u8> = Vec::new();
        for scan in Scans::of(seed).take(usize::try_from(count).unwrap()) {
            if scan.1 == Way::Whole {
                sent.taken += 1;
            } else {
                sent.garbled += 1;
            }
            waiting.extend(wire(&scan));
            while !waiting.is_empty() && cuts.random_range(0..3) > 0 {
                let part = cuts.random_range(1..=waiting.len().min(48));
                if taker.ends() {
                    return;
                }
                device.send(&waiting[..part], SOON).unwrap();
                waiting.drain(..part);
            }
        }
        device.send(&waiting, SOON).unwrap();
        device.send(b"\x02LAST\x03", SOON).unwrap();
        let done = poll::until("the last scan", SOON, || Ok(taker.ends().then_some(())));
        taker.done.store(true, Ordering::Relaxed);
        done.unwrap();
    });
    let (_, counts) = taker.expected.into_inner().unwrap();
    evidence(format_args!(
        "seed {seed}: {count} scans over a pseudo-terminal, {} whole and {} garbled on the way; \
         {} taken, {} told as garbled, {} mis-framed",
        sent.taken,
        sent.garbled,
        counts.taken,
        counts.garbled,
        counts.misframed.len()
    ));
    assert_eq!(counts, sent, "seed {seed}");
    assert!(sent.garbled > 0);
}
