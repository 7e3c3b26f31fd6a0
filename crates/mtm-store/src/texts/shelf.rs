//! Texts that are searched by any piece of them.
//!
//! Every three bytes in a row point to the blocks of texts that hold them. What a pattern looks for
//! is then looked for only in the blocks that hold all of its threes. A block holds a few dozen
//! texts, which costs a fraction of the memory of pointing at each, and an eye on each afterwards.

use std::collections::HashMap;
use std::ops::Range;

use crate::query::Pattern;

/// Texts of a block.
const BLOCK: usize = 32;

/// How many fields a text has at most; the others are empty.
pub(crate) const FIELDS: usize = 3;

/// Three bytes in a row.
type Gram = [u8; 3];

/// Texts of a few fields each, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    text: String,
    /// Where the fields of each text end.
    ends: Vec<[usize; FIELDS]>,
}

impl Texts {
    /// Adds a text.
    pub(crate) fn push(&mut self, fields: [&str; FIELDS]) {
        self.ends.push(fields.map(|field| {
            self.text.push_str(field);
            self.text.len()
        }));
    }

    /// Gives back what was set aside for more.
    fn settle(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The fields of text `nth`.
    pub(crate) fn fields(&self, nth: usize) -> [&str; FIELDS] {
        let mut start = nth.checked_sub(1).map_or(0, |before| self.ends[before][FIELDS - 1]);
        self.ends[nth].map(|end| &self.text[std::mem::replace(&mut start, end)..end])
    }

    /// Whether any field of text `nth` matches.
    pub(crate) fn matches(&self, nth: usize, pattern: &Pattern) -> bool {
        self.fields(nth).iter().any(|field| pattern.matches(field))
    }
}

/// Texts with their index.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    texts: Texts,
    /// Where among the blocks those of each three stand.
    grams: HashMap<Gram, Range<u32>>,
    blocks: Vec<u32>,
}

/// Where the texts stand that may match: a bit for each block. `None` for anywhere: nothing in the
/// pattern is long enough to look for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Candidates(Option<Vec<u64>>);

impl Candidates {
    /// Whether a text of `some` may match.
    pub(crate) fn may_be(&self, some: &Range<usize>) -> bool {
        let Some(bits) = &self.0 else { return true };
        let mut blocks = some.start / BLOCK..some.end.div_ceil(BLOCK);
        blocks.any(|block| bits.get(block / 64).is_some_and(|word| word >> (block % 64) & 1 == 1))
    }
}

impl Shelf {
    /// The texts, indexed.
    pub(crate) fn of(mut texts: Texts) -> Self {
        texts.settle();
        let mut pairs: Vec<(Gram, u32)> = Vec::new();
        let mut some: Vec<Gram> = Vec::new();
        for (block, first) in (0_u32..).zip((0..texts.len()).step_by(BLOCK)) {
            for nth in first..(first + BLOCK).min(texts.len()) {
                some.extend(texts.fields(nth).into_iter().flat_map(self::grams));
            }
            some.sort_unstable();
            some.dedup();
            pairs.extend(some.drain(..).map(|gram| (gram, block)));
        }
        // Each block only once, so that the order by threes and blocks is one.
        pairs.sort_unstable();
        let mut grams: HashMap<Gram, Range<u32>> = HashMap::new();
        for (at, (gram, _)) in (0..).zip(&pairs) {
            grams.entry(*gram).or_insert(at..at).end = at + 1;
        }
        grams.shrink_to_fit();
        Self { texts, grams, blocks: pairs.into_iter().map(|(_, block)| block).collect() }
    }

    /// The texts.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Where matches can be.
    pub(crate) fn candidates(&self, pattern: &Pattern) -> Candidates {
        let mut lists = Vec::new();
        for gram in pattern.pieces().flat_map(grams) {
            let list = self.grams.get(&gram).cloned().unwrap_or_default();
            lists.push(&self.blocks[list.start as usize..list.end as usize]);
        }
        lists.sort_unstable_by_key(|list| list.len());
        let Some((rarest, others)) = lists.split_first() else { return Candidates(None) };
        let mut found = rarest.to_vec();
        for list in others {
            let mut rest = list.iter().peekable();
            found.retain(|block| {
                while rest.next_if(|other| *other < block).is_some() {}
                rest.peek() == Some(&block)
            });
        }
        let mut bits = vec![0_u64; self.texts.len().div_ceil(BLOCK).div_ceil(64)];
        for block in found {
            bits[block as usize / 64] |= 1 << (block % 64);
        }
        Candidates(Some(bits))
    }

