//! Taking a stream apart: `multipart` (RFC 2046), as agents write it.
//!
//! Parts are found by their length where they say one, else by the boundary, and then also by the end of the document:
//! the boundary after a part comes with the next part only, which may be a heartbeat later. Bounded: what stands before
//! the first boundary, the headers of a part, and a part.

/// Most bytes before the first boundary, and of the headers of a part.
const MOST_AROUND: usize = 8 * 1024;
/// Longest boundary (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;
/// How documents end, without their prefix.
const ENDS: [&str; 3] = ["MTConnectStreams>", "MTConnectError>", "MTConnectDevices>"];

/// Why a stream cannot be taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Torn {
    #[error("a part is longer than {0} bytes")]
    TooLarge(usize),
    #[error("{0}")]
    Odd(&'static str),
}

/// The boundary that a type of content names, where that is one of many parts.
pub(super) fn boundary(content_type: &str) -> Option<Result<String, Torn>> {
    let mut fields = content_type.split(';');
    let kind = fields.next().unwrap_or_default().trim().to_ascii_lowercase();
    if !kind.starts_with("multipart/") {
        return None;
    }
    let named = fields.find_map(|field| {
        let (name, value) = field.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    });
    let fits = |it: &&str| (1..=LONGEST_BOUNDARY).contains(&it.len()) && it.is_ascii();
    let named = named.filter(fits).map(str::to_owned);
    Some(named.ok_or(Torn::Odd("the stream names no boundary of its parts")))
}

/// Where in the stream the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before a boundary.
    Between,
    /// After one.
    Headers,
    /// In a part of so many bytes, or of as many as there are up to the boundary.
    Part(Option<usize>),
    /// After the last one.
    Over,
}

/// The parts of a stream.
#[derive(Debug)]
pub(super) struct Parts {
    delimiter: Vec<u8>,
    most: usize,
    kept: Vec<u8>,
    at: At,
    /// How much of what is kept was looked through in vain.
    looked: usize,
    /// Whether anything but blanks may come before the next boundary.
    is_first: bool,
}

impl Parts {
    /// Parts between `boundary`, of at most `most` bytes.
    pub(super) fn new(boundary: &str, most: usize) -> Self {
        let delimiter = format!("--{boundary}").into_bytes();
        Self { delimiter, most, kept: Vec::new(), at: At::Between, looked: 0, is_first: true }
    }

