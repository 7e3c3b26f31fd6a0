//! What moved, per hour, shift or day of the site.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::policy::Deed;
use mtm_core::word::{OperationCode, Quantity, Timestamp};
use mtm_store::throughput::ThroughputQuery;
use serde::Serialize;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// Most days of one question.
const MOST_DAYS: i32 = 92;
/// Most days of one question by the hour.
const MOST_DAYS_BY_HOUR: i32 = 14;

const HOUR_MICROS: i64 = 3_600_000_000;

/// How time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Period {
    /// Days of the site's time zone.
    #[default]
    Day,
    /// Shifts: 06–14, 14–22, 22–06, of the day they start on.
    Shift,
    /// Hours.
    Hour,
}

/// Which figures.
#[derive(Debug, Clone, Default)]
pub struct ThroughputAsk {
    /// First day; the last one where omitted.
    pub from: Option<Date>,
    /// Last day; today where omitted.
    pub to: Option<Date>,
    /// How the days are cut.
    pub period: Period,
    /// Of this operation only.
    pub operation: Option<OperationCode>,
}

/// What of one type moved at one operation in one period, reversals taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ThroughputItem {
    /// When the period begins.
    pub begins: Timestamp,
    /// When the next one begins.
    pub ends: Timestamp,
    /// The day it belongs to, as the site counts days.
    pub day: String,
    /// Number of the shift, where asked by shift.
    pub shift: Option<u8>,
    /// Type of the movements. Reversals are taken off what they reverse, at its time, and listed at
    /// their own.
    #[serde(rename = "type")]
    pub kind: MovementType,
    /// Operation that the pieces came from; that they went to, if they came from outside.
    pub operation: OperationCode,
    /// Movements that were not reversed.
    pub movements: u64,
    /// Their pieces.
    pub quantity: Quantity,
}

/// Figures of some periods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Throughput {
    /// Time zone of its days.
    pub time_zone: String,
    /// What moved, by period, type and operation; nothing for what did not move.
    pub items: Vec<ThroughputItem>,
}

impl App {
    /// What moved, per period, by type and operation.
    pub async fn throughput(
        &self,
        who: &Principal,
        ask: ThroughputAsk,
    ) -> Result<Throughput, AppError> {
        who.require(Deed::Look)?;
        let zone = &self.site().zone;
        let cuts = cuts(&ask, zone, self.clock().now())?;
        let bounds = cuts.iter().map(|cut| cut.begins).collect();
        let query = ThroughputQuery { bounds, operation: ask.operation };
        let rows = self.ledger().throughput(query).await?;
        let items = rows.into_iter().filter_map(|row| {
            let (cut, next) = (cuts.get(row.period)?, cuts.get(row.period + 1)?);
            Some(ThroughputItem {
                begins: cut.begins,
                ends: next.begins,
                day: cut.day.to_string(),
                shift: cut.shift,
                kind: row.kind,
                operation: row.operation,
                movements: row.movements,
                quantity: row.quantity,
            })
        });
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(Throughput { time_zone: name, items: items.collect() })
    }
}

/// Where a period begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    begins: Timestamp,
    day: Date,
    shift: Option<u8>,
}

/// Every period that was asked for, and one cut more, where the last one ends.
fn cuts(ask: &ThroughputAsk, zone: &TimeZone, now: Timestamp) -> Result<Vec<Cut>, AppError> {
    let wrong = |field: &'static str, message: String| {
        AppError::field(field, Code::InvalidParameter, message)
    };
    let beyond = || wrong("from", "that day is outside the calendar".to_owned());
    let today = now.civil().ok_or_else(beyond)?.to_zoned(zone.clone()).date();
    let last = ask.to.unwrap_or(today);
    let first = ask.from.unwrap_or(last);
    let days = (last - first).get_days() + 1;
    let most = if ask.period == Period::Hour { MOST_DAYS_BY_HOUR } else { MOST_DAYS };
    if !(1..=most).contains(&days) {
        let message = format!("from {first} to {last} are {days} days; ask for 1 to {most}");
        return Err(wrong("from", message));
    }
    let mut cuts = Vec::new();
    let mut day = first;
    for _ in 0..days {
        let next = day.checked_add(1.day()).map_err(|_| beyond())?;
        of_day(ask.period, day, next, zone, &mut cuts).map_err(|_| beyond())?;
        day = next;
    }
    let ends = match ask.period {
        Period::Shift => at(day, 6, zone),
        Period::Day | Period::Hour => at(day, 0, zone),
    };
    cuts.push(Cut { begins: ends.map_err(|_| beyond())?, day, shift: None });
    Ok(cuts)
}

