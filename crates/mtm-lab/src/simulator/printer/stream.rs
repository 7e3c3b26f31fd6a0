//! What a printer makes of the bytes that it is sent.

/// Longest format; more is cut, as a printer's memory ends as well.
const FORMAT_MAX: usize = 1_048_576;

/// Something that was sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `~HS`: answered at once, also in the middle of a format.
    Question,
    /// A format began.
    Begin,
    /// A format, from `^XA` to `^XZ`.
    Format(String),
}

/// Bytes on their way.
#[derive(Debug, Default)]
pub(super) struct Stream {
    kept: Vec<u8>,
    is_in_format: bool,
}

impl Stream {
    /// Takes more bytes, and gives what became whole by them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        for byte in bytes {
            if self.kept.len() < FORMAT_MAX {
                self.kept.push(*byte);
            }
            if self.kept.ends_with(b"~HS") {
                self.kept.truncate(self.kept.len() - 3);
                parts.push(Part::Question);
            } else if self.kept.ends_with(b"^XA") {
                self.kept = b"^XA".to_vec();
                self.is_in_format = true;
                parts.push(Part::Begin);
            } else if self.kept.ends_with(b"^XZ") {
                let format = std::mem::take(&mut self.kept);
                // An end without a beginning prints nothing.
                if std::mem::take(&mut self.is_in_format) {
                    parts.push(Part::Format(String::from_utf8_lossy(&format).into_owned()));
                }
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_in_the_middle_of_a_format() {
        let mut stream = Stream::default();
        let mut parts = stream.take(b"~HS\r\n^XA^FO1");
        parts.extend(stream.take(b"~H"));
        parts.extend(stream.take(b"S,1^FDx^FS^X"));
        parts.extend(stream.take(b"Z^XZ~HS"));
        let format = Part::Format("^XA^FO1,1^FDx^FS^XZ".to_owned());
        assert_eq!(parts, [Part::Question, Part::Begin, Part::Question, format, Part::Question]);
    }
}
