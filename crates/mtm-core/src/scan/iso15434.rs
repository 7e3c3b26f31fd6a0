//! ISO/IEC 15434 messages: an envelope around the data of other standards.
//!
//! ```text
//! message = "[)>" RS segment+ EOT
//! segment = format data RS          format: two digits
//! ```
//!
//! Read are 05 (GS1 elements), 06 (data identifiers), 12 (text element identifiers), and 01 (transport)
//! as plain fields. Many labels in use lack the end of the message; what is there is read, and the message says
//! that it is not strict ([`Message::deviations`]). Nothing else is repaired: without its separators a message is
//! one text that could be cut in many ways.

use std::collections::HashMap;

use super::{gs1, identifier};

/// How every message begins.
pub const HEADER: &str = "[)>";
const FIELD: char = '\u{1d}';
const RECORD: char = '\u{1e}';
const END: char = '\u{4}';

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its segments, in their order.
    pub segments: Vec<Segment>,
    /// What is not as the standard wants it; empty where all is.
    pub deviations: Vec<Deviation>,
}

/// A part of a message in one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// 01: a transport label. Its fields are told by their places, as read.
    Transport(Vec<String>),
    /// 05: GS1 elements.
    Gs1(Vec<gs1::Element>),
    /// 06: fields with data identifiers.
    Identified(Vec<Field>),
    /// 12: fields with text element identifiers.
    Text(Vec<Field>),
}

/// An identifier and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The identifier, without blanks.
    pub identifier: String,
    /// What follows; may be empty.
    pub value: String,
}

/// What is not as the standard wants it, and does not hinder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Deviation {
    /// `[)>` is written with `>` before it, or without RS behind it, as an electronics distributor did.
    #[error("the header of the message is not [)> with a record separator (RS) behind it")]
    Header,
    /// The last segment has no RS behind it.
    #[error("the record separator (RS) at the end of the message is missing")]
    NoRecordEnd,
    /// There is no EOT.
    #[error("the end of transmission (EOT) at the end of the message is missing")]
    NoEnd,
}

/// Why a message cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// `[)>` is not followed by RS.
    #[error(
        "the record separator (RS) behind [)> is missing; let the scanner send control characters"
    )]
    Header,
    /// The message ends where a segment should begin.
    #[error("segment {segment} is empty; the code was cut off: scan again")]
    NoSegment {
        /// Which, from 1.
        segment: usize,
    },
    /// No format that is read here.
    #[error("segment {segment} is of format {format:?}; read are 01, 05, 06 and 12")]
    Format {
        /// Which, from 1.
        segment: usize,
        /// What stands where the format should be.
        format: String,
    },
    /// No GS behind the format.
    #[error(
        "segment {segment}: no separator (GS) follows the format; let the scanner send control characters"
    )]
    NoSeparator {
        /// Which, from 1.
        segment: usize,
    },
    /// The end is missing, and without it nobody knows whether the fields are all.
    #[error("segment {segment} has no end; the code was cut off: scan again")]
    CutOff {
        /// Which, from 1.
        segment: usize,
    },
    /// There is no field at all.
    #[error("segment {segment} holds no field; scan another code of the label")]
    NoField {
        /// Which, from 1.
        segment: usize,
    },
    /// A field that begins with no identifier.
    #[error(
        "segment {segment}, field {field}: {text:?} begins with no data identifier; a separator may be lost"
    )]
    NoIdentifier {
        /// Which segment, from 1.
        segment: usize,
        /// Which of its fields, from 1.
        field: usize,
        /// How the field begins.
        text: String,
    },
    /// The same identifier says two things.
    #[error(
        "segment {segment}: {identifier} stands there twice, with {one:?} and {other:?}; scan one label at a time"
    )]
    Repeated {
        /// Which, from 1.
        segment: usize,
        /// The identifier.
        identifier: String,
        /// What it says first.
        one: String,
        /// What it says then.
        other: String,
    },
    /// The GS1 elements of a segment cannot be used.
    #[error("segment {segment}: {fault}")]
    Gs1 {
        /// Which, from 1.
        segment: usize,
        /// What is wrong.
        fault: gs1::Fault,
    },
}

