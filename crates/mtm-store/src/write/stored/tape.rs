//! Numbers, identities and texts, one after the other.

use std::collections::HashMap;

use uuid::Uuid;

/// Writes a tape. Texts are numbered in order of their first mention.
pub(super) struct Writer<'t> {
    bytes: Vec<u8>,
    texts: HashMap<&'t str, u64>,
}

impl<'t> Writer<'t> {
    /// A tape that begins with `version`.
    pub(super) fn new(version: u8) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.push(version);
        Self { bytes, texts: HashMap::new() }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Seven bits to a byte, the lowest first.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.bytes.push(number.to_le_bytes()[0]);
    }

    pub(super) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    /// Small whether positive or negative.
    pub(super) fn signed(&mut self, number: i64) {
        self.number((number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
    }

    pub(super) fn uuid(&mut self, uuid: Uuid) {
        self.bytes.extend_from_slice(uuid.as_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// The text's number, and the text where it is new.
    pub(super) fn text(&mut self, text: &'t str) {
        let next = self.texts.len() as u64;
        let number = *self.texts.entry(text).or_insert(next);
        self.number(number);
        if number == next {
            self.length(text.len());
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    /// Whether there is one, and it.
    pub(super) fn option<T>(&mut self, option: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match option {
            None => self.number(0),
            Some(value) => {
                self.number(1);
                write(self, value);
            }
        }
    }
}

/// Reads a tape; `None` where it is not one.
pub(super) struct Reader<'t> {
    rest: &'t [u8],
    texts: Vec<&'t str>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { rest: bytes, texts: Vec::new() }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if bits.leading_zeros() < shift {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A length of something that takes at least a byte each: never more than is left.
    pub(super) fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(self.number()?).ok()?;
        (length <= self.rest.len()).then_some(length)
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub(super) fn uuid(&mut self) -> Option<Uuid> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(Uuid::from_bytes(*bytes))
    }

    pub(super) fn bytes(&mut self) -> Option<&'t [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'t str> {
        let number = usize::try_from(self.number()?).ok()?;
        if number == self.texts.len() {
            let text = std::str::from_utf8(self.bytes()?).ok()?;
            self.texts.push(text);
        }
        self.texts.get(number).copied()
    }

    #[expect(clippy::option_option, reason = "whether it is readable, and whether there is one")]
    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.number()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.length()?;
        (0..length).map(|_| read(self)).collect()
    }
}
