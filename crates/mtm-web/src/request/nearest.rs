//! "Did you mean": the known name nearest to one that is not known.

/// The name in `known` that a person most probably meant by `wrong`; `None` when none is near.
/// Near is at most one slip in four characters, and always one.
pub(super) fn nearest<'n>(
    wrong: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let wrong: Vec<char> = wrong.chars().take(64).flat_map(char::to_lowercase).collect();
    let bound = (wrong.len() / 4).max(1);
    known
        .into_iter()
        .map(|name| (distance(&wrong, name), name))
        .filter(|(slips, _)| *slips <= bound)
        .min()
        .map(|(_, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours between `left` and `right`.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut row = Vec::with_capacity(above.len());
        row.push(i + 1);
        for (j, r) in right.iter().enumerate() {
            let mut best = (above[j] + usize::from(l != r)).min(above[j + 1] + 1).min(row[j] + 1);
            let swapped = i > 0 && j > 0 && left[i - 1] == *r && right[j - 1] == *l;
            if swapped {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_what_was_meant_and_strangers_find_nothing() {
        let known = ["part", "operation", "location", "quantity", "to_location"];
        assert_eq!(nearest("quantitiy", known), Some("quantity"));
        assert_eq!(nearest("PART", known), Some("part"));
        assert_eq!(nearest("prat", known), Some("part"));
        assert_eq!(nearest("locations", known), Some("location"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
