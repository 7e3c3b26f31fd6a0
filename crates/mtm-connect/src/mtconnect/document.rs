//! What an agent answers: documents of the namespaces `MTConnectDevices`, `MTConnectStreams` and `MTConnectError`, of
//! versions 1.2 to 2.x.
//!
//! The namespace itself is not looked at, because makers have their own, and elements of theirs carry another prefix:
//! what counts is the name. Kept is only what is wanted of a document: a machine tells much more than it counts.

use std::collections::BTreeSet;

use mtm_core::machine::{Reading, Tag, Value};
use mtm_core::word::Timestamp;

use super::probe::devices;
use super::xml::{Element, Piece, Unreadable, Xml};

/// Most errors of a document that are kept, and most characters of one.
const MOST_ERRORS: usize = 10;
const MOST_WORDS: usize = 200;
/// Longest text of an observation that is read; what is longer is no total.
const MOST_TEXT: usize = 200;

/// What is looked for, and how much of it there may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    /// Data items; all that count parts where there are none.
    pub(super) tags: &'w BTreeSet<String>,
    /// Most observations in a document.
    pub(super) observations: usize,
}

/// A document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document {
    Devices(Devices),
    Streams(Streams),
    Errors(Vec<Said>),
    /// Of another kind than an agent answers: the name of its root.
    Other(String),
}

/// What there is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Devices {
    pub(super) instance: u64,
    /// Observations that the agent remembers, where it says so.
    pub(super) buffer: Option<u64>,
    /// What counts parts, in the order of the document.
    pub(super) tags: Vec<Tag>,
    /// Those of the wanted that are there.
    pub(super) seen: BTreeSet<String>,
}

/// What was observed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Streams {
    pub(super) instance: u64,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) next: u64,
    /// When the agent made the document.
    pub(super) made: Option<Timestamp>,
    /// When that was observed which has the highest number, wanted or not.
    pub(super) newest: Option<Timestamp>,
    /// What is wanted, by number, each once.
    pub(super) observations: Vec<(u64, Reading)>,
}

/// An error that an agent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: String,
    pub(super) words: String,
}

/// Reads a document.
pub(super) fn read(bytes: &[u8], wanted: Wanted<'_>) -> Result<Document, Unreadable> {
    let mut xml = Xml::new(bytes)?;
    let root = loop {
        match xml.piece()? {
            Piece::Begin(element) => break element.name().to_owned(),
            Piece::Text(text) if text.trim().is_empty() => {}
            Piece::Text(_) | Piece::End | Piece::Over => return Err(xml.wrong("this is no XML")),
        }
    };
    let document = match root.as_str() {
        "MTConnectStreams" => Document::Streams(streams(&mut xml, wanted)?),
        "MTConnectDevices" => Document::Devices(devices(&mut xml, wanted)?),
        "MTConnectError" => Document::Errors(errors(&mut xml)?),
        _ => return Ok(Document::Other(shortened(&root, 60))),
    };
    loop {
        match xml.piece()? {
            Piece::Over => return Ok(document),
            Piece::Text(text) if text.trim().is_empty() => {}
            _ => return Err(xml.wrong("something follows the end of the document")),
        }
    }
}

/// A text of the other side as it may be shown: one line, not long.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

/// A number in the header of a document.
pub(super) fn number(header: &Element<'_>, name: &str) -> Result<u64, String> {
    let text = header.attribute(name);
    let number = text.as_deref().and_then(|it| it.trim().parse().ok());
    number.ok_or_else(|| format!("the header says no {name}"))
}

/// Where in a document of streams an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// A list of observations.
    List,
    /// An observation.
    Observation,
    Other,
}

/// An observation of which the text is still to come.
struct Begun {
    sequence: u64,
    reading: Reading,
    text: String,
    /// Why it is no total, where that is known already.
    odd: Option<&'static str>,
}

