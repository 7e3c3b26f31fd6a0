//! Filters on codes: exact after folding, unless they hold a wildcard.

use mtm_core::word::fold;

/// A filter on a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// The folded text itself.
    Exact(String),
    /// Folded text with `%` for any run of characters.
    Wildcard(String),
}

impl Pattern {
    /// Parses a filter: `%` and `*` are wildcards.
    pub fn parse(text: &str) -> Self {
        let folded = fold(text);
        if folded.contains(['%', '*']) {
            Self::Wildcard(folded.replace('*', "%"))
        } else {
            Self::Exact(folded)
        }
    }

    /// A filter for texts that contain `text`, itself possibly with wildcards.
    pub fn containing(text: &str) -> Self {
        match Self::parse(text) {
            Self::Exact(text) => Self::Wildcard(format!("%{text}%")),
            wildcard @ Self::Wildcard(_) => wildcard,
        }
    }

    /// The text that every match starts with.
    pub fn literal_prefix(&self) -> &str {
        match self {
            Self::Exact(text) => text,
            Self::Wildcard(pattern) => pattern.split('%').next().unwrap_or(""),
        }
    }

    /// The narrowest range `from ≤ text < to` of byte-wise ordered texts that holds every match;
    /// `None` where a match may start with anything.
    pub(crate) fn range(&self) -> Option<(String, String)> {
        let prefix = self.literal_prefix();
        match self {
            Self::Exact(text) => Some((text.clone(), format!("{text}\0"))),
            Self::Wildcard(_) if prefix.is_empty() => None,
            Self::Wildcard(_) => Some((prefix.to_owned(), format!("{prefix}{}", char::MAX))),
        }
    }

    /// The same filter with an exact text completed by `complete`, as the word itself would be
    /// (`42` for a lot means `0000000042`).
    pub(crate) fn completed(&self, complete: impl FnOnce(&str) -> Option<String>) -> Self {
        match self {
            Self::Exact(text) => Self::Exact(complete(text).unwrap_or_else(|| text.clone())),
            Self::Wildcard(_) => self.clone(),
        }
    }

    /// Pieces of plain text that every match holds.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &str> {
        let (Self::Exact(text) | Self::Wildcard(text)) = self;
        let wild = matches!(self, Self::Wildcard(_));
        text.split(move |c| wild && c == '%')
    }

    /// Whether `folded` matches.
    pub fn matches(&self, folded: &str) -> bool {
        match self {
            Self::Exact(text) => text == folded,
            Self::Wildcard(pattern) => {
                let mut pieces = pattern.split('%');
                let (first, last) = (pieces.next().unwrap_or(""), pieces.next_back().unwrap_or(""));
                let Some(mut rest) = folded.strip_prefix(first) else { return false };
                for piece in pieces {
                    let Some(at) = rest.find(piece) else { return false };
                    rest = &rest[at + piece.len()..];
                }
                rest.ends_with(last)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_people_expect() {
        let yes = |pattern: &str, text: &str| {
            assert!(Pattern::parse(pattern).matches(text), "{pattern} {text}");
        };
        let no = |pattern: &str, text: &str| {
            assert!(!Pattern::parse(pattern).matches(text), "{pattern} {text}");
        };
        yes("r-e4-18", "R-E4-18");
        yes("r-%", "R-E4-18");
        yes("*18", "R-E4-18");
        yes("r*e4*8", "R-E4-18");
        yes("%", "");
        no("r-e4", "R-E4-18");
        no("r%8%9", "R-E4-18");
        no("AB%BA", "ABA");
        assert!(Pattern::containing("e4").matches("R-E4-18"));
    }

    #[test]
    fn the_range_holds_every_match() {
        let (from, to) = Pattern::parse("R-E%8").range().unwrap();
        for text in ["R-E", "R-E4-18", "R-EÜ8", "R-E\u{1F600}"] {
            assert!(*text >= *from && *text < *to, "{text}");
        }
        assert!(*"R-F" >= *to);
        let (from, to) = Pattern::parse("a").range().unwrap();
        assert!("A" >= from.as_str() && "A" < to.as_str() && "AA" >= to.as_str());
        assert_eq!(Pattern::parse("%8").range(), None);
    }
}
