//! Tables whose names are the plant's: `[peers.NAME]`, `[flows.NAME]`, `[printers.NAME]`, `[machines.NAME]`,
//! `[codes.NAME]`.
//!
//! Their names are no keys of the one list, and everything wrong with all tables of a section is told at once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mtm_connect::secret::Reference;

use super::error::Wrong;
use super::layers::{Setting, Source};
use super::nearest::nearest;

/// What is set in the tables of a section: name, member, and its setting.
pub(super) type Tables = BTreeMap<String, BTreeMap<String, Setting>>;

/// A member of a table.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
}

pub(super) const fn member(name: &'static str, about: &'static str) -> Member {
    Member { name, about }
}

/// What was said was refused, and that was told.
pub(super) struct Refused;

/// One table of a section, and what is wrong with any.
pub(super) struct Table<'s> {
    section: &'static str,
    pub(super) name: &'s str,
    known: &'static [Member],
    members: &'s BTreeMap<String, Setting>,
    wrong: &'s mut Vec<Wrong>,
}

impl<'s> Table<'s> {
    /// The table of this name, whose name and members were looked at.
    pub(super) fn of(
        section: &'static str,
        (name, members): (&'s str, &'s BTreeMap<String, Setting>),
        known: &'static [Member],
        wrong: &'s mut Vec<Wrong>,
    ) -> Self {
        let mut table = Self { section, name, known, members, wrong };
        table.check_name();
        table.check_members();
        table
    }

    /// The text of a member, where it is set.
    pub(super) fn text(&self, member: &str) -> Option<&'s str> {
        self.members.get(member).map(|setting| setting.value.trim())
    }

    /// The text of a member that has to be there; why it has to is said by `because`.
    pub(super) fn needed(&mut self, member: &'static str, because: &str) -> Option<&'s str> {
        let text = self.text(member);
        if text.is_none() {
            self.refuse(member, format!("not set; {because}"));
        }
        text
    }

    /// Tells what is wrong with a member, in words that read well after "is".
    pub(super) fn refuse(&mut self, member: &str, message: impl Into<String>) {
        let origin = self.members.get(member).or_else(|| self.members.values().next());
        let origin = origin.map(|setting| setting.source.to_string()).unwrap_or_default();
        let key = format!("{}.{}.{member}", self.section, self.name);
        self.wrong.push(Wrong { origin, key, message: message.into() });
    }

    /// The directory that relative paths of a member count from.
    pub(super) fn place(&self, member: &str) -> Option<PathBuf> {
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
            let key = format!("{}.{}", self.section, self.name);
            let message = "no name; it has 1 to 40 of a-z, 0-9, - and _, and begins with a letter";
            let (origin, message) = (origin.unwrap_or_default(), message.to_owned());
            self.wrong.push(Wrong { origin, key, message });
        }
    }

    fn check_members(&mut self) {
        let names: Vec<&String> = self.members.keys().collect();
        for name in names {
            if self.known.iter().any(|member| member.name == name) {
                continue;
            }
            let known = self.known.iter().map(|member| member.name.to_owned());
            let near = nearest(name, known);
            let near = near.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
            self.refuse(name, format!("not known{near}"));
        }
    }

    /// Where a secret is, if anywhere: what `member` names, or the file that `file` does.
    pub(super) fn secret(
        &mut self,
        member: &str,
        file: &str,
    ) -> Result<Option<Reference>, Refused> {
        match (self.text(member), self.text(file)) {
            (Some(_), Some(_)) => {
                self.refuse(member, format!("set, and {file} too; remove one of the two"));
                Err(Refused)
            }
            (None, Some(_)) => Ok(self.path(file).map(Reference::File)),
            (Some(text), None) => {
                let place = self.place(member);
                let parsed = Reference::parse(text, place.as_deref());
                parsed.map(Some).map_err(|error| {
                    self.refuse(member, error.to_string());
                    Refused
                })
            }
            (None, None) => Ok(None),
        }
    }

    /// A password, where one is set: `password` or `password_file`.
    pub(super) fn password(&mut self) -> Result<Option<String>, Refused> {
        let Some(reference) = self.secret("password", "password_file")? else { return Ok(None) };
        let wrong = match reference.read() {
            Ok(secret) => match secret.text() {
                Some(text) => return Ok(Some(text.to_owned())),
                None => "no text".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        self.refuse("password", wrong);
        Err(Refused)
    }

    /// The path that a member names, where it is set; relative ones count from the configuration's file.
    pub(super) fn path(&self, member: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(member)?);
        Some(self.place(member).map_or_else(|| path.clone(), |place| place.join(&path)))
    }
}
