//! How well a folded text matches what was typed.

use memchr::memmem::Finder;

/// How a text matched, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// The text itself.
    Exact,
    /// It starts with what was typed.
    Prefix,
    /// One of its words or segments does.
    Segment,
    /// It contains what was typed.
    Inside,
    /// It matches the wildcard pattern.
    Wildcard,
    /// The description contains what was typed.
    Description,
}

/// How `folded` (or its folded description) matches what was typed, folded, if at all. Thousands are
/// looked at for one question: `typed` was made ready for that once.
pub(super) fn literal(folded: &str, description: &str, typed: &Finder<'_>) -> Option<Match> {
    if let Some(at) = typed.find(folded.as_bytes()) {
        if at == 0 {
            let whole = folded.len() == typed.needle().len();
            return Some(if whole { Match::Exact } else { Match::Prefix });
        }
        let segment = folded[..at].ends_with(|c: char| !c.is_alphanumeric());
        return Some(if segment { Match::Segment } else { Match::Inside });
    }
    typed.find(description.as_bytes()).map(|_| Match::Description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closer_matches_rank_first() {
        let literal = |folded, description, typed: &str| {
            super::literal(folded, description, &Finder::new(typed))
        };
        assert_eq!(literal("R-E4-18", "", "R-E4-18"), Some(Match::Exact));
        assert_eq!(literal("R-E4-18", "", "R-E"), Some(Match::Prefix));
        assert_eq!(literal("R-E4-18", "", "E4"), Some(Match::Segment));
        assert_eq!(literal("R-E4-18", "", "4-1"), Some(Match::Inside));
        assert_eq!(literal("R-E4-18", "EAST RACK", "EAST"), Some(Match::Description));
        assert_eq!(literal("R-E4-18", "", "Z"), None);
    }
}
