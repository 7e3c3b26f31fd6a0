//! A machine that is an OPC UA server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mtm_connect::opcua::{PROGRAM, Settings};
use mtm_core::opcua::protocol::{Login, NODES_MAX, Security};

use super::{millis, several};
use crate::config::erp::beside;
use crate::config::table::{Refused, Table};

/// How long connecting, and each question, may take.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn settings(table: &mut Table<'_>, url: &str, data_dir: &Path) -> Option<Settings> {
    // What stands before an @ would be shown wherever the address is.
    if !url.starts_with("opc.tcp://") || url.contains('@') {
        table.refuse("opcua", "not an address such as opc.tcp://10.1.2.4:4840");
    }
    let nodes: Vec<String> = several(table, "nodes").map(str::to_owned).collect();
    if nodes.is_empty() || nodes.len() > NODES_MAX {
        table.refuse("nodes", format!("not 1 to {NODES_MAX} variables to read"));
    }
    let security = security(table);
    let login = login(table);
    let interval = millis(table, "interval_ms", 1_000, (50, 60_000));
    let place = table.place("trusted");
    let from_there = |text: &str| match &place {
        Some(place) => place.join(text),
        None => PathBuf::from(text),
    };
    let trusted: Vec<PathBuf> = several(table, "trusted").map(from_there).collect();
    let security = security?;
    if trusted.is_empty() && security != Security::None {
        table.refuse("trusted", "not set; name the server's certificate, or a folder of them");
    }
    Some(Settings {
        program: table.path("program").unwrap_or_else(|| beside(PROGRAM)),
        url: url.to_owned(),
        security,
        login: login.ok()?,
        certificates: table.path("certificates").unwrap_or_else(|| data_dir.join("opcua")),
        trusted,
        nodes,
        interval: interval?,
        timeout: TIMEOUT,
    })
}

fn security(table: &mut Table<'_>) -> Option<Security> {
    let Some(text) = table.text("security") else { return Some(Security::default()) };
    let found = Security::ALL.into_iter().find(|it| it.as_str() == text);
    if found.is_none() {
        let known = Security::ALL.map(Security::as_str).join(", ");
        table.refuse("security", format!("not one of {known} ({text})"));
    }
    found
}

/// Who asks, if anybody in particular.
fn login(table: &mut Table<'_>) -> Result<Option<Login>, Refused> {
    let password = table.password()?;
    match (table.text("user"), password) {
        (None, None) => return Ok(None),
        (Some(user), Some(password)) => {
            return Ok(Some(Login { user: user.to_owned(), password }));
        }
        (Some(_), None) => table.refuse("password", "not set; a user has one"),
        (None, Some(_)) => table.refuse("user", "not set; a password is somebody's"),
    }
    Err(Refused)
}
