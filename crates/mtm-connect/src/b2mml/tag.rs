//! The beginning of an element, as far as somebody may look at it.

use quick_xml::events::BytesStart;

/// Most attributes of an element, most bytes of a name, and of the value of an attribute.
const MOST_ATTRIBUTES: usize = 32;
const MOST_NAME: usize = 128;
const MOST_VALUE: usize = 4_096;

/// An element that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without prefix.
    pub name: String,
    /// The line it begins in, from 1.
    pub line: u64,
    /// Its attributes, by their names as they are written.
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    /// Reads it, unless it is beyond the bounds; what is wrong with it otherwise.
    pub(super) fn read(start: &BytesStart<'_>, line: u64) -> Result<Self, String> {
        let full = start.name();
        if !is_name(full.0) {
            return Err(format!("{} is no name of an element", shortened(full.0)));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if attributes.len() == MOST_ATTRIBUTES {
                return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
            }
            let (key, value) = (attribute.key.0, attribute.value.as_ref());
            if !is_name(key) {
                return Err(format!("{} is no name of an attribute", shortened(key)));
            }
            if value.len() > MOST_VALUE || value.contains('<') {
                return Err(format!(
                    "the value of {key} is longer than {MOST_VALUE} bytes, or holds a <"
                ));
            }
            let value = quick_xml::escape::unescape(value)
                .map_err(|error| format!("the value of {key} cannot be read: {error}"))?;
            attributes.push((key.to_owned(), value.into_owned()));
        }
        let name = full.local_name().into_inner().to_owned();
        Ok(Self { name, line, attributes })
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let named = self.attributes.iter().find(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    name.len() <= MOST_NAME
        && letters.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && letters.all(|c| matches!(c, '_' | '-' | '.' | ':' | '\u{b7}') || c.is_alphanumeric())
}

/// The beginning of a text that may be very long.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
