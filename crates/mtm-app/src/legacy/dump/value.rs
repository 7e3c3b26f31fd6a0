//! A value of a row, as the dump writes it and before anybody gives it a meaning.

use super::error::DumpFault;

/// One value of a delivered row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// The statement does not carry the column.
    #[default]
    Absent,
    /// `NULL`.
    Null,
    /// A string.
    Text(String),
    /// A number as written, with its sign.
    Number(String),
    /// A hexadecimal, bit or `_binary` literal that is not text.
    Bytes(Vec<u8>),
}

/// How the bytes of a string stand for letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8 and its subsets.
    Utf8,
    /// What servers call `latin1`: Windows code page 1252.
    Latin1,
    /// No letters: text if it happens to be UTF-8.
    Binary,
}

impl Charset {
    /// The character set that servers call `name`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf8" | "utf8mb3" | "utf8mb4" | "ascii" | "default" => Some(Self::Utf8),
            "latin1" => Some(Self::Latin1),
            "binary" => Some(Self::Binary),
            _ => None,
        }
    }

    /// Reads `bytes` as a string of this character set.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Value, NotText> {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Latin1, _) => {
                let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
                Ok(Value::Text(text.into_owned()))
            }
            (_, Ok(text)) => Ok(Value::Text(text.to_owned())),
            (Self::Binary, Err(_)) => Ok(Value::Bytes(bytes.to_vec())),
            (Self::Utf8, Err(_)) => Err(NotText),
        }
    }
}

/// The bytes are no text in their character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotText;

/// The bytes of hexadecimal `digits`; an odd count has a zero in front, as servers read it.
pub(super) fn from_hex(digits: &[u8]) -> Result<Vec<u8>, DumpFault> {
    let wrong = || DumpFault::Unsupported { what: "this hexadecimal literal".to_owned() };
    let nibble = |digit: u8| char::from(digit).to_digit(16).ok_or_else(wrong);
    let mut bytes = Vec::with_capacity(digits.len().div_ceil(2));
    for pair in digits.rchunks(2).rev() {
        let mut byte = 0;
        for &digit in pair {
            byte = byte * 16 + nibble(digit)?;
        }
        bytes.push(u8::try_from(byte).map_err(|_| wrong())?);
    }
    Ok(bytes)
}

/// The number that binary `digits` write.
pub(super) fn from_bits(digits: &[u8]) -> Result<Value, DumpFault> {
    let wrong = || DumpFault::Unsupported { what: "this bit literal".to_owned() };
    let text = std::str::from_utf8(digits).map_err(|_| wrong())?;
    let number = u64::from_str_radix(text, 2).map_err(|_| wrong())?;
    Ok(Value::Number(number.to_string()))
}
