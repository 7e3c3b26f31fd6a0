//! The in-memory index behind as-you-type suggestions: substring, prefix, `%` wildcard, and
//! fuzzy where nothing else is found.
//!
//! A pass over fifty thousand folded texts costs a fraction of a millisecond, so there is no data
//! structure to keep in step: the index is rebuilt when the catalogue changes.

use memchr::memmem::Finder;
use mtm_core::catalogue::Catalogue;
use mtm_core::word::fold;
use mtm_store::query::Pattern;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern as FuzzyPattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use serde::Serialize;

use super::haystack::Haystack;
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
    letters: u64,
    description: Box<str>,
    value: Box<str>,
    detail: Option<Box<str>>,
}

impl Entry {
    fn new(code: &str, detail: Option<&str>) -> Self {
        let folded = fold(code);
        Self {
            letters: letters(&folded),
            folded: folded.into(),
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

/// Entries in the order of their codes, and what is looked through.
#[derive(Debug, Default)]
struct Shelf {
    entries: Vec<Entry>,
    codes: Haystack,
    descriptions: Haystack,
}

/// Codes and descriptions of everything that is not retired.
#[derive(Debug, Default)]
pub struct Index {
    parts: Shelf,
    locations: Shelf,
    operations: Shelf,
}

impl Index {
    /// The index of `catalogue`.
    pub fn of(catalogue: &Catalogue) -> Self {
        Self {
            parts: Shelf::of(
                catalogue
                    .parts
                    .iter()
                    .filter(|part| part.header.retired_at.is_none())
                    .map(|part| Entry::new(part.code.as_str(), part.header.description.as_deref())),
            ),
            locations: Shelf::of(
                catalogue
                    .locations
                    .iter()
                    .filter(|location| location.header.retired_at.is_none())
                    .map(|place| Entry::new(place.code.as_str(), place.building.as_deref())),
            ),
            operations: Shelf::of(
                catalogue
                    .operations
                    .iter()
                    .filter(|operation| operation.header.retired_at.is_none())
                    .map(|step| Entry::new(step.code.as_str(), step.header.description.as_deref())),
            ),
        }
    }

    /// The best `limit` suggestions for what was typed; the first ones in order when nothing was.
    /// Lots and work orders are not in here.
    pub fn suggest(&self, kind: SuggestionKind, typed: &str, limit: usize) -> Vec<Suggestion> {
        match kind {
            SuggestionKind::Part => self.parts.suggest(typed, limit),
            SuggestionKind::Location => self.locations.suggest(typed, limit),
            SuggestionKind::Operation => self.operations.suggest(typed, limit),
            SuggestionKind::Lot | SuggestionKind::WorkOrder => Vec::new(),
        }
    }
}

impl Shelf {
    fn of(entries: impl Iterator<Item = Entry>) -> Self {
        let mut entries: Vec<Entry> = entries.collect();
        entries.sort_unstable_by(|a, b| a.folded.cmp(&b.folded));
        let codes = Haystack::of(entries.iter().map(|entry| &*entry.folded));
        let descriptions = Haystack::of(entries.iter().map(|entry| &*entry.description));
        Self { entries, codes, descriptions }
    }

    fn suggest(&self, typed: &str, limit: usize) -> Vec<Suggestion> {
        let typed = fold(typed);
        if typed.is_empty() {
            return self.entries.iter().take(limit).map(Entry::suggestion).collect();
        }
        let mut found = match Pattern::parse(&typed) {
            Pattern::Exact(text) => self.literal(&text, limit),
            pattern @ Pattern::Wildcard(_) => self.wildcard(&pattern, &typed),
        };
        if found.is_empty() && typed.chars().count() >= 3 && !typed.contains(['%', '*']) {
            return self.fuzzy(&typed, limit);
        }
        let order = |(a, x): &(Match, &Entry), (b, y): &(Match, &Entry)| {
            (a, x.folded.len(), &x.folded).cmp(&(b, y.folded.len(), &y.folded))
        };
        if found.len() > limit {
            // The best few of thousands need no order among the rest.
            found.select_nth_unstable_by(limit, order);
            found.truncate(limit);
        }
        found.sort_unstable_by(order);
        found.into_iter().map(|(_, entry)| entry.suggestion()).collect()
    }

    /// What holds `text`; only as far down the ranks as `limit` needs.
    fn literal(&self, text: &str, limit: usize) -> Vec<(Match, &Entry)> {
        let finder = Finder::new(text);
        // Codes that begin with it stand side by side, and nothing ranks before them.
        let first = self.entries.partition_point(|entry| &*entry.folded < text);
        let beginning = self.entries[first..]
            .iter()
            .take_while(|entry| entry.folded.starts_with(text))
            .filter_map(|entry| Some((rank::literal(&entry.folded, "", &finder)?, entry)));
        let found: Vec<(Match, &Entry)> = beginning.collect();
        if found.len() >= limit {
            return found;
        }
        let ranked = |position: usize| {
            let entry = &self.entries[position];
            Some((rank::literal(&entry.folded, &entry.description, &finder)?, entry))
        };
        let mut positions = self.codes.holding(&finder);
        if positions.len() < limit {
            positions.extend(self.descriptions.holding(&finder));
            positions.sort_unstable();
            positions.dedup();
        }
        positions.into_iter().filter_map(ranked).collect()
    }

    /// What matches `pattern`: looked for by its longest piece of plain text.
    fn wildcard(&self, pattern: &Pattern, typed: &str) -> Vec<(Match, &Entry)> {
        let piece = typed.split(['%', '*']).max_by_key(|piece| piece.len()).unwrap_or_default();
        self.codes
            .holding(&Finder::new(piece))
            .into_iter()
            .map(|position| &self.entries[position])
            .filter(|entry| pattern.matches(&entry.folded))
            .map(|entry| (Match::Wildcard, entry))
            .collect()
    }

    fn fuzzy(&self, typed: &str, limit: usize) -> Vec<Suggestion> {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern =
            FuzzyPattern::new(typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        let wanted = letters(typed);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, &Entry)> = self
            .entries
            .iter()
            .filter(|entry| entry.letters & wanted == wanted)
            .filter_map(|entry| {
                let text = Utf32Str::new(&entry.folded, &mut buffer);
                pattern.score(text, &mut matcher).map(|score| (score, entry))
            })
            .collect();
        scored.sort_by_key(|(score, entry)| (std::cmp::Reverse(*score), entry.folded.len()));
        scored.into_iter().take(limit).map(|(_, entry)| entry.suggestion()).collect()
    }
}

/// Which letters and digits a text has, a bit for each: what lacks one that was typed cannot
/// match, however the letters lie.
fn letters(text: &str) -> u64 {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .fold(0, |all, byte| all | 1 << ((byte.to_ascii_uppercase() - b'0') & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(codes: &[&str]) -> Index {
        let operations = Shelf::of(codes.iter().map(|code| Entry::new(code, None)));
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
    fn descriptions_are_found_where_codes_do_not_fill_the_list() {
        let shelf = Shelf::of(
            [("A-1", "BRACKET"), ("B-2", "A BRACKET, LEFT"), ("BRACKET-9", "")]
                .iter()
                .map(|(code, text)| Entry::new(code, Some(text))),
        );
        let index = Index { operations: shelf, ..Index::default() };
        assert_eq!(suggest(&index, "bracket"), ["BRACKET-9", "A-1", "B-2"]);
        assert_eq!(suggest(&index, "%racket%"), ["BRACKET-9"]);
        assert_eq!(suggest(&index, ""), ["A-1", "B-2", "BRACKET-9"]);
    }

    #[test]
    fn wildcards_and_slips_of_the_finger() {
        let index = index(&["11058-1778", "11058-1779", "A0003892000"]);
        assert_eq!(suggest(&index, "11058%9"), ["11058-1779"]);
        assert_eq!(suggest(&index, "a38920"), ["A0003892000"], "letters left out are found");
        assert_eq!(suggest(&index, "zz9"), Vec::<String>::new());
    }
}
