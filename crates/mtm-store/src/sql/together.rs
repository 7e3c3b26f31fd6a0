//! Questions about several things at once.

/// Parts `things` into as many as one question asks for, each part with its marks (`?1, ?2`). So
/// many as one of `sizes`, which grow: a question has few texts, and each stays prepared. Where
/// there are less, the last one is asked for again, which changes no answer.
pub(crate) fn together<'t, T>(
    things: &'t [T],
    sizes: &'t [usize],
) -> impl Iterator<Item = (Vec<&'t T>, String)> {
    let most = sizes.last().copied().unwrap_or(1).max(1);
    things.chunks(most).map(move |some| {
        let size = sizes.iter().copied().find(|&size| size >= some.len()).unwrap_or(some.len());
        let asked = some.iter().chain(some.last().into_iter().cycle()).take(size).collect();
        let marks: Vec<String> = (1..=size).map(|n| format!("?{n}")).collect();
        (asked, marks.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_is_asked_for_in_one_of_few_texts() {
        for count in 0..30_usize {
            let things: Vec<usize> = (0..count).collect();
            let mut asked = Vec::new();
            for (some, marks) in together(&things, &[1, 4, 10]) {
                assert!([1, 4, 10].contains(&some.len()), "{count}: {some:?}");
                assert_eq!(marks.split(", ").count(), some.len());
                asked.extend(some.into_iter().copied());
            }
            asked.dedup();
            assert_eq!(asked, things);
        }
    }
}
