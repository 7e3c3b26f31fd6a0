//! The code on a count sheet: which count, and which of its lines.
//!
//! ```text
//! code = "COUNT:" id [ "/" line ]
//! id   = the count's identity, with or without hyphens, in any case
//! line = the number of a line, from 1
//! ```
//!
//! Written without hyphens and in capitals it needs a small symbol only, because a QR code packs such
//! characters two by two.

use uuid::Uuid;

use crate::word::CountId;

const KEY: &str = "COUNT";

/// A count sheet, or a line of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// The count.
    pub count: CountId,
    /// The line; none for the sheet as a whole.
    pub line: Option<u32>,
}

impl Sheet {
    /// The text of the printed code.
    pub fn text(self) -> String {
        let id = self.count.0.simple().to_string().to_uppercase();
        match self.line {
            Some(line) => format!("{KEY}:{id}/{line}"),
            None => format!("{KEY}:{id}"),
        }
    }

    /// Reads `text` if it is such a code.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (head, rest) = text.split_once(':')?;
        if !head.trim().eq_ignore_ascii_case(KEY) {
            return None;
        }
        let (id, line) = match rest.split_once('/') {
            Some((id, line)) => (id, Some(line)),
            None => (rest, None),
        };
        let count = CountId(Uuid::try_parse(id.trim()).ok()?);
        let line = match line {
            Some(line) => Some(line.trim().parse().ok().filter(|line| *line > 0)?),
            None => None,
        };
        Some(Self { count, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        let id = "019ac0de-0000-7000-8000-00000000abcd";
        let count = CountId(Uuid::parse_str(id).unwrap());
        for line in [None, Some(1), Some(4_999)] {
            let sheet = Sheet { count, line };
            assert_eq!(Sheet::read(&sheet.text()), Some(sheet));
        }
        let text = Sheet { count, line: Some(7) }.text();
        assert_eq!(text, "COUNT:019AC0DE00007000800000000000ABCD/7");
        assert_eq!(Sheet::read(&format!("count: {id} / 7")), Some(Sheet { count, line: Some(7) }));
        for other in ["COUNT:", "COUNT:7", "COUNTER:7", "LOT:7", "COUNT", ""] {
            assert_eq!(Sheet::read(other), None, "{other}");
        }
        for line in ["0", "-1", "x", "", "7/8", "99999999999"] {
            assert_eq!(Sheet::read(&format!("COUNT:{id}/{line}")), None, "{line}");
        }
    }
}
