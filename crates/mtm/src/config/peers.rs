//! Systems that this server calls, one table for each: `[peers.NAME]`.
//!
//! Secrets are named by where they are, never written down here.

mod member;
mod read;

use mtm_connect::peer;

use self::member::MEMBERS;
use super::error::{ConfigError, Wrong};
use super::layers::Settings;
use super::table::Table;

pub(super) const SECTION: &str = "peers";

/// Most systems of one server.
const MOST: usize = 100;

/// The peers of a configuration, by name.
pub(super) fn peers(settings: &Settings) -> Result<Vec<peer::Settings>, ConfigError> {
    let mut wrong = Vec::new();
    let mut peers = Vec::new();
    for (name, members) in settings.tables(SECTION) {
        let mut table = Table::of(SECTION, (name, members), MEMBERS, &mut wrong);
        peers.extend(read::peer(&mut table));
    }
    if peers.len() > MOST {
        let message = format!("{} systems, more than {MOST}", peers.len());
        wrong.push(Wrong { origin: String::new(), key: SECTION.to_owned(), message });
    }
    if wrong.is_empty() { Ok(peers) } else { Err(ConfigError::Tables(SECTION, wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}
