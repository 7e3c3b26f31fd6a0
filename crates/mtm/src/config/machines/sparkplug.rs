//! A machine behind an edge node of Sparkplug B.

use std::time::Duration;

use mtm_connect::broker::Account;
use mtm_connect::sparkplug::HostSettings;

use crate::config::sparkplug::{broker, id, needed};
use crate::config::table::Table;

pub(super) fn settings(table: &mut Table<'_>, url: &str) -> Option<HostSettings> {
    let broker = broker(table, "sparkplug", url);
    let group = needed(table, "group", "say the group of the edge node");
    let node = needed(table, "node", "say the edge node");
    let host_id = match table.text("host_id") {
        Some(text) => id(table, "host_id", text).map(Some),
        None => Some(None),
    };
    let reorder = table.number("reorder_ms", 0..=60_000, 2_000).map(Duration::from_millis);
    let password = table.password().ok()?;
    let account = Account { password, ca_file: table.path("ca_file") };
    let settings = HostSettings::new(broker?, account, group?, node?, host_id?);
    Some(HostSettings { reorder: reorder?, ..settings })
}