fn of_day(
    period: Period,
    day: Date,
    next: Date,
    zone: &TimeZone,
    cuts: &mut Vec<Cut>,
) -> Result<(), jiff::Error> {
    match period {
        Period::Day => cuts.push(Cut { begins: at(day, 0, zone)?, day, shift: None }),
        Period::Shift => {
            for (shift, hour) in [(1, 6), (2, 14), (3, 22)] {
                cuts.push(Cut { begins: at(day, hour, zone)?, day, shift: Some(shift) });
            }
        }
        Period::Hour => {
            let (mut begins, ends) = (at(day, 0, zone)?, at(next, 0, zone)?);
            // Where the clock changes, a day has another number of hours.
            while begins < ends {
                cuts.push(Cut { begins, day, shift: None });
                begins = begins.plus_micros(HOUR_MICROS);
            }
        }
    }
    Ok(())
}

/// An hour of a day, or the first moment after it where the clock left that out.
fn at(day: Date, hour: i8, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
    if hour == 0 {
        // A day may begin later than at midnight.
        return Ok(day.to_zoned(zone.clone())?.start_of_day()?.timestamp().into());
    }
    Ok(day.at(hour, 0, 0, 0).to_zoned(zone.clone())?.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movement::shift_at;

    fn ask(from: &str, to: &str, period: Period) -> ThroughputAsk {
        let date = |text: &str| Some(text.parse().unwrap());
        ThroughputAsk { from: date(from), to: date(to), period, operation: None }
    }

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn days_follow_the_clock_of_the_site() {
        let now = Timestamp::parse("2026-10-26T10:00:00Z").unwrap();
        let hours = cuts(&ask("2026-10-25", "2026-10-25", Period::Hour), &zone(), now).unwrap();
        assert_eq!(hours.len(), 26, "the clock goes back: 25 hours, and an end");
        let days = cuts(&ask("2026-10-24", "2026-10-26", Period::Day), &zone(), now).unwrap();
        let begins: Vec<String> = days.iter().map(|cut| cut.begins.to_string()).collect();
        assert_eq!(begins[1], "2026-10-24T22:00:00.000000Z");
        assert_eq!(begins[2], "2026-10-25T23:00:00.000000Z");
        assert_eq!(begins.len(), 4);
        let today = cuts(&ThroughputAsk::default(), &zone(), now).unwrap();
        assert_eq!((today.len(), today[0].day.to_string()), (2, "2026-10-26".to_owned()));
        let shifts = cuts(&ask("2026-10-24", "2026-10-24", Period::Shift), &zone(), now).unwrap();
        for cut in &shifts[..3] {
            let stored = shift_at(cut.begins, &zone()).unwrap();
            assert_eq!(stored, format!("{}/{}", cut.day, cut.shift.unwrap()));
        }
        assert_eq!(shifts[3].begins.to_string(), "2026-10-25T05:00:00.000000Z");
    }

    #[test]
    fn too_many_days_and_none_are_refused() {
        let now = Timestamp::parse("2026-10-26T10:00:00Z").unwrap();
        for (from, to, period) in [
            ("2026-10-26", "2026-10-25", Period::Day),
            ("2026-01-01", "2026-10-25", Period::Day),
            ("2026-10-01", "2026-10-25", Period::Hour),
        ] {
            let refused = cuts(&ask(from, to, period), &zone(), now).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidParameter);
        }
    }
}
