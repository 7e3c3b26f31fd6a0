//! Names of nodes, as OPC 10000-6 writes them: `ns=2;s=Press7.Parts`, `i=2258`, or with the namespace's own name
//! `nsu=urn:maker:press;s=Press7.Parts`.
//!
//! The number of a namespace is its place in a list that the server makes when it starts; makers keep it, and do not
//! have to. Its name does not change. Of a name that is written with a number, what it means can therefore change; of one
//! with `nsu=` it cannot.

use std::fmt;

/// Most characters of a name.
pub const NAME_MAX: usize = 512;

/// The name of a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NodeName {
    /// Where it belongs.
    pub namespace: Namespace,
    /// What it is there: `s=Press7.Parts`, `i=2258`, `g=…` or `b=…`.
    pub identifier: String,
}

/// Where the name of a node belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// By its place in the server's list; 0 is the standard's own.
    Index(u16),
    /// By its name.
    Uri(String),
}

/// Why a text is no name of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NodeNameError {
    /// It is longer than [`NAME_MAX`].
    #[error("the name of a node has at most {NAME_MAX} characters")]
    TooLong,
    /// It has a character that cannot be seen.
    #[error("the name of a node has no control characters")]
    Control,
    /// `ns=` is followed by no number up to 65535, or `nsu=` by nothing.
    #[error("a namespace is a number up to 65535 (`ns=2;`) or a name (`nsu=urn:maker:press;`)")]
    Namespace,
    /// What comes then is none of the four kinds.
    #[error("a node is `s=` and a text, `i=` and a number, `g=` and a GUID, or `b=` and Base64")]
    Identifier,
}

impl NodeName {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, NodeNameError> {
        let text = text.trim();
        if text.chars().count() > NAME_MAX {
            return Err(NodeNameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NodeNameError::Control);
        }
        let (namespace, identifier) = if let Some(rest) = text.strip_prefix("nsu=") {
            let (uri, rest) = rest.split_once(';').ok_or(NodeNameError::Namespace)?;
            if uri.is_empty() {
                return Err(NodeNameError::Namespace);
            }
            (Namespace::Uri(unescape(uri)), rest)
        } else if let Some(rest) = text.strip_prefix("ns=") {
            let (index, rest) = rest.split_once(';').ok_or(NodeNameError::Namespace)?;
            if !is_digits(index) {
                return Err(NodeNameError::Namespace);
            }
            (Namespace::Index(index.parse().map_err(|_| NodeNameError::Namespace)?), rest)
        } else {
            (Namespace::Index(0), text)
        };
        if !is_identifier(identifier) {
            return Err(NodeNameError::Identifier);
        }
        let name = Self { namespace, identifier: identifier.to_owned() };
        // What is escaped is longer as it is written, and has to be read again.
        if name.to_string().chars().count() > NAME_MAX {
            Err(NodeNameError::TooLong)
        } else {
            Ok(name)
        }
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Namespace::Index(0) => {}
            Namespace::Index(index) => write!(f, "ns={index};")?,
            Namespace::Uri(uri) => {
                write!(f, "nsu={};", uri.replace('%', "%25").replace(';', "%3B"))?;
            }
        }
        f.write_str(&self.identifier)
    }
}

/// Of a namespace's name only these two are written otherwise.
fn unescape(uri: &str) -> String {
    uri.replace("%3B", ";").replace("%3b", ";").replace("%25", "%")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    let Some((kind, value)) = text.split_once('=') else { return false };
    match kind {
        "s" => !value.is_empty(),
        "i" => is_digits(value) && value.parse::<u32>().is_ok(),
        "g" => uuid::Uuid::try_parse(value).is_ok() && value.len() == 36,
        "b" => !value.is_empty() && value.bytes().all(is_base64),
        _ => false,
    }
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_and_written_as_it_was() {
        for text in [
            "ns=2;s=Press7.Parts",
            "i=2258",
            "nsu=urn:maker:press;s=\"DB1\".\"Parts=Good;1\"",
            "nsu=urn:a%3Bb%25c;i=7",
            "ns=65535;g=72962b91-fa75-4ae6-8d28-b404dc7daf63",
            "ns=3;b=TTEwMA==",
        ] {
            assert_eq!(NodeName::parse(text).unwrap().to_string(), text);
        }
        let named = NodeName::parse(" nsu=urn:a%3bb;i=7 ").unwrap();
        assert_eq!(named.namespace, Namespace::Uri("urn:a;b".to_owned()));
        assert_eq!(NodeName::parse("ns=0;i=85").unwrap().to_string(), "i=85");
    }

    #[test]
    fn what_is_no_name_is_told_what_one_is() {
        use NodeNameError::{Control, Identifier, Namespace, TooLong};
        for (text, error) in [
            ("", Identifier),
            ("Press7.Parts", Identifier),
            ("ns=2;x=1", Identifier),
            ("ns=2;s=", Identifier),
            ("i=4294967296", Identifier),
            ("i=-1", Identifier),
            ("g=7", Identifier),
            ("b=ä", Identifier),
            ("ns=65536;i=1", Namespace),
            ("ns=+2;i=1", Namespace),
            ("ns=2", Namespace),
            ("nsu=;i=1", Namespace),
            ("nsu=urn:a", Namespace),
            ("s=a\nb", Control),
        ] {
            assert_eq!(NodeName::parse(text), Err(error), "{text:?}");
        }
        assert_eq!(NodeName::parse(&format!("s={}", "x".repeat(NAME_MAX))), Err(TooLong));
        let escaped = format!("nsu=urn:{};i=7", "%".repeat(NAME_MAX / 2));
        assert_eq!(NodeName::parse(&escaped), Err(TooLong), "it would be longer as it is written");
    }
}
