//! What tables about Sparkplug B have in common.

use mtm_connect::broker::Address;
use mtm_core::sparkplug::Id;

use super::table::Table;

/// The broker at `url`, which `member` says.
pub(super) fn broker(table: &mut Table<'_>, member: &str, url: &str) -> Option<Address> {
    match Address::mqtt(url) {
        Ok(broker) => Some(broker),
        Err(error) => {
            table.refuse(member, error.to_string());
            None
        }
    }
}

/// A name of Sparkplug's that has to be there; why it has to is said by `because`.
pub(super) fn needed(table: &mut Table<'_>, member: &'static str, because: &str) -> Option<Id> {
    let text = table.needed(member, because)?;
    id(table, member, text)
}

/// A name of Sparkplug's.
pub(super) fn id(table: &mut Table<'_>, member: &'static str, text: &str) -> Option<Id> {
    match Id::parse(text) {
        Ok(id) => Some(id),
        Err(error) => {
            table.refuse(member, error.to_string());
            None
        }
    }
}
