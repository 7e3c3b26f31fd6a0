//! Keys as a scanner presses them, to the characters that it means.
//!
//! A scanner presses the keys of one layout; this is the one of the United States, which every scanner knows.
//! Letters with Ctrl are control characters: Ctrl+] is the group separator of GS1 codes. A key that means
//! no character of a code becomes a NUL, so that the scan is garbled instead of one character short. So does every
//! key under Alt or the system's keys: a scanner that types a character by its number presses digits there.

/// What stands for a key that means nothing.
const NOTHING: u8 = 0;

/// Keys 2 to 13: the row of digits, plain and with Shift.
const DIGITS: (&[u8], &[u8]) = (b"1234567890-=", b"!@#$%^&*()_+");
/// Keys 16 to 27: from Q.
const UPPER: (&[u8], &[u8]) = (b"qwertyuiop[]", b"QWERTYUIOP{}");
/// Keys 30 to 41: from A.
const HOME: (&[u8], &[u8]) = (b"asdfghjkl;'`", b"ASDFGHJKL:\"~");
/// Keys 43 to 53: from the backslash.
const LOWER: (&[u8], &[u8]) = (b"\\zxcvbnm,./", b"|ZXCVBNM<>?");
/// Keys 71 to 83: the pad of digits.
const PAD: &[u8] = b"789-456+1230.";

const ENTER: [u16; 2] = [28, 96];
const SHIFT: [u16; 2] = [42, 54];
const CONTROL: [u16; 2] = [29, 97];
/// Alt, the other Alt and the system's keys.
const OTHER: [u16; 4] = [56, 100, 125, 126];
/// Caps Lock, Num Lock and Scroll Lock press no character by themselves.
const SILENT: [u16; 3] = [58, 69, 70];

/// Which keys are held.
#[derive(Debug, Default)]
pub(super) struct Keys {
    shift: bool,
    control: bool,
    /// Each of [`OTHER`].
    other: [bool; OTHER.len()],
}

impl Keys {
    /// The character of a key that goes down (`1`), repeats (`2`) or goes up (`0`).
    pub(super) fn press(&mut self, key: u16, value: i32) -> Option<u8> {
        let down = value != 0;
        if SHIFT.contains(&key) {
            self.shift = down;
            return None;
        }
        if CONTROL.contains(&key) {
            self.control = down;
            return None;
        }
        if let Some(nth) = OTHER.iter().position(|other| *other == key) {
            self.other[nth] = down;
            return None;
        }
        // A scanner does not hold keys: what repeats is stuck, and still one character.
        if value != 1 || SILENT.contains(&key) {
            return None;
        }
        if self.other.contains(&true) {
            return Some(NOTHING);
        }
        let plain = match key {
            _ if ENTER.contains(&key) => b'\r',
            15 => b'\t',
            57 => b' ',
            55 => b'*',
            98 => b'/',
            2..=13 => self.of(DIGITS, key - 2),
            16..=27 => self.of(UPPER, key - 16),
            30..=41 => self.of(HOME, key - 30),
            43..=53 => self.of(LOWER, key - 43),
            71..=83 => PAD.get(usize::from(key - 71)).copied().unwrap_or(NOTHING),
            _ => NOTHING,
        };
        Some(if self.control { controlled(plain) } else { plain })
    }

    fn of(&self, (plain, shifted): (&[u8], &[u8]), nth: u16) -> u8 {
        let row = if self.shift { shifted } else { plain };
        row.get(usize::from(nth)).copied().unwrap_or(NOTHING)
    }
}

/// The control character of a key.
fn controlled(plain: u8) -> u8 {
    let upper = plain.to_ascii_uppercase();
    if (b'@'..=b'_').contains(&upper) { upper & 0x1f } else { NOTHING }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What these keys type, pressed one after the other; `+` holds Shift, `^` Ctrl for the next.
    fn typed(keys: &[(char, u16)]) -> Vec<u8> {
        let mut held = Keys::default();
        let mut text = Vec::new();
        for (hold, key) in keys {
            let with = match hold {
                '+' => Some(SHIFT[0]),
                '^' => Some(CONTROL[0]),
                _ => None,
            };
            text.extend(with.and_then(|with| held.press(with, 1)));
            text.extend(held.press(*key, 1));
            text.extend(held.press(*key, 0));
            text.extend(with.and_then(|with| held.press(with, 0)));
        }
        text
    }

    #[test]
    fn keys_are_the_characters_of_a_scanner() {
        // L O T : 1 2 Enter
        let label = [('+', 38), ('+', 24), ('+', 20), ('+', 39), (' ', 2), (' ', 3), (' ', 28)];
        assert_eq!(typed(&label), b"LOT:12\r");
        // a - B 0 (pad) /, and Ctrl+] as the group separator
        let other = [(' ', 30), (' ', 12), ('+', 48), (' ', 82), (' ', 53), ('^', 27)];
        assert_eq!(typed(&other), b"a-B0/\x1d");
    }

    #[test]
    fn a_key_that_means_nothing_garbles_the_scan_and_a_stuck_one_types_once() {
        assert_eq!(typed(&[(' ', 59), ('^', 2)]), [NOTHING, NOTHING]);
        assert_eq!(typed(&[(' ', 58), (' ', 69)]), b"");
        let mut keys = Keys::default();
        assert_eq!([1, 2, 2, 0].map(|value| keys.press(30, value)), [Some(b'a'), None, None, None]);
    }

    #[test]
    fn a_key_under_alt_or_a_key_of_the_system_is_no_character() {
        for other in OTHER {
            let mut keys = Keys::default();
            assert_eq!(keys.press(other, 1), None);
            // 6 and 5 of the pad of digits: the character with the number 65, and no digits of a code.
            assert_eq!([77, 76].map(|key| keys.press(key, 1)), [Some(NOTHING); 2]);
            assert_eq!(keys.press(other, 0), None);
            assert_eq!(keys.press(77, 1), Some(b'6'));
        }
    }
}
