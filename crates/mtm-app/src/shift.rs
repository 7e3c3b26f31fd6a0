//! The site's shifts: which one it is now, what the week looks like, and another week.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::shift::{self, ShiftFault, ShiftPattern, ShiftTime, ShiftsDraft, TimeOfDay, Weekday};
use mtm_core::word::{ShiftName, Timestamp};
pub use mtm_store::shift::ShiftsRow;
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, FieldError};
use crate::principal::Principal;
use crate::routing::moment;

/// A shift, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftBody {
    /// Its name, at most 20 characters, none of them a slash; once a day.
    pub name: String,
    /// The days it starts on, such as `monday`; every day where omitted.
    #[serde(default)]
    pub days: Option<Vec<String>>,
    /// When it starts, on a quarter of an hour: `06:00`.
    pub begins: String,
    /// When it ends: on the next day unless that is later than when it starts.
    pub ends: String,
}

/// A week of shifts, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftsBody {
    /// From when on it holds: RFC 3339, or a day or local time of the site, on a quarter of an
    /// hour; from the next quarter on where omitted. Never before now.
    #[serde(default)]
    pub effective_from: Option<String>,
    /// The shifts, none of which overlap. Gaps are no shift.
    pub shifts: Vec<ShiftBody>,
}

/// The shift that is running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunningShift {
    /// As movements keep it: `2026-11-23/1`.
    pub shift: String,
    /// The day it started on.
    pub day: String,
    /// Its name.
    pub name: ShiftName,
    /// When it began.
    pub begins: Timestamp,
    /// When it is over.
    pub ends: Timestamp,
}

/// Everything about the site's shifts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShiftSheet {
    /// The number of the newest version; the `ETag`. 0 where the site never changed its shifts.
    pub version: u32,
    /// Time zone of its times.
    pub time_zone: String,
    /// The moment that was asked about.
    pub as_of: Timestamp,
    /// The shift that is running at that moment; null between shifts.
    pub running: Option<RunningShift>,
    /// The week that holds at that moment.
    pub in_force: ShiftsRow,
    /// When the next one begins to hold, where one is planned.
    pub until: Option<Timestamp>,
    /// Every week that was made, the newest first.
    pub versions: Vec<ShiftsRow>,
}

impl From<ShiftTime> for RunningShift {
    fn from(shift: ShiftTime) -> Self {
        Self {
            shift: shift.to_string(),
            day: shift.day.to_string(),
            name: shift.name,
            begins: shift.begins,
            ends: shift.ends,
        }
    }
}

impl ShiftBody {
    fn parse(&self) -> Result<ShiftPattern, Vec<FieldError>> {
        let mut errors = Vec::new();
        let wrong =
            |field: &str, message: String| FieldError::new(field, Code::InvalidBody, message);
        let name = ShiftName::parse(&self.name)
            .map_err(|error| errors.push(wrong("name", error.to_string())));
        let days = match &self.days {
            None => Ok(Weekday::ALL.to_vec()),
            Some(days) => days.iter().map(|day| Weekday::from_name(day).ok_or(day)).collect(),
        };
        let days = days.map_err(|day: &String| {
            let message = format!("{day:?} is no day of the week; write it like monday");
            errors.push(wrong("days", message));
        });
        let begins = TimeOfDay::parse(&self.begins)
            .map_err(|error| errors.push(wrong("begins", error.to_string())));
        let ends = TimeOfDay::parse(&self.ends)
            .map_err(|error| errors.push(wrong("ends", error.to_string())));
        match (name, days, begins, ends) {
            (Ok(name), Ok(days), Ok(begins), Ok(ends)) => {
                Ok(ShiftPattern { name, days, begins, ends })
            }
            _ => Err(errors),
        }
    }
}

impl App {
    /// The shift that is running now; `None` between shifts.
    pub fn shift_now(&self) -> Option<ShiftTime> {
        self.catalogue().shifts.shift_at(self.clock().now(), &self.site().zone)
    }

    /// Everything about the site's shifts, at `as_of` or now.
    pub async fn shifts(
        &self,
        who: &Principal,
        as_of: Option<Timestamp>,
    ) -> Result<ShiftSheet, AppError> {
        who.require(Deed::Look)?;
        let versions = self.ledger().shift_versions().await?;
        let (catalogue, zone) = (self.catalogue(), &self.site().zone);
        let as_of = as_of.unwrap_or_else(|| self.clock().now());
        let held = catalogue.shifts.version_at(as_of);
        let kept = versions.iter().find(|version| version.version == held.number);
        Ok(ShiftSheet {
            version: versions.first().map_or(0, |newest| newest.version),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            as_of,
            running: catalogue.shifts.shift_at(as_of, zone).map(Into::into),
            in_force: kept.cloned().unwrap_or_else(|| ShiftsRow::of(held)),
            until: catalogue.shifts.until(as_of),
            versions,
        })
    }

    /// Makes another week of shifts. `newest` is the number of the newest version that the caller
    /// saw. Everything wrong with it is told at once.
    pub async fn set_shifts(
        &self,
        who: &Principal,
        newest: Option<i64>,
        body: &ShiftsBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ShiftsRow>, AppError> {
        who.require(Deed::Administer)?;
        let draft = self.shifts_draft(body)?;
        // From when on is judged by the clock that writes, and not at all under a known key.
        let week = ShiftsDraft { effective_from: None, ..draft.clone() };
        shift::version(&self.catalogue().shifts, self.clock().now(), &week).map_err(told)?;
        Ok(self.ledger().change_shifts(draft, newest, who.actor(), key).await?)
    }

    fn shifts_draft(&self, body: &ShiftsBody) -> Result<ShiftsDraft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let from = body.effective_from.as_deref();
        let effective_from = moment("effective_from", from, &self.site().zone);
        let effective_from = effective_from.map_err(|error| errors.push(error)).ok().flatten();
        let mut shifts = Vec::with_capacity(body.shifts.len());
        for (at, shift) in body.shifts.iter().enumerate() {
            match shift.parse() {
                Ok(shift) => shifts.push(shift),
                Err(wrong) => errors.extend(wrong.into_iter().map(|error| FieldError {
                    field: format!("shifts[{at}].{}", error.field),
                    ..error
                })),
            }
        }
        if errors.is_empty() { Ok(ShiftsDraft { effective_from, shifts }) } else { Err(errors) }
    }
}

fn told(faults: Vec<ShiftFault>) -> AppError {
    let errors = faults.into_iter().map(|fault| {
        let rejection = fault.named();
        let field = rejection.field.unwrap_or_default();
        FieldError::new(field, rejection.code, rejection.message)
    });
    AppError::Invalid(errors.collect())
}
