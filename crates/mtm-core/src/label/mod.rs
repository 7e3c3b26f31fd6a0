//! Labels: what is printed on a lot, a location, a part, a badge or a count, as one model.
//!
//! A [`Template`] is read from its text (TOML, see `docs/labels.md`), [`Fields`] hold what is known of the
//! thing, and both are put together into marks at whole dots of a printer. The printer's
//! language ([`zpl()`]), a picture ([`png()`]) and a page ([`pdf()`]) are three spellings of the same marks, so that
//! a preview shows what is printed. [`lint()`] says what a scanner will have trouble with.
//!
//! Deliberately absent: rotation, pictures, and printing. Type is set in the printer's own scalable font
//! there and in DejaVu Sans Condensed here, which is a little wider: what fits here fits there.

mod built_in;
mod code128;
mod content;
mod element;
mod error;
mod fields;
mod font;
#[cfg(test)]
mod fuzz;
mod gs1;
mod layout;
mod length;
mod lint;
mod pdf;
mod png;
mod raster;
mod read;
mod symbol;
mod template;
mod zpl;

pub use built_in::{BuiltIn, built_in};
pub use content::Content;
pub use element::{Align, Barcode, Data, Element, Place, Symbology, Text};
pub use error::{LabelError, TemplateError};
pub use fields::{Fields, Subject};
pub use gs1::ElementString;
pub use length::{Dpi, Length};
pub use lint::{Finding, Lint, lint};
pub use pdf::pdf;
pub use png::png;
pub use template::{MAX_TEXT, Template};
pub use zpl::zpl;
