//! The in-memory index behind as-you-type suggestions: substring, prefix, `%` wildcard, and
//! fuzzy where nothing else is found.
//!
//! A scan over fifty thousand folded texts costs about a millisecond, so there is no data
//! structure to keep in step: the index is rebuilt when the catalogue changes.

use mtm_core::catalogue::Catalogue;
use mtm_core::word::fold;
use mtm_store::query::Pattern;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern as FuzzyPattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use serde::Serialize;

use super::rank::{self, Match};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuggestionKind {
    /// Parts.
    Part,
    /// Locations.
    Location,
    /// Operations.
    Operation,
    /// Lots with stock (from the ledger).
    Lot,
    /// Work orders of lots (from the ledger).
    WorkOrder,
}

impl SuggestionKind {
    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "part" => Some(Self::Part),
            "location" => Some(Self::Location),
            "operation" => Some(Self::Operation),
            "lot" => Some(Self::Lot),
            "work_order" => Some(Self::WorkOrder),
            _ => None,
        }
    }
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestion {
    /// What goes into the field.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// What tells it apart: description, building.
    pub detail: Option<String>,
}

#[derive(Debug)]
struct Entry {
    folded: Box<str>,
    description: Box<str>,
    value: Box<str>,
    detail: Option<Box<str>>,
}

impl Entry {
    fn new(code: &str, detail: Option<&str>) -> Self {
        Self {
            folded: fold(code).into(),
            description: detail.map(fold).unwrap_or_default().into(),
            value: code.into(),
            detail: detail.map(Into::into),
        }
    }

    fn suggestion(&self) -> Suggestion {
        Suggestion {
            value: self.value.to_string(),
            label: self.value.to_string(),
            detail: self.detail.as_deref().map(str::to_owned),
        }
    }
}

/// Codes and descriptions of everything that is not retired.
#[derive(Debug, Default)]
pub struct Index {
    parts: Vec<Entry>,
    locations: Vec<Entry>,
    operations: Vec<Entry>,
}

impl Index {
    /// The index of `catalogue`.
    pub fn of(catalogue: &Catalogue) -> Self {
        let mut index = Self {
            parts: catalogue
                .parts
                .iter()
                .filter(|part| part.header.retired_at.is_none())
                .map(|part| Entry::new(part.code.as_str(), part.header.description.as_deref()))
                .collect(),
            locations: catalogue
                .locations
                .iter()
                .filter(|location| location.header.retired_at.is_none())
                .map(|location| Entry::new(location.code.as_str(), location.building.as_deref()))
                .collect(),
            operations: catalogue
                .operations
                .iter()
                .filter(|operation| operation.header.retired_at.is_none())
                .map(|operation| {
                    Entry::new(operation.code.as_str(), operation.header.description.as_deref())
                })
                .collect(),
        };
        for entries in [&mut index.parts, &mut index.locations, &mut index.operations] {
            entries.sort_unstable_by(|a, b| a.folded.cmp(&b.folded));
        }
        index
    }

    /// The best `limit` suggestions for what was typed; the first ones in order when nothing was.
    /// Lots and work orders are not in here.
    pub fn suggest(&self, kind: SuggestionKind, typed: &str, limit: usize) -> Vec<Suggestion> {
        let entries = match kind {
            SuggestionKind::Part => &self.parts,
            SuggestionKind::Location => &self.locations,
            SuggestionKind::Operation => &self.operations,
            SuggestionKind::Lot | SuggestionKind::WorkOrder => return Vec::new(),
        };
        let typed = fold(typed);
        let mut found: Vec<(Match, &Entry)> = match Pattern::parse(&typed) {
            Pattern::Exact(text) => entries
                .iter()
                .filter_map(|entry| {
                    Some((rank::literal(&entry.folded, &entry.description, &text)?, entry))
                })
                .collect(),
            pattern @ Pattern::Wildcard(_) => entries
                .iter()
                .filter(|entry| pattern.matches(&entry.folded))
                .map(|entry| (Match::Wildcard, entry))
                .collect(),
        };
        if found.is_empty() && typed.chars().count() >= 3 && !typed.contains(['%', '*']) {
            return fuzzy(entries, &typed, limit);
        }
        // Stable: entries are in order of their codes within a rank.
        found.sort_by_key(|(rank, entry)| (*rank, entry.folded.len()));
        found.into_iter().take(limit).map(|(_, entry)| entry.suggestion()).collect()
    }
}

fn fuzzy(entries: &[Entry], typed: &str, limit: usize) -> Vec<Suggestion> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern =
        FuzzyPattern::new(typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, &Entry)> = entries
        .iter()
        .filter_map(|entry| {
            let text = Utf32Str::new(&entry.folded, &mut buffer);
            pattern.score(text, &mut matcher).map(|score| (score, entry))
        })
        .collect();
    scored.sort_by_key(|(score, entry)| (std::cmp::Reverse(*score), entry.folded.len()));
    scored.into_iter().take(limit).map(|(_, entry)| entry.suggestion()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(codes: &[&str]) -> Index {
        let mut operations: Vec<Entry> = codes.iter().map(|code| Entry::new(code, None)).collect();
        operations.sort_unstable_by(|a, b| a.folded.cmp(&b.folded));
        Index { operations, ..Index::default() }
    }

    fn suggest(index: &Index, typed: &str) -> Vec<String> {
        let found = index.suggest(SuggestionKind::Operation, typed, 3);
        found.into_iter().map(|suggestion| suggestion.value).collect()
    }

    #[test]
    fn exact_first_then_prefix_then_inside() {
        let index = index(&["119", "19", "190", "252-19"]);
        assert_eq!(suggest(&index, "19"), ["19", "190", "252-19"]);
    }

    #[test]
    fn wildcards_and_slips_of_the_finger() {
        let index = index(&["11058-1778", "11058-1779", "A0003892000"]);
        assert_eq!(suggest(&index, "11058%9"), ["11058-1779"]);
        assert_eq!(suggest(&index, "a38920"), ["A0003892000"], "letters left out are found");
        assert_eq!(suggest(&index, "zz9"), Vec::<String>::new());
    }
}
