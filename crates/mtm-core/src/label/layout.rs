//! A template and what is known, put together: marks at whole dots of a printer.

use super::content::Content;
use super::element::{Align, Barcode, Data, Element, Symbology, Text};
use super::error::LabelError;
use super::fields::Fields;
use super::font;
use super::length::{Dpi, Length};
use super::symbol::{self, Modules};
use super::template::Template;

/// The narrowest type, in percent: below it a line is cut.
const NARROWEST: u32 = 50;
/// The largest module of bars and of a QR code that every printer can make, in dots.
pub(super) const MOST_DOTS: u32 = 10;

/// Most characters of a line that are looked at; the rest is cut.
const MOST_SHOWN: usize = 500;

/// A rectangle, in dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    pub(super) const fn right(self) -> u32 {
        self.x.saturating_add(self.width)
    }

    pub(super) const fn bottom(self) -> u32 {
        self.y.saturating_add(self.height)
    }

    pub(super) const fn touches(self, other: Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

/// A line of type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it stands, as wide as it is printed.
    pub(super) area: Area,
    /// The room it stands in: left edge and width.
    pub(super) room: (u32, u32),
    pub(super) align: Align,
    /// Its width in percent of how it would be without narrowing.
    pub(super) stretch: u32,
    /// Whether its end was cut off.
    pub(super) cut: bool,
    pub(super) text: String,
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) area: Area,
    pub(super) symbology: Symbology,
    /// Dots to a module.
    pub(super) module: u32,
    /// Dots to a row of modules.
    pub(super) row: u32,
    pub(super) modules: Modules,
    /// What it says; a GS1 element string without the FNC1 that begins it.
    pub(super) says: String,
}

/// What is on the label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Line(Line),
    /// A filled rectangle.
    Bar(Area),
    /// The outline of one, and how thick.
    Frame(Area, u32),
    Symbol(Symbol),
}

/// A mark, and the element it comes from, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) element: usize,
    pub(super) shape: Shape,
}

/// All of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) dpi: Dpi,
    pub(super) marks: Vec<Mark>,
}

/// Puts both together. A line that is too wide is narrowed, then cut; a code that is too large is
/// an error, because half of one is none.
pub(super) fn lay_out(
    template: &Template,
    fields: &Fields,
    dpi: Dpi,
    copy: bool,
) -> Result<Layout, LabelError> {
    if template.of != fields.subject() {
        return Err(LabelError::OtherSubject { template: template.of, given: fields.subject() });
    }
    let (width, height) = (template.width.dots(dpi), template.height.dots(dpi));
    let mut layout = Layout { width, height, dpi, marks: Vec::new() };
    for (number, element) in (1..).zip(&template.elements) {
        let shape = match element {
            Element::Copy(_) if !copy => continue,
            // A copy that cannot be told from an original is none.
            Element::Copy(text) => match line(text, fields, &layout) {
                Some(line) if !line.cut => Shape::Line(line),
                _ => {
                    let what = "the mark of a copy has no room".to_owned();
                    return Err(LabelError::NotEncodable { element: number, what });
                }
            },
            Element::Text(text) => match line(text, fields, &layout) {
                Some(line) => Shape::Line(line),
                None => continue,
            },
            Element::Line { at, to, thickness } => {
                let thick = thickness.dots(dpi).max(1);
                let mut area = between(*at, *to, dpi);
                (area.width, area.height) = (area.width.max(thick), area.height.max(thick));
                Shape::Bar(area)
            }
            Element::Box { at, to, thickness } => {
                Shape::Frame(between(*at, *to, dpi), thickness.dots(dpi).max(1))
            }
            Element::Barcode(code) => Shape::Symbol(symbol(number, code, fields, &layout)?),
        };
        layout.marks.push(Mark { element: number, shape });
    }
    Ok(layout)
}

fn between(at: super::element::Place, to: super::element::Place, dpi: Dpi) -> Area {
    let (x, y) = (at.x.dots(dpi), at.y.dots(dpi));
    Area { x, y, width: to.x.dots(dpi) - x, height: to.y.dots(dpi) - y }
}

