//! Text with places for fields: `LOT:{lot}`.

use super::error::nearest;
use super::fields::{Fields, Subject};

/// Most characters of such a text, as it stands in a template.
pub(super) const MAX_CONTENT: usize = 300;

/// One piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Field(&'static str),
}

/// Fixed text and places for fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content(Vec<Piece>);

impl Content {
    /// Reads `text`. A brace that is meant is written twice.
    pub(super) fn parse(text: &str, of: Subject) -> Result<Self, String> {
        if text.chars().count() > MAX_CONTENT {
            return Err(format!("has more than {MAX_CONTENT} characters"));
        }
        if let Some(found) = text.chars().find(|c| c.is_control()) {
            return Err(format!("holds the control character U+{:04X}", u32::from(found)));
        }
        let (mut pieces, mut fixed) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            fixed.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                fixed.push_str(&from[..1]);
                rest = after;
                continue;
            }
            let end = from.find('}').filter(|_| from.starts_with('{'));
            let Some(end) = end else {
                return Err("has a brace alone; write it twice where it is meant".to_owned());
            };
            if !fixed.is_empty() {
                pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
            }
            pieces.push(Piece::Field(field(&from[1..end], of)?));
            rest = &from[end + 1..];
        }
        fixed.push_str(rest);
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed));
        }
        Ok(Self(pieces))
    }

    /// Whether there is nothing, not even a place for a field.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with the values in it.
    pub(super) fn filled(&self, fields: &Fields) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Fixed(text) => text.clone(),
            Piece::Field(name) => fields.text(name).to_owned(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Whether it has places for fields, and all of them are empty: such a line is left out.
    pub(super) fn says_nothing(&self, fields: &Fields) -> bool {
        let mut names = self.fields().peekable();
        names.peek().is_some() && names.all(|name| fields.text(name).is_empty())
    }

    /// The first field that is empty.
    pub(super) fn empty_field(&self, fields: &Fields) -> Option<&'static str> {
        self.fields().find(|name| fields.text(name).is_empty())
    }

    /// The fields it has places for.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(name) => Some(*name),
            Piece::Fixed(_) => None,
        })
    }
}

fn field(name: &str, of: Subject) -> Result<&'static str, String> {
    of.field(name.trim()).ok_or_else(|| {
        let meant = match nearest(name, of.fields()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("there are: {}", of.fields().join(", ")),
        };
        format!("a label of a {} has no field `{name}`; {meant}", of.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_doubled_braces_are_braces() {
        let mut fields = Fields::of(Subject::Part);
        fields.set("part", "A {b} ^XA").unwrap();
        let filled = |text| Content::parse(text, Subject::Part).map(|it| it.filled(&fields));
        assert_eq!(filled("PART:{part}"), Ok("PART:A {b} ^XA".to_owned()));
        assert_eq!(filled("{{{part}}}{description}."), Ok("{A {b} ^XA}.".to_owned()));
        assert_eq!(filled(""), Ok(String::new()));
        for wrong in ["{", "}", "{part", "part}", "{lot}", "{}", "a\tb"] {
            assert!(filled(wrong).is_err(), "{wrong}");
        }
        assert!(filled("{descripton}").unwrap_err().contains("`description`"));
    }
}
