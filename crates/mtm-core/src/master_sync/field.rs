//! Attributes of parts that may be another system's, and how they differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// An attribute of a part that is compared.
    #[cfg_attr(feature = "openapi", schema(as = MasterField))]
    Field {
        Part "part" "That there is such a part.";
        Description "description" "What people call it besides its number.";
        ItemType "item_type" "What kind of material it is.";
        Retired "retired" "Whether it takes no new stock any more: `yes` or `no`.";
        Unit "unit" "The unit it is counted in; here it is always pieces.";
    }
}

words! {
    /// Who changed an attribute since both last agreed on it.
    #[cfg_attr(feature = "openapi", schema(as = MasterFieldChange))]
    Change {
        Theirs "theirs" "The other system.";
        Ours "ours" "Somebody here.";
        Both "both" "Both, differently.";
        First "first" "Nobody knows: they never agreed on it.";
    }
}

words! {
    /// What somebody decides about a difference.
    #[cfg_attr(feature = "openapi", schema(as = MasterDeed))]
    Deed {
        Take "take" "It becomes here as it is there.";
        Keep "keep" "It stays as it is, until they say something else there.";
    }
}

/// Attributes as texts; one that nothing is said about is not in it.
pub type Values = BTreeMap<Field, String>;

/// What [`Field::Retired`] says of a part that takes no new stock.
pub(super) const YES: &str = "yes";
/// What it says of every other.
pub(super) const NO: &str = "no";

impl Field {
    /// Whether another system may be the system of record for it. The others follow from what it says.
    pub const fn can_be_owned(self) -> bool {
        matches!(self, Self::Description | Self::ItemType | Self::Retired)
    }

    /// Whether it can become here as it is there. Nothing is counted here in anything but pieces.
    pub const fn can_be_taken(self) -> bool {
        !matches!(self, Self::Unit)
    }
}

/// An attribute that is not here what it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MasterDifference))]
pub struct Difference {
    /// Which.
    pub field: Field,
    /// What stands here; null for nothing.
    pub ours: Option<String>,
    /// What they say.
    pub theirs: String,
    /// Who changed it since both agreed.
    pub change: Change,
    /// Whether nothing becomes of it before somebody decided.
    pub asks: bool,
}
