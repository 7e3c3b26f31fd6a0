//! Which attributes of parts are the ERP's, and what becomes of differences.

use std::collections::BTreeSet;

use mtm_core::master_sync::{Conflict, Field, NewParts, Rules};
use mtm_core::word::{ItemType, fold};

use super::error::ConfigError;
use super::layers::Settings;

const OWNED: &str = "masters.owned";
const MADE: &str = "masters.made";
const BOUGHT: &str = "masters.bought";

/// What stands for every unit.
const ANY: &str = "*";

/// The rules by which parts are kept as the ERP has them.
pub(super) fn rules(settings: &Settings) -> Result<Rules, ConfigError> {
    let text = |key: &str| settings.setting(key).map(|setting| setting.value.clone());
    let wrong = |key: &'static str, message: String| ConfigError::WrongValue {
        origin: settings.setting(key).map(|it| it.source.to_string()).unwrap_or_default(),
        key: key.to_owned(),
        message,
    };
    let words = |key: &str| -> BTreeSet<String> {
        text(key).unwrap_or_default().split_whitespace().map(fold).collect()
    };
    let mut owned = BTreeSet::new();
    for word in text(OWNED).unwrap_or_default().split_whitespace() {
        let field = Field::from_name(word).filter(|field| field.can_be_owned());
        let known = || "not of description, item_type, retired";
        owned.insert(field.ok_or_else(|| wrong(OWNED, format!("{} ({word})", known())))?);
    }
    let kind = |key: &'static str| {
        let parsed = text(key).map(|code| ItemType::parse(&code)).transpose();
        parsed.map_err(|error| wrong(key, format!("no item type: {error}")))
    };
    let (made, bought) = (kind(MADE)?, kind(BOUGHT)?);
    let mut units = words("masters.units");
    if units.remove(ANY) {
        units.clear();
    }
    // Both have a default, and were checked when they were set.
    let conflict = text("masters.conflict").and_then(|word| Conflict::from_name(&word));
    let new = text("masters.new").and_then(|word| NewParts::from_name(&word));
    if owned.contains(&Field::ItemType) && made.is_none() && bought.is_none() {
        return Err(ConfigError::Halves { one: OWNED, other: MADE });
    }
    Ok(Rules {
        owned,
        conflict: conflict.unwrap_or(Conflict::Ask),
        new: new.unwrap_or(NewParts::Stocked),
        units,
        retired: words("masters.retired_status"),
        made,
        bought,
    })
}
