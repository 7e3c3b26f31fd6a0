//! The dump as a stream of bytes: position, hash, and the checks that need no grammar.

use std::io::{ErrorKind, Read};

use sha2::{Digest, Sha256};

use super::error::{DumpError, DumpFault, Position};

const BUFFER: usize = 64 * 1024;

/// A buffered byte source that knows where it is and hashes all it reads.
pub(super) struct Bytes<R> {
    source: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    at: Position,
    ended: bool,
    hash: Sha256,
}

impl<R: Read> Bytes<R> {
    /// Opens `source`, refuses encodings and packings that a dump cannot have, and steps over a
    /// UTF-8 byte order mark.
    pub(super) fn open(source: R) -> Result<Self, DumpError> {
        let mut bytes = Self {
            source,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            at: Position::START,
            ended: false,
            hash: Sha256::new(),
        };
        while bytes.end < 6 && !bytes.ended {
            bytes.read_more()?;
        }
        if let Some(fault) = refuse_signature(&bytes.buffer[..bytes.end.min(6)]) {
            return Err(bytes.error(fault));
        }
        bytes.refuse_zero(0)?;
        if bytes.buffer[..bytes.end].starts_with(b"\xEF\xBB\xBF") {
            bytes.start = 3;
            bytes.at.offset = 3;
        }
        Ok(bytes)
    }

    /// The next byte without taking it; `None` at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>, DumpError> {
        if self.start == self.end {
            self.fill(1)?;
        }
        Ok(self.buffer[..self.end].get(self.start).copied())
    }

    /// The byte `ahead` of the next one (at most a few), without taking either.
    pub(super) fn peek_at(&mut self, ahead: usize) -> Result<Option<u8>, DumpError> {
        if self.end - self.start <= ahead {
            self.fill(ahead + 1)?;
        }
        Ok(self.buffer[..self.end].get(self.start + ahead).copied())
    }

    /// Takes the next byte; `None` at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<u8>, DumpError> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.start += 1;
            self.at.offset += 1;
            if byte == b'\n' {
                self.at.line += 1;
            }
        }
        Ok(byte)
    }

    /// Where the next byte stands.
    pub(super) fn at(&self) -> Position {
        self.at
    }

    /// An error at the next byte, outside any table.
    pub(super) fn error(&self, fault: DumpFault) -> DumpError {
        DumpError { fault, at: self.at, table: None }
    }

    /// SHA-256 of every byte read so far, in hexadecimal; of the whole file at its end.
    pub(super) fn sha256(&self) -> String {
        use std::fmt::Write as _;
        let digest = self.hash.clone().finalize();
        digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing into a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Makes at least `wanted` bytes available, unless the source ends before.
    fn fill(&mut self, wanted: usize) -> Result<(), DumpError> {
        while self.end - self.start < wanted && !self.ended {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            let fresh = self.end;
            self.read_more()?;
            self.refuse_zero(fresh)?;
        }
        Ok(())
    }

    fn read_more(&mut self) -> Result<(), DumpError> {
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => {
                    self.hash.update(&self.buffer[self.end..self.end + read]);
                    self.end += read;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.error(DumpFault::Read(error))),
            }
            return Ok(());
        }
    }

    /// Refuses a zero byte among the bytes from `fresh` on. Dump tools write it as `\0`, so a raw
    /// one is a hole that a crash or a bad copy left.
    fn refuse_zero(&self, fresh: usize) -> Result<(), DumpError> {
        let Some(hole) = self.buffer[fresh..self.end].iter().position(|&byte| byte == 0) else {
            return Ok(());
        };
        let before = &self.buffer[self.start..fresh + hole];
        let at = Position {
            offset: self.at.offset + before.len() as u64,
            line: self.at.line + before.split(|&byte| byte == b'\n').skip(1).count() as u64,
        };
        Err(DumpError { fault: DumpFault::ZeroByte, at, table: None })
    }
}

fn refuse_signature(head: &[u8]) -> Option<DumpFault> {
    let packed = |format| Some(DumpFault::Packed { format });
    match head {
        // A byte order mark, or every other byte zero, as plain letters have it.
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [0, 1..=255, 0, 1..=255, ..]
        | [1..=255, 0, 1..=255, 0, ..] => Some(DumpFault::Utf16),
        [0x1F, 0x8B, ..] => packed("gzip"),
        [b'P', b'K', 3, 4, ..] => packed("zip"),
        [0xFD, b'7', b'z', b'X', b'Z', ..] => packed("xz"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => packed("zstd"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => packed("bzip2"),
        [b'7', b'z', 0xBC, 0xAF, ..] => packed("7z"),
        _ => None,
    }
}
