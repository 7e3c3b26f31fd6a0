//! A machine whose agent speaks `MTConnect`.

use std::time::Duration;

use mtm_connect::mtconnect::{Address, Settings};
use mtm_connect::outgoing::Papers;

use super::several;
use crate::config::table::Table;

pub(super) fn settings(table: &mut Table<'_>, url: &str) -> Option<Settings> {
    let address = match Address::parse(url, table.text("device")) {
        Ok(address) => Some(address),
        Err(error) => {
            table.refuse("mtconnect", format!("not taken: {error}"));
            None
        }
    };
    let interval = table.number("interval_ms", 100..=60_000, 1_000).map(Duration::from_millis);
    let papers = Papers { ca_file: table.path("ca_file"), identity: None };
    let wanted = several(table, "items").map(str::to_owned).collect();
    Some(Settings { wanted, interval: interval?, papers, ..Settings::new(address?) })
}
