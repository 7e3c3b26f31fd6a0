//! Keys of keeping parts as the ERP has them.

use crate::config::key::{Key, Kind};

/// They, in the order they are shown.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "masters.owned",
        kind: Kind::Text,
        default: Some("description retired"),
        about: "attributes of parts that are the ERP's, with blanks between: description, item_type, retired; docs/master-sync.md",
    },
    Key {
        name: "masters.conflict",
        kind: Kind::OneOf(&["ask", "theirs"]),
        default: Some("ask"),
        about: "what becomes of an attribute of the ERP's that was changed here: somebody decides, or theirs counts",
    },
    Key {
        name: "masters.new",
        kind: Kind::OneOf(&["stocked", "all", "none"]),
        default: Some("stocked"),
        about: "which parts of the ERP's that are not here are made here",
    },
    Key {
        name: "masters.units",
        kind: Kind::Text,
        default: Some("EA"),
        about: "what the ERP calls the unit of pieces, with blanks between; * where it does not matter",
    },
    Key {
        name: "masters.retired_status",
        kind: Kind::Text,
        default: None,
        about: "the ERP's codes for the state of a part that is used no more, with blanks between",
    },
    Key {
        name: "masters.made",
        kind: Kind::Text,
        default: None,
        about: "item type of parts that the ERP has made here, where item types are the ERP's",
    },
    Key {
        name: "masters.bought",
        kind: Kind::Text,
        default: None,
        about: "item type of parts that the ERP buys, where item types are the ERP's",
    },
];