    /// The texts of `some` that match, in order; looked at only where they may, and as they are
    /// asked for.
    pub(crate) fn matching<'s>(
        &'s self,
        some: Range<usize>,
        pattern: &'s Pattern,
        candidates: &'s Candidates,
    ) -> impl Iterator<Item = usize> + 's {
        let within = move |block: usize| {
            let first = block * BLOCK;
            first.max(some.start)..(first + BLOCK).min(some.end)
        };
        let blocks = some.start / BLOCK..some.end.div_ceil(BLOCK);
        blocks
            .map(within)
            .filter(|texts| candidates.may_be(texts))
            .flatten()
            .filter(|nth| self.texts.matches(*nth, pattern))
    }
}

fn grams(text: &str) -> impl Iterator<Item = Gram> {
    text.as_bytes().windows(3).map(|three| [three[0], three[1], three[2]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shelf(texts: &[[&str; 3]]) -> Shelf {
        let mut all = Texts::default();
        for text in texts {
            all.push(*text);
        }
        Shelf::of(all)
    }

    fn found(shelf: &Shelf, pattern: &Pattern) -> Vec<usize> {
        shelf.matching(0..shelf.texts().len(), pattern, &shelf.candidates(pattern)).collect()
    }

    #[test]
    fn no_match_reaches_over_two_fields() {
        let shelf = shelf(&[["AB", "CD", ""], ["ABCD", "", ""], ["", "", "XABCX"]]);
        assert_eq!(found(&shelf, &Pattern::containing("abc")), [1, 2]);
        assert_eq!(found(&shelf, &Pattern::containing("*b*d")), [1]);
        assert_eq!(found(&shelf, &Pattern::parse("AB")), [0]);
        assert_eq!(found(&shelf, &Pattern::containing("ZZZ")), Vec::<usize>::new());
        assert_eq!(found(&shelf, &Pattern::parse("%")), [0, 1, 2]);
    }

    #[test]
    fn a_rare_piece_leads_to_few_texts() {
        let codes: Vec<String> = (0..10_000).map(|nth| format!("P-{nth:05}")).collect();
        let texts: Vec<_> = codes.iter().map(|code| [code.as_str(), "", ""]).collect();
        let shelf = shelf(&texts);
        let pattern = Pattern::containing("04711");
        assert_eq!(found(&shelf, &pattern), [4_711]);
        let candidates = shelf.candidates(&pattern);
        let blocks = (0..10_000_usize).step_by(BLOCK).map(|first| first..first + BLOCK);
        assert!(blocks.filter(|block| candidates.may_be(block)).count() <= 4);
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_look_at_everything_finds(
            texts in prop::collection::vec(("[AB1Ä ]{0,9}", "[AB1Ä]{0,4}", "[ABÄ]{0,12}"), 0..150),
            pattern in "[AB1Ä%]{0,6}",
            containing: bool,
        ) {
            let texts: Vec<_> =
                texts.iter().map(|(a, b, c)| [a.as_str(), b.as_str(), c.as_str()]).collect();
            let shelf = shelf(&texts);
            let pattern =
                if containing { Pattern::containing(&pattern) } else { Pattern::parse(&pattern) };
            let expected: Vec<usize> = (0..texts.len())
                .filter(|nth| texts[*nth].iter().any(|field| pattern.matches(field)))
                .collect();
            let candidates = shelf.candidates(&pattern);
            let in_pieces: Vec<usize> = (0..texts.len())
                .step_by(7)
                .map(|first| first..(first + 7).min(texts.len()))
                .flat_map(|some| shelf.matching(some, &pattern, &candidates))
                .collect();
            prop_assert_eq!(&in_pieces, &expected);
            prop_assert_eq!(found(&shelf, &pattern), expected);
        }
    }
}
