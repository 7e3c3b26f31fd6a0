//! What of a database's own code is not as this program leaves it.

use std::fmt;

use serde::Serialize;

/// Something of the database's own code that is not as this program leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What it is about: `procedure mtm_post`, `trigger movement_is_never_removed`.
    pub object: String,
    /// What is not as it must be.
    #[serde(flatten)]
    pub what: Deviation,
}

/// What is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "deviation", rename_all = "snake_case")]
pub enum Deviation {
    /// It is not there.
    Missing,
    /// It has our prefix, and this program does not know it.
    Unknown,
    /// A parameter is gone.
    ParameterMissing {
        /// Its name.
        parameter: String,
    },
    /// There is a parameter more.
    ParameterAdded {
        /// Its name.
        parameter: String,
    },
    /// A parameter has another name.
    ParameterRenamed {
        /// The name it must have.
        expected: String,
        /// The name it has.
        found: String,
    },
    /// A parameter stands at another place.
    ParameterMoved {
        /// Its name.
        parameter: String,
        /// Its place, counted from 1.
        expected: usize,
        /// Where it stands.
        found: usize,
    },
    /// A parameter has another direction or type.
    ParameterChanged {
        /// Its name.
        parameter: String,
        /// Direction and type it must have.
        expected: String,
        /// Those it has.
        found: String,
    },
    /// Its text is another one.
    BodyChanged,
    /// This account is not shown the text.
    BodyHidden,
    /// It runs under other rules for SQL.
    SqlMode {
        /// The modes it must have.
        expected: String,
        /// Those it has.
        found: String,
    },
    /// It does not run with its owner's rights.
    NotDefiner {
        /// How it runs.
        found: String,
    },
    /// Its owner is another account than that of the others.
    Definer {
        /// The account of the others.
        expected: String,
        /// Its own.
        found: String,
    },
    /// It must be able to do something that it may not.
    RightMissing {
        /// The right, and on what.
        right: String,
    },
    /// It may do something that it must not.
    RightTooMuch {
        /// The right, and on what.
        right: String,
    },
    /// What it declares to do with data is something else.
    DataAccess {
        /// What it must declare.
        expected: String,
        /// What it declares.
        found: String,
    },
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Unknown => f.write_str("is not known to this program"),
            Self::ParameterMissing { parameter } => write!(f, "lacks parameter {parameter}"),
            Self::ParameterAdded { parameter } => write!(f, "has a parameter more: {parameter}"),
            Self::ParameterRenamed { expected, found } => {
                write!(f, "has parameter {found} instead of {expected}")
            }
            Self::ParameterMoved { parameter, expected, found } => {
                write!(f, "has {parameter} as parameter {found} instead of {expected}")
            }
            Self::ParameterChanged { parameter, expected, found } => {
                write!(f, "has {parameter} as {found} instead of {expected}")
            }
            Self::BodyChanged => f.write_str("has another text"),
            Self::BodyHidden => f.write_str("does not show its text to this account"),
            Self::SqlMode { expected, found } => {
                write!(f, "runs under sql_mode {found:?} instead of {expected:?}")
            }
            Self::NotDefiner { found } => {
                write!(f, "runs as {found} instead of with its owner's rights (DEFINER)")
            }
            Self::Definer { expected, found } => {
                write!(f, "belongs to {found} instead of {expected}, like the others")
            }
            Self::RightMissing { right } => write!(f, "lacks {right}"),
            Self::RightTooMuch { right } => write!(f, "has {right}, which nobody there needs"),
            Self::DataAccess { expected, found } => {
                write!(f, "declares {found} instead of {expected}")
            }
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.object, self.what)
    }
}
