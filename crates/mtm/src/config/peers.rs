//! Systems that this server calls, one table for each: `[peers.NAME]`.
//!
//! Their names are the plant's, so that they are no keys of the one list. Everything wrong with all of
//! them is told at once. Secrets are named by where they are, never written down here.

mod member;
mod read;

use std::collections::BTreeMap;

use mtm_connect::peer;

use self::member::MEMBERS;
use super::error::{ConfigError, Wrong};
use super::layers::{Setting, Settings, Source};
use super::nearest::nearest;

pub(super) const SECTION: &str = "peers";

/// Most systems of one server.
const MOST: usize = 100;

/// What is set of peers: name, member, and its setting.
pub(super) type Tables = BTreeMap<String, BTreeMap<String, Setting>>;

/// The peers of a configuration, by name.
pub(super) fn peers(settings: &Settings) -> Result<Vec<peer::Settings>, ConfigError> {
    let mut wrong = Vec::new();
    let mut peers = Vec::new();
    for (name, members) in settings.peers() {
        let mut table = Table { name, members, wrong: &mut wrong };
        table.check_name();
        table.check_members();
        peers.extend(read::peer(&mut table));
    }
    if peers.len() > MOST {
        let message = format!("{} systems, more than {MOST}", peers.len());
        wrong.push(Wrong { origin: String::new(), key: SECTION.to_owned(), message });
    }
    if wrong.is_empty() { Ok(peers) } else { Err(ConfigError::Peers(wrong)) }
}

/// Every member of a table, and what it is for.
pub(crate) fn describe() -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().map(|member| (member.name, member.about))
}

/// The table of one peer, and what is wrong with any.
struct Table<'s> {
    name: &'s str,
    members: &'s BTreeMap<String, Setting>,
    wrong: &'s mut Vec<Wrong>,
}

impl<'s> Table<'s> {
    /// The text of a member, where it is set.
    fn text(&self, member: &str) -> Option<&'s str> {
        self.members.get(member).map(|setting| setting.value.trim())
    }

    /// The text of a member that has to be there; why it has to is said by `because`.
    fn needed(&mut self, member: &'static str, because: &str) -> Option<&'s str> {
        let text = self.text(member);
        if text.is_none() {
            self.refuse(member, format!("not set; {because}"));
        }
        text
    }

    /// Tells what is wrong with a member, in words that read well after "is".
    fn refuse(&mut self, member: &str, message: impl Into<String>) {
        let origin = self.members.get(member).or_else(|| self.members.values().next());
        let origin = origin.map(|setting| setting.source.to_string()).unwrap_or_default();
        let key = format!("{SECTION}.{}.{member}", self.name);
        self.wrong.push(Wrong { origin, key, message: message.into() });
    }

    /// The directory that relative paths of a member count from.
    fn place(&self, member: &str) -> Option<std::path::PathBuf> {
        match &self.members.get(member)?.source {
            Source::File(path, _) => path.parent().map(Into::into),
            _ => None,
        }
    }

    fn check_name(&mut self) {
        let mut letters = self.name.chars();
        let begins = letters.next().is_some_and(|it| it.is_ascii_lowercase());
        let goes_on = letters
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '_');
        if !begins || !goes_on || self.name.len() > 40 {
            let origin = self.members.values().next().map(|it| it.source.to_string());
            let key = format!("{SECTION}.{}", self.name);
            let message = "no name; it has 1 to 40 of a-z, 0-9, - and _, and begins with a letter";
            let (origin, message) = (origin.unwrap_or_default(), message.to_owned());
            self.wrong.push(Wrong { origin, key, message });
        }
    }

    fn check_members(&mut self) {
        let names: Vec<&String> = self.members.keys().collect();
        for name in names {
            if MEMBERS.iter().any(|member| member.name == name) {
                continue;
            }
            let known = MEMBERS.iter().map(|member| member.name.to_owned());
            let near = nearest(name, known);
            let near = near.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
            self.refuse(name, format!("not known{near}"));
        }
    }
}
