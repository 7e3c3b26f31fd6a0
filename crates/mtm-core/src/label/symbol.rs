//! Codes as modules: which are dark.

use datamatrix::{DataMatrix, SymbolList};
use qrcode::{Color, EcLevel, QrCode};

use super::code128;
use super::element::Symbology;

/// Most characters of a Code 128; longer ones are wider than any label.
const MAX_BARS: usize = 80;

/// The modules of a code, row by row; a Code 128 has one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Modules {
    pub(super) columns: u32,
    pub(super) rows: u32,
    dark: Vec<bool>,
}

impl Modules {
    /// Runs of dark modules: row, first column, how many.
    pub(super) fn runs(&self) -> impl Iterator<Item = (u32, u32, u32)> {
        let columns = usize::try_from(self.columns).unwrap_or(1).max(1);
        (0..).zip(self.dark.chunks(columns)).flat_map(|(row, dark)| {
            let mut runs: Vec<(u32, u32, u32)> = Vec::new();
            for (column, _) in (0..).zip(dark).filter(|(_, dark)| **dark) {
                match runs.last_mut() {
                    Some((_, first, length)) if *first + *length == column => *length += 1,
                    _ => runs.push((row, column, 1)),
                }
            }
            runs
        })
    }
}

/// `text` as a code.
pub(super) fn encode(symbology: Symbology, text: &str) -> Result<Modules, String> {
    check(symbology, text)?;
    match symbology {
        Symbology::DataMatrix => {
            matrix(DataMatrix::encode(text.as_bytes(), SymbolList::default().enforce_square()))
        }
        Symbology::Gs1DataMatrix => {
            matrix(DataMatrix::encode_gs1(text.as_bytes(), SymbolList::default().enforce_square()))
        }
        Symbology::Qr => {
            let code = QrCode::with_error_correction_level(text, EcLevel::M)
                .map_err(|_| "the text is too long for a QR code".to_owned())?;
            let side = u32::try_from(code.width()).unwrap_or(0);
            let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
            Ok(Modules { columns: side, rows: side, dark })
        }
        Symbology::Code128 => {
            let dark = code128::modules(text);
            Ok(Modules { columns: u32::try_from(dark.len()).unwrap_or(0), rows: 1, dark })
        }
    }
}

/// What a code may hold: no more than every printer's firmware encodes alike, and every scanner reads alike.
fn check(symbology: Symbology, text: &str) -> Result<(), String> {
    let name = symbology.as_str();
    let allowed = |c: char| match symbology {
        Symbology::Qr => !c.is_control(),
        Symbology::DataMatrix => matches!(c, ' '..='~'),
        Symbology::Gs1DataMatrix => matches!(c, ' '..='~' | super::gs1::SEPARATOR),
        // A `>` calls for something else in the printer's language.
        Symbology::Code128 => matches!(c, ' '..='~') && c != '>',
    };
    if let Some(other) = text.chars().find(|c| !allowed(*c)) {
        let cure = if other.is_ascii() { "" } else { "; a `qr` can" };
        return Err(format!("a {name} cannot hold {other:?}{cure}"));
    }
    if symbology == Symbology::Code128 && text.len() > MAX_BARS {
        return Err(format!(
            "a {name} holds at most {MAX_BARS} characters; a `datamatrix` holds more"
        ));
    }
    Ok(())
}

fn matrix<E>(encoded: Result<DataMatrix, E>) -> Result<Modules, String> {
    let code = encoded.map_err(|_| "the text is too long for a DataMatrix".to_owned())?;
    let bitmap = code.bitmap();
    let (columns, rows) = (bitmap.width(), bitmap.height());
    let side = |side: usize| u32::try_from(side).unwrap_or(0);
    Ok(Modules { columns: side(columns), rows: side(rows), dark: bitmap.bits().to_vec() })
}
