//! Scans from standard input, a line each.

use std::io::{self, BufRead};

use mtm_core::scan::MAX_RAW;

/// The next scan without its line break; `None` at the end. What is longer than any code is read to its
/// end and given in part, which is still too long to be taken for one. Empty lines are no scans.
pub(super) fn next(input: &mut impl BufRead) -> io::Result<Option<String>> {
    loop {
        let mut line: Vec<u8> = Vec::new();
        let mut any = false;
        loop {
            let buffer = match input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.unwrap_or(buffer.len());
            let room = (MAX_RAW + 1).saturating_sub(line.len());
            line.extend_from_slice(&buffer[..length.min(room)]);
            input.consume(length + usize::from(end.is_some()));
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches('\r');
        if !text.trim().is_empty() {
            return Ok(Some(text.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_scans_whatever_ends_them() {
        let long = "x".repeat(10_000);
        let input = format!("LOT:1\r\n\n  \nLOT:2\n{long}\nlast");
        let mut input = io::BufReader::with_capacity(7, input.as_bytes());
        let mut scans = Vec::new();
        while let Some(scan) = next(&mut input).unwrap() {
            scans.push(scan);
        }
        assert_eq!((scans[0].as_str(), scans[1].as_str()), ("LOT:1", "LOT:2"));
        assert_eq!((scans[2].len(), scans[3].as_str()), (MAX_RAW + 1, "last"));
        assert_eq!(scans.len(), 4);
    }
}
