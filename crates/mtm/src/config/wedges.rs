//! Scanners that type into a browser, one table for each kind: `[wedges.NAME]`.

use mtm_core::scan::{Wedge, WedgeText, Wedges};

use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::{Member, Table, member};

pub(super) const SECTION: &str = "wedges";

const MEMBERS: &[Member] = &[
    member("prefix", "keys that the scanner sends before each scan, as F9, ~ or Ctrl+b"),
    member("suffix", "the key that ends a scan: Enter or Tab unless set; none for silence"),
    member("pause_ms", "longest pause between two keys, or on average where there is no prefix"),
    member("least", "fewest characters of a scan"),
    member("gs", "keys that stand for the separator GS, as F8 or Alt+029"),
    member("rs", "keys that stand for the separator RS"),
    member("eot", "keys that stand for EOT, the end of a message"),
];

/// The profiles of a configuration.
pub(super) fn wedges(settings: &Settings) -> Result<Wedges, ConfigError> {
    let mut wrong = Vec::new();
    let mut profiles = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        let text = WedgeText {
            prefix: table.text("prefix"),
            suffix: table.text("suffix"),
            pause_ms: table.text("pause_ms"),
            least: table.text("least"),
            gs: table.text("gs"),
            rs: table.text("rs"),
            eot: table.text("eot"),
        };
        match Wedge::parse(name, text) {
            Ok(profile) => profiles.push(profile),
            Err(faults) => {
                for (member, fault) in faults {
                    table.refuse(member, fault.to_string());
                }
            }
        }
    }
    let wedges = Wedges::new(profiles).unwrap_or_else(|fault| {
        let (origin, key) = (String::new(), SECTION.to_owned());
        wrong.push(Wrong { origin, key, message: format!("not usable: {fault}") });
        Wedges::default()
    });
    if wrong.is_empty() { Ok(wedges) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}
