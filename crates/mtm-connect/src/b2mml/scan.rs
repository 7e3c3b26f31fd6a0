//! Reading XML strictly and within bounds, element by element.
//!
//! What is no well-formed XML, beyond a bound, or not to be trusted (a document type, an entity, another
//! encoding) ends the reading at once: nobody knows what the rest would mean. What is well-formed but
//! holds what it should not is a [`Fault`]; these are gathered, so that all are told at once.

use std::borrow::Cow;
use std::fmt;

use quick_xml::events::{BytesDecl, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::NAMESPACE;
use super::tag::{Tag, shortened};
use crate::xml::{is_xml, referred};

/// Most bytes of a document.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How deep elements may lie in each other.
const MOST_DEPTH: usize = 32;
/// Most bytes of an element's text.
const MOST_TEXT: usize = 16 * 1024;
/// Faults that are kept of one piece of a document.
const MOST_FAULTS: usize = 20;

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Unreadable {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, and what to do.
    pub message: String,
}

/// What an element holds and should not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// The names of the elements that lead to it.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {}: {}", self.line, self.path, self.message)
    }
}

/// A document that is being read.
pub struct Scanner<'x> {
    text: &'x str,
    reader: NsReader<&'x [u8]>,
    /// Names of the elements that are open.
    open: Vec<String>,
    /// The line of the place `counted`.
    line: u64,
    counted: usize,
    faults: Vec<Fault>,
}

/// What comes next.
enum Piece<'x> {
    /// An element begins; `ours` where it is of the namespace, else what it is of.
    Begin(Tag, Result<(), String>),
    /// The innermost one ends.
    End,
    /// Text.
    Text(Cow<'x, str>),
    /// The document ends.
    Over,
}

