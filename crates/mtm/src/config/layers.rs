//! Reading the layers, weakest first: defaults, the file, the environment, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::key::key;
use super::keys::KEYS;
use super::nearest::nearest;
use super::table::Tables;
use super::{codes, edge_nodes, flows, machines, peers, printers, wedges};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Nobody set it.
    Default,
    /// A line of a file.
    File(PathBuf, usize),
    /// A variable.
    Environment(String),
    /// An option of this command.
    Flag(&'static str),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{} line {line}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The value.
    pub(crate) value: String,
    /// Its source.
    pub(crate) source: Source,
}

/// Every value that is set, checked key by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Setting>,
    /// What is set in tables whose names are the plant's, by section; checked together.
    tables: BTreeMap<&'static str, Tables>,
}

impl Settings {
    /// The built-in values.
    pub(crate) fn defaults() -> Self {
        let mut settings = Self::default();
        for key in KEYS {
            if let Some(value) = key.default {
                let setting = Setting { value: value.to_owned(), source: Source::Default };
                settings.values.insert(key.name, setting);
            }
        }
        settings
    }

    /// The setting of a key, if there is one.
    pub(crate) fn setting(&self, name: &str) -> Option<&Setting> {
        self.values.get(name)
    }

    /// What is set in the tables of a section.
    pub(crate) fn tables(
        &self,
        section: &str,
    ) -> impl Iterator<Item = (&str, &BTreeMap<String, Setting>)> {
        let tables = self.tables.get(section).into_iter().flatten();
        tables.map(|(name, members)| (name.as_str(), members))
    }

    /// Puts a stronger value of a member of a table over whatever is there.
    fn set_member(
        &mut self,
        section: &'static str,
        (name, member): (&str, &str),
        value: String,
        source: Source,
    ) {
        let tables = self.tables.entry(section).or_default();
        let members = tables.entry(name.to_owned()).or_default();
        members.insert(member.to_owned(), Setting { value, source });
    }

    /// Puts a stronger value over whatever is there.
    pub(crate) fn set(
        &mut self,
        name: &str,
        value: String,
        source: Source,
        place: Option<&Path>,
    ) -> Result<(), ConfigError> {
        let Some(key) = key(name) else {
            let known = KEYS.iter().map(|key| key.name.to_owned());
            return Err(ConfigError::UnknownKey {
                origin: source.to_string(),
                key: name.to_owned(),
                suggestion: nearest(name, known),
            });
        };
        key.check(&value).map_err(|message| ConfigError::WrongValue {
            origin: source.to_string(),
            key: key.name.to_owned(),
            message,
        })?;
        let value = key.anchored(value, place);
        self.values.insert(key.name, Setting { value, source });
        Ok(())
    }

    /// Puts the values of the file at `path` over what is there.
    pub(crate) fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let document = DeTable::parse(&text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: error.span().map_or(1, |span| line_of(&text, span.start)),
            message: error.message().to_owned(),
        })?;
        let mut reader = FileReader { path, text: &text, settings: self };
        reader.table("", document.get_ref())
    }

    /// Puts the `MTM_*` variables over what is there. A variable without a section that is not
    /// even near to a key belongs to somebody else and is left alone.
    pub(crate) fn read_environment(
        &mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        for (variable, value) in variables {
            let Some(variable) = variable.to_str() else { continue };
            let Some(name) = variable.strip_prefix("MTM_") else { continue };
            let source = Source::Environment(variable.to_owned());
            let lower = name.to_lowercase();
            if let Some((section, (table, member))) = member_of(&lower) {
                let value = value.to_string_lossy().into_owned();
                self.set_member(section, (table, member), value, source);
                continue;
            }
            let known = || KEYS.iter().map(super::key::Key::variable);
            if !known().any(|key| key == variable) {
                let suggestion = nearest(variable, known());
                if suggestion.is_none() && !name.contains("__") {
                    continue;
                }
                return Err(ConfigError::UnknownKey {
                    origin: "environment".to_owned(),
                    key: variable.to_owned(),
                    suggestion,
                });
            }
            let key = name.to_lowercase().replace("__", ".");
            let Some(value) = value.to_str() else {
                return Err(ConfigError::WrongValue {
                    origin: source.to_string(),
                    key,
                    message: "not UTF-8".to_owned(),
                });
            };
            self.set(&key, value.to_owned(), source, None)?;
        }
        Ok(())
    }
}

/// The sections whose tables have names of the plant's.
const SECTIONS: [&str; 7] = [
    peers::SECTION,
    flows::SECTION,
    printers::SECTION,
    machines::SECTION,
    edge_nodes::SECTION,
    codes::SECTION,
    wedges::SECTION,
];

/// The member of a table that a variable sets: `peers__erp__url`.
fn member_of(name: &str) -> Option<(&'static str, (&str, &str))> {
    let (section, rest) = name.split_once("__")?;
    let section = SECTIONS.into_iter().find(|it| *it == section)?;
    Some((section, rest.split_once("__")?))
}

/// Walks one file.
struct FileReader<'a> {
    path: &'a Path,
    text: &'a str,
    settings: &'a mut Settings,
}

impl FileReader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in table {
            let dotted = match prefix {
                "" => name.get_ref().to_string(),
                prefix => format!("{prefix}.{}", name.get_ref()),
            };
            let line = line_of(self.text, name.span().start);
            self.value(&dotted, line, value)?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        name: &str,
        line: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), ConfigError> {
        let source = Source::File(self.path.to_owned(), line);
        let text = match value.get_ref() {
            DeValue::Table(table) => {
                if let Some(named) = SECTIONS.into_iter().find(|it| *it == name) {
                    return self.named(named, table);
                }
                let section = format!("{name}.");
                if KEYS.iter().any(|key| key.name.starts_with(&section)) {
                    return self.table(name, table);
                }
                let sections = KEYS.iter().filter_map(|key| key.name.split_once('.'));
                let known = sections.map(|(section, _)| section.to_owned());
                return Err(ConfigError::UnknownKey {
                    origin: source.to_string(),
                    key: name.to_owned(),
                    suggestion: nearest(name, known),
                });
            }
            value => plain(name, value, &source)?,
        };
        self.settings.set(name, text, source, self.path.parent())
    }

    /// The tables of a section. Which members there are is not looked at here.
    fn named(&mut self, section: &'static str, tables: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in tables {
            let name = name.get_ref().to_string();
            let DeValue::Table(members) = value.get_ref() else {
                let line = line_of(self.text, value.span().start);
                return Err(ConfigError::WrongValue {
                    origin: Source::File(self.path.to_owned(), line).to_string(),
                    key: format!("{section}.{name}"),
                    message: format!("no table; write it as [{section}.{name}]"),
                });
            };
            for (member, value) in members {
                let line = line_of(self.text, member.span().start);
                let source = Source::File(self.path.to_owned(), line);
                let member = member.get_ref().to_string();
                let text = plain(&format!("{section}.{name}.{member}"), value.get_ref(), &source)?;
                self.settings.set_member(section, (&name, &member), text, source);
            }
        }
        Ok(())
    }
}

/// Text, number or word. Checked like text: a key that takes numbers also takes them in quotes.
fn plain(name: &str, value: &DeValue<'_>, source: &Source) -> Result<String, ConfigError> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string().replace('_', "")),
        DeValue::Boolean(yes) => Ok(yes.to_string()),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Err(ConfigError::WrongValue {
                origin: source.to_string(),
                key: name.to_owned(),
                message: format!("a {}, not a text or number", value.type_str()),
            })
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
