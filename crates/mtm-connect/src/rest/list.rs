//! Lists of another system, read page by page: its ledger, what it says is on hand, its parts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::text_of;
use super::paging::Paging;
use super::walk::Leaf;
use crate::peer::CallFailed;

/// Longest text of a row.
const LONGEST: usize = 4_000;

/// A list that can be read.
#[derive(Debug, Clone)]
pub(crate) struct List {
    /// Encoded, with its query.
    pub(super) path: String,
    pub(super) items: String,
    pub(super) paging: Option<Paging>,
    /// The members that name a row together.
    pub(super) id: Vec<String>,
    /// Members, and where each stands in a row.
    pub(super) fields: Vec<(String, Place)>,
    /// Members that are the same in every row.
    pub(super) fixed: Vec<(String, String)>,
    /// By member, what is read for what the system says; what is not listed stays.
    pub(super) values: BTreeMap<String, BTreeMap<String, String>>,
}

/// Where a member stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) pointer: String,
    /// It may be missing.
    pub(super) is_optional: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows: what is not there is left out.
    pub rows: Vec<BTreeMap<String, String>>,
    /// What to ask for the page after it with; nothing where it was the last.
    pub next: Option<String>,
}

/// Why a page was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFailed {
    /// The mapping has no such list.
    #[error("the mapping has no list {0}")]
    NoSuchList(String),
    /// There was no answer, or one that is not what the mapping says.
    #[error(transparent)]
    Call(#[from] CallFailed),
    /// A row lacks a member that it has to have, or holds something there that is no text or number.
    #[error("row {row} of the page has no {field} that can be read")]
    NoValue {
        /// The row, from 1.
        row: usize,
        /// The member.
        field: String,
    },
    /// Two rows of one name differ.
    #[error("row {row} of the page is named as another, and differs")]
    TwoOfOneName {
        /// The later one, from 1.
        row: usize,
    },
}

impl List {
    /// The rows of a page. What is told twice the same counts once.
    pub(super) fn rows(&self, leaf: Leaf) -> Result<Page, ListFailed> {
        let mut rows: Vec<BTreeMap<String, String>> = Vec::with_capacity(leaf.rows.len());
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for (number, value) in (1..).zip(&leaf.rows) {
            let row = self.row(number, value)?;
            let name = self.name(&row);
            match name.as_ref().and_then(|name| names.get(name)) {
                Some(before) if rows[*before] == row => {}
                Some(_) => return Err(ListFailed::TwoOfOneName { row: number }),
                None => {
                    names.extend(name.map(|name| (name, rows.len())));
                    rows.push(row);
                }
            }
        }
        Ok(Page { rows, next: leaf.next })
    }

    /// What names a row, where something does.
    pub(crate) fn name(&self, row: &BTreeMap<String, String>) -> Option<String> {
        let parts = self.id.iter().map(|member| row.get(member).map(String::as_str));
        let parts = parts.collect::<Option<Vec<_>>>().filter(|parts| !parts.is_empty());
        // Below every sign that a name may have.
        parts.map(|parts| parts.join("\u{1}"))
    }

    /// Whether something names its rows.
    pub(crate) fn is_named(&self) -> bool {
        !self.id.is_empty()
    }

    /// Whether rows have this member, always or where the system says it.
    pub(crate) fn has(&self, member: &str) -> bool {
        let read = self.fields.iter().any(|(field, _)| field == member);
        read || self.fixed.iter().any(|(name, _)| name == member)
    }

    /// Where a member stands in a row that is read.
    pub(crate) fn place(&self, member: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == member);
        found.map(|(_, place)| place.pointer.as_str())
    }

    fn row(&self, number: usize, value: &Value) -> Result<BTreeMap<String, String>, ListFailed> {
        let mut row = BTreeMap::new();
        for (field, place) in &self.fields {
            let found = value.pointer(&place.pointer).filter(|found| !found.is_null());
            let none = || ListFailed::NoValue { row: number, field: field.clone() };
            match found {
                None if place.is_optional => {}
                None => return Err(none()),
                Some(found) => {
                    let text = text_of(found).filter(|text| text.len() <= LONGEST);
                    let text = text.ok_or_else(none)?;
                    let called = self.values.get(field).and_then(|list| list.get(&text)).cloned();
                    row.insert(field.clone(), called.unwrap_or(text));
                }
            }
        }
        row.extend(self.fixed.iter().cloned());
        Ok(row)
    }
}
