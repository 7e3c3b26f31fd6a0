//! What was shown to a peer as a proof lately, so that it is not repeated when the peer says it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credential::Proof;

/// Proofs that are remembered: the one that counts, and those before it that a late answer may repeat.
const REMEMBERED: usize = 4;

/// Shorter words are no secrets, and would be found in any text.
const SHORTEST: usize = 4;

/// Most characters of a text that is kept.
const LONGEST: usize = 300;

/// Words that are secret, by proof.
#[derive(Default)]
pub(super) struct Shown(Mutex<VecDeque<Vec<String>>>);

impl Shown {
    /// This is shown from now on.
    pub(super) fn note(&self, proof: &Proof) {
        let secret = proof.headers.iter().filter(|header| header.is_secret);
        let words: Vec<String> = secret.flat_map(|header| words(&header.value)).collect();
        let mut shown = self.lock();
        if !words.is_empty() && !shown.contains(&words) {
            shown.push_front(words);
            shown.truncate(REMEMBERED);
        }
    }

    /// A text of the peer as it may be kept and shown: one line of bounded length, in which what was shown
    /// to it is left out.
    pub(super) fn printable(&self, text: &str) -> String {
        let start: String = text.chars().take(16 * LONGEST).collect();
        let visible =
            start.split(|it: char| it.is_control() || it.is_whitespace() || is_hidden(it));
        let visible: Vec<&str> = visible.filter(|word| !word.is_empty()).collect();
        let mut line = visible.join(" ");
        for word in self.lock().iter().flatten() {
            line = line.replace(word, "…");
        }
        if line.chars().count() > LONGEST {
            line = line.chars().take(LONGEST - 1).chain(['…']).collect();
        }
        line
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<String>>> {
        // Nothing in there panics half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What turns a text round, or is not seen in it.
const fn is_hidden(it: char) -> bool {
    matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The value behind the word that says its kind, and what it is made of; the longest first, so that none
/// leaves a rest of another.
fn words(value: &str) -> Vec<String> {
    let value = value.trim();
    let (kind, secret) = value.split_once(' ').unwrap_or(("", value));
    let pair = if kind.eq_ignore_ascii_case("basic") { STANDARD.decode(secret).ok() } else { None };
    let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok());
    let whole = [Some(secret.to_owned()), pair.clone()].into_iter().flatten();
    let whole: Vec<String> = whole.collect();
    let last = |text: &String| text.split_once(':').map(|(_, secret)| secret.to_owned());
    let parts: Vec<String> = whole.iter().filter_map(last).collect();
    let mut words: Vec<String> = whole.into_iter().chain(parts).collect();
    words.retain(|word| word.chars().count() >= SHORTEST);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::Header;

    fn shown(value: &str) -> Shown {
        let shown = Shown::default();
        let headers = vec![Header::secret("authorization", value), Header::open("x", "visible")];
        shown.note(&Proof { headers, number: 1 });
        shown
    }

    #[test]
    fn what_was_shown_is_left_out_of_what_is_said() {
        let check = |value: &str, said: &str, kept: &str| {
            assert_eq!(shown(value).printable(said), kept);
        };
        check("Token s3cret-key", "no such token s3cret-key", "no such token …");
        check("token key:s3cret", "key:s3cret and s3cret", "… and …");
        let basic = format!("Basic {}", STANDARD.encode("mtm:pass word"));
        check(&basic, "mtm may not, with pass word", "mtm may not, with …");
        check("s3cret-key", "visible s3cret-key", "visible …");
        let later = shown("Bearer first-token");
        later.note(&Proof { headers: vec![Header::secret("a", "Bearer second-token")], number: 2 });
        assert_eq!(later.printable("first-token second-token"), "… …");
    }

    #[test]
    fn a_text_is_one_line_of_bounded_length() {
        let shown = Shown::default();
        assert_eq!(shown.printable("a\r\nb\u{1b}[31m\u{202e}c\t\u{0}"), "a b [31m c");
        let long = shown.printable(&"ö".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST);
    }
}
