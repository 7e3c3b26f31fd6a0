//! One line for every scan, when it is known what became of it; and one more for a scan that had to wait.

use mtm_app::movement::Booked;
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
}

/// Says it.
pub(super) fn tell(console: Console, n: u64, data: &str, told: &Told<'_>) -> Outcome {
    if console.is_json() {
        let mut line = json!({ "scan": n, "data": data });
        if let (Value::Object(line), Value::Object(more)) = (&mut line, machine(told)) {
            line.extend(more);
        }
        return console.write(&line.to_string());
    }
    let mut seen = String::new();
    for character in data.chars().take(40) {
        seen.push(if character.is_control() { '.' } else { character });
    }
    console.write(&format!("{n:>5}  {seen:<16}  {}", human(told)))
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
