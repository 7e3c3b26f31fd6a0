//! One change of master data inside the writer's transaction.

use mtm_core::code::Code;
use mtm_core::event::EventType;
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId, fold};
use serde_json::json;

use super::draft;
use super::table::{self, Found};
use super::usage;
use super::{MasterAttributes, MasterChange, MasterKey, MasterNoun, MasterRow, NewMaster};
use crate::sqlite::writer::{Failure, WriteContext};

impl WriteContext<'_> {
    /// Makes one change of master data, with its audit entry and its event.
    pub(crate) fn change_master(
        &mut self,
        change: &MasterChange,
        by: UserId,
    ) -> Result<MasterRow, Failure> {
        match change {
            MasterChange::Create(new) => self.create_master(new, by),
            MasterChange::Edit { noun, key, version, code, attributes } => {
                self.edit_master(*noun, key, *version, code.as_deref(), attributes, by)
            }
            MasterChange::Retire { noun, key, version } => {
                let found = self.find_master(*noun, key, *version)?;
                if found.row.retired_at.is_some() {
                    return Ok(found.row);
                }
                usage::refuse_in_use(self.sql(), *noun, &found)?;
                let retired_at = Some(self.now());
                let row = MasterRow { retired_at, ..found.row.clone() };
                self.write_master(*noun, &found, row, "retired", by)
            }
            MasterChange::Unretire { noun, key, version } => {
                let found = self.find_master(*noun, key, *version)?;
                if found.row.retired_at.is_none() {
                    return Ok(found.row);
                }
                let row = MasterRow { retired_at: None, ..found.row.clone() };
                self.write_master(*noun, &found, row, "unretired", by)
            }
        }
    }

    /// Makes a new record.
    pub(crate) fn create_master(
        &mut self,
        new: &NewMaster,
        by: UserId,
    ) -> Result<MasterRow, Failure> {
        let (code, _) = draft::parse_code(new.noun, &new.code)?;
        self.refuse_taken(new.noun, &code, None)?;
        let blank = MasterRow {
            id: self.fresh_uuid(),
            code,
            description: None,
            retired_at: None,
            version: 1,
            unverified: false,
            details: draft::blank(new.noun),
        };
        let row = draft::apply(self.catalogue(), &blank, &new.attributes)?;
        let row_id = table::insert(self.sql(), &row)?;
        let row = table::take_over(self, new.noun, row_id)?;
        self.tell_master(new.noun, &row, "created", by, self.now())?;
        Ok(row)
    }

    fn edit_master(
        &mut self,
        noun: MasterNoun,
        key: &MasterKey,
        version: i64,
        code: Option<&str>,
        attributes: &MasterAttributes,
        by: UserId,
    ) -> Result<MasterRow, Failure> {
        let found = self.find_master(noun, key, Some(version))?;
        let mut row = draft::apply(self.catalogue(), &found.row, attributes)?;
        if let Some(code) = code {
            row.code = self.rename(noun, &found, code)?;
        }
        if row == found.row {
            return Ok(row);
        }
        self.write_master(noun, &found, row, "edited", by)
    }

    /// Checks the new code of a record and keeps the old one as an alias.
    fn rename(&mut self, noun: MasterNoun, found: &Found, code: &str) -> Result<String, Failure> {
        let (spelt, folded) = draft::parse_code(noun, code)?;
        let before = fold(&found.row.code);
        if folded == before {
            return Ok(spelt);
        }
        if let MasterNoun::Reason(_) = noun {
            return Err(Rejection::new(
                Code::InvalidBody,
                "code",
                "bookings name a reason by its code: retire this one and add another",
            )
            .into());
        }
        self.refuse_taken(noun, &spelt, Some(found.row_id))?;
        table::keep_alias(self.sql(), noun, &before, found.row_id)?;
        Ok(spelt)
    }

    fn refuse_taken(
        &self,
        noun: MasterNoun,
        code: &str,
        by_other_than: Option<i64>,
    ) -> Result<(), Failure> {
        let key = MasterKey::Code(code.to_owned());
        match table::find(self.catalogue(), noun, &key) {
            Some(found) if by_other_than != Some(found.row_id) => {
                let message = if fold(&found.row.code) == fold(code) {
                    format!("there is a {noun} {} already", found.row.code)
                } else {
                    format!("{code} is a former code of {noun} {}", found.row.code)
                };
                Err(Rejection::new(Code::AlreadyExists, "code", message).into())
            }
            _ => Ok(()),
        }
    }

    fn find_master(
        &self,
        noun: MasterNoun,
        key: &MasterKey,
        version: Option<i64>,
    ) -> Result<Found, Failure> {
        let found = table::find(self.catalogue(), noun, key).ok_or_else(|| {
            Rejection::new(Code::NotFound, None, format!("there is no {noun} {key}"))
        })?;
        if version.is_some_and(|version| version != found.row.version) {
            let message =
                format!("{noun} {} has version {} now", found.row.code, found.row.version);
            return Err(Rejection::new(Code::Stale, None, message).into());
        }
        Ok(found)
    }

    fn write_master(
        &mut self,
        noun: MasterNoun,
        found: &Found,
        row: MasterRow,
        what: &str,
        by: UserId,
    ) -> Result<MasterRow, Failure> {
        let row = MasterRow { version: found.row.version + 1, ..row };
        let at = self.now();
        table::update(self.sql(), found.row_id, &row)?;
        let row = table::take_over(self, noun, found.row_id)?;
        self.tell_master(noun, &row, what, by, at)?;
        Ok(row)
    }

    fn tell_master(
        &mut self,
        noun: MasterNoun,
        row: &MasterRow,
        what: &str,
        by: UserId,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let facts = json!({
            "change": what, "noun": noun.as_str(), "id": row.id, "code": row.code,
            "version": row.version,
        });
        self.audit("master", by, at, &facts)?;
        let mut data = serde_json::to_value(row)
            .map_err(|error| Failure::Broken(format!("a record cannot be told: {error}")))?;
        data["change"] = what.into();
        self.emit(EventType::MasterChanged, &row.code, at, &data, None)?;
        Ok(())
    }
}
