//! The lines of an archive, each in one way of writing only.

use mtm_core::audit;
use mtm_store::entries::ChainEntry;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::hex::hex;

/// What the first line says.
pub(super) const FORMAT: &str = "mtm-archive-1";
/// How lines of entries begin, and no others.
const ENTRY: &str = "{\"sequence\":";

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) format: String,
    /// Place of the first entry.
    pub(super) from: u64,
    /// Hash of the one before it.
    pub(super) previous: String,
    /// The checkpoint that the archive before ended with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<Checkpoint>,
}

/// The line of an entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) sequence: u64,
    /// What is hashed.
    #[serde(rename = "entry")]
    pub(super) text: String,
    pub(super) hash: String,
    /// The notes of its movement, and their salt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) notes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) salt: Option<String>,
}

/// The line after the last entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) movements: u64,
    pub(super) checkpoint: Checkpoint,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seal {
    /// SHA-256 of the packed bytes before.
    pub(super) packed: String,
    /// The signature of the [`statement`], by the key of the checkpoint, in base64.
    pub(super) signature: String,
}

/// A line after the first.
pub(super) enum Line {
    Entry(Entry),
    End(Box<End>),
}

impl Line {
    pub(super) fn read(text: &str) -> Option<Self> {
        if text.starts_with(ENTRY) {
            return read(text).map(Self::Entry);
        }
        read(text).map(|end| Self::End(Box::new(end)))
    }
}

/// What is signed: the SHA-256 of all lines before the seal, without notes and salts, which are bound to
/// their entry by the hash in it, and may be taken out.
pub(super) fn statement(lines: &audit::Hash) -> String {
    format!("{FORMAT}\nlines {}\n", lines.hex())
}

/// A line as it stands in the file.
pub(super) fn text(line: &impl Serialize) -> String {
    // Plain structs of texts and numbers always serialise.
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a line that was written by [`text`]; nothing where any byte is not as that writes it.
pub(super) fn read<T: Serialize + DeserializeOwned>(line: &str) -> Option<T> {
    let value: T = serde_json::from_str(line).ok()?;
    (text(&value) == line).then_some(value)
}

impl Entry {
    pub(super) fn of(entry: ChainEntry) -> Self {
        let (notes, salt) = entry.notes.unzip();
        let (sequence, hash) = (entry.sequence, entry.hash.hex());
        Self { sequence, text: entry.entry, hash, notes, salt: salt.map(|salt| hex(&salt)) }
    }

    /// The same without its notes: what of it is signed.
    pub(super) fn bare(&self) -> Self {
        Self { notes: None, salt: None, ..self.clone() }
    }

    /// Whether it came with notes.
    pub(super) const fn tells(&self) -> bool {
        self.notes.is_some() || self.salt.is_some()
    }

    /// The salted hash of its notes, where it came with both.
    pub(super) fn notes_hash(&self) -> Option<String> {
        let salt = bytes(self.salt.as_deref()?)?;
        Some(audit::text_hash(&salt, self.notes.as_deref()?).hex())
    }
}

/// The bytes of hexadecimal text, as [`hex`] writes it.
pub(super) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (hex(&bytes) == text).then_some(bytes)
}