fn line(text: &Text, fields: &Fields, layout: &Layout) -> Option<Line> {
    let dots = |length: Length| length.dots(layout.dpi);
    if text.content.says_nothing(fields) {
        return None;
    }
    let whole = text.content.filled(fields);
    let whole = whole.trim();
    if whole.is_empty() {
        return None;
    }
    // More is on no label, and measuring it takes time.
    let said: String = whole.chars().take(MOST_SHOWN).collect();
    let is_long = said.len() < whole.len();
    let (x, height) = (dots(text.at.x), dots(text.size).max(1));
    let room = text.width.map_or_else(|| layout.width.saturating_sub(x), dots).max(1);
    let Fit { text: said, width, stretch, cut } = fit(said, height, room);
    let free = room.saturating_sub(width);
    let left = match text.align {
        Align::Left => 0,
        Align::Centre => free / 2,
        Align::Right => free,
    };
    let area = Area { x: x + left, y: dots(text.at.y), width, height };
    let cut = cut || is_long;
    Some(Line { area, room: (x, room), align: text.align, stretch, cut, text: said })
}

struct Fit {
    text: String,
    width: u32,
    stretch: u32,
    cut: bool,
}

/// Makes `text` fit into `room`.
fn fit(text: String, height: u32, room: u32) -> Fit {
    let natural = font::width(&text, height);
    if natural <= room {
        return Fit { text, width: natural, stretch: 100, cut: false };
    }
    let narrowed = |width: u32, stretch: u32| {
        let dots = (u64::from(width) * u64::from(stretch)).div_ceil(100);
        u32::try_from(dots).unwrap_or(u32::MAX)
    };
    let stretch = u32::try_from(u64::from(room) * 100 / u64::from(natural)).unwrap_or(0);
    if stretch >= NARROWEST {
        let width = narrowed(natural, stretch);
        return Fit { text, width, stretch, cut: false };
    }
    let mut kept: Vec<char> = text.chars().collect();
    loop {
        let shown: String = kept.iter().chain(['…'].iter()).collect();
        let width = narrowed(font::width(&shown, height), NARROWEST);
        if width <= room || kept.pop().is_none() {
            return Fit { text: shown, width: width.min(room), stretch: NARROWEST, cut: true };
        }
    }
}

fn symbol(
    element: usize,
    code: &Barcode,
    fields: &Fields,
    layout: &Layout,
) -> Result<Symbol, LabelError> {
    let wrong = |what| LabelError::NotEncodable { element, what };
    let empty = match &code.data {
        Data::Plain(content) => Content::empty_field(content, fields),
        Data::Gs1(elements) => elements.empty_field(fields),
    };
    if let Some(field) = empty {
        return Err(LabelError::EmptyField { element, field });
    }
    let says = match &code.data {
        Data::Plain(content) => content.filled(fields),
        Data::Gs1(elements) => elements.encoded(fields).map_err(wrong)?,
    };
    let modules = symbol::encode(code.symbology, &says).map_err(wrong)?;
    let most = match code.symbology {
        Symbology::Qr | Symbology::Code128 => MOST_DOTS,
        Symbology::DataMatrix | Symbology::Gs1DataMatrix => u32::MAX,
    };
    let module = code.module.dots(layout.dpi).clamp(1, most);
    let row = match code.symbology {
        Symbology::Code128 => code.height.dots(layout.dpi).max(1),
        _ => module,
    };
    let area = Area {
        x: code.at.x.dots(layout.dpi),
        y: code.at.y.dots(layout.dpi),
        width: modules.columns * module,
        height: modules.rows * row,
    };
    let ends = [(area.right(), layout.width), (area.bottom(), layout.height)];
    if let Some((end, room)) = ends.into_iter().find(|(end, room)| end > room) {
        return Err(LabelError::CodeTooLarge { element, end, room });
    }
    Ok(Symbol { area, symbology: code.symbology, module, row, modules, says })
}
