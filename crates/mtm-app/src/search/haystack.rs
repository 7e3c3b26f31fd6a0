//! Many texts as one, so that one pass finds a piece in all of them.
//!
//! Looking into fifty thousand short texts one by one spends its time on beginning to look; one
//! long text is searched at the speed of memory.

use memchr::memmem::Finder;

/// Texts one behind the other. None holds a line feed, which ends each.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    text: String,
    /// Where each text begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Haystack {
    /// The texts in their order. A line feed in one becomes a blank.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut haystack = Self { text: String::new(), starts: vec![0] };
        for text in texts {
            haystack.text.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
            haystack.text.push('\n');
            haystack.starts.push(haystack.text.len());
        }
        haystack
    }

    /// Positions of the texts that hold `piece`, in order, each once.
    pub(super) fn holding(&self, piece: &Finder<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        if piece.needle().contains(&b'\n') {
            return found;
        }
        let (mut from, mut nth) = (0, 0);
        while from < self.text.len()
            && let Some(hit) = piece.find(&self.text.as_bytes()[from..])
        {
            let at = from + hit;
            // Hits come in order: the text is near the last one.
            nth += self.starts[nth..].partition_point(|start| *start <= at) - 1;
            found.push(nth);
            nth += 1;
            from = self.starts[nth];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_once_and_no_piece_reaches_over_two() {
        let haystack = Haystack::of(["ABAB", "", "BA", "C\nD", "AB"].into_iter());
        let holding = |piece: &str| haystack.holding(&Finder::new(piece));
        assert_eq!(holding("AB"), [0, 4]);
        assert_eq!(holding("BA"), [0, 2]);
        assert_eq!(holding("C D"), [3]);
        assert_eq!(holding("BB"), Vec::<usize>::new());
        assert_eq!(holding(""), [0, 1, 2, 3, 4]);
        assert_eq!(holding("\n"), Vec::<usize>::new());
        assert_eq!(Haystack::default().holding(&Finder::new("A")), Vec::<usize>::new());
    }
}