fn streams(xml: &mut Xml<'_>, wanted: Wanted<'_>) -> Result<Streams, Unreadable> {
    let mut told = Streams::default();
    let (mut has_header, mut count, mut highest) = (false, 0, None);
    let mut begun: Option<Begun> = None;
    let mut open = vec![Place::Root];
    while let Some(within) = open.last().copied() {
        match xml.piece()? {
            Piece::Begin(element) => {
                let place = match (within, element.name()) {
                    (Place::Root, "Header") => {
                        has_header = true;
                        head(&mut told, &element).map_err(|message| xml.wrong(message))?;
                        Place::Other
                    }
                    (Place::List, _) => {
                        count += 1;
                        if count > wanted.observations {
                            let message = format!("more than {} observations", wanted.observations);
                            return Err(xml.wrong(message));
                        }
                        note(&mut highest, &element);
                        begun = begin(&element, wanted).map_err(|message| xml.wrong(message))?;
                        Place::Observation
                    }
                    (Place::Observation, _) => {
                        if let Some(begun) = &mut begun {
                            begun.odd = Some("several values");
                        }
                        Place::Other
                    }
                    (Place::Other, "Samples" | "Events" | "Condition") => Place::List,
                    _ => Place::Other,
                };
                open.push(place);
            }
            Piece::End => {
                open.pop();
                if within == Place::Observation {
                    told.observations.extend(begun.take().map(Begun::end));
                }
            }
            Piece::Text(text) if within == Place::Observation => {
                if let Some(begun) = &mut begun {
                    begun.hear(&text);
                }
            }
            Piece::Text(_) => {}
            Piece::Over => return Err(xml.wrong("the document ends too soon")),
        }
    }
    if !has_header {
        return Err(xml.wrong("the document has no header"));
    }
    told.newest = highest.and_then(|(_, at)| moment(at.as_deref()));
    told.observations.sort_by_key(|(sequence, _)| *sequence);
    told.observations.dedup_by_key(|(sequence, _)| *sequence);
    Ok(told)
}

fn head(told: &mut Streams, header: &Element<'_>) -> Result<(), String> {
    told.instance = number(header, "instanceId")?;
    told.first = number(header, "firstSequence")?;
    told.last = number(header, "lastSequence")?;
    told.next = number(header, "nextSequence")?;
    told.made = moment(header.attribute("creationTime").as_deref());
    Ok(())
}

/// Notes an observation where it is the newest so far.
fn note(highest: &mut Option<(u64, Option<String>)>, element: &Element<'_>) {
    let sequence = element.attribute("sequence").and_then(|it| it.trim().parse().ok());
    if let Some(sequence) = sequence
        && highest.as_ref().is_none_or(|(known, _)| *known < sequence)
    {
        *highest = Some((sequence, element.attribute("timestamp")));
    }
}

/// An observation where it is wanted.
fn begin(element: &Element<'_>, wanted: Wanted<'_>) -> Result<Option<Begun>, String> {
    // One of a representation of its own has a longer name: `PartCountDiscrete` tells pieces, and no total.
    if wanted.tags.is_empty() && element.name() != "PartCount" {
        return Ok(None);
    }
    let Some(tag) = element.attribute("dataItemId") else { return Ok(None) };
    if !wanted.tags.is_empty() && !wanted.tags.contains(&tag) {
        return Ok(None);
    }
    let sequence = element.attribute("sequence").and_then(|it| it.trim().parse().ok());
    let sequence = sequence
        .ok_or_else(|| format!("an observation of {} has no number", shortened(&tag, 60)))?;
    let reset = element.attribute("resetTriggered");
    let at = moment(element.attribute("timestamp").as_deref());
    let began_again = reset.is_some_and(|it| !it.trim().is_empty());
    let reading = Reading { tag, value: Value::Unavailable, at, began_again };
    Ok(Some(Begun { sequence, reading, text: String::new(), odd: None }))
}

impl Begun {
    fn hear(&mut self, text: &str) {
        if self.text.len() + text.len() > MOST_TEXT {
            self.odd = Some("a long text");
        } else {
            self.text.push_str(text);
        }
    }

    fn end(self) -> (u64, Reading) {
        let value = match self.odd {
            None => Value::parse(&self.text),
            Some(odd) => Value::Nonsense(odd.to_owned()),
        };
        (self.sequence, Reading { value, ..self.reading })
    }
}

fn moment(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|it| Timestamp::parse(it).ok())
}

/// Errors: beside each other in one element, alone in older versions, and each of a name of its own in newer ones.
fn errors(xml: &mut Xml<'_>) -> Result<Vec<Said>, Unreadable> {
    let mut said: Vec<Said> = Vec::new();
    // Whether the text of each open element is part of an error's words.
    let mut open = vec![false];
    while let Some(speaks) = open.last().copied() {
        match xml.piece()? {
            Piece::Begin(element) => {
                if let Some(code) = element.attribute("errorCode") {
                    if said.len() == MOST_ERRORS {
                        return Err(xml.wrong(format!("more than {MOST_ERRORS} errors")));
                    }
                    said.push(Said { code: shortened(&code, 60), words: String::new() });
                    open.push(true);
                } else {
                    let is_words = element.name() == "ErrorMessage" && !said.is_empty();
                    open.push(is_words);
                }
            }
            Piece::End => drop(open.pop()),
            Piece::Text(text) => {
                if let Some(last) = said.last_mut()
                    && speaks
                    && last.words.len() < MOST_WORDS
                {
                    last.words = shortened(&format!("{} {text}", last.words), MOST_WORDS);
                }
            }
            Piece::Over => return Err(xml.wrong("the document ends too soon")),
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests;
