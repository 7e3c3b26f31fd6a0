//! The file: lines in gzip, in two members that every unpacker reads as one text.
//!
//! The first member holds the lines, compressed. The second holds the seal, not compressed, which knows
//! the SHA-256 of the first one's bytes; its own bytes follow from its text. So no byte of the file can be
//! another one: neither in a header that unpackers pass over, nor in the bits that compression leaves over.

use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use mtm_core::audit::Hash;
use mtm_platform::durable::{Access, Draft};
use mtm_platform::{FileError, Operation};
use sha2::{Digest as _, Sha256};

/// Packed bytes that go to the file together.
const SPILL: usize = 64 << 10;
/// No line is longer: an entry holds one movement, or the facts of one change.
const LONGEST: u64 = 64 << 20;
/// No seal is longer.
const LONGEST_SEAL: u64 = 4 << 10;
/// How the second member begins: gzip, without a name and a time, by a system that is not told.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// What says that the only block is not compressed, and how long it is, twice.
const BLOCK: usize = 5;
/// What sums up the second member at its end.
const TRAILER: usize = 8;

/// Lines on their way into a file.
pub(super) struct Sink {
    target: PathBuf,
    draft: Draft,
    encoder: GzEncoder<Vec<u8>>,
    packed: Sha256,
    signed: Sha256,
}

impl Sink {
    /// Begins the file at `path`, where nothing may be. Notes of people are in it: it is for this account.
    pub(super) fn begin(path: &Path) -> Result<Self, FileError> {
        refuse_existing(path)?;
        Ok(Self {
            target: path.to_owned(),
            draft: Draft::begin(path, Access::Private)?,
            encoder: GzEncoder::new(Vec::new(), Compression::default()),
            packed: Sha256::new(),
            signed: Sha256::new(),
        })
    }

    /// Adds a line; `signed` is what of it is signed.
    pub(super) fn line(&mut self, text: &str, signed: &str) -> Result<(), FileError> {
        self.signed.update(signed.as_bytes());
        // Memory takes what is written to it.
        let _ = self.encoder.write_all(text.as_bytes());
        let packed = self.encoder.get_mut();
        if packed.len() < SPILL {
            return Ok(());
        }
        self.packed.update(&packed);
        self.draft.write_all(packed)?;
        packed.clear();
        Ok(())
    }

    /// Adds the seal, which is made of the digests of what is signed and of what is packed, and puts the file
    /// in place.
    pub(super) fn end(self, seal: impl FnOnce(Hash, Hash) -> String) -> Result<(), FileError> {
        let Self { target, mut draft, encoder, mut packed, signed } = self;
        let rest = encoder.finish().unwrap_or_default();
        packed.update(&rest);
        draft.write_all(&rest)?;
        let digest = |sum: Sha256| Hash(sum.finalize().into());
        draft.write_all(&stored(seal(digest(signed), digest(packed)).as_bytes()))?;
        // Not by the one step that fails on an existing name: shares of other systems do not have it, and
        // archives go there.
        refuse_existing(&target)?;
        draft.replace()
    }
}

fn refuse_existing(path: &Path) -> Result<(), FileError> {
    if !path.exists() {
        return Ok(());
    }
    Err(FileError::new(Operation::Publish, path, io::ErrorKind::AlreadyExists.into()))
}

/// The second member, of a text shorter than [`LONGEST_SEAL`].
pub(super) fn stored(text: &[u8]) -> Vec<u8> {
    let mut sum = Crc::new();
    sum.update(text);
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let mut member = HEADER.to_vec();
    // The last block, as it is.
    member.push(1);
    member.extend(length.to_le_bytes());
    member.extend((!length).to_le_bytes());
    member.extend(text);
    member.extend(sum.sum().to_le_bytes());
    member.extend(u32::from(length).to_le_bytes());
    member
}

/// The text of a second member; nothing where any byte is not as [`stored`] writes it.
pub(super) fn text_of(member: &[u8]) -> Option<&str> {
    let text = member.get(HEADER.len() + BLOCK..member.len().checked_sub(TRAILER)?)?;
    (stored(text) == member).then(|| std::str::from_utf8(text).ok())?
}

/// The lines of a file.
pub(super) struct Source<R: Read> {
    lines: BufReader<GzDecoder<Summed<R>>>,
}

impl<R: Read> Source<R> {
    pub(super) fn of(read: R) -> Self {
        let summed = Summed { read: BufReader::new(read), sum: Sha256::new() };
        Self { lines: BufReader::new(GzDecoder::new(summed)) }
    }

    /// The next line of the first member, with its end; nothing at its end.
    pub(super) fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let length = Read::take(&mut self.lines, LONGEST).read_until(b'\n', &mut line)?;
        match line.last() {
            None => Ok(None),
            Some(b'\n') => String::from_utf8(line)
                .map(Some)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Some(_) => {
                let message = format!("a line of {length} bytes has no end");
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, message))
            }
        }
    }

    /// After the last line: the digest of the first member's bytes, and what comes after it.
    pub(super) fn rest(self) -> io::Result<(Hash, Vec<u8>)> {
        let Summed { read, sum } = self.lines.into_inner().into_inner();
        let mut rest = Vec::new();
        read.take(LONGEST_SEAL).read_to_end(&mut rest)?;
        Ok((Hash(sum.finalize().into()), rest))
    }
}

/// Bytes that are summed up when they are taken.
struct Summed<R> {
    read: BufReader<R>,
    sum: Sha256,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.read.read(bytes)?;
        self.sum.update(bytes.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<R: Read> BufRead for Summed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.read.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.sum.update(self.read.buffer().get(..amount).unwrap_or_default());
        self.read.consume(amount);
    }
}
