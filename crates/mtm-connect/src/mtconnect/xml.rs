//! Reading XML within bounds, piece by piece, without regard to namespaces: a name is what stands after its prefix.
//!
//! What is no well-formed XML, beyond a bound, or not to be trusted (a document type, an entity, another encoding) ends
//! the reading. It is read once and forwards; what nobody asks for is not kept.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use crate::xml::{is_xml, referred};

/// How deep elements may lie in each other.
const MOST_DEPTH: usize = 64;
/// Most attributes of an element, and most bytes of a name and of the value of an attribute.
const MOST_ATTRIBUTES: usize = 64;
const MOST_NAME: usize = 256;
const MOST_VALUE: usize = 4_096;

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub(super) struct Unreadable {
    pub(super) line: u64,
    pub(super) message: String,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Piece<'x> {
    /// An element begins.
    Begin(Element<'x>),
    /// The innermost one ends.
    End,
    /// Text.
    Text(Cow<'x, str>),
    /// The document ends.
    Over,
}

/// An element that begins, with its attributes in the order in which they stand.
#[derive(Debug)]
pub(super) struct Element<'x> {
    start: BytesStart<'x>,
}

impl Element<'_> {
    /// Its name, without prefix.
    pub(super) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The value of an attribute, where it is there and can be read.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes().filter_map(Result::ok);
        let found = attributes.find(|it| it.key.0 == name)?;
        quick_xml::escape::unescape(&found.value).ok().map(Cow::into_owned)
    }

    /// Whether it is within the bounds; what is wrong otherwise.
    fn check(&self) -> Result<(), String> {
        if self.start.name().0.len() > MOST_NAME {
            return Err(format!("a name is longer than {MOST_NAME} bytes"));
        }
        for (count, attribute) in self.start.attributes().enumerate() {
            if count == MOST_ATTRIBUTES {
                return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
            }
            let attribute = attribute.map_err(|error| error.to_string())?;
            let (key, value) = (attribute.key.0, attribute.value.as_ref());
            if key.len() > MOST_NAME || value.len() > MOST_VALUE {
                return Err(format!("an attribute is longer than {MOST_VALUE} bytes"));
            }
            if value.contains('<') {
                return Err("the value of an attribute holds a <".to_owned());
            }
            if value.contains('&') {
                quick_xml::escape::unescape(value).map_err(|_| ENTITY.to_owned())?;
            }
        }
        Ok(())
    }
}

/// A document that is being read.
pub(super) struct Xml<'x> {
    text: &'x str,
    reader: Reader<&'x [u8]>,
    depth: usize,
}

impl<'x> Xml<'x> {
    /// Begins to read a document.
    pub(super) fn new(bytes: &'x [u8]) -> Result<Self, Unreadable> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        // Parts of a stream may have blanks before their declaration.
        let bytes = bytes.trim_ascii_start();
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = std::str::from_utf8(before).unwrap_or_default();
            Unreadable { line: lines(before), message: NOT_UTF8.to_owned() }
        })?;
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_xml(*c)) {
            let message = format!("U+{:04X} must not stand in an XML document", u32::from(c));
            return Err(Unreadable { line: lines(text.get(..at).unwrap_or_default()), message });
        }
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Ok(Self { text, reader, depth: 0 })
    }

    /// The next piece.
    pub(super) fn piece(&mut self) -> Result<Piece<'x>, Unreadable> {
        loop {
            let at = self.reader.buffer_position();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = self.reader.error_position().max(at);
                    return Err(self.wrong_at(at, format!("this is no well-formed XML: {error}")));
                }
            };
            return Ok(match event {
                Event::Start(start) => {
                    let element = Element { start };
                    element.check().map_err(|message| self.wrong_at(at, message))?;
                    if self.depth == MOST_DEPTH {
                        let message = format!("elements lie more than {MOST_DEPTH} deep");
                        return Err(self.wrong_at(at, message));
                    }
                    self.depth += 1;
                    Piece::Begin(element)
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Piece::End
                }
                Event::Text(text) => Piece::Text(text.xml10_content()),
                Event::CData(text) => Piece::Text(text.xml10_content()),
                Event::GeneralRef(name) => match referred(&name) {
                    Some(c) => Piece::Text(Cow::Owned(c.to_string())),
                    None => return Err(self.wrong_at(at, ENTITY)),
                },
                Event::Decl(declaration) => {
                    if at != 0 {
                        return Err(self.wrong_at(at, "an XML declaration stands in the middle"));
                    }
                    check(&declaration).map_err(|message| self.wrong_at(at, message))?;
                    continue;
                }
                Event::DocType(_) => return Err(self.wrong_at(at, DOCUMENT_TYPE)),
                Event::Comment(_) | Event::PI(_) => continue,
                // Empty elements come as a beginning and an end.
                Event::Eof | Event::Empty(_) if self.depth == 0 => Piece::Over,
                Event::Eof | Event::Empty(_) => return Err(self.wrong(BROKEN_OFF)),
            });
        }
    }

    /// The document cannot be read on from here.
    pub(super) fn wrong(&self, message: impl Into<String>) -> Unreadable {
        self.wrong_at(self.reader.buffer_position(), message)
    }

    fn wrong_at(&self, at: u64, message: impl Into<String>) -> Unreadable {
        let at = usize::try_from(at).unwrap_or(usize::MAX).min(self.text.len());
        Unreadable { line: lines(self.text.get(..at).unwrap_or_default()), message: message.into() }
    }
}

const NOT_UTF8: &str = "the document is not in UTF-8";
const BROKEN_OFF: &str = "the document ends within an element; it was cut off";
const ENTITY: &str = "an entity other than &lt; &gt; &amp; &apos; &quot; is not read";
const DOCUMENT_TYPE: &str = "a document type (<!DOCTYPE …>) is not read";

/// The line that what follows stands in, from 1.
fn lines(before: &str) -> u64 {
    before.matches('\n').count() as u64 + 1
}

fn check(declaration: &BytesDecl<'_>) -> Result<(), String> {
    let version = declaration.version().map_err(|error| error.to_string())?;
    if version != "1.0" {
        return Err("XML of another version than 1.0 is not read".to_owned());
    }
    match declaration.encoding() {
        None => Ok(()),
        // The second is no name of it, and written by some agents.
        Some(Ok(it))
            if ["UTF-8", "UTF8", "US-ASCII"].iter().any(|known| it.eq_ignore_ascii_case(known)) =>
        {
            Ok(())
        }
        Some(_) => Err(NOT_UTF8.to_owned()),
    }
}
