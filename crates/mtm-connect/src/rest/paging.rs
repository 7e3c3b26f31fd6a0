//! How a list that does not fit into one answer is read: page after page, with an end.

use serde_json::Value;

use super::json::text_of;

/// How pages follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is one.
    None,
    /// By how many were read (`limit` and `offset`).
    Offset,
    /// By number, from 1.
    Page,
    /// By what the answer says that the next begins with.
    Cursor,
    /// By the last thing of the page before.
    After,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::None, Self::Offset, Self::Page, Self::Cursor, Self::After];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Offset => "offset",
            Self::Page => "page",
            Self::Cursor => "cursor",
            Self::After => "after",
        }
    }
}

/// Which page is the last, where the system does not say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// One that is not full: enough for what was looked for.
    Short,
    /// One that is empty. A system may give less than it was asked for, and a list has to be whole.
    Empty,
}

/// How lists are read.
#[derive(Debug, Clone)]
pub(crate) struct Paging {
    pub(crate) kind: Kind,
    /// Things of a page.
    pub(super) size: u32,
    /// The parameter that says how many.
    pub(super) size_parameter: Option<String>,
    /// The parameter that says from where.
    pub(super) position_parameter: Option<String>,
    /// Where the answer says what comes next; nothing there: it was the last page.
    pub(crate) next: Option<String>,
    /// Where a thing says how it is named in `position_parameter`.
    pub(crate) last: Option<String>,
    /// Pages that are read for one question.
    pub(super) most_pages: u32,
    /// Things that are read for one question.
    pub(super) most_items: u32,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            kind: Kind::None,
            size: 100,
            size_parameter: None,
            position_parameter: None,
            next: None,
            last: None,
            most_pages: 20,
            most_items: 10_000,
        }
    }
}

impl Paging {
    /// What is asked for at `position`, encoded.
    pub(super) fn parameters(&self, position: Option<&str>) -> Vec<(String, String)> {
        let encoded =
            |name: &str, value: &str| (super::path::encoded(name), super::path::encoded(value));
        let first = if self.kind == Kind::Page { Some("1") } else { None };
        let size = self.size_parameter.as_deref().filter(|_| self.kind != Kind::None);
        let size = size.map(|name| encoded(name, &self.size.to_string()));
        let position = self.position_parameter.as_deref().zip(position.or(first));
        size.into_iter().chain(position.map(|(name, value)| encoded(name, value))).collect()
    }

    /// Where the page after this one begins; nothing where it was the last. `Err` says what of the answer
    /// cannot be believed.
    pub(super) fn following(
        &self,
        position: Option<&str>,
        page: &Value,
        rows: &[Value],
        ends: End,
    ) -> Result<Option<String>, &'static str> {
        let told = self.next.as_deref().map(|place| page.pointer(place).unwrap_or(&Value::Null));
        let is_last = match told {
            Some(told) => matches!(told, Value::Null | Value::Bool(false)) || told == "",
            None if ends == End::Empty => rows.is_empty(),
            None => rows.len() < self.size as usize,
        };
        if self.kind == Kind::None || is_last {
            return Ok(None);
        }
        if rows.is_empty() {
            return Err("a page is empty, and not the last");
        }
        let number = |first: u64| position.map_or(Some(first), |it| it.parse().ok());
        let next = match self.kind {
            Kind::None => None,
            Kind::Offset => number(0).and_then(|it| it.checked_add(rows.len() as u64)),
            Kind::Page => number(1).and_then(|it| it.checked_add(1)),
            Kind::Cursor => return self.advanced(position, told.and_then(text_of)),
            Kind::After => {
                let last = self.last.as_deref().zip(rows.last());
                let last = last.and_then(|(place, row)| row.pointer(place));
                return self.advanced(position, last.and_then(text_of));
            }
        };
        next.map(|it| Some(it.to_string())).ok_or("what was read to is no number")
    }

    /// A position that is told goes on from the one before.
    #[expect(clippy::unused_self, reason = "it is said of a way of paging")]
    fn advanced(
        &self,
        before: Option<&str>,
        told: Option<String>,
    ) -> Result<Option<String>, &'static str> {
        match told {
            Some(told) if Some(told.as_str()) == before => Err("a page leads back to itself"),
            Some(told) if told.len() > 1_000 => Err("what the next page begins with is too long"),
            Some(told) => Ok(Some(told)),
            None => Err("it does not say what the next page begins with"),
        }
    }
}
