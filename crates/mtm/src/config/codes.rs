//! Codes that only this site has, and how its scanners spell separators, one table each: `[codes.NAME]`. They are tried
//! in the order of their names.

use mtm_core::scan::{Pattern, PatternFault, Patterns, Spelling};

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "codes";

const MEMBERS: &[Member] = &[
    member(
        "pattern",
        "what the whole code looks like: a regular expression with named groups, as (?<part>[0-9]{8})/(?<quantity>[0-9]+)",
    ),
    member(
        "separators",
        "what scanners send for GS, RS and EOT inside labels, with blanks between, as {GS} {RS} {EOT}",
    ),
];

/// The patterns of a configuration.
pub(super) fn patterns(settings: &Settings) -> Result<Patterns, ConfigError> {
    let mut wrong = Vec::new();
    let (mut patterns, mut spellings) = (Vec::new(), Vec::new());
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        if table.text("separators").is_none() {
            table.needed("pattern", "say what the code looks like");
        }
        patterns.extend(member_of(&mut table, "pattern", Pattern::parse));
        spellings.extend(member_of(&mut table, "separators", Spelling::parse));
    }
    let patterns = Patterns::new(patterns, spellings).unwrap_or_else(|fault| {
        let (origin, key) = (String::new(), SECTION.to_owned());
        wrong.push(Wrong { origin, key, message: fault.to_string() });
        Patterns::default()
    });
    if wrong.is_empty() { Ok(patterns) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

fn member_of<T>(
    table: &mut Table<'_>,
    member: &'static str,
    parse: impl Fn(&str) -> Result<T, PatternFault>,
) -> Option<T> {
    match parse(table.text(member)?) {
        Ok(it) => Some(it),
        Err(fault) => {
            table.refuse(member, format!("not usable: {fault}"));
            None
        }
    }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}
