//! Bytes that no keyboard types, as people write them in a configuration.

/// The bytes of `text`: characters as they are, `\r`, `\n`, `\t`, `\\`, and `\x02` for the byte of that number.
/// `None` where a backslash begins nothing of these.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let byte = match rest.chars().next()? {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '\\' => b'\\',
            'x' => {
                let digits =
                    rest.get(1..3).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).ok()?
            }
            _ => return None,
        };
        bytes.push(byte);
        rest = &rest[1..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_what_people_write() {
        assert_eq!(unescape("W\\r\\n").unwrap(), b"W\r\n");
        assert_eq!(
            unescape("\\x02a\\\\\\x7F\\t\u{fc}").unwrap(),
            "\u{2}a\\\u{7f}\t\u{fc}".as_bytes()
        );
        assert_eq!(unescape("").unwrap(), b"");
        for wrong in ["\\", "\\x", "\\x0", "\\xgg", "\\x+1", "a\\q", "\\x\u{fc}"] {
            assert_eq!(unescape(wrong), None, "{wrong}");
        }
    }
}
