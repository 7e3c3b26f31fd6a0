//! Reading versions: all of them into the catalogue, all of them with who made them.

use mtm_core::catalogue::Catalogue;
use mtm_core::shift::{Shift, ShiftVersion, TimeOfDay, Week, Weekday};
use mtm_core::word::{ShiftName, Timestamp};

use super::row::ShiftsRow;
use crate::sql::{Connection, Error, Row, moment, word};

/// In the order in which they were made, each shift a row; one without shifts has one row.
const ALL: &str = "SELECT v.id, v.number, v.effective_from, s.weekday, s.begins, s.ends, s.name,
        v.recorded_at, user.name
    FROM shift_version v
    JOIN user ON user.id = v.user_id
    LEFT JOIN shift_span s ON s.version_id = v.id
    ORDER BY v.number, s.weekday, s.begins";

/// A version that is being read, shift by shift.
struct Reading {
    id: i64,
    number: u32,
    effective_from: Timestamp,
    shifts: Vec<Shift>,
    recorded: (Timestamp, String),
}

impl Reading {
    fn finish(self) -> (ShiftVersion, (Timestamp, String)) {
        let Self { number, effective_from, shifts, recorded, .. } = self;
        (ShiftVersion { number, effective_from, week: Week::of(shifts) }, recorded)
    }
}

/// Reads every version.
pub(crate) fn load(connection: Connection<'_>, catalogue: &mut Catalogue) -> Result<(), Error> {
    each(connection, |version, _| catalogue.shifts.add(version))
}

/// Every version, the newest first.
pub(super) fn versions(connection: Connection<'_>) -> Result<Vec<ShiftsRow>, Error> {
    let mut versions = Vec::new();
    each(connection, |version, (at, by)| versions.push(ShiftsRow::of(&version).recorded(at, by)))?;
    versions.reverse();
    Ok(versions)
}

fn each(
    connection: Connection<'_>,
    mut take: impl FnMut(ShiftVersion, (Timestamp, String)),
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query(&[])?;
    let mut reading: Option<Reading> = None;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if reading.as_ref().is_none_or(|version| version.id != id) {
            let next = Reading {
                id,
                number: row.get(1)?,
                effective_from: moment(&row, 2)?,
                shifts: Vec::new(),
                recorded: (moment(&row, 7)?, row.get(8)?),
            };
            if let Some(version) = reading.replace(next) {
                let (version, recorded) = version.finish();
                take(version, recorded);
            }
        }
        if let Some(version) = &mut reading
            && !row.is_null(3)?
        {
            version.shifts.push(shift(&row)?);
        }
    }
    if let Some(version) = reading {
        let (version, recorded) = version.finish();
        take(version, recorded);
    }
    Ok(())
}

fn shift(row: &Row<'_>) -> Result<Shift, Error> {
    let time = |column: usize| {
        let minutes: u16 = row.get(column)?;
        let impossible = || Error::shape(column, format!("{minutes} minutes after midnight"));
        TimeOfDay::from_minutes(minutes).ok_or_else(impossible)
    };
    let number: u8 = row.get(3)?;
    let impossible = || Error::shape(3, format!("day {number} of the week"));
    Ok(Shift {
        day: Weekday::from_number(number).ok_or_else(impossible)?,
        begins: time(4)?,
        ends: time(5)?,
        name: word(row, 6, ShiftName::parse)?,
    })
}
