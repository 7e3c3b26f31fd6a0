//! A template: how labels of one kind of thing look.

use super::element::Element;
use super::error::TemplateError;
use super::fields::Subject;
use super::length::Length;
use super::read;

/// Most bytes of a template's text.
pub const MAX_TEXT: usize = 16 * 1024;

/// How labels of one kind of thing look.
///
/// Exactly one element is the mark of a copy, so that no template can print copies that look like
/// originals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What people call it.
    pub title: String,
    /// What it is about.
    pub of: Subject,
    /// The width of the label.
    pub width: Length,
    /// The height of the label.
    pub height: Length,
    /// What is on it, in the order in which it is drawn.
    pub elements: Vec<Element>,
}

impl Template {
    /// Reads the text form, TOML. `docs/labels.md` has its keys.
    ///
    /// ```
    /// use mtm_core::label::{Template, Subject};
    ///
    /// let template = Template::parse(r#"
    ///     title = "Part label"
    ///     of = "part"
    ///     width = 50
    ///     height = 25
    ///     [[element]]
    ///     kind = "text"
    ///     at = [2, 2]
    ///     size = 5
    ///     text = "{part}"
    ///     [[element]]
    ///     kind = "copy"
    ///     at = [2, 20]
    ///     size = 4
    /// "#)?;
    /// assert_eq!(template.of, Subject::Part);
    /// # Ok::<(), mtm_core::label::TemplateError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        read::template(text)
    }
}
