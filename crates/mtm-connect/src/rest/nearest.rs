//! "Did you mean": the known name nearest to one that is not known.

/// The name in `known` that somebody most probably meant by `wrong`; near is at most one slip in four
/// characters, and always one. Two neighbours that changed places are one.
pub(super) fn nearest<'n>(
    wrong: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let wrong: Vec<char> = wrong.chars().take(64).flat_map(char::to_lowercase).collect();
    let bound = (wrong.len() / 4).max(1);
    let near = known.into_iter().map(|name| (slips(&wrong, name), name));
    near.filter(|(slips, _)| *slips <= bound).min().map(|(_, name)| name)
}

/// Insertions, deletions and replacements between both.
fn slips(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    if is_swapped(left, &right) {
        return 1;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let best = (corner + usize::from(l != r)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[right.len()]
}

/// Whether both differ in two neighbours that changed places, and in nothing else.
fn is_swapped(left: &[char], right: &[char]) -> bool {
    let mut other = (0..left.len().min(right.len())).filter(|at| left[*at] != right[*at]);
    match (other.next(), other.next(), other.next()) {
        (Some(first), Some(second), None) if left.len() == right.len() => {
            second == first + 1 && left[first] == right[second] && left[second] == right[first]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_and_swapped_neighbours_find_what_was_meant() {
        let known = ["part", "unit", "from.place"];
        let near = |wrong| nearest(wrong, known);
        assert_eq!(
            (near("prat"), near("parts"), near("UNIT")),
            (Some("part"), Some("part"), Some("unit"))
        );
        assert_eq!(
            (near("form.place"), near("colour"), near("trap")),
            (Some("from.place"), None, None)
        );
    }
}
