//! Tables of a mapping file, member by member, with the line of each.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::rest::fault::MappingFault;
use crate::rest::nearest::nearest;

/// A file that is being read, and what was found to be wrong with it.
#[derive(Debug)]
pub(super) struct Reading {
    /// Where lines begin.
    lines: Vec<usize>,
    pub(super) faults: Vec<MappingFault>,
}

impl Reading {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = [0].into_iter().chain(ends.map(|(at, _)| at + 1)).collect();
        Self { lines, faults: Vec::new() }
    }

    /// Something at this byte is wrong.
    pub(super) fn wrong(
        &mut self,
        byte: usize,
        at: &str,
        what: impl Into<String>,
        next: impl Into<String>,
    ) {
        let line = self.lines.partition_point(|start| *start <= byte);
        let (at, what, next_step) = (at.to_owned(), what.into(), next.into());
        self.faults.push(MappingFault { line, at, what, next_step });
    }
}

/// A table of the file.
#[derive(Debug, Clone)]
pub(super) struct Section<'s> {
    pub(super) table: &'s DeTable<'s>,
    /// The way to it.
    pub(super) at: String,
    /// Where it begins.
    pub(super) byte: usize,
}

type Member<'s> = &'s Spanned<DeValue<'s>>;

impl<'s> Section<'s> {
    /// The table, in which members of other names than these are wrong.
    pub(super) fn of(
        table: &'s DeTable<'s>,
        (at, byte): (String, usize),
        known: &[&str],
        reading: &mut Reading,
    ) -> Self {
        let section = Self { table, at, byte };
        for name in table.keys().filter(|name| !known.contains(&&**name.get_ref())) {
            let next = match nearest(name.get_ref(), known.iter().copied()) {
                Some(near) => format!("Write {near}, if that is meant."),
                None => format!("Known here: {}.", known.join(", ")),
            };
            let way = section.way(name.get_ref());
            reading.wrong(name.span().start, &way, "there is no such member", next);
        }
        section
    }

    pub(super) fn way(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    pub(super) fn member(&self, name: &str) -> Option<Member<'s>> {
        self.table.get(name)
    }

    /// Says what is wrong with a member, or with the table where it is not there.
    pub(super) fn wrong(
        &self,
        name: &str,
        reading: &mut Reading,
        what: impl Into<String>,
        next: impl Into<String>,
    ) {
        let byte = self.member(name).map_or(self.byte, |it| it.span().start);
        reading.wrong(byte, &self.way(name), what, next);
    }

    fn other(&self, name: &str, found: Member<'_>, wanted: &str, reading: &mut Reading) {
        let what = format!("it is a {}", found.get_ref().type_str());
        self.wrong(name, reading, what, format!("Write {wanted}."));
    }