impl<'x> Scanner<'x> {
    /// Begins to read a document: gives its root element.
    pub fn begin(bytes: &'x [u8]) -> Result<(Self, Tag), Unreadable> {
        let first = |message: String| Unreadable { line: 1, message };
        if bytes.len() > MOST_BYTES {
            return Err(first(format!("the document has more than {MOST_BYTES} bytes; split it")));
        }
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let before = std::str::from_utf8(before).unwrap_or_default();
            Unreadable { line: lines(before) + 1, message: NOT_UTF8.to_owned() }
        })?;
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_xml(*c)) {
            let before = text.get(..at).unwrap_or_default();
            let message = format!("U+{:04X} must not stand in an XML document", u32::from(c));
            return Err(Unreadable { line: lines(before) + 1, message });
        }
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        let mut scanner =
            Self { text, reader, open: Vec::new(), line: 1, counted: 0, faults: Vec::new() };
        let root = scanner.root()?;
        Ok((scanner, root))
    }

    /// The next element within the innermost one; `None` where that ends. Elements of other
    /// namespaces are passed over.
    pub fn child(&mut self) -> Result<Option<Tag>, Unreadable> {
        loop {
            match self.piece()? {
                Piece::Begin(tag, Ok(())) => return Ok(Some(tag)),
                Piece::Begin(_, Err(_)) => self.skip()?,
                Piece::End => return Ok(None),
                Piece::Text(text) if is_blank(&text) => {}
                Piece::Text(text) => {
                    let text = shortened(text.trim());
                    self.fault(format!("the text {text:?} stands where elements are expected"));
                }
                Piece::Over => return Err(self.unreadable(BROKEN_OFF)),
            }
        }
    }

    /// The text of the innermost element, up to its end, without the blanks around it.
    pub fn text(&mut self) -> Result<String, Unreadable> {
        let mut whole = String::new();
        loop {
            match self.piece()? {
                Piece::Text(text) => {
                    if whole.len() + text.len() > MOST_TEXT {
                        let message = format!("a text is longer than {MOST_TEXT} bytes");
                        return Err(self.unreadable(message));
                    }
                    whole.push_str(&text);
                }
                Piece::Begin(tag, _) => {
                    self.skip()?;
                    self.fault(format!("{} stands where a text is expected", tag.name));
                }
                Piece::End => return Ok(whole.trim().to_owned()),
                Piece::Over => return Err(self.unreadable(BROKEN_OFF)),
            }
        }
    }

    /// Passes over the innermost element.
    pub fn skip(&mut self) -> Result<(), Unreadable> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            if matches!(self.piece()?, Piece::Over) {
                return Err(self.unreadable(BROKEN_OFF));
            }
        }
        Ok(())
    }

    /// Nothing may follow the root element.
    pub fn finish(mut self) -> Result<(), Unreadable> {
        loop {
            match self.piece()? {
                Piece::Over => return Ok(()),
                Piece::Text(text) if is_blank(&text) => {}
                _ => return Err(self.unreadable("something follows the end of the document")),
            }
        }
    }

    /// Notes that something is wrong in the innermost element.
    pub fn fault(&mut self, message: impl Into<String>) {
        self.note(self.line, self.open.join("/"), message.into());
    }

    /// Notes that something is wrong with the element of this tag, which ended just now.
    pub fn fault_of(&mut self, tag: &Tag, message: impl Into<String>) {
        let within = self.open.iter().chain([&tag.name]).map(String::as_str);
        self.note(tag.line, within.collect::<Vec<_>>().join("/"), message.into());
    }

    fn note(&mut self, line: u64, path: String, message: String) {
        let message = match self.faults.len() {
            0..MOST_FAULTS => message,
            MOST_FAULTS => "more is wrong here; correct the others first".to_owned(),
            _ => return,
        };
        self.faults.push(Fault { line, path, message });
    }

    /// What was wrong since this was asked last.
    pub fn faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// The document cannot be read on from here.
    pub fn unreadable(&self, message: impl Into<String>) -> Unreadable {
        Unreadable { line: self.line, message: message.into() }
    }

    fn root(&mut self) -> Result<Tag, Unreadable> {
        loop {
            match self.piece()? {
                Piece::Begin(tag, Ok(())) => return Ok(tag),
                Piece::Begin(tag, Err(namespace)) => {
                    let message = format!(
                        "{} is of {namespace}; documents of B2MML version 7 are of {NAMESPACE}",
                        tag.name
                    );
                    return Err(self.unreadable(message));
                }
                Piece::Text(text) if is_blank(&text) => {}
                Piece::Over => return Err(self.unreadable("the document is empty")),
                Piece::Text(_) | Piece::End => return Err(self.unreadable(NO_XML)),
            }
        }
    }

    fn piece(&mut self) -> Result<Piece<'x>, Unreadable> {
        loop {
            let at = self.position();
            let read = self.reader.read_resolved_event();
            let read = read.map(|(namespace, event)| (belonging(&namespace), event));
            let Ok((ours, event)) = read else {
                let error = read.err().map(|error| error.to_string()).unwrap_or_default();
                self.reach(usize::try_from(self.reader.error_position()).unwrap_or(at).max(at));
                return Err(self.unreadable(format!("this is no well-formed XML: {error}")));
            };
            self.reach(at);
            match event {
                Event::Start(start) => {
                    let tag = Tag::read(&start, self.line);
                    let tag = tag.map_err(|message| self.unreadable(message))?;
                    if self.open.len() == MOST_DEPTH {
                        let message = format!("elements lie more than {MOST_DEPTH} deep");
                        return Err(self.unreadable(message));
                    }
                    self.open.push(tag.name.clone());
                    return Ok(Piece::Begin(tag, ours));
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Piece::End);
                }
                Event::Text(text) => return Ok(Piece::Text(text.xml10_content())),
                Event::CData(text) => return Ok(Piece::Text(text.xml10_content())),
                Event::GeneralRef(name) => {
                    return match referred(&name) {
                        Some(c) => Ok(Piece::Text(Cow::Owned(c.to_string()))),
                        None => Err(self.unreadable(ENTITY)),
                    };
                }
                Event::Decl(declaration) => {
                    if at != 0 {
                        return Err(self.unreadable("an XML declaration stands in the middle"));
                    }
                    refuse_other(&declaration).map_err(|message| self.unreadable(message))?;
                }
                Event::DocType(_) => return Err(self.unreadable(DOCUMENT_TYPE)),
                Event::Comment(_) | Event::PI(_) => {}
                // Empty elements come as a beginning and an end.
                Event::Eof | Event::Empty(_) => {
                    return if self.open.is_empty() {
                        Ok(Piece::Over)
                    } else {
                        Err(self.unreadable(BROKEN_OFF))
                    };
                }
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }

    /// Counts the lines up to a place.
    fn reach(&mut self, at: usize) {
        if let Some(passed) = self.text.get(self.counted..at) {
            self.line += lines(passed);
            self.counted = at;
        }
    }
}

const NOT_UTF8: &str = "the document is not in UTF-8; save it in that encoding";
const NO_XML: &str = "this is no XML document";
const BROKEN_OFF: &str = "the document ends within an element; it was cut off";
const ENTITY: &str =
    "an entity other than &lt; &gt; &amp; &apos; &quot; is not read; write what it stands for";
const DOCUMENT_TYPE: &str = "a document type (<!DOCTYPE …>) is not read; leave it out";

fn lines(text: &str) -> u64 {
    text.matches('\n').count() as u64
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
}

/// Whether it is the namespace of B2MML; the other one.
fn belonging(namespace: &ResolveResult<'_>) -> Result<(), String> {
    match namespace {
        ResolveResult::Bound(Namespace(NAMESPACE)) => Ok(()),
        ResolveResult::Bound(Namespace(other)) => {
            Err(format!("the namespace {}", other.chars().take(100).collect::<String>()))
        }
        ResolveResult::Unbound | ResolveResult::Unknown(_) => Err("no namespace".to_owned()),
    }
}

fn refuse_other(declaration: &BytesDecl<'_>) -> Result<(), String> {
    let version = declaration.version().map_err(|error| error.to_string())?;
    if version != "1.0" {
        return Err(format!("XML of version {} is not read, only 1.0", shortened(&version)));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("UTF-8") => Ok(()),
        Some(_) => Err(NOT_UTF8.to_owned()),
    }
}
