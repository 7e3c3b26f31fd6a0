//! The elements of a template.

use super::content::Content;
use super::gs1::ElementString;
use super::length::Length;

/// A place on the label, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// From the left edge.
    pub x: Length,
    /// From the upper edge.
    pub y: Length,
}

/// Where in its room a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// At the left.
    #[default]
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// A kind of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Symbology {
    /// Data Matrix ECC 200 (ISO/IEC 16022).
    DataMatrix,
    /// Data Matrix that holds a GS1 element string, FNC1 first.
    Gs1DataMatrix,
    /// QR Code (ISO/IEC 18004), error correction M.
    Qr,
    /// Code 128 (ISO/IEC 15417).
    Code128,
}

impl Symbology {
    /// Its name in templates.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataMatrix => "datamatrix",
            Self::Gs1DataMatrix => "gs1-datamatrix",
            Self::Qr => "qr",
            Self::Code128 => "code128",
        }
    }

    /// The light margin its standard asks for, in modules: around it, for Code 128 left and right.
    pub const fn quiet_modules(self) -> u32 {
        match self {
            Self::DataMatrix | Self::Gs1DataMatrix => 1,
            Self::Qr => 4,
            Self::Code128 => 10,
        }
    }
}

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A text.
    Plain(Content),
    /// Application identifiers and their values.
    Gs1(ElementString),
}

/// A line of type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its upper left corner.
    pub at: Place,
    /// The height of the type: of the letter cell, so that capitals are about seven tenths of it.
    pub size: Length,
    /// The room it may take; to the right edge of the label where none.
    pub width: Option<Length>,
    /// Where in the room it stands.
    pub align: Align,
    /// What it says.
    pub content: Content,
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barcode {
    /// The upper left corner of its bars or modules; the quiet zone lies around it.
    pub at: Place,
    /// Its kind.
    pub symbology: Symbology,
    /// The width of a module as wished; printed is the nearest number of whole dots.
    pub module: Length,
    /// The height of the bars, for Code 128.
    pub height: Length,
    /// What it says.
    pub data: Data,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// A line of type, left out where all its fields are empty.
    Text(Text),
    /// The mark of a copy: printed on copies only.
    Copy(Text),
    /// A line, upright or level.
    Line {
        /// Its upper or left end.
        at: Place,
        /// Its other end.
        to: Place,
        /// How thick it is.
        thickness: Length,
    },
    /// The outline of a box.
    Box {
        /// Its upper left corner.
        at: Place,
        /// Its lower right corner.
        to: Place,
        /// How thick its line is, inwards.
        thickness: Length,
    },
    /// A code.
    Barcode(Barcode),
}