    pub(super) fn text(&self, name: &str, reading: &mut Reading) -> Option<&'s str> {
        let member = self.member(name)?;
        let text = member.get_ref().as_str();
        if text.is_none() {
            self.other(name, member, "a text in quotes", reading);
        }
        text
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, name: &str, next: &str, reading: &mut Reading) -> Option<&'s str> {
        if self.member(name).is_none() {
            self.wrong(name, reading, "it is missing", next);
        }
        self.text(name, reading)
    }

    pub(super) fn truth(&self, name: &str, reading: &mut Reading) -> bool {
        let Some(member) = self.member(name) else { return false };
        let truth = member.get_ref().as_bool();
        if truth.is_none() {
            self.other(name, member, "true or false", reading);
        }
        truth.unwrap_or(false)
    }

    /// A whole number within these bounds.
    pub(super) fn number(
        &self,
        name: &str,
        bounds: std::ops::RangeInclusive<u32>,
        reading: &mut Reading,
    ) -> Option<u32> {
        let member = self.member(name)?;
        let number = member.get_ref().as_integer().and_then(|it| whole(it).try_into().ok());
        let number = number.filter(|it| bounds.contains(it));
        if number.is_none() {
            let next = format!("Write a whole number from {} to {}.", bounds.start(), bounds.end());
            self.wrong(name, reading, "it is none of the numbers that may be", next);
        }
        number
    }

    /// One of these words.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        known: &[(&'static str, T)],
        reading: &mut Reading,
    ) -> Option<T> {
        let text = self.text(name, reading)?;
        let found = known.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            let next = format!("Write {}.", words.join(" or "));
            self.wrong(name, reading, format!("{text} is not known"), next);
        }
        found
    }

    pub(super) fn section(
        &self,
        name: &str,
        known: &[&str],
        reading: &mut Reading,
    ) -> Option<Self> {
        let open = self.open(name, reading)?;
        Some(Self::of(open.table, (open.at, open.byte), known, reading))
    }

    /// A table whose members have names of their own.
    pub(super) fn open(&self, name: &str, reading: &mut Reading) -> Option<Self> {
        let member = self.member(name)?;
        let Some(table) = member.get_ref().as_table() else {
            self.other(name, member, "a table", reading);
            return None;
        };
        Some(Self { table, at: self.way(name), byte: member.span().start })
    }

    /// The names of its members.
    pub(super) fn names(&self) -> Vec<&'s str> {
        self.table.keys().map(|name| &**name.get_ref()).collect()
    }

    /// Statuses of HTTP.
    pub(super) fn statuses(&self, name: &str, reading: &mut Reading) -> Option<Vec<u16>> {
        let member = self.member(name)?;
        let list = member.get_ref().as_array();
        let status = |it: &Spanned<DeValue<'_>>| {
            let number = it.get_ref().as_integer().and_then(|it| u16::try_from(whole(it)).ok());
            number.filter(|status| (100..=599).contains(status))
        };
        let statuses = list.and_then(|list| list.iter().map(status).collect::<Option<Vec<_>>>());
        if statuses.is_none() {
            let next = "Write statuses of HTTP: [200, 201].";
            self.wrong(name, reading, "it is no list of statuses", next);
        }
        statuses
    }

    /// A text, or a list of texts.
    pub(super) fn texts(&self, name: &str, reading: &mut Reading) -> Vec<&'s str> {
        let Some(member) = self.member(name) else { return Vec::new() };
        let texts = match member.get_ref() {
            DeValue::String(text) => Some(vec![&**text]),
            DeValue::Array(list) => list.iter().map(|it| it.get_ref().as_str()).collect(),
            _ => None,
        };
        if texts.is_none() {
            self.other(name, member, "a text, or a list of texts", reading);
        }
        texts.unwrap_or_default()
    }

    /// Where something stands in an answer.
    pub(super) fn pointer(&self, name: &str, reading: &mut Reading) -> Option<String> {
        let text = self.text(name, reading)?;
        self.is_pointer(name, text, reading).then(|| text.to_owned())
    }

    /// The first of some places.
    pub(super) fn pointers(&self, name: &str, reading: &mut Reading) -> Vec<String> {
        let texts = self.texts(name, reading);
        texts
            .into_iter()
            .filter(|text| self.is_pointer(name, text, reading))
            .map(str::to_owned)
            .collect()
    }

    /// JSON Pointer (RFC 6901).
    pub(super) fn is_pointer(&self, name: &str, text: &str, reading: &mut Reading) -> bool {
        let escapes = text
            .match_indices('~')
            .all(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'0' | b'1')));
        let is_one = (text.is_empty() || text.starts_with('/')) && escapes;
        if !is_one {
            let next = "Write the place as a JSON Pointer: \"/data/name\".";
            self.wrong(name, reading, format!("{text} is no place in an answer"), next);
        }
        is_one
    }
}

/// A whole number, where it is not beyond all bounds.
pub(super) fn whole(number: &toml::de::DeInteger<'_>) -> i64 {
    i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MIN)
}
