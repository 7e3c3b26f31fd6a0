//! What a driver's error is: by the state that ODBC gives it, and by the database's own number where the
//! driver gives everything the same state.

use mtm_core::erp::protocol::{Failed, FailedKind};
use mtm_odbc::redact::Secrets;
use odbc_api::Error;
use odbc_api::handles::Record;

/// The failure that an error of the driver is.
pub(crate) fn failure(error: &Error, secrets: &Secrets) -> Failed {
    let message = secrets.hide(&text(error));
    Failed { trouble: kind(error), message }
}

/// What the driver said.
pub(crate) fn text(error: &Error) -> String {
    match error {
        Error::Diagnostics { record, .. } => record.to_string(),
        other => other.to_string(),
    }
}

fn kind(error: &Error) -> FailedKind {
    match error {
        Error::Diagnostics { record, .. } => of_record(record),
        Error::FailedAllocatingEnvironment | Error::UnsupportedOdbcApiVersion(_) => {
            FailedKind::Driver
        }
        _ => FailedKind::Other,
    }
}

/// Numbers of MariaDB and `MySQL` for a way that is cut or was never there.
const AWAY: [i32; 6] = [1053, 2002, 2003, 2005, 2006, 2013];
/// Their numbers, and SQL Server's, for a login that is refused.
const DENIED: [i32; 4] = [1044, 1045, 4060, 18456];
/// And for what is missing or may not be read.
const SCHEMA: [i32; 8] = [1049, 1054, 1142, 1143, 1146, 207, 208, 229];

fn of_record(record: &Record) -> FailedKind {
    let state = String::from_utf8_lossy(&record.state.0).into_owned();
    let native = record.native_error;
    let message = record.to_string().to_lowercase();
    let says = |word: &str| message.contains(word);
    if state.starts_with("IM") || says("can't open lib") {
        FailedKind::Driver
    } else if state == "28000" || DENIED.contains(&native) {
        FailedKind::Denied
    } else if state.starts_with("HYT") || says("database is locked") {
        FailedKind::Slow
    } else if ["42S02", "42S22"].contains(&state.as_str())
        || SCHEMA.contains(&native)
        || says("no such table")
        || says("no such column")
    {
        FailedKind::Schema
    } else if state.starts_with("08")
        || AWAY.contains(&native)
        || says("unable to open database")
        || says("disk i/o error")
    {
        FailedKind::Away
    } else {
        FailedKind::Other
    }
}
