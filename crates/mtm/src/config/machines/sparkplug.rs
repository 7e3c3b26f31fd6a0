//! A machine behind an edge node of Sparkplug B.

use mtm_connect::broker::{Account, Address};
use mtm_connect::sparkplug::HostSettings;
use mtm_core::sparkplug::Id;

use super::millis;
use crate::config::table::Table;

pub(super) fn settings(table: &mut Table<'_>, url: &str) -> Option<HostSettings> {
    let broker = match Address::mqtt(url) {
        Ok(broker) => Some(broker),
        Err(error) => {
            table.refuse("sparkplug", error.to_string());
            None
        }
    };
    let group = needed(table, "group", "say the group of the edge node");
    let node = needed(table, "node", "say the edge node");
    let host_id = match table.text("host_id") {
        Some(text) => id(table, "host_id", text).map(Some),
        None => Some(None),
    };
    let reorder = millis(table, "reorder_ms", 2_000, (0, 60_000));
    let password = table.password().ok()?;
    let account = Account { password, ca_file: table.path("ca_file") };
    let settings = HostSettings::new(broker?, account, group?, node?, host_id?);
    Some(HostSettings { reorder: reorder?, ..settings })
}

fn needed(table: &mut Table<'_>, member: &'static str, because: &str) -> Option<Id> {
    let text = table.needed(member, because)?;
    id(table, member, text)
}

/// A name of Sparkplug's.
fn id(table: &mut Table<'_>, member: &'static str, text: &str) -> Option<Id> {
    match Id::parse(text) {
        Ok(id) => Some(id),
        Err(error) => {
            table.refuse(member, error.to_string());
            None
        }
    }
}
