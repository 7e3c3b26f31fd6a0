//! What can be wrong with a dump, where, and what to do about it.

use std::fmt;

use serde::Serialize;

/// A place in the dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Bytes before it, from 0.
    pub offset: u64,
    /// Its line, from 1.
    pub line: u64,
}

impl Position {
    /// The first byte of a file.
    pub const START: Self = Self { offset: 0, line: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (byte {})", self.line, self.offset)
    }
}

/// Why a dump cannot be read: the fault, where it is, and the table being read there.
///
/// Nothing of a dump with a fault is usable: rows delivered before the error must be dropped.
#[derive(Debug, thiserror::Error)]
#[error("{fault}{}", place(*.at, .table.as_deref()))]
pub struct DumpError {
    /// What is wrong.
    pub fault: DumpFault,
    /// Where it was noticed.
    pub at: Position,
    /// The table whose statement was being read, if any.
    pub table: Option<String>,
}

/// What is wrong with a dump.
#[derive(Debug, thiserror::Error)]
pub enum DumpFault {
    /// The source failed while being read.
    #[error("the dump cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// Nothing, or nothing but blanks and comments.
    #[error("the dump holds no SQL statement")]
    Empty,
    /// A packed file.
    #[error("the file is packed ({format}), not an SQL dump")]
    Packed {
        /// The packing, as its tool is called.
        format: &'static str,
    },
    /// Two bytes per character, as a Windows shell's `>` writes it.
    #[error("the dump is encoded as UTF-16")]
    Utf16,
    /// A character set whose letters this reader cannot tell from its quotes.
    #[error("the dump is in the character set {name:?}, which is not supported")]
    Charset {
        /// The name the dump gives.
        name: String,
    },
    /// Bytes that are no text in the dump's character set.
    #[error("column {column} holds bytes that are not UTF-8 text")]
    NotText {
        /// The column.
        column: String,
    },
    /// A zero byte: no tool writes one into a dump, a failed disk or copy does.
    #[error("the dump holds a zero byte; it was damaged after it was written")]
    ZeroByte,
    /// The file ends too early.
    #[error("the dump is cut off: it ends {inside}")]
    CutOff {
        /// What was unfinished, reading well after "it ends".
        inside: String,
    },
    /// The file ends where more rows of its last table may have followed.
    #[error(
        "the dump carries no end mark and stops after a full INSERT statement of its last table; \
         rows may be missing"
    )]
    EndNotProved,
    /// Tables of the inventory database that the dump does not hold.
    #[error("the dump lacks {}; it was exported in part or cut off", list(.tables))]
    MissingTables {
        /// Their names.
        tables: Vec<&'static str>,
    },
    /// One table defined twice: the dump holds several databases, or was appended to itself.
    #[error("the table is defined a second time; it was defined first on line {first_line}")]
    TableTwice {
        /// Where it was defined first.
        first_line: u64,
    },
    /// A statement that takes back rows already read: the dump holds several databases, or more
    /// than an export.
    #[error("{statement} takes back rows that came before")]
    RowsTakenBack {
        /// The statement's first word.
        statement: String,
    },
    /// A table without a column that the migration cannot do without.
    #[error("the table has no column {column}")]
    MissingColumn {
        /// The column.
        column: &'static str,
    },
    /// An INSERT without a column list before the table's CREATE TABLE.
    #[error("the rows name no columns and the dump has not defined the table before them")]
    ColumnsUnknown,
    /// A row with more or fewer values than columns.
    #[error("a row has {found} values for {expected} columns")]
    ValueCount {
        /// Columns of the statement.
        expected: usize,
        /// Values of the row.
        found: usize,
    },
    /// A value longer than any the inventory database can hold.
    #[error("a value is longer than {max} bytes")]
    ValueTooLong {
        /// Bytes allowed.
        max: usize,
    },
    /// Text that is not SQL.
    #[error("{text:?} begins no SQL statement")]
    NotSql {
        /// The word that was found.
        text: String,
    },
    /// SQL that this reader does not understand where it matters.
    #[error("{what} is not supported here")]
    Unsupported {
        /// What was found.
        what: String,
    },
}

fn list(names: &[&'static str]) -> String {
    match names {
        [one] => format!("the table {one}"),
        many => format!("the tables {}", many.join(", ")),
    }
}

fn place(at: Position, table: Option<&str>) -> String {
    match table {
        Some(table) => format!(" — {at}, table {table}"),
        None => format!(" — {at}"),
    }
}

impl DumpError {
    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self.fault {
            DumpFault::Read(_) => "dump_unreadable",
            DumpFault::Empty => "dump_empty",
            DumpFault::Packed { .. } => "dump_packed",
            DumpFault::Utf16 | DumpFault::Charset { .. } | DumpFault::NotText { .. } => {
                "dump_encoding"
            }
            DumpFault::ZeroByte => "dump_damaged",
            DumpFault::CutOff { .. } | DumpFault::EndNotProved => "dump_cut_off",
            DumpFault::MissingTables { .. } => "dump_tables_missing",
            DumpFault::TableTwice { .. } | DumpFault::RowsTakenBack { .. } => "dump_table_twice",
            DumpFault::MissingColumn { .. } => "dump_column_missing",
            DumpFault::ColumnsUnknown | DumpFault::ValueCount { .. } => "dump_columns_unclear",
            DumpFault::ValueTooLong { .. } => "dump_value_too_long",
            DumpFault::NotSql { .. } => "dump_not_sql",
            DumpFault::Unsupported { .. } => "dump_unsupported",
        }
    }

    /// What the person in front of the screen should do.
    pub const fn next_step(&self) -> &'static str {
        match self.fault {
            DumpFault::Read(_) => "Check the path and the permissions of the file.",
            DumpFault::Packed { .. } => "Unpack the file and give the .sql file inside.",
            DumpFault::Utf16 => {
                "Export again with `mysqldump --result-file=DUMP.sql`: a shell's `>` re-encodes \
                 the output and may have altered letters."
            }
            DumpFault::Charset { .. } | DumpFault::NotText { .. } => {
                "Export again with `mysqldump --default-character-set=utf8mb4`."
            }
            DumpFault::EndNotProved => {
                "Export again with comments on; if you know that the file is complete, add the \
                 line `-- Dump completed` at its end."
            }
            DumpFault::Empty
            | DumpFault::ZeroByte
            | DumpFault::CutOff { .. }
            | DumpFault::ValueCount { .. }
            | DumpFault::ValueTooLong { .. } => {
                "Export the database again and compare the file's size after copying it."
            }
            DumpFault::MissingTables { .. } | DumpFault::MissingColumn { .. } => {
                "Export the whole inventory database, with all its tables."
            }
            DumpFault::TableTwice { .. } | DumpFault::RowsTakenBack { .. } => {
                "Export one database into one fresh file."
            }
            DumpFault::ColumnsUnknown => {
                "Export the tables together with their definitions, or with \
                 `mysqldump --complete-insert`."
            }
            DumpFault::NotSql { .. } | DumpFault::Unsupported { .. } => {
                "Export again with plain `mysqldump` or phpMyAdmin's SQL format."
            }
        }
    }
}
