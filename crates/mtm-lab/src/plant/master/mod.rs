//! Master data: what the plant makes, where it stands, who works there.

mod operation;
mod part;
mod person;
mod place;

use std::fmt::Debug;
use std::str::FromStr;

use mtm_core::catalogue::LocationKind;
use mtm_core::policy::Role;
use mtm_core::word::{
    ColorCode, ItemType, LocationCode, OperationCode, PartCode, Quantity, UserName,
};
use serde::Serialize;

use super::spec::PlantSpec;

pub(super) use part::Parts;
pub(super) use person::{People, Roster};
pub(super) use place::Places;

/// A part number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartMaster {
    /// Its number.
    pub code: PartCode,
    /// What it is.
    pub description: String,
    /// Customer it is made for.
    pub customer: String,
    /// Kind of material.
    pub item_type: ItemType,
    /// Operations of its routing, in order.
    pub operations: Vec<OperationCode>,
    /// Whether its lots should carry a colour code.
    pub requires_color: bool,
    /// Whether its lots should carry a work order.
    pub requires_work_order: bool,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocationMaster {
    /// Its code.
    pub code: LocationCode,
    /// The building it stands in.
    pub building: &'static str,
    /// What kind of place it is.
    #[serde(rename = "type")]
    pub kind: LocationKind,
}

/// A routing step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationMaster {
    /// Its number.
    pub code: OperationCode,
    /// What is done.
    pub description: &'static str,
}

/// A kind of material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemTypeMaster {
    /// Its name.
    pub code: ItemType,
}

/// A colour lots are marked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColorMaster {
    /// Its name.
    pub code: ColorCode,
}

/// A person who books. They get no secret: somebody sets one before they can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserMaster {
    /// Login name.
    pub name: UserName,
    /// How people know them.
    pub display_name: String,
    /// What they may do.
    pub role: Role,
    /// Name of the shift they belong to.
    pub shift: &'static str,
}

/// A shift, every day of the week, in local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShiftMaster {
    /// Its name.
    pub name: &'static str,
    /// When it begins.
    pub starts: &'static str,
    /// When it ends; before its start where it runs over midnight.
    pub ends: &'static str,
}

/// The shifts: early, late, night.
pub(super) const SHIFTS: [ShiftMaster; 3] = [
    ShiftMaster { name: "Early", starts: "06:00", ends: "14:00" },
    ShiftMaster { name: "Late", starts: "14:00", ends: "22:00" },
    ShiftMaster { name: "Night", starts: "22:00", ends: "06:00" },
];

/// The two buildings, the larger first.
pub(super) const BUILDINGS: [&str; 2] = ["North", "South"];

const ITEM_TYPES: [&str; 4] = ["WIP", "Dunnage", "Outside Service", "Other"];
const COLORS: [&str; 10] =
    ["RED", "BLUE", "GREEN", "YELLOW", "WHITE", "BLACK", "ORANGE", "PINK", "PURPLE", "BROWN"];

/// All master data of one plant.
#[derive(Debug)]
pub(super) struct Masters {
    pub(super) item_types: Vec<ItemTypeMaster>,
    pub(super) colors: Vec<ColorMaster>,
    pub(super) operations: Vec<OperationMaster>,
    pub(super) places: Places,
    pub(super) parts: Parts,
    pub(super) people: People,
}

impl Masters {
    pub(super) fn new(spec: &PlantSpec) -> Self {
        let operations = operation::all();
        Self {
            item_types: ITEM_TYPES.iter().map(|name| ItemTypeMaster { code: word(name) }).collect(),
            colors: COLORS.iter().map(|name| ColorMaster { code: word(name) }).collect(),
            places: Places::new(spec),
            parts: Parts::new(spec, &operations),
            people: People::new(spec),
            operations,
        }
    }
}

/// The word that a text of this module spells.
#[expect(clippy::expect_used, reason = "texts of this crate's own tables and patterns are words")]
pub(super) fn word<W: FromStr<Err: Debug>>(text: &str) -> W {
    text.parse().expect("a generated text is a word of its kind")
}

/// So many pieces.
#[expect(clippy::expect_used, reason = "four billion pieces are within what a quantity holds")]
pub(super) fn pieces(n: u32) -> Quantity {
    Quantity::pieces(n.into()).expect("a quantity holds every 32-bit number")
}
