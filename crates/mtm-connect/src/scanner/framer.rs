//! Where one scan ends and the next begins, without any input or output.
//!
//! A line brings bytes in any pieces: half a scan, three at once, with noise between. What is whole comes out
//! as text; what is not is said to be garbled, with why, and is never mended or guessed. After a fault
//! the next beginning or end is where whole scans go on. Where scans have no beginning, what follows one that
//! fell silent may be the rest of it: it is garbled as well.

use std::time::Duration;

/// Where scans begin and end on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framing {
    /// What stands before each scan; empty where nothing does. It must not occur in a code.
    pub prefix: Vec<u8>,
    /// What ends each scan.
    pub end: End,
    /// Most bytes of one scan, without prefix and end.
    pub longest: usize,
    /// Silence after which a scan is over ([`End::Silence`]), or given up because its end never came.
    pub quiet: Duration,
}

/// What ends a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// A carriage return, a line feed, or both.
    LineBreak,
    /// Exactly these bytes, at least one.
    Bytes(Vec<u8>),
    /// Nothing comes for a while.
    Silence,
}

impl Default for Framing {
    /// Lines of at most 4,096 bytes, given up after two seconds of silence.
    fn default() -> Self {
        Self {
            prefix: Vec::new(),
            end: End::LineBreak,
            longest: 4_096,
            quiet: Duration::from_secs(2),
        }
    }
}

/// What came of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole scan, without what frames it.
    Frame(String),
    /// Bytes that are no whole scan.
    Garbled(Garble),
}

/// Bytes that are no whole scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garble {
    /// What is wrong with them.
    pub fault: Fault,
    /// How many there were.
    pub bytes: usize,
    /// The first of them, for people; what cannot be shown is a dot.
    pub seen: String,
}

/// Why bytes are no whole scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// More bytes than a scan may have.
    #[error("longer than a scan may be")]
    TooLong,
    /// A character that no code holds.
    #[error("with a character that no code holds")]
    Control,
    /// The bytes are no text in UTF-8.
    #[error("no text in UTF-8")]
    NotText,
    /// The beginning is missing.
    #[error("without its beginning")]
    NoPrefix,
    /// The end is missing.
    #[error("without its end")]
    CutOff,
}

/// Characters of a garbled scan that are shown.
const SHOWN: usize = 40;

/// Takes bytes as they come.
#[derive(Debug)]
pub struct Framer {
    framing: Framing,
    buffer: Vec<u8>,
    /// Bytes of this scan that were let go because it is too long.
    dropped: usize,
    /// How the too long scan began.
    head: Vec<u8>,
    /// What comes up to the next end may be the rest of a scan that was given up.
    headless: bool,
}

impl Framer {
    /// Nothing came yet.
    pub fn new(framing: Framing) -> Self {
        Self { framing, buffer: Vec::new(), dropped: 0, head: Vec::new(), headless: false }
    }

    /// Whether a scan has begun and not ended.
    pub fn is_open(&self) -> bool {
        self.dropped > 0 || !is_blank(&self.buffer)
    }

    /// Takes bytes; what they complete is added to `pieces`.
    pub fn push(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        for byte in bytes {
            self.buffer.push(*byte);
            self.begin_again(pieces);
            if let Some(end) = self.end() {
                self.buffer.truncate(self.buffer.len() - end);
                self.close(pieces);
            }
            self.keep_within_bounds();
        }
    }

    /// Nothing came for as long as [`Framing::quiet`] says.
    pub fn quiet(&mut self, pieces: &mut Vec<Piece>) {
        if self.framing.end == End::Silence {
            self.close(pieces);
        } else {
            // `QTY:1`, a pause and `200` are not 200 pieces: only a prefix can say that a scan begins.
            self.headless |= self.is_open() && self.framing.prefix.is_empty();
            self.cut(pieces);
        }
    }

    /// The line is gone, in whichever place of a scan.
    pub fn cut(&mut self, pieces: &mut Vec<Piece>) {
        if self.is_open() {
            pieces.push(self.garbled(Fault::CutOff));
        }
        self.clear();
    }

