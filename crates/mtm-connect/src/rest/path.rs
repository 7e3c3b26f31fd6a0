//! Paths with holes. What fills one stays within its part of the path, or its member of the query.

use serde_json::Value;

use super::fault::NotMapped;
use super::given::Given;
use super::shape::Shape;
use super::template::{Name, Piece, Template};

/// A path below a system's address, with its query.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// Parts between slashes.
    pub(super) segments: Vec<Template>,
    /// The query; a table or list becomes JSON.
    pub(super) query: Vec<(String, Shape)>,
}

impl Path {
    /// Filled and encoded; look-ups stand in it by name, `{lookups.NAME}`.
    pub(super) fn filled(&self, given: &Given<'_>) -> Result<String, NotMapped> {
        let mut segments = Vec::with_capacity(self.segments.len());
        for template in &self.segments {
            let segment = given.text(template, encoded)?;
            let named = template.holes().next().and_then(|hole| hole.names.first());
            let named = named.map(Name::written).unwrap_or_default();
            let Some(segment) = segment else { return Err(NotMapped::missing(&named)) };
            // Empty parts and dots would lead elsewhere; those that stand in the mapping are meant.
            if !named.is_empty() && ["", ".", ".."].contains(&&*segment) {
                let why = "it cannot be a part of a path";
                return Err(NotMapped::unfit(&named, why, "Correct the code here or there."));
            }
            segments.push(segment);
        }
        let mut query = Vec::with_capacity(self.query.len());
        for (name, shape) in &self.query {
            let text = match shape {
                Shape::Text(template) => given.text(template, encoded)?,
                shape => shape.filled(given)?.map(|value| encoded(&written(&value))),
            };
            query.extend(text.map(|text| (encoded(name), text)));
        }
        Ok(with_query(&segments.join("/"), &query))
    }

    /// Encoded, where it has no holes.
    pub(super) fn fixed(&self) -> Option<String> {
        let literal = |template: &Template| match &*template.pieces {
            [] => Some(String::new()),
            [Piece::Literal(text)] => Some(encoded(text)),
            _ => None,
        };
        let segments = self.segments.iter().map(literal).collect::<Option<Vec<_>>>()?;
        let query = self.query.iter().map(|(name, shape)| match shape {
            Shape::Fixed(value) => Some((encoded(name), encoded(&written(value)))),
            _ => None,
        });
        Some(with_query(&segments.join("/"), &query.collect::<Option<Vec<_>>>()?))
    }

    /// Every text in it.
    pub(super) fn templates(&self) -> Vec<&Template> {
        let query = self.query.iter().flat_map(|(_, shape)| shape.templates());
        self.segments.iter().chain(query).collect()
    }
}

/// A value as a query has it: a text as it is, everything else as JSON.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `path` with these pairs behind its query; they are encoded already.
pub(super) fn with_query(path: &str, pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    match (pairs.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, true) => format!("{path}&{}", pairs.join("&")),
        (false, false) => format!("{path}?{}", pairs.join("&")),
    }
}

/// A look-up as it stands in a path until it was made. Braces of values are encoded, so that no value
/// can be taken for one.
pub(super) fn hole(lookup: &str) -> String {
    format!("{{lookups.{lookup}}}")
}

/// As RFC 3986 has it: all but what is unreserved becomes percent signs.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
