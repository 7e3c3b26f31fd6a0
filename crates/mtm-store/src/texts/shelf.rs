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
    blocks: HashMap<Gram, Vec<u32>>,
}

/// Where the texts stand that may match.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Candidates {
    /// Anywhere: nothing in the pattern is long enough to look for.
    Anywhere,
    /// In these blocks.
    Blocks(Vec<u32>),
}

impl Candidates {
    /// Whether text `nth` may match.
    pub(crate) fn may_be(&self, nth: usize) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Blocks(blocks) => {
                u32::try_from(nth / BLOCK).is_ok_and(|block| blocks.binary_search(&block).is_ok())
            }
        }
    }
}

impl Shelf {
    /// The texts, indexed.
    pub(crate) fn of(texts: Texts) -> Self {
        let mut blocks: HashMap<Gram, Vec<u32>> = HashMap::new();
        let mut grams: Vec<Gram> = Vec::new();
        for (block, first) in (0_u32..).zip((0..texts.len()).step_by(BLOCK)) {
            for nth in first..(first + BLOCK).min(texts.len()) {
                grams.extend(texts.fields(nth).into_iter().flat_map(self::grams));
            }
            grams.sort_unstable();
            grams.dedup();
            for gram in grams.drain(..) {
                blocks.entry(gram).or_default().push(block);
            }
        }
        for list in blocks.values_mut() {
            list.shrink_to_fit();
        }
        Self { texts, blocks }
    }

    /// The texts.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Where matches can be.
    pub(crate) fn candidates(&self, pattern: &Pattern) -> Candidates {
        let mut lists = Vec::new();
        for gram in pattern.pieces().flat_map(grams) {
            match self.blocks.get(&gram) {
                Some(list) => lists.push(list),
                None => return Candidates::Blocks(Vec::new()),
            }
        }
        lists.sort_unstable_by_key(|list| list.len());
        let Some((rarest, others)) = lists.split_first() else { return Candidates::Anywhere };
        let mut found = (*rarest).clone();
        for list in others {
            let mut rest = list.iter().peekable();
            found.retain(|block| {
                while rest.next_if(|other| *other < block).is_some() {}
                rest.peek() == Some(&block)
            });
        }
        Candidates::Blocks(found)
    }

    /// How many texts have to be looked at.
    pub(crate) fn effort(&self, candidates: &Candidates) -> usize {
        match candidates {
            Candidates::Anywhere => self.texts.len(),
            Candidates::Blocks(blocks) => blocks.len() * BLOCK,
        }
    }

    /// Whether text `nth` matches, looked at only where it may.
    pub(crate) fn matches(&self, nth: usize, pattern: &Pattern, candidates: &Candidates) -> bool {
        candidates.may_be(nth) && self.texts.matches(nth, pattern)
    }

    /// The texts that match, in order.
    pub(crate) fn matching<'s>(
        &'s self,
        pattern: &'s Pattern,
        candidates: &'s Candidates,
    ) -> impl Iterator<Item = usize> + 's {
        let all = match candidates {
            Candidates::Anywhere => 0..self.texts.len(),
            Candidates::Blocks(_) => 0..0,
        };
        let blocks = match candidates {
            Candidates::Anywhere => &[],
            Candidates::Blocks(blocks) => blocks.as_slice(),
        };
        all.chain(blocks.iter().flat_map(|block| self.block(*block)))
            .filter(|nth| self.texts.matches(*nth, pattern))
    }

    fn block(&self, block: u32) -> Range<usize> {
        let first = block as usize * BLOCK;
        first..(first + BLOCK).min(self.texts.len())
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
        shelf.matching(pattern, &shelf.candidates(pattern)).collect()
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
        assert!(shelf.effort(&shelf.candidates(&pattern)) <= 4 * BLOCK);
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
            let one_by_one: Vec<usize> = (0..texts.len())
                .filter(|nth| shelf.matches(*nth, &pattern, &candidates))
                .collect();
            prop_assert_eq!(&one_by_one, &expected);
            prop_assert_eq!(found(&shelf, &pattern), expected);
        }
    }
}
