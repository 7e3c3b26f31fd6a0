//! Labels: the templates of the site, what is known of the thing a label is about, and the label itself.
//!
//! Whoever may look may make a label: it says nothing that a screen does not. Templates are an
//! administrator's. Printing is not here: this gives bytes.

mod draft;
mod fields;
mod make;
mod template;

pub(crate) use fields::unprintable;

pub use draft::{pack, unpack};
pub use make::{CheckBody, Checked, Label, LabelFormat, RenderBody};
pub use mtm_core::label::{Dpi, Fields, Finding, Lint, Subject, Template};
pub use mtm_store::label::TemplateVersion;
pub use template::{LabelTemplate, TemplateBody, is_template_name};
