//! What is wrong with a template, and why a label cannot be made.

use super::fields::Subject;
use crate::code::Code;

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The line, counted from 1; none where the text as a whole is meant.
    pub line: Option<usize>,
    /// The element, counted from 1; none outside of elements.
    pub element: Option<usize>,
    /// The key it is about; empty where no single one is.
    pub key: &'static str,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl TemplateError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        Code::InvalidTemplate
    }
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(element) = self.element {
            write!(f, "element {element}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for TemplateError {}

/// Why a label cannot be made from a template and what is known. Elements are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// No such field.
    #[error("a label of a {} has no field `{field}`{}", of.as_str(), meant(*nearest))]
    UnknownField {
        /// As it was named.
        field: String,
        /// What the label is about.
        of: Subject,
        /// The field that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A value nobody prints.
    #[error("`{field}` has more than {max} characters")]
    ValueTooLong {
        /// The field.
        field: &'static str,
        /// Characters allowed.
        max: usize,
    },
    /// A value that no printer is sent.
    #[error("`{field}` holds the control character U+{code_point:04X}")]
    ControlCharacter {
        /// The field.
        field: &'static str,
        /// The character.
        code_point: u32,
    },
    /// The template is about something else.
    #[error("the template is about a {}, what was given about a {}", template.as_str(), given.as_str())]
    OtherSubject {
        /// What the template is about.
        template: Subject,
        /// What the fields are about.
        given: Subject,
    },
    /// A code would say nothing where it should say something.
    #[error("element {element}: the code needs `{field}`, which is empty")]
    EmptyField {
        /// The element.
        element: usize,
        /// The field.
        field: &'static str,
    },
    /// A code cannot hold it.
    #[error("element {element}: {what}")]
    NotEncodable {
        /// The element.
        element: usize,
        /// What cannot be held, and what could.
        what: String,
    },
    /// A code would be cut off at the edge, and read by nobody.
    #[error(
        "element {element}: the code is larger than the label: it ends at {end} of {room} dots"
    )]
    CodeTooLarge {
        /// The element.
        element: usize,
        /// Where it would end.
        end: u32,
        /// Where the label ends.
        room: u32,
    },
    /// The picture or page could not be written.
    #[error("the label cannot be written: {0}")]
    Unwritten(String),
}

impl LabelError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        Code::LabelUnprintable
    }

    /// The field it is about, where it is about one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::UnknownField { field, .. } => Some(field),
            Self::ValueTooLong { field, .. }
            | Self::ControlCharacter { field, .. }
            | Self::EmptyField { field, .. } => Some(field),
            _ => None,
        }
    }
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// The known name that `name` is a slip of: one that it begins with or that begins with it, or that begins
/// alike.
pub(super) fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let folded = name.trim().to_lowercase();
    let alike = |other: &&str| {
        other.chars().zip(folded.chars()).take_while(|(left, right)| left == right).count()
    };
    let best = known.iter().max_by_key(|other| alike(other))?;
    let same = alike(best);
    let is_whole = same >= 2 && (same == best.len() || same == folded.len());
    (is_whole || same >= 3).then_some(*best)
}
