//! What can be wrong with a configuration.

use std::path::PathBuf;

use super::{codes, edge_nodes, flows, machines, printers, wedges};
use crate::failure::{Failure, WrongField, exit};

/// One of several things that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Where it stands.
    pub(crate) origin: String,
    /// The key.
    pub(crate) key: String,
    /// What is wrong, in words that read well after "is".
    pub(crate) message: String,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.origin.as_str() {
            "" => write!(f, "{} is {}", self.key, self.message),
            origin => write!(f, "{origin}: {} is {}", self.key, self.message),
        }
    }
}

/// A configuration that cannot be used. Nothing was started.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A file that was named is not there, or cannot be read.
    #[error("failed to read {}: {message}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        message: String,
    },
    /// The file is not TOML.
    #[error("{} line {line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A key nobody knows.
    #[error("{origin}: there is no key {key}{}", suggested(suggestion.as_deref()))]
    UnknownKey {
        /// Where it stands.
        origin: String,
        /// The key.
        key: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// A value its key does not take.
    #[error("{origin}: {key} is {message}")]
    WrongValue {
        /// Where it stands.
        origin: String,
        /// The key.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// A secret and the file of the same secret, both set in one place.
    #[error("{origin}: {key} and {key}_file are both set")]
    SecretTwice {
        /// Where they stand.
        origin: String,
        /// The key.
        key: &'static str,
    },
    /// Two keys that only work together.
    #[error("{one} is set and {other} is not")]
    Halves {
        /// The key that is set.
        one: &'static str,
        /// The key that is missing.
        other: &'static str,
    },
    /// Everything that is wrong with the tables of a section.
    #[error("{}", told(.0, .1))]
    Tables(&'static str, Vec<Wrong>),
}

fn told(section: &str, wrong: &[Wrong]) -> String {
    match wrong {
        [one] => one.to_string(),
        all => format!("{} things are wrong with [{section}]", all.len()),
    }
}

fn suggested(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let (code, next) = match &error {
            ConfigError::Unreadable { .. } => {
                ("config_unreadable", "Check the path given with --config or in *_file.")
            }
            ConfigError::Syntax { .. } => ("config_syntax", "Correct that line."),
            ConfigError::UnknownKey { .. } => (
                "config_unknown_key",
                "Correct or remove the key; `mtm config show --effective` lists every key.",
            ),
            ConfigError::WrongValue { .. } => ("config_wrong_value", "Correct the value."),
            ConfigError::SecretTwice { .. } => ("config_secret_twice", "Remove one of the two."),
            ConfigError::Halves { .. } => ("config_incomplete", "Set both or neither."),
            ConfigError::Tables(printers::SECTION, _) => {
                ("config_printers", "Correct them; docs/printing.md describes each member.")
            }
            ConfigError::Tables(machines::SECTION, _) => {
                ("config_machines", "Correct them; docs/machines.md describes each member.")
            }
            ConfigError::Tables(edge_nodes::SECTION, _) => {
                ("config_edge_nodes", "Correct them; docs/machines.md describes each member.")
            }
            ConfigError::Tables(flows::SECTION, _) => {
                ("config_flows", "Correct them; docs/sync.md describes each member.")
            }
            ConfigError::Tables(codes::SECTION, _) => {
                ("config_codes", "Correct them; docs/scanning.md describes them.")
            }
            ConfigError::Tables(wedges::SECTION, _) => {
                ("config_wedges", "Correct them; docs/scanners.md describes each member.")
            }
            ConfigError::Tables(..) => {
                ("config_peers", "Correct them; docs/connections.md describes each member.")
            }
        };
        let mut failure = Failure::new(code, exit::USAGE, error.to_string()).next(next);
        if let ConfigError::Tables(_, wrong) = &error {
            let field = |it: &Wrong| WrongField { field: it.key.clone(), message: it.to_string() };
            failure.errors = wrong.iter().map(field).collect();
        }
        failure
    }
}