    /// Takes bytes as they came.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// The next part that is there as a whole; more bytes are needed where there is none.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Torn> {
        loop {
            let is_on = match self.at {
                At::Between => self.find_boundary()?,
                At::Headers => self.read_headers()?,
                At::Part(length) => {
                    let part = match length {
                        Some(length) => self.measured(length),
                        None => self.delimited()?,
                    };
                    if part.is_some() {
                        self.go(At::Between);
                    }
                    return Ok(part);
                }
                At::Over => false,
            };
            if !is_on {
                return Ok(None);
            }
        }
    }

    /// Whether the stream said that it is over.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.at, At::Over)
    }

    fn go(&mut self, at: At) {
        self.at = at;
        self.looked = 0;
    }

    fn find_boundary(&mut self) -> Result<bool, Torn> {
        if !self.is_first {
            let blanks = self.kept.iter().take_while(|it| it.is_ascii_whitespace()).count();
            self.kept.drain(..blanks);
        }
        let Some(start) = self.line_of_delimiter(0) else {
            let is_beginning = self.delimiter.starts_with(&self.kept);
            if self.is_first && self.kept.len() > MOST_AROUND || !self.is_first && !is_beginning {
                return Err(Torn::Odd("something stands between the parts of the stream"));
            }
            return Ok(false);
        };
        if !self.is_first && start > 0 {
            return Err(Torn::Odd("something stands between the parts of the stream"));
        }
        // What follows tells whether it was the last one.
        let after = start + self.delimiter.len();
        let Some(follows) = self.kept.get(after..after + 2) else { return Ok(false) };
        if follows == b"--" {
            self.kept.clear();
            self.go(At::Over);
            return Ok(false);
        }
        self.kept.drain(..after);
        self.is_first = false;
        self.go(At::Headers);
        Ok(true)
    }

    /// Where a line begins with the delimiter, from `from` on.
    fn line_of_delimiter(&self, from: usize) -> Option<usize> {
        let kept = self.kept.get(from..)?;
        let found = kept.windows(self.delimiter.len()).enumerate().find(|(at, window)| {
            let is_line = match (from + at).checked_sub(1) {
                None => true,
                Some(before) => self.kept.get(before) == Some(&b'\n'),
            };
            is_line && *window == self.delimiter.as_slice()
        });
        found.map(|(at, _)| from + at)
    }

    fn read_headers(&mut self) -> Result<bool, Torn> {
        let within = self.kept.get(..MOST_AROUND.min(self.kept.len())).unwrap_or_default();
        let lines = || within.split_inclusive(|it| *it == b'\n');
        // The first line is the rest of that of the boundary.
        let Some(blank) = lines().skip(1).position(|line| matches!(line, b"\n" | b"\r\n")) else {
            if self.kept.len() > MOST_AROUND {
                return Err(Torn::Odd("the headers of a part do not end"));
            }
            return Ok(false);
        };
        let mut lines = lines().take(blank + 2);
        let rest = lines.next().unwrap_or_default();
        if !rest.iter().all(u8::is_ascii_whitespace) {
            return Err(Torn::Odd("a boundary of the stream goes on as another one"));
        }
        let mut whole = rest.len();
        let mut length = None;
        for line in lines {
            whole += line.len();
            length = length.or(measure(line)?);
        }
        if length.is_some_and(|length| length > self.most) {
            return Err(Torn::TooLarge(self.most));
        }
        self.kept.drain(..whole);
        self.go(At::Part(length));
        Ok(true)
    }

    fn measured(&mut self, length: usize) -> Option<Vec<u8>> {
        (self.kept.len() >= length).then(|| self.kept.drain(..length).collect())
    }

    fn delimited(&mut self) -> Result<Option<Vec<u8>>, Torn> {
        let end = self.line_of_delimiter(self.looked).or_else(|| self.end_of_document());
        if end.unwrap_or(self.kept.len()) > self.most {
            return Err(Torn::TooLarge(self.most));
        }
        // A delimiter may have begun.
        self.looked = self.kept.len().saturating_sub(self.delimiter.len());
        Ok(end.map(|end| self.kept.drain(..end).collect()))
    }

    /// What is kept ends where a document does.
    fn end_of_document(&self) -> Option<usize> {
        let kept = self.kept.trim_ascii_end();
        let name = ENDS.iter().find(|end| kept.ends_with(end.as_bytes()))?;
        let before = kept.get(..kept.len() - name.len())?;
        let tag = before.iter().rposition(|it| *it == b'<')?;
        let prefix = before.get(tag + 1..)?.strip_prefix(b"/")?;
        let is_prefix = prefix.is_empty() || prefix.ends_with(b":");
        is_prefix.then_some(kept.len())
    }
}

/// The length that a header says, where it is that one. Old agents end it with a semicolon.
fn measure(line: &[u8]) -> Result<Option<usize>, Torn> {
    let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|it| it.split_once(':'))
    else {
        return Ok(None);
    };
    if !name.trim().eq_ignore_ascii_case("content-length") {
        return Ok(None);
    }
    let value = value.trim().trim_end_matches(';').trim_end();
    let is_number = !value.is_empty() && value.bytes().all(|it| it.is_ascii_digit());
    // What is no number that fits is longer than anything that is read.
    let length = is_number.then(|| value.parse().unwrap_or(usize::MAX));
    length.map(Some).ok_or(Torn::Odd("the length of a part is no number"))
}

#[cfg(test)]
mod tests;
