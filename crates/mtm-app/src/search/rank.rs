//! How well a folded text matches what was typed.

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

/// How `folded` (or its folded description) matches the folded `typed`, if at all.
pub(super) fn literal(folded: &str, description: &str, typed: &str) -> Option<Match> {
    if let Some(at) = folded.find(typed) {
        if at == 0 {
            return Some(if folded.len() == typed.len() { Match::Exact } else { Match::Prefix });
        }
        let segment = folded[..at].ends_with(|c: char| !c.is_alphanumeric());
        return Some(if segment { Match::Segment } else { Match::Inside });
    }
    description.contains(typed).then_some(Match::Description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closer_matches_rank_first() {
        assert_eq!(literal("R-E4-18", "", "R-E4-18"), Some(Match::Exact));
        assert_eq!(literal("R-E4-18", "", "R-E"), Some(Match::Prefix));
        assert_eq!(literal("R-E4-18", "", "E4"), Some(Match::Segment));
        assert_eq!(literal("R-E4-18", "", "4-1"), Some(Match::Inside));
        assert_eq!(literal("R-E4-18", "EAST RACK", "EAST"), Some(Match::Description));
        assert_eq!(literal("R-E4-18", "", "Z"), None);
    }
}
