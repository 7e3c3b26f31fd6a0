//! Scanning without a queue: what cannot be booked at once is said to be not booked.

use std::io::BufRead;

use mtm_app::movement::MovementBody;
use mtm_core::scan::{Hints, classify};
use uuid::Uuid;

use super::assembly::{Assembly, Unusable, name};
use super::lines;
use super::told::{About, Told, tell};
use crate::door::{Booking, Door};
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;

/// Takes scans from `input` until it ends.
pub(super) async fn run(
    console: Console,
    door: &Door,
    mut assembly: Assembly,
    mut input: impl BufRead,
) -> Outcome {
    let mut refused = 0_u64;
    for n in 1.. {
        let scan = lines::next(&mut input).map_err(|error| {
            let message = format!("failed to read standard input: {error}");
            Failure::new("input_failed", exit::FAILURE, message)
        })?;
        let Some(data) = scan else { break };
        let about = About { n: Some(n), data: &data, ..About::default() };
        let expected = assembly.missing().first().copied();
        let reading = classify(&data, Hints { expected }).reading;
        let chosen = match Unusable::at_once(&reading) {
            Some(unusable) => Err(unusable.into()),
            None => door
                .scan(&data, expected)
                .await
                .and_then(|said| assembly.choose(&reading, &said).map_err(Failure::from)),
        };
        let booked = match chosen {
            Err(failure) => Err(failure),
            Ok(words) => {
                assembly.set(n, words);
                book(door, &mut assembly).await
            }
        };
        match booked {
            Ok(Some(booked)) => tell(console, about, &Told::Booked(&booked))?,
            Ok(None) => {
                let missing = assembly.missing().into_iter().map(name).collect();
                tell(console, about, &Told::Noted { scanned: assembly.scanned(), missing })?;
            }
            Err(failure) => {
                refused += 1;
                let Failure { code, message, next_step, .. } = &failure;
                let told = Told::Refused { code, message, next: next_step.as_deref() };
                tell(console, about, &told)?;
            }
        }
    }
    let unfinished = assembly.unfinished().len();
    if refused > 0 || unfinished > 0 {
        let message = format!("{refused} scans were refused; {unfinished} belong to no booking");
        return Err(Failure::new("refused", 3, message)
            .next("Nothing was booked for them. With --queue they would be kept."));
    }
    Ok(())
}

async fn book(door: &Door, assembly: &mut Assembly) -> Outcome<Option<mtm_app::movement::Booked>> {
    let Some(body): Option<MovementBody> = assembly.complete() else { return Ok(None) };
    assembly.booked();
    let key = format!("scan-{}", Uuid::now_v7());
    door.book(&Booking::Movement(Box::new(body)), &key).await.map(Some)
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        let says_what_to_do = unusable.says_what_to_do();
        let failure = Self::new(unusable.code, 3, unusable.message);
        if says_what_to_do { failure } else { failure.next("Scan again.") }
    }
}
