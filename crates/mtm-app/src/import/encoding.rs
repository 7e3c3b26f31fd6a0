//! Text of whatever encoding a spreadsheet saved it in.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decodes a text file: by its byte order mark, else as UTF-8, else as Windows-1252 (which is how
/// western spreadsheets save "CSV"). UTF-16 without a mark is recognised by its zero bytes.
/// `None` where a file claims an encoding and breaks it.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
    }
    if let Some(encoding) = wide(bytes) {
        return encoding.decode_without_bom_handling_and_without_replacement(bytes);
    }
    UTF_8
        .decode_without_bom_handling_and_without_replacement(bytes)
        .or_else(|| WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes))
}

fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(200)];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let pairs = head.len() / 2;
    if pairs < 2 {
        return None;
    }
    if zeros(1) * 2 > pairs {
        Some(UTF_16LE)
    } else if zeros(0) * 2 > pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheet_encodings_all_read_the_same() {
        let text = "part;notes\r\n11058;Größe\r\n";
        let utf16 = |big: bool, mark: bool| {
            let mut bytes: Vec<u8> = Vec::new();
            for unit in mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()) {
                bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
            }
            bytes
        };
        let (latin, _, _) = WINDOWS_1252.encode(text);
        let marked = format!("\u{feff}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked.into_bytes(),
            latin.into_owned(),
            utf16(false, true),
            utf16(true, true),
            utf16(false, false),
            utf16(true, false),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text, "{bytes:?}");
        }
    }

    #[test]
    fn a_broken_claim_is_refused() {
        assert_eq!(decode(b"\xef\xbb\xbfpart\n\xff\xfe"), None);
    }
}
