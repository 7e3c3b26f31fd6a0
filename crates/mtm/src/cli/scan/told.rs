//! One line for every scan, when it is known what became of it; and one more for a scan that had to wait.

use std::time::Duration;

use mtm_app::movement::Booked;
use mtm_connect::scale::Suggestion;
use mtm_connect::scanner::Garble;
use mtm_core::outcome::Outcome as Answer;
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::output::Console;

/// What became of a scan.
pub(super) enum Told<'t> {
    /// It is kept; the server is away.
    Kept {
        /// Why it is away.
        why: &'t Failure,
        /// So many scans wait with it.
        waiting: usize,
    },
    /// It said one thing towards a booking; what is known by now, what is missing.
    Noted {
        /// Everything scanned.
        scanned: String,
        /// What to scan next.
        missing: Vec<&'static str>,
    },
    /// It was booked.
    Booked(&'t Booked),
    /// It was refused.
    Refused {
        /// Stable name of the cause.
        code: &'t str,
        /// The cause.
        message: &'t str,
        /// What to do.
        next: Option<&'t str>,
    },
    /// It waits for a refused scan of the same lot.
    Held {
        /// That scan.
        behind: u64,
    },
    /// It is the scan before, seen once more.
    Again {
        /// Within this time.
        within: Duration,
        /// So many were, since the start.
        so_far: u64,
    },
    /// Bytes of a device that are no whole scan.
    Garbled {
        /// What is wrong with them.
        garble: &'t Garble,
        /// So many were, since the start.
        so_far: u64,
    },
    /// A scale suggests so many pieces.
    Suggested {
        /// How many, and why.
        suggestion: &'t Suggestion,
        /// Whether somebody has to confirm them.
        open: bool,
    },
    /// A device is in use.
    Ready,
    /// A device cannot be used.
    Away {
        /// Stable name of the cause.
        code: &'t str,
        /// The cause.
        message: &'t str,
        /// What to do.
        next: &'t str,
    },
}

/// What a line is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About<'l> {
    /// Number of the scan; none for what is no scan of its own.
    pub(super) n: Option<u64>,
    /// What the scanner sent.
    pub(super) data: &'l str,
    /// The device, where it is not standard input.
    pub(super) source: Option<&'l str>,
    /// Scans taken and bookings made since the start, where devices are listened to.
    pub(super) tally: Option<(u64, u64)>,
}

/// Says it.
pub(super) fn tell(console: Console, about: About<'_>, told: &Told<'_>) -> Outcome {
    let About { n, data, source, tally } = about;
    if console.is_json() {
        let mut line = json!({ "scan": n, "data": data });
        if let Some(source) = source {
            line["source"] = json!(source);
        }
        if let Some((scanned, booked)) = tally {
            line["tally"] = json!({ "scanned": scanned, "booked": booked });
        }
        if let (Value::Object(line), Value::Object(more)) = (&mut line, machine(told)) {
            line.extend(more);
        }
        return console.write(&line.to_string());
    }
    let mut seen = String::new();
    for character in data.chars().take(40) {
        seen.push(if character.is_control() { '.' } else { character });
    }
    let n = n.map(|n| n.to_string()).unwrap_or_default();
    let mut line = format!("{n:>5}  {seen:<16}  {}", human(told));
    if let (Some(source), None) = (source, about.n) {
        line = format!("{line}  ({source})");
    }
    if let (Some((scanned, booked)), Some(_)) = (tally, about.n) {
        line = format!("{line}  {scanned} scanned / {booked} booked");
    }
    console.write(&line)
}

fn machine(told: &Told<'_>) -> Value {
    match told {
        Told::Kept { why, waiting } => {
            json!({ "state": "kept", "waiting": waiting, "code": why.code, "message": why.message })
        }
        Told::Noted { scanned, missing } => {
            json!({ "state": "noted", "scanned": scanned, "missing": missing })
        }
        Told::Booked(booked) => json!({
            "state": "booked", "replayed": booked.replayed, "id": booked.outcome.id,
            "type": booked.outcome.kind, "lots": booked.outcome.lots,
            "movements": booked.outcome.movements, "balances": booked.outcome.balances,
        }),
        Told::Refused { code, message, next } => {
            json!({ "state": "refused", "code": code, "message": message, "next_step": next })
        }
        Told::Held { behind } => json!({ "state": "held", "behind": behind }),
        Told::Again { within, so_far } => json!({
            "state": "again", "within_ms": u64::try_from(within.as_millis()).ok(), "so_far": so_far,
        }),
        Told::Garbled { garble, so_far } => json!({
            "state": "garbled", "message": garble.fault.to_string(), "bytes": garble.bytes,
            "so_far": so_far,
        }),
        Told::Suggested { suggestion, open } => json!({
            "state": if *open { "suggested" } else { "weighed" }, "pieces": suggestion.pieces,
            "weight": suggestion.weight.to_string(), "piece_weight": suggestion.piece.to_string(),
            "rounded_thousandths": -suggestion.off, "message": suggestion.to_string(),
        }),
        Told::Ready => json!({ "state": "ready" }),
        Told::Away { code, message, next } => {
            json!({ "state": "away", "code": code, "message": message, "next_step": next })
        }
    }
}

fn human(told: &Told<'_>) -> String {
    match told {
        Told::Kept { why, waiting } => format!("KEPT     {waiting} waiting: {}", why.message),
        Told::Noted { scanned, missing } => {
            format!("noted    {scanned}; now scan: {}", missing.join(", "))
        }
        Told::Booked(booked) => format!("booked   {}", booking(&booked.outcome)),
        Told::Refused { code, message, next } => {
            format!("REFUSED  {message} ({code}) {}", next.unwrap_or_default())
                .trim_end()
                .to_owned()
        }
        Told::Held { behind } => {
            format!("HELD     scan {behind} of the same lot was refused and comes first")
        }
        Told::Again { within, so_far } => {
            format!("again    within {} ms, not taken; {so_far} so far", within.as_millis())
        }
        Told::Garbled { garble, so_far } => {
            format!(
                "GARBLED  {} ({} bytes), {so_far} so far; scan again",
                garble.fault, garble.bytes
            )
        }
        Told::Suggested { suggestion, open: true } => {
            format!("weighed  {suggestion}; scan the same code again to take {}", suggestion.pieces)
        }
        Told::Suggested { suggestion, open: false } => format!("weighed  {suggestion}"),
        Told::Ready => "ready".to_owned(),
        Told::Away { code, message, next } => format!("AWAY     {message} ({code}) {next}"),
    }
}

fn booking(outcome: &Answer) -> String {
    let lines = outcome.movements.iter().map(|line| {
        let at = [line.to_location.as_ref(), line.location.as_ref()];
        let at = at.into_iter().flatten().next();
        let at = at.map(|place| format!(" at {place}")).unwrap_or_default();
        format!("{} {} of {}, lot {}{at}", line.kind.as_str(), line.quantity, line.part, line.lot)
    });
    lines.collect::<Vec<_>>().join("; ")
}
