//! This machine's clock fits the ledger's and the database server's.

use mtm_core::word::Timestamp;
use mtm_store::watch::Moments;

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "clock",
    title: "Clock",
    checks: "this machine's clock against the newest record of the ledger and the database server's clock",
    often: "every 2 s",
    red: "it is more than a minute behind the newest record, or a minute off the database server's (yellow: 5 s); records would carry moments that are not true, their order stays right",
    cure: "set the clock, best by a time server; records made in the future are waited out",
    scope: Scope::Here,
};

/// So far servers of a plant may differ, in microseconds.
const SLIGHT: i64 = 5 * 1_000_000;
/// From here on moments are not true any more.
const WRONG: i64 = 60 * 1_000_000;
/// Before this program existed no clock can be right: 2026-01-01.
const EARLIEST: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

const CURE: &str = "Set this machine's clock, best by a time server.";

pub(in crate::truth) struct Clock;

impl Check for Clock {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            match app.ledger().moments().await {
                Ok(moments) => judge(&moments),
                Err(error) => Finding::unasked(&error),
            }
        })
    }
}

fn judge(moments: &Moments) -> Finding {
    let here = moments.here;
    if here < EARLIEST {
        let message = format!("The clock says {here}, before this program existed.");
        return Finding::red(message, CURE).about(vec![OffendingKey::new("clock", here)]);
    }
    let behind = moments.recorded.map_or(0, |recorded| recorded.micros() - here.micros());
    let apart = moments
        .database
        .map_or(0, |database| ((database.micros() - here.micros()).abs() - moments.within).max(0));
    if behind <= SLIGHT && apart <= SLIGHT {
        return Finding::green("It fits the ledger's newest record and the database's clock.");
    }
    let seconds = |micros: i64| micros / 1_000_000;
    let (message, key) = if behind >= apart {
        let recorded = moments.recorded.unwrap_or(here);
        let message = format!("It is {} s behind the newest record.", seconds(behind));
        (message, OffendingKey::new("recorded_at", recorded))
    } else {
        let database = moments.database.unwrap_or(here);
        let message = format!("It is {} s off the database server's.", seconds(apart));
        (message, OffendingKey::new("database_clock", database))
    };
    let finding = if behind.max(apart) > WRONG {
        Finding::red(message, CURE)
    } else {
        Finding::yellow(message, CURE)
    };
    finding.about(vec![key])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::light::Light;

    #[test]
    fn a_clock_is_compared_with_both_as_far_as_it_can_be() {
        let now = Timestamp::parse("2026-11-29T06:00:00Z").unwrap();
        let off = |seconds: i64| Some(now.plus_micros(seconds * 1_000_000));
        let light = |database, recorded| {
            judge(&Moments { here: now, database, within: 1_000, recorded }).light
        };
        assert_eq!(light(None, None), Light::Green);
        assert_eq!(light(off(0), off(-3600)), Light::Green, "nothing happened for an hour");
        assert_eq!(light(None, off(6)), Light::Yellow);
        assert_eq!(light(None, off(61)), Light::Red);
        assert_eq!(light(off(-6), None), Light::Yellow);
        assert_eq!(light(off(-61), None), Light::Red);
        assert_eq!(light(off(61), off(0)), Light::Red);
        let slow = Moments { here: now, database: off(-61), within: 60_000_000, recorded: None };
        assert_eq!(judge(&slow).light, Light::Green, "an answer that took a minute tells nothing");
        let unset = Moments { here: Timestamp::default(), ..slow };
        assert_eq!(judge(&unset).light, Light::Red);
    }
}
