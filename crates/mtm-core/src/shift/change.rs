//! What may become the site's week: the rules, away from where it is kept.
//!
//! A version begins now or later, never before: what was booked by then keeps the shift it has. It
//! begins on a quarter of an hour, as shifts do, because figures are summed up by these.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::calendar::{ShiftCalendar, ShiftVersion};
use super::time::{DAY_MINUTES, QUARTER_MICROS, next_quarter};
use super::week::{ShiftPattern, Week};
use crate::code::Code;
use crate::rejection::Rejection;
use crate::word::{Timestamp, fold};

/// Most shifts of one week, as people write them.
pub const MOST_SHIFTS: usize = 40;

const WEEK_MINUTES: i32 = 7 * DAY_MINUTES as i32;

/// A week as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftsDraft {
    /// From when on it shall hold; from the next quarter of an hour on where it is not said.
    pub effective_from: Option<Timestamp>,
    /// The shifts; none where the site has no shifts.
    pub shifts: Vec<ShiftPattern>,
}

/// What is wrong with a draft: with one of its shifts, counted from 0, or with the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftFault {
    /// The shift.
    pub shift: Option<usize>,
    /// What is wrong with it.
    pub rejection: Rejection,
}

impl ShiftFault {
    fn of(shift: usize, field: &'static str, message: impl Into<String>) -> Self {
        let rejection = Rejection::new(Code::InvalidBody, field, message);
        Self { shift: Some(shift), rejection }
    }

    fn whole(field: &'static str, message: impl Into<String>) -> Self {
        Self { shift: None, rejection: Rejection::new(Code::InvalidBody, field, message) }
    }

    /// The refusal with the shift in its field: `shifts[2].begins`.
    pub fn named(self) -> Rejection {
        let Some(shift) = self.shift else { return self.rejection };
        let field = match self.rejection.field {
            Some(field) => format!("shifts[{shift}].{field}"),
            None => format!("shifts[{shift}]"),
        };
        Rejection { field: Some(field.into()), ..self.rejection }
    }
}

/// The version that `draft` becomes at `now`; everything that is wrong with it at once.
pub fn version(
    calendar: &ShiftCalendar,
    now: Timestamp,
    draft: &ShiftsDraft,
) -> Result<ShiftVersion, Vec<ShiftFault>> {
    let mut faults = Vec::new();
    if draft.shifts.len() > MOST_SHIFTS {
        let message = format!("a week is written with at most {MOST_SHIFTS} shifts");
        return Err(vec![ShiftFault::whole("shifts", message)]);
    }
    let effective_from = draft.effective_from.unwrap_or_else(|| next_quarter(now));
    if effective_from < now {
        let message = format!(
            "what was booked since {effective_from} keeps the shift it has; begin at {} or later",
            next_quarter(now)
        );
        faults.push(ShiftFault::whole("effective_from", message));
    } else if effective_from.micros().rem_euclid(QUARTER_MICROS) != 0 {
        let message = format!("{effective_from} is not on a quarter of an hour");
        faults.push(ShiftFault::whole("effective_from", message));
    }
    for (at, shift) in draft.shifts.iter().enumerate() {
        faults.extend(alone(at, shift));
    }
    faults.extend(together(&draft.shifts));
    if !faults.is_empty() {
        return Err(faults);
    }
    let number = calendar.newest().number.saturating_add(1);
    let week = Week::of(draft.shifts.iter().flat_map(ShiftPattern::shifts).collect());
    Ok(ShiftVersion { number, effective_from, week })
}

/// The version that says what `version` would: the same week, from the moment that was asked for;
/// where none was, in force now and still when it would begin. Then there is nothing to add.
pub fn stands<'c>(
    calendar: &'c ShiftCalendar,
    version: &ShiftVersion,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Option<&'c ShiftVersion> {
    let held = calendar.version_at(from.unwrap_or(now));
    let begins = from.map_or_else(
        || calendar.version_at(version.effective_from) == held,
        |from| from == held.effective_from,
    );
    (begins && held.week == version.week).then_some(held)
}

/// What is wrong with a shift whatever the others are.
fn alone(at: usize, shift: &ShiftPattern) -> Option<ShiftFault> {
    if shift.name.as_str().contains('/') {
        return Some(ShiftFault::of(at, "name", "a shift's name has no slash"));
    }
    let distinct: HashSet<_> = shift.days.iter().collect();
    if shift.days.is_empty() {
        return Some(ShiftFault::of(at, "days", "a shift starts on one day of the week at least"));
    }
    (distinct.len() < shift.days.len())
        .then(|| ShiftFault::of(at, "days", "a day of the week is named twice"))
}

/// Where a shift of a draft lies in the week, in minutes.
struct Span<'d> {
    shift: usize,
    of: &'d ShiftPattern,
    day: u8,
    begins: i32,
    ends: i32,
}

fn spans(shifts: &[ShiftPattern]) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    for (shift, of) in shifts.iter().enumerate() {
        let days: HashSet<_> = of.days.iter().map(|day| day.number()).collect();
        let mut days: Vec<u8> = days.into_iter().collect();
        days.sort_unstable();
        for day in days {
            let midnight = i32::from(day - 1) * i32::from(DAY_MINUTES);
            let begins = midnight + i32::from(of.begins.minutes());
            let overnight = if of.ends <= of.begins { i32::from(DAY_MINUTES) } else { 0 };
            let ends = midnight + i32::from(of.ends.minutes()) + overnight;
            spans.push(Span { shift, of, day, begins, ends });
        }
    }
    spans
}

/// What is wrong between two shifts; told once for each, at the later one.
fn together(shifts: &[ShiftPattern]) -> Vec<ShiftFault> {
    let (spans, mut faults, mut told) = (spans(shifts), Vec::new(), HashSet::new());
    for (at, one) in spans.iter().enumerate() {
        for other in &spans[at + 1..] {
            // Sunday's night is beside Monday's morning.
            let overlap = [-WEEK_MINUTES, 0, WEEK_MINUTES]
                .into_iter()
                .any(|week| one.begins < other.ends + week && other.begins + week < one.ends);
            let (name, twin) = (&one.of.name, &other.of.name);
            let twice = one.day == other.day && fold(name.as_str()) == fold(twin.as_str());
            if (overlap || twice) && told.insert((one.shift, other.shift)) {
                faults.push(if overlap {
                    let (begins, ends) = (one.of.begins, one.of.ends);
                    let message = format!("it overlaps with shift {name} ({begins}–{ends})");
                    ShiftFault::of(other.shift, "begins", message)
                } else {
                    let message = format!("there is a shift {name} on that day already");
                    ShiftFault::of(other.shift, "name", message)
                });
            }
        }
    }
    faults
}
