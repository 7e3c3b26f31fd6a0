//! What the legacy data was read from: a dump, or the database itself on its server.

use std::fmt;

use serde::Serialize;

pub use crate::legacy::dump::TableRows;
use crate::legacy::dump::{DumpSummary, Position};

/// What is known about a source after reading it to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Source {
    /// The server's address, without any password; absent for a dump.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// SHA-256 in hexadecimal: of a dump's bytes, or of everything read from a server.
    pub sha256: String,
    /// Size of the dump, or of the values read, in bytes.
    pub bytes: u64,
    /// Rows of each table.
    pub tables: Vec<TableRows>,
    /// Whether it is proved that nothing is missing at the end.
    pub end_proved: bool,
}

impl From<DumpSummary> for Source {
    fn from(dump: DumpSummary) -> Self {
        let DumpSummary { sha256, bytes, tables, end_proved } = dump;
        Self { server: None, sha256, bytes, tables, end_proved }
    }
}

/// Where a row is, for whoever has to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where it begins in the dump.
    Dump(Position),
    /// How many rows of its table came before it.
    Server(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dump(position) => position.fmt(f),
            Self::Server(before) => write!(f, "row {} by id", before + 1),
        }
    }
}