/// Reads a message. `data` begins with [`HEADER`], which may have `>` before it.
///
/// ```
/// use mtm_core::scan::iso15434::{self, Segment};
///
/// let message = iso15434::read("[)>\u{1e}06\u{1d}P4711\u{1d}Q50\u{1e}\u{4}").unwrap();
/// let Segment::Identified(fields) = &message.segments[0] else { panic!() };
/// assert_eq!((&*fields[1].identifier, &*fields[1].value), ("Q", "50"));
/// assert!(message.deviations.is_empty());
/// ```
pub fn read(data: &str) -> Result<Message, Fault> {
    let mut deviations = Vec::new();
    let (rest, is_exact) = opened(data).ok_or(Fault::Header)?;
    if !is_exact {
        deviations.push(Deviation::Header);
    }
    let (rest, has_end) = rest.strip_suffix(END).map_or((rest, false), |rest| (rest, true));
    let (rest, has_record) = rest.strip_suffix(RECORD).map_or((rest, false), |rest| (rest, true));
    if !has_record {
        deviations.push(Deviation::NoRecordEnd);
    }
    if !has_end {
        deviations.push(Deviation::NoEnd);
    }
    let mut segments = Vec::new();
    let mut texts = rest.split(RECORD).peekable();
    while let Some(text) = texts.next() {
        let is_ended = texts.peek().is_some() || (has_record && has_end);
        segments.push(segment(text, segments.len() + 1, is_ended)?);
    }
    Ok(Message { segments, deviations })
}

/// Whether `data` begins as a message does, or as one whose header deviates.
pub(super) fn is_message(data: &str) -> bool {
    data.strip_prefix('>').unwrap_or(data).starts_with(HEADER)
}

/// Whether `data`, which begins as a message does, is more than one: the beginning or the end of another one inside, a
/// line break, or a format twice.
pub(super) fn is_several(data: &str) -> bool {
    let data = data.strip_prefix('>').unwrap_or(data);
    let inner = data.strip_prefix(HEADER).unwrap_or(data);
    let inner = inner.strip_suffix(END).unwrap_or(inner);
    if inner.contains(HEADER) || inner.contains([END, '\r', '\n']) {
        return true;
    }
    let formats: Vec<&str> = inner.split(RECORD).filter_map(|text| text.get(..2)).collect();
    formats.iter().enumerate().any(|(at, format)| formats[..at].contains(format))
}

/// What follows the header, and whether the header is as it should be.
fn opened(data: &str) -> Option<(&str, bool)> {
    if let Some(rest) = data.strip_prefix("[)>\u{1e}") {
        return Some((rest, true));
    }
    let rest = data.strip_prefix('>').unwrap_or(data).strip_prefix(HEADER)?;
    let rest = rest.strip_prefix(RECORD).unwrap_or(rest);
    // Without RS only a format that a separator follows is told from text.
    (rest.chars().nth(2) == Some(FIELD)).then_some((rest, false))
}

fn segment(text: &str, segment: usize, is_ended: bool) -> Result<Segment, Fault> {
    if text.is_empty() {
        return Err(Fault::NoSegment { segment });
    }
    let (format, body) = text.split_at_checked(2).unwrap_or((text, ""));
    match format {
        // Fields told by their places are worth nothing where some may be missing.
        "01" if is_ended => Ok(Segment::Transport(body.split(FIELD).map(str::to_owned).collect())),
        "01" => Err(Fault::CutOff { segment }),
        "05" | "06" | "12" => {
            let body = body.strip_prefix(FIELD).ok_or(Fault::NoSeparator { segment })?;
            match format {
                "05" => {
                    let elements = gs1::read(body);
                    elements.map(Segment::Gs1).map_err(|fault| Fault::Gs1 { segment, fault })
                }
                "06" => fields(body, segment, identifier::split).map(Segment::Identified),
                _ => fields(body, segment, |field| {
                    Some(field.split_once(' ').unwrap_or((field, "")))
                })
                .map(Segment::Text),
            }
        }
        _ => Err(Fault::Format { segment, format: format.to_owned() }),
    }
}

/// Empty fields are passed over: labels have one at the end.
fn fields<'t>(
    body: &'t str,
    segment: usize,
    split: impl Fn(&'t str) -> Option<(&'t str, &'t str)>,
) -> Result<Vec<Field>, Fault> {
    let mut fields: Vec<Field> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, text) in body.split(FIELD).enumerate().filter(|(_, text)| !text.is_empty()) {
        let Some((identifier, value)) = split(text) else {
            let text = text.chars().take(12).collect();
            return Err(Fault::NoIdentifier { segment, field: at + 1, text });
        };
        match places.get(identifier).and_then(|place| fields.get(*place)) {
            Some(known) if known.value == value => {}
            Some(known) => {
                let (one, other) = (known.value.clone(), value.to_owned());
                let identifier = identifier.to_owned();
                return Err(Fault::Repeated { segment, identifier, one, other });
            }
            None => {
                places.insert(identifier, fields.len());
                fields.push(Field { identifier: identifier.to_owned(), value: value.to_owned() });
            }
        }
    }
    if fields.is_empty() {
        return Err(Fault::NoField { segment });
    }
    Ok(fields)
}
