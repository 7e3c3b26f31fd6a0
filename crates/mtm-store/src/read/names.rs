//! From row ids to the words people read.
//!
//! The catalogue in memory answers nearly always. The database is asked where the catalogue does
//! not know a row yet: another process may have added it a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use mtm_core::catalogue::LocationRecord;
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, LotNumber, Note, OperationCode, PartCode, PartId, Quantity,
    WorkOrder,
};

use super::{Reader, impossible};
use crate::query::ReadError;
use crate::sql::params;

/// Names of as many as a plant has; who is beyond is asked for alone.
const EVERYBODY: &str = "SELECT id, name FROM user ORDER BY id LIMIT 1000";

/// Login names by row id, as questions met them. Nobody is renamed or removed, and a question sees
/// only what was committed: a name once read stays right.
#[derive(Debug, Default)]
pub(crate) struct UserNames(RwLock<HashMap<i64, String>>);

impl UserNames {
    fn of(&self, id: i64) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn learn(&self, names: impl IntoIterator<Item = (i64, String)>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(names);
    }
}

impl Reader<'_> {
    /// Every part number there is, retired ones too.
    pub(crate) fn part_codes(&self) -> std::collections::BTreeSet<String> {
        self.catalogue.parts.iter().map(|part| part.code.to_string()).collect()
    }

    /// The part number of row `id`.
    pub(crate) fn part_code(&self, id: i64) -> Result<PartCode, ReadError> {
        match self.catalogue.parts.by_id(id) {
            Some(part) => Ok(part.code.clone()),
            None => word("part", &self.code("SELECT code FROM part WHERE id = ?1", id)?),
        }
    }

    /// The operation of row `id`.
    pub(crate) fn operation_code(&self, id: i64) -> Result<OperationCode, ReadError> {
        match self.catalogue.operations.by_id(id) {
            Some(operation) => Ok(operation.code.clone()),
            None => word("operation", &self.code("SELECT code FROM operation WHERE id = ?1", id)?),
        }
    }

    /// The location of row `id`.
    pub(crate) fn location_code(&self, id: i64) -> Result<LocationCode, ReadError> {
        match self.catalogue.locations.by_id(id) {
            Some(location) => Ok(location.code.clone()),
            None => word("location", &self.code("SELECT code FROM location WHERE id = ?1", id)?),
        }
    }

    /// How many locations are not retired.
    pub(crate) fn locations_in_use(&self) -> u64 {
        self.catalogue.locations.iter().filter(|it| it.header.retired_at.is_none()).count() as u64
    }

    /// The building of location `id`, where known.
    pub(crate) fn building(&self, id: i64) -> Option<&str> {
        let location: &Arc<LocationRecord> = self.catalogue.locations.by_id(id)?;
        location.building.as_deref()
    }

    /// The item type of a lot: its own (`id`), else that of its part.
    pub(super) fn item_type(
        &self,
        id: Option<i64>,
        part: i64,
    ) -> Result<Option<ItemType>, ReadError> {
        let Some(id) = id else {
            let part = self.catalogue.part_by_id(PartId(part));
            return Ok(part.and_then(|part| part.item_type.clone()));
        };
        match self.catalogue.item_types.by_id(id) {
            Some(kind) => Ok(Some(kind.code.clone())),
            None => word("item type", &self.code("SELECT code FROM item_type WHERE id = ?1", id)?)
                .map(Some),
        }
    }

    /// The colour of row `id`.
    pub(super) fn color(&self, id: i64) -> Result<ColorCode, ReadError> {
        match self.catalogue.colors.by_id(id) {
            Some(color) => Ok(color.code.clone()),
            None => word("colour", &self.code("SELECT code FROM color_code WHERE id = ?1", id)?),
        }
    }

    /// The login name of user `id`.
    pub(crate) fn user_name(&self, id: i64) -> Result<String, ReadError> {
        if let Some(name) = self.users.of(id) {
            return Ok(name);
        }
        if self.users.is_empty() {
            let mut everybody = self.connection.prepare_cached(EVERYBODY)?;
            let names = everybody
                .query_all(params![], |row| Ok::<_, ReadError>((row.get(0)?, row.get(1)?)))?;
            self.users.learn(names);
            if let Some(name) = self.users.of(id) {
                return Ok(name);
            }
        }
        let name = self.code("SELECT name FROM user WHERE id = ?1", id)?;
        self.users.learn([(id, name.clone())]);
        Ok(name)
    }

    fn code(&self, sql: &str, id: i64) -> Result<String, ReadError> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params![id], |row| row.get(0))?)
    }
}

/// A text of the database as the word it is.
pub(super) fn word<W>(what: &str, text: &str) -> Result<W, ReadError>
where
    W: std::str::FromStr<Err = mtm_core::word::WordError>,
{
    text.parse().map_err(|error| impossible(what, error))
}

/// A lot number of the database.
pub(super) fn lot(text: &str) -> Result<LotNumber, ReadError> {
    word("lot number", text)
}

/// A work order of the database.
pub(super) fn work_order(text: &str) -> Result<WorkOrder, ReadError> {
    word("work order", text)
}

/// A note of the database.
pub(super) fn note(text: &str) -> Result<Note, ReadError> {
    word("note", text)
}

/// A quantity of the database.
pub(super) fn quantity(units: i64) -> Result<Quantity, ReadError> {
    Quantity::from_units(units).map_err(|error| impossible("quantity", error))
}

/// A position of the database.
pub(super) fn position(value: i64) -> Result<u64, ReadError> {
    u64::try_from(value).map_err(|_| impossible("position", value))
}
