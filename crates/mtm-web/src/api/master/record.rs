//! What the six kinds of master data have in common: a code, a header, an address.

use std::borrow::Cow;

use mtm_app::master::{MasterNoun, MasterRow};
use mtm_core::catalogue::{
    Catalogue, ColorRecord, ItemTypeRecord, LocationRecord, MasterHeader, OperationRecord,
    PartRecord, ReasonKind, ReasonRecord, Table,
};
use mtm_core::code::Code;
use mtm_core::word::fold;
use uuid::Uuid;

use crate::problem::Problem;

/// A record of master data.
pub(super) trait Record: Sized {
    /// Its table.
    fn table(catalogue: &Catalogue) -> &Table<Self>;

    /// What it is.
    fn noun(&self) -> MasterNoun;

    /// What addresses and lists know it by: its code, unless codes repeat.
    fn label(&self) -> Cow<'_, str>;

    /// Its row in the table.
    fn row_id(&self) -> i64;

    /// Common attributes.
    fn header(&self) -> &MasterHeader;

    /// As answers show it.
    fn row(&self) -> MasterRow;
}

macro_rules! records {
    ($($record:ident in $table:ident is $noun:ident, at $($row:tt).+;)*) => {$(
        impl Record for $record {
            fn table(catalogue: &Catalogue) -> &Table<Self> {
                &catalogue.$table
            }

            fn noun(&self) -> MasterNoun {
                MasterNoun::$noun
            }

            fn label(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.code.as_str())
            }

            fn row_id(&self) -> i64 {
                self.$($row).+
            }

            fn header(&self) -> &MasterHeader {
                &self.header
            }

            fn row(&self) -> MasterRow {
                self.into()
            }
        }
    )*};
}

records! {
    PartRecord in parts is Part, at row.0;
    OperationRecord in operations is Operation, at row.0;
    LocationRecord in locations is Location, at row.0;
    ItemTypeRecord in item_types is ItemType, at row;
    ColorRecord in colors is ColorCode, at row;
}

/// The same code may stand for reasons of several kinds: their address is `kind:code`.
impl Record for ReasonRecord {
    fn table(catalogue: &Catalogue) -> &Table<Self> {
        &catalogue.reasons
    }

    fn noun(&self) -> MasterNoun {
        MasterNoun::Reason(self.kind)
    }

    fn label(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}:{}", self.kind.as_str(), self.code))
    }

    fn row_id(&self) -> i64 {
        self.row
    }

    fn header(&self) -> &MasterHeader {
        &self.header
    }

    fn row(&self) -> MasterRow {
        self.into()
    }
}

/// The record that `key` of an address names: by id, by code, or by a code it had before.
pub(super) fn find<'c, R: Record>(catalogue: &'c Catalogue, key: &str) -> Result<&'c R, Problem> {
    let table = R::table(catalogue);
    let found = match Uuid::try_parse(key) {
        Ok(id) => table.iter().find(|record| record.header().id == id),
        Err(_) => table.by_folded(&fold(&lookup(key))),
    };
    let missing = || Problem::new(Code::NotFound, format!("there is no {key}"));
    found.map(|record| &**record).ok_or_else(missing)
}

/// How the catalogue spells what addresses call `kind:code`.
fn lookup(key: &str) -> Cow<'_, str> {
    match key.split_once(':') {
        Some((kind, code)) => ReasonKind::from_name(kind)
            .map_or(Cow::Borrowed(key), |kind| Cow::Owned(ReasonRecord::lookup_key(kind, code))),
        None => Cow::Borrowed(key),
    }
}