    /// A scan that begins while another one is open leaves that one without its end.
    fn begin_again(&mut self, pieces: &mut Vec<Piece>) {
        let prefix = &self.framing.prefix;
        let at = self.buffer.len().saturating_sub(prefix.len());
        let first = self.dropped == 0 && at == 0;
        if prefix.is_empty() || first || !self.buffer.ends_with(prefix) {
            return;
        }
        let begun = self.dropped > 0 || self.buffer.starts_with(prefix);
        self.buffer.truncate(at);
        if self.is_open() {
            let fault = if begun { Fault::CutOff } else { Fault::NoPrefix };
            pieces.push(self.garbled(fault));
        }
        self.clear();
        self.buffer.extend_from_slice(&self.framing.prefix);
    }

    /// Bytes of the end that the buffer ends with.
    fn end(&self) -> Option<usize> {
        match &self.framing.end {
            End::LineBreak => matches!(self.buffer.last(), Some(b'\r' | b'\n')).then_some(1),
            End::Bytes(end) => self.buffer.ends_with(end).then_some(end.len()),
            End::Silence => None,
        }
    }

    fn close(&mut self, pieces: &mut Vec<Piece>) {
        if self.is_open() {
            let piece = match self.content() {
                Ok(None) => None,
                Ok(Some(text)) => Some(Piece::Frame(text)),
                Err(fault) => Some(self.garbled(fault)),
            };
            pieces.extend(piece);
        }
        self.clear();
        self.headless = false;
    }

    /// The code of a whole scan; `None` for an empty one.
    fn content(&self) -> Result<Option<String>, Fault> {
        if self.dropped > 0 {
            return Err(Fault::TooLong);
        }
        if self.headless {
            return Err(Fault::NoPrefix);
        }
        let framed = self.buffer.strip_prefix(&self.framing.prefix[..]).ok_or(Fault::NoPrefix)?;
        // Some scanners end lines besides: that is between scans, and no part of the next one.
        let framed = if self.framing.prefix.is_empty() { without_breaks(framed) } else { framed };
        let bytes = framed.trim_ascii_end();
        if bytes.len() > self.framing.longest {
            return Err(Fault::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_| Fault::NotText)?;
        if text.chars().any(|it| it.is_control() && !is_of_codes(it)) {
            return Err(Fault::Control);
        }
        Ok((!text.trim().is_empty()).then(|| text.to_owned()))
    }

    /// A scan without an end takes no memory: its bytes are counted and let go.
    fn keep_within_bounds(&mut self) {
        let end = if let End::Bytes(end) = &self.framing.end { end.len() } else { 1 };
        let frame = self.framing.prefix.len() + end;
        if self.buffer.len() > self.framing.longest + frame {
            if self.dropped == 0 {
                self.head = self.buffer[..self.buffer.len().min(SHOWN)].to_vec();
            }
            let gone = self.buffer.len() - frame;
            self.buffer.drain(..gone);
            self.dropped += gone;
        }
    }

    fn garbled(&self, fault: Fault) -> Piece {
        let fault = if self.dropped > 0 { Fault::TooLong } else { fault };
        let begins = if self.dropped > 0 { &self.head } else { &self.buffer };
        let text = String::from_utf8_lossy(&begins[..begins.len().min(SHOWN)]).into_owned();
        let seen = text.chars().map(|it| if it.is_control() { '.' } else { it }).collect();
        Piece::Garbled(Garble { fault, bytes: self.dropped + self.buffer.len(), seen })
    }

    fn clear(&mut self) {
        self.buffer.clear();
        self.head.clear();
        self.dropped = 0;
    }
}

/// Control characters that codes are made with: those of GS1 and ISO/IEC 15434, and tabs.
fn is_of_codes(it: char) -> bool {
    matches!(it, '\t' | '\u{04}' | '\u{1c}'..='\u{1f}')
}

/// The bytes from the first that breaks no line.
fn without_breaks(bytes: &[u8]) -> &[u8] {
    let breaks = bytes.iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
    &bytes[breaks..]
}

/// Line breaks and blanks between scans are none.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests;
