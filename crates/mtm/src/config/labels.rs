//! Codes that only this site has, one table for each: `[labels.NAME]`. They are tried in the order of their names.

use mtm_core::scan::{Pattern, Patterns};

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "labels";

const MEMBERS: &[Member] = &[member(
    "pattern",
    "what the whole code looks like: a regular expression with named groups, as (?<part>[0-9]{8})/(?<quantity>[0-9]+)",
)];

/// The patterns of a configuration.
pub(super) fn patterns(settings: &Settings) -> Result<Patterns, ConfigError> {
    let mut wrong = Vec::new();
    let mut patterns = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        let Some(text) = table.needed("pattern", "say what the code looks like") else { continue };
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(fault) => table.refuse("pattern", format!("not usable: {fault}")),
        }
    }
    let patterns = Patterns::new(patterns).unwrap_or_else(|fault| {
        let (origin, key) = (String::new(), SECTION.to_owned());
        wrong.push(Wrong { origin, key, message: fault.to_string() });
        Patterns::default()
    });
    if wrong.is_empty() { Ok(patterns) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}
