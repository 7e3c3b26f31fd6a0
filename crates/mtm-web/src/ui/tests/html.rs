//! Reads the HTML that pages draw, strictly enough for tests: maud closes what it opens and quotes
//! every value, so anything else is a fault of the page.

use std::fmt::Write as _;

/// Elements without content.
const VOID: [&str; 6] = ["input", "meta", "link", "img", "br", "hr"];

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A start tag with its attributes; a flag has an empty value.
    Open(String, Vec<(String, String)>),
    /// An end tag.
    Close(String),
    /// Text between tags.
    Text(String),
}

impl Piece {
    /// The value of an attribute of a start tag.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        match self {
            Self::Open(_, attributes) => {
                attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }

    /// The name of a start tag.
    pub(super) fn element(&self) -> &str {
        match self {
            Self::Open(name, _) => name,
            _ => "",
        }
    }
}

/// Splits a document into pieces.
pub(super) fn read(document: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = document;
    while let Some(start) = rest.find('<') {
        if start > 0 {
            pieces.push(Piece::Text(rest[..start].to_owned()));
        }
        let end = start + tag_length(&rest[start..]);
        pieces.push(read_tag(&rest[start + 1..end - 1]));
        rest = &rest[end..];
    }
    assert!(rest.is_empty(), "text after the last tag: {rest}");
    pieces
}

fn tag_length(text: &str) -> usize {
    let mut quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '>' if !quoted => return index + 1,
            _ => {}
        }
    }
    panic!("a tag without end: {text}")
}

fn read_tag(tag: &str) -> Piece {
    if let Some(name) = tag.strip_prefix('/') {
        return Piece::Close(name.to_owned());
    }
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let key_end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let key = rest[..key_end].to_owned();
        rest = &rest[key_end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (text, after) = quoted.split_once('"').expect("values are quoted");
            text.clone_into(&mut value);
            rest = after;
        }
        attributes.push((key, value));
    }
    Piece::Open(name.to_owned(), attributes)
}

/// One piece a line, indented by depth, so that a changed page reads well in a diff.
pub(super) fn lay_out(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for piece in pieces {
        match piece {
            Piece::Open(name, attributes) => {
                let _ = write!(out, "{:1$}<{name}", "", depth * 2);
                for (key, value) in attributes {
                    let _ = if value.is_empty() {
                        write!(out, " {key}")
                    } else {
                        write!(out, " {key}=\"{value}\"")
                    };
                }
                out.push_str(">\n");
                if !VOID.contains(&name.as_str()) && name != "!DOCTYPE" {
                    depth += 1;
                }
            }
            Piece::Close(name) => {
                depth = depth.checked_sub(1).unwrap_or_else(|| panic!("</{name}> closes nothing"));
                let _ = writeln!(out, "{:1$}</{name}>", "", depth * 2);
            }
            Piece::Text(text) => {
                let _ = writeln!(out, "{:1$}{text}", "", depth * 2);
            }
        }
    }
    assert_eq!(depth, 0, "something is left open");
    out
}
