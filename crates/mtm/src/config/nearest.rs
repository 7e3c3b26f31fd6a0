//! "Did you mean": the known name nearest to one that is not known.

/// The name that a person most probably meant by `wrong`; `None` when none is near. Near is at
/// most one slip in four characters, and always one.
pub(crate) fn nearest(wrong: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let wrong: Vec<char> = wrong.to_lowercase().chars().take(64).collect();
    let bound = (wrong.len() / 4).max(1);
    known
        .into_iter()
        .map(|name| (slips(&wrong, &name.to_lowercase()), name))
        .filter(|(slips, _)| *slips <= bound)
        .min()
        .map(|(_, name)| name)
}

/// Insertions, deletions and replacements between `left` and `right`.
fn slips(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_what_was_meant_and_strangers_find_nothing() {
        let known = || ["server.listen", "site.name", "log.format"].map(str::to_owned);
        assert_eq!(nearest("sever.listen", known()).as_deref(), Some("server.listen"));
        assert_eq!(nearest("SITE.NAME", known()).as_deref(), Some("site.name"));
        assert_eq!(nearest("log.fromat", known()).as_deref(), Some("log.format"));
        assert_eq!(nearest("database.password", known()), None);
    }
}
