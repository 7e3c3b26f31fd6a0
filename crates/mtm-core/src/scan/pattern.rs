//! Patterns of a site: codes that no standard describes, as regular expressions with named groups.
//!
//! A pattern fits a code from its first to its last character. A group is named like the kind it holds
//! (`part`, `operation`, `location`, `lot`, `work_order`, `quantity`), or `serial`. The engine takes time linear in the
//! code for any pattern; patterns are bounded in size and in number.

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};

use super::Kind;
use super::document::{self, Document};

/// A group that names nothing of ours.
const SERIAL: &str = "serial";

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// Too many characters, or too many repetitions.
    #[error(
        "the pattern is too large; at most {} bytes, and few repetitions, are taken",
        Pattern::MAX
    )]
    TooLarge,
    /// No regular expression.
    #[error("the pattern is no regular expression: {0}")]
    Malformed(String),
    /// A group with a name that says nothing.
    #[error(
        "a group is called {0:?}; groups are called part, operation, location, lot, work_order, quantity or serial"
    )]
    Group(String),
    /// No group has a name.
    #[error("the pattern has no named group, as (?<part>[0-9]+)")]
    NoGroup,
    /// Words that cannot stand for separators.
    #[error(
        "separators are up to three different words for GS, RS and EOT, none of letters and digits alone, as {{GS}} {{RS}} {{EOT}}"
    )]
    Spelling,
    /// Too many patterns.
    #[error("there are {count} patterns; at most {} are taken", Patterns::MAX)]
    TooMany {
        /// Patterns that there are.
        count: usize,
    },
}

/// A pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    groups: Vec<String>,
}

/// By their text.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Most bytes of a pattern.
    pub const MAX: usize = 500;
    /// Most bytes of a pattern that was made ready; repetitions make it large.
    const MAX_READY: usize = 256 * 1024;

    /// Reads a pattern.
    ///
    /// ```
    /// use mtm_core::scan::{Pattern, PatternFault};
    ///
    /// assert!(Pattern::parse("(?<part>[0-9]{8})/(?<quantity>[0-9]+)").is_ok());
    /// assert_eq!(Pattern::parse("[0-9]+").unwrap_err(), PatternFault::NoGroup);
    /// assert!(matches!(Pattern::parse("(?<bin>.*)").unwrap_err(), PatternFault::Group(_)));
    /// ```
    pub fn parse(text: &str) -> Result<Self, PatternFault> {
        if text.len() > Self::MAX {
            return Err(PatternFault::TooLarge);
        }
        // Taken by itself first, so that a bracket of it cannot close ours.
        let built = |text: &str| RegexBuilder::new(text).size_limit(Self::MAX_READY).build();
        let regex = built(text).and_then(|_| built(&format!("^(?:{text})$"))).map_err(|error| {
            let message = error.to_string();
            if message.contains("size") {
                PatternFault::TooLarge
            } else {
                PatternFault::Malformed(message)
            }
        })?;
        let groups: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
        let is_known = |name: &&String| *name != SERIAL && Kind::from_name(name).is_none();
        if let Some(stranger) = groups.iter().find(is_known) {
            return Err(PatternFault::Group(stranger.clone()));
        }
        if groups.is_empty() {
            return Err(PatternFault::NoGroup);
        }
        Ok(Self { regex, groups })
    }
}

/// What a site says of its codes: patterns, in the order in which they are tried, and what its scanners send for
/// separators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
    spellings: Vec<Spelling>,
}

impl Patterns {
    /// Most patterns of a site, and most spellings: each of them is tried on every scan.
    pub const MAX: usize = 32;

    /// These patterns and spellings.
    pub fn new(patterns: Vec<Pattern>, spellings: Vec<Spelling>) -> Result<Self, PatternFault> {
        let count = patterns.len().max(spellings.len());
        if count > Self::MAX {
            return Err(PatternFault::TooMany { count });
        }
        Ok(Self { patterns, spellings })
    }

    /// What the first pattern that fits makes of `data`.
    pub(super) fn read(&self, data: &str) -> Option<Document> {
        self.patterns.iter().find_map(|pattern| {
            let found = pattern.regex.captures(data)?;
            let named = pattern.groups.iter();
            let texts = named.filter_map(|name| Some((name.as_str(), found.name(name)?.as_str())));
            Some(document::of_pattern(texts))
        })
    }

    /// A label with its separators, where this site's scanners spell them.
    pub(super) fn respelled<'d>(&self, label: &'d str) -> Cow<'d, str> {
        let mut text = Cow::Borrowed(label);
        for (word, control) in self.spellings.iter().flat_map(|it| &it.0) {
            if text.contains(word) {
                text = Cow::Owned(text.replace(word, control));
            }
        }
        text
    }
}

/// What scanners send in place of GS, RS and EOT, which not every keyboard has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling(Vec<(String, &'static str)>);

impl Spelling {
    /// What may be spelt, in this order.
    const CONTROLS: [&'static str; 3] = ["\u{1d}", "\u{1e}", "\u{4}"];
    /// Most characters of a word.
    const LONGEST: usize = 12;

    /// Reads up to three words with blanks between: what stands for GS, for RS, and for EOT. A word of letters and
    /// digits alone would be in the data as well, and so would one that stands for two things.
    ///
    /// ```
    /// use mtm_core::scan::Spelling;
    ///
    /// assert!(Spelling::parse("{GS} {RS} {EOT}").is_ok());
    /// assert!(Spelling::parse("GS").is_err());
    /// assert!(Spelling::parse("| |").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, PatternFault> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_plain = |word: &str| word.chars().all(char::is_alphanumeric);
        let is_twice = |(at, word): (usize, &&str)| words[..at].contains(word);
        let is_wrong = words.is_empty()
            || words.len() > Self::CONTROLS.len()
            || words.iter().any(|word| is_plain(word) || word.chars().count() > Self::LONGEST)
            || words.iter().enumerate().any(is_twice);
        if is_wrong {
            return Err(PatternFault::Spelling);
        }
        Ok(Self(words.into_iter().map(str::to_owned).zip(Self::CONTROLS).collect()))
    }
}
