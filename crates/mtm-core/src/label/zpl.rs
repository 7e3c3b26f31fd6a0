//! A label in ZPL II, the language of label printers.
//!
//! Nothing a field holds can become a command: what begins one (`^`, `~`), the mark of an escape and every
//! byte beyond printable ASCII is written as an escape (`^FH`), in UTF-8 (`^CI28`).

use std::fmt::Write;

use super::element::{Align, Symbology};
use super::error::LabelError;
use super::fields::Fields;
use super::gs1;
use super::layout::{Area, Line, Mark, Shape, Symbol, lay_out};
use super::length::Dpi;
use super::template::Template;

/// Begins an escape: two hexadecimal digits follow.
const ESCAPE: char = '\\';
/// Printers set a QR code so many dots lower than it is told to.
const QR_DROP: u32 = 10;
/// What may begin a control sequence in a DataMatrix; the first that the text does not hold is taken, so
/// that nothing in it is taken for one.
const SHIFTS: &str = "_|!#$%&*+;=?@";

/// The label as ZPL II: one format, from `^XA` to `^XZ`, each command on a line.
///
/// ```
/// use mtm_core::label::{self, Dpi, Fields, Subject, Template};
///
/// let part = label::built_in().iter().find(|it| it.name == "part").unwrap();
/// let mut fields = Fields::of(Subject::Part);
/// fields.set("part", "A^XZ")?;
/// let zpl = label::zpl(&Template::parse(part.text)?, &fields, Dpi::D203, false)?;
/// assert!(zpl.starts_with("^XA\n^CI28\n") && zpl.ends_with("^XZ\n"));
/// assert!(zpl.contains("^FDA\\5EXZ^FS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn zpl(
    template: &Template,
    fields: &Fields,
    dpi: Dpi,
    copy: bool,
) -> Result<String, LabelError> {
    let layout = lay_out(template, fields, dpi, copy)?;
    let mut out = String::from("^XA\n^CI28\n");
    let (width, height) = (layout.width, layout.height);
    line(&mut out, format_args!("^PW{width}^LL{height}^LH0,0^LS0^FWN^PON^PMN^LRN"));
    for Mark { element, shape } in &layout.marks {
        match shape {
            Shape::Line(text) => text_line(&mut out, text),
            Shape::Bar(area) => boxed(&mut out, *area, area.width.min(area.height)),
            Shape::Frame(area, thickness) => boxed(&mut out, *area, *thickness),
            Shape::Symbol(code) => symbol(&mut out, *element, code)?,
        }
    }
    out.push_str("^XZ\n");
    Ok(out)
}

/// Writing into a string cannot fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn boxed(out: &mut String, area: Area, thickness: u32) {
    let Area { x, y, width, height } = area;
    line(out, format_args!("^FO{x},{y}^GB{width},{height},{thickness}^FS"));
}

fn text_line(out: &mut String, text: &Line) {
    let (height, y) = (text.area.height, text.area.y);
    let width = (height * text.stretch / 100).max(1);
    let data = escaped(&text.text);
    // A block of lines knows sequences that begin with the mark of an escape; such a text stands
    // where our own widths put it.
    let block = match text.align {
        Align::Left => None,
        _ if text.text.contains(ESCAPE) => None,
        Align::Centre => Some('C'),
        Align::Right => Some('R'),
    };
    let (x, block) = match block {
        Some(letter) => (text.room.0, format!("^FB{},1,0,{letter},0", text.room.1)),
        None => (text.area.x, String::new()),
    };
    line(out, format_args!("^FO{x},{y}^A0N,{height},{width}{block}^FH{ESCAPE}^FD{data}^FS"));
}

fn symbol(out: &mut String, element: usize, code: &Symbol) -> Result<(), LabelError> {
    let Area { x, y, height, .. } = code.area;
    let module = code.module;
    match code.symbology {
        Symbology::DataMatrix | Symbology::Gs1DataMatrix => {
            let says = &code.says;
            let shift = SHIFTS.chars().find(|shift| !says.contains(*shift)).ok_or_else(|| {
                let what = format!("a datamatrix cannot hold all of {SHIFTS} at once");
                LabelError::NotEncodable { element, what }
            })?;
            let mut data = escaped(&says.replace(gs1::SEPARATOR, "\u{0}"));
            if code.symbology == Symbology::Gs1DataMatrix {
                data = format!("{shift}1{}", data.replace("\\00", &format!("{shift}1")));
            }
            let head = format!("^FO{x},{y}^BXN,{module},200,,,,{shift},1");
            line(out, format_args!("{head}^FH{ESCAPE}^FD{data}^FS"));
        }
        Symbology::Qr => {
            let (y, data) = (y.saturating_sub(QR_DROP), escaped(&code.says));
            let head = format!("^FO{x},{y}^BQN,2,{module}");
            line(out, format_args!("{head}^FH{ESCAPE}^FDMA,{data}^FS"));
        }
        Symbology::Code128 => {
            let data = escaped(&code.says);
            let head = format!("^FO{x},{y}^BY{module},3.0,{height}^BCN,{height},N,N,N,A");
            line(out, format_args!("{head}^FH{ESCAPE}^FD{data}^FS"));
        }
    }
    Ok(())
}

/// `text` so that a printer takes it for text: an escape for every byte that is not plainly that.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        match byte {
            b'^' | b'~' | b'\\' | 0..=0x1f | 0x7f.. => {
                let _ = write!(out, "{ESCAPE}{byte:02X}");
            }
            plain => out.push(char::from(plain)),
        }
    }
    out
}
