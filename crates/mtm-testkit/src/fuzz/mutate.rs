//! Making one input of others.

use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

/// Most changes at once; mostly there are fewer.
const MOST_CHANGES: u32 = 6;
/// Most bytes that one change repeats: what is quadratic in its input shows there.
const MOST_REPEATED: usize = 4 * 1024;
/// Bytes and texts that readers of all kinds stumble over.
const ODD: [&[u8]; 14] = [
    b"\0",
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    "\u{feff}".as_bytes(),
    "\u{202e}".as_bytes(),
    "ß".as_bytes(),
    "\u{1f600}".as_bytes(),
    b"-1",
    b"18446744073709551616",
    b"1e999",
    b"\r\n",
];

/// An input of at most `longest` bytes, made of `bytes` and pieces of `others`.
pub(super) fn input(
    random: &mut ChaCha8Rng,
    mut bytes: Vec<u8>,
    others: &[Vec<u8>],
    words: &[Vec<u8>],
    longest: usize,
) -> Vec<u8> {
    let changes =
        1 + random.random_range(0..MOST_CHANGES).min(random.random_range(0..MOST_CHANGES));
    for _ in 0..changes {
        change(random, &mut bytes, others, words);
    }
    bytes.truncate(longest);
    bytes
}

/// The same with a short piece of it repeated until it has `large` bytes.
pub(super) fn large(random: &mut ChaCha8Rng, mut bytes: Vec<u8>, large: usize) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    let at = random.random_range(0..bytes.len());
    let end = (at + random.random_range(1..=32)).min(bytes.len());
    let piece = bytes[at..end].to_vec();
    let times = large.saturating_sub(bytes.len()) / piece.len();
    bytes.splice(at..at, piece.repeat(times));
    bytes
}

fn change(random: &mut ChaCha8Rng, bytes: &mut Vec<u8>, others: &[Vec<u8>], words: &[Vec<u8>]) {
    let at = random.random_range(0..=bytes.len());
    match random.random_range(0..12) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.random_range(0..8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.random();
            }
        }
        // A number one more or one less is often where a bound is.
        2 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if random.random() { byte.wrapping_add(1) } else { byte.wrapping_sub(1) };
            }
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(..at)),
        5 => {
            let piece = piece(random, bytes);
            drop(bytes.drain(piece));
        }
        6 => {
            let piece = bytes[piece(random, bytes)].to_vec();
            bytes.splice(at..at, piece);
        }
        7 => {
            let piece = bytes[short(random, bytes)].to_vec();
            let most = MOST_REPEATED / piece.len().max(1);
            let times = 1_usize << random.random_range(0..=most.max(1).ilog2());
            bytes.splice(at..at, piece.repeat(times));
        }
        8 => {
            let Some(other) = others.choose(random) else { return };
            let piece = other[piece(random, other)].to_vec();
            let end = random.random_range(at..=bytes.len());
            bytes.splice(at..end, piece);
        }
        9 => {
            let odd = ODD[random.random_range(0..ODD.len())];
            bytes.splice(at..at, odd.iter().copied());
        }
        // The words of a language are what its readers look at.
        10 => {
            let Some(word) = words.choose(random) else { return };
            bytes.splice(at..at, word.iter().copied());
        }
        _ => {
            let (Some(word), Some(other)) = (words.choose(random), words.choose(random)) else {
                return;
            };
            if let Some(found) = find(random, bytes, other) {
                bytes.splice(found..found + other.len(), word.iter().copied());
            }
        }
    }
}

/// Where `word` stands, from a place that chance chooses.
fn find(random: &mut ChaCha8Rng, bytes: &[u8], word: &[u8]) -> Option<usize> {
    let from = random.random_range(0..=bytes.len());
    let place = |bytes: &[u8]| bytes.windows(word.len().max(1)).position(|it| it == word);
    place(&bytes[from..]).map(|at| from + at).or_else(|| place(bytes))
}

fn piece(random: &mut ChaCha8Rng, bytes: &[u8]) -> std::ops::Range<usize> {
    let (one, other) = (random.random_range(0..=bytes.len()), random.random_range(0..=bytes.len()));
    one.min(other)..one.max(other)
}

fn short(random: &mut ChaCha8Rng, bytes: &[u8]) -> std::ops::Range<usize> {
    let from = random.random_range(0..=bytes.len());
    let most = (bytes.len() - from).min(32);
    from..from + random.random_range(0..=most)
}
