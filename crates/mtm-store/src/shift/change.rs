//! Another week of shifts, and every one there was.

use mtm_core::code::Code;
use mtm_core::command::Actor;
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::shift::{self, ShiftFault, ShiftVersion, ShiftsDraft};
use serde_json::json;

use super::load;
use super::row::ShiftsRow;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::params;
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

impl Ledger {
    /// Makes another week of shifts; the one that stands is the answer where nothing would change.
    /// `newest` is the number of the newest version that the caller saw: any other is refused
    /// (`stale`). Under a key that was used before for the same change, gives the first answer
    /// again.
    pub async fn change_shifts(
        &self,
        draft: ShiftsDraft,
        newest: Option<i64>,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<ShiftsRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                context.change_shifts(&draft, newest, &actor)
            })?)
        })
        .await
    }

    /// Every week of shifts that was made, the newest first.
    pub async fn shift_versions(&self) -> Result<Vec<ShiftsRow>, Fault> {
        self.query(|connection| Ok(load::versions(connection)?)).await
    }
}

impl WriteContext<'_> {
    fn change_shifts(
        &mut self,
        draft: &ShiftsDraft,
        newest: Option<i64>,
        by: &Actor,
    ) -> Result<ShiftsRow, Failure> {
        let calendar = &self.catalogue().shifts;
        let stands = i64::from(calendar.newest().number);
        if newest.is_some_and(|seen| seen != stands) {
            let message = format!("the newest version of the shifts is {stands} now");
            return Err(Rejection::new(Code::Stale, None, message).into());
        }
        let version = shift::version(calendar, self.now(), draft).map_err(|faults| {
            let first = faults.into_iter().next().map(ShiftFault::named);
            first.map_or_else(|| Failure::Broken("a draft without fault".to_owned()), Into::into)
        })?;
        let from = draft.effective_from;
        if let Some(stands) = shift::stands(calendar, &version, from, self.now()) {
            return self.kept_shifts(&stands.clone());
        }
        self.add_shifts(version, by)
    }

    /// The row of a version that is kept.
    fn kept_shifts(&self, version: &ShiftVersion) -> Result<ShiftsRow, Failure> {
        let versions = load::versions(self.sql())?;
        let found = versions.into_iter().find(|row| row.version == version.number);
        Ok(found.unwrap_or_else(|| ShiftsRow::of(version)))
    }

    fn add_shifts(&mut self, version: ShiftVersion, by: &Actor) -> Result<ShiftsRow, Failure> {
        let at = self.now();
        let row = ShiftsRow::of(&version).recorded(at, by.name.to_string());
        self.insert_shifts(&version, by)?;
        self.catalogue_mut().shifts.add(version);
        let change = if row.version > 1 { "edited" } else { "created" };
        let facts = json!({
            "change": change, "noun": "shifts", "version": row.version,
            "effective_from": row.effective_from, "shifts": row.shifts,
        });
        self.audit("master", by.id, at, &facts)?;
        let mut data = serde_json::to_value(&row)
            .map_err(|error| Failure::Broken(format!("shifts cannot be told: {error}")))?;
        data["noun"] = "shifts".into();
        data["change"] = change.into();
        self.emit(EventType::MasterChanged, "shifts", at, &data, None)?;
        Ok(row)
    }

    fn insert_shifts(&self, version: &ShiftVersion, by: &Actor) -> Result<(), Failure> {
        let connection = self.sql();
        connection.execute(
            "INSERT INTO shift_version (number, effective_from, recorded_at, user_id)
             VALUES (?1, ?2, ?3, ?4)",
            params![version.number, version.effective_from.micros(), self.now().micros(), by.id.0],
        )?;
        let id = connection.last_insert_rowid();
        for shift in version.week.shifts() {
            connection.execute(
                "INSERT INTO shift_span (version_id, weekday, begins, ends, name)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id,
                    shift.day.number(),
                    shift.begins.minutes(),
                    shift.ends.minutes(),
                    shift.name.as_str()
                ],
            )?;
        }
        Ok(())
    }
}
