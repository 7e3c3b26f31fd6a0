//! What will be hard to read: for scanners, and for people.
//!
//! None of it stops a label: a plant may know its scanners better. What cannot be printed at all is an
//! error of the label.

use serde::Serialize;

use super::element::{Barcode, Data, Element, Symbology};
use super::error::LabelError;
use super::fields::{Fields, Subject};
use super::font;
use super::layout::{Area, Layout, MOST_DOTS, Mark, Shape, Symbol, lay_out};
use super::length::{Dpi, Length};
use super::raster::sides;
use super::template::Template;
use crate::scan::{self, Candidate, Hints, Kind, Reading};

/// The narrowest module that ordinary scanners of plants read from a hand's distance.
const NARROWEST_MODULE: Length = Length::micrometres(250);
/// Below so many percent type is hard to read.
const NARROW_TYPE: u32 = 70;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Lint {
    /// A module is narrow at this resolution, or far from what was wished.
    ModuleWidth,
    /// Something stands in the light margin of a code, or the label ends in it.
    QuietZone,
    /// Something reaches over the edge, or a line was cut.
    Overflow,
    /// A line is set very narrow.
    NarrowType,
    /// Application identifiers stand in another order than they are encoded in.
    AiOrder,
    /// The type has no letter for it.
    MissingLetter,
    /// No code on the label says which thing it is, in a way that this program's scan reads.
    NotScannable,
}

impl Lint {
    /// Every rule.
    pub const ALL: [Self; 7] = [
        Self::ModuleWidth,
        Self::QuietZone,
        Self::Overflow,
        Self::NarrowType,
        Self::AiOrder,
        Self::MissingLetter,
        Self::NotScannable,
    ];

    /// Its name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ModuleWidth => "module_width",
            Self::QuietZone => "quiet_zone",
            Self::Overflow => "overflow",
            Self::NarrowType => "narrow_type",
            Self::AiOrder => "ai_order",
            Self::MissingLetter => "missing_letter",
            Self::NotScannable => "not_scannable",
        }
    }
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The rule.
    pub lint: Lint,
    /// The element, counted from 1; null where the label as a whole is meant.
    pub element: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Looks at a label as a printer of this resolution would print it, its mark of a copy included.
pub fn lint(template: &Template, fields: &Fields, dpi: Dpi) -> Result<Vec<Finding>, LabelError> {
    let layout = lay_out(template, fields, dpi, true)?;
    let mut found = Vec::new();
    for mark in &layout.marks {
        edges(&layout, mark, &mut found);
        match &mark.shape {
            Shape::Line(_) => letters(mark, &mut found),
            Shape::Symbol(code) => {
                module_width(template, mark.element, code, dpi, &mut found);
                quiet_zone(&layout, mark.element, code, &mut found);
            }
            Shape::Bar(_) | Shape::Frame(..) => {}
        }
    }
    ai_order(template, &mut found);
    if !is_scannable(template, fields) {
        let message = format!(
            "no code is read as this {}; give it one that says {}",
            template.of.as_str(),
            wished(template.of)
        );
        found.push(Finding { lint: Lint::NotScannable, element: None, message });
    }
    Ok(found)
}

fn add(found: &mut Vec<Finding>, lint: Lint, element: usize, message: String) {
    found.push(Finding { lint, element: Some(element), message });
}

/// The rectangles that a mark blackens, roughly.
fn areas(shape: &Shape) -> Vec<Area> {
    match shape {
        Shape::Line(line) => vec![line.area],
        Shape::Bar(area) => vec![*area],
        Shape::Frame(area, thickness) => sides(*area, *thickness).to_vec(),
        Shape::Symbol(code) => vec![code.area],
    }
}

fn edges(layout: &Layout, mark: &Mark, found: &mut Vec<Finding>) {
    let over = |area: &Area| area.right() > layout.width || area.bottom() > layout.height;
    if areas(&mark.shape).iter().any(over) {
        let message = "reaches over the edge of the label".to_owned();
        add(found, Lint::Overflow, mark.element, message);
    }
}

fn letters(mark: &Mark, found: &mut Vec<Finding>) {
    let Shape::Line(line) = &mark.shape else { return };
    if line.cut {
        let message = format!("is too long for its room and was cut: {:?}", line.text);
        add(found, Lint::Overflow, mark.element, message);
    } else if line.stretch < NARROW_TYPE {
        let message = format!("is set at {} % of its width to fit its room", line.stretch);
        add(found, Lint::NarrowType, mark.element, message);
    }
    if let Some(c) = line.text.chars().find(|c| !font::has(*c)) {
        let message = format!("holds {c:?}, which printers of labels usually do not have");
        add(found, Lint::MissingLetter, mark.element, message);
    }
}

fn module_width(
    template: &Template,
    element: usize,
    code: &Symbol,
    dpi: Dpi,
    found: &mut Vec<Finding>,
) {
    let Some(Element::Barcode(Barcode { module: wished, .. })) = template.elements.get(element - 1)
    else {
        return;
    };
    let printed = Length::of_dots(code.module, dpi);
    let (dots, dpi) = (code.module, dpi.number());
    let apart = wished.in_micrometres().abs_diff(printed.in_micrometres());
    if printed < NARROWEST_MODULE || dots < 2 {
        let message = format!(
            "a module is {dots} dot{} wide at {dpi} dpi, {printed}; {NARROWEST_MODULE} and two dots \
             are read well",
            if dots == 1 { "" } else { "s" }
        );
        add(found, Lint::ModuleWidth, element, message);
    } else if apart * 5 > wished.in_micrometres() {
        let most = if dots == MOST_DOTS { ", the most that printers make" } else { "" };
        let message =
            format!("a module of {wished} is printed as {dots} dots{most}: {printed} at {dpi} dpi");
        add(found, Lint::ModuleWidth, element, message);
    }
}

fn quiet_zone(layout: &Layout, element: usize, code: &Symbol, found: &mut Vec<Finding>) {
    let margin = code.symbology.quiet_modules() * code.module;
    let above = if code.symbology == Symbology::Code128 { 0 } else { margin };
    let Area { x, y, width, height } = code.area;
    let name = code.symbology.as_str();
    let short = x < margin
        || y < above
        || code.area.right() + margin > layout.width
        || code.area.bottom() + above > layout.height;
    let wants = Length::of_dots(margin, layout.dpi);
    if short {
        let message = format!("the label ends within the {wants} that a {name} keeps free");
        add(found, Lint::QuietZone, element, message);
    }
    let zone = Area {
        x: x.saturating_sub(margin),
        y: y.saturating_sub(above),
        width: width + 2 * margin,
        height: height + 2 * above,
    };
    let others = layout.marks.iter().filter(|mark| mark.element != element);
    for mark in others.filter(|mark| areas(&mark.shape).iter().any(|area| area.touches(zone))) {
        let message =
            format!("element {} stands within the {wants} that a {name} keeps free", mark.element);
        add(found, Lint::QuietZone, element, message);
    }
}

fn ai_order(template: &Template, found: &mut Vec<Finding>) {
    for (element, code) in codes(template) {
        if let Data::Gs1(elements) = &code.data
            && !elements.is_in_order()
        {
            let message = "elements of predefined length are encoded first; write them first";
            add(found, Lint::AiOrder, element, message.to_owned());
        }
    }
}

fn codes(template: &Template) -> impl Iterator<Item = (usize, &Barcode)> {
    (1..).zip(&template.elements).filter_map(|(element, one)| match one {
        Element::Barcode(code) => Some((element, code)),
        _ => None,
    })
}

/// What a code that our scan reads would say.
fn wished(of: Subject) -> &'static str {
    match of {
        Subject::Lot => "LOT:{lot}",
        Subject::Location => "LOC:{location}",
        Subject::Part => "PART:{part}",
        Subject::Operation => "OP:{operation}",
        Subject::Count => "{code}",
        Subject::Badge => "{login}",
    }
}

fn is_scannable(template: &Template, fields: &Fields) -> bool {
    codes(template).any(|(_, code)| match &code.data {
        Data::Plain(content) => {
            let says = content.filled(fields);
            template.of == Subject::Badge || is_read(&says, fields)
        }
        Data::Gs1(elements) => elements.filled(fields).iter().any(|(ai, value)| {
            let names = match template.of {
                Subject::Lot => *ai == "10",
                Subject::Part => matches!(*ai, "240" | "241"),
                Subject::Location => *ai == "254",
                Subject::Operation | Subject::Badge | Subject::Count => false,
            };
            names && value == id(fields)
        }),
    })
}

/// Which one the fields are about.
fn id(fields: &Fields) -> &str {
    fields.subject().fields().first().map_or("", |field| fields.text(field))
}

/// Whether the program's scan takes the content of a code for the thing that the fields are about.
fn is_read(says: &str, fields: &Fields) -> bool {
    let kind = match fields.subject() {
        Subject::Lot => Kind::Lot,
        Subject::Location => Kind::Location,
        Subject::Part => Kind::Part,
        Subject::Operation => Kind::Operation,
        Subject::Count => {
            let scan = scan::classify(says, Hints::default());
            return matches!(scan.reading, Reading::Sheet(sheet) if sheet.text() == fields.text("code"));
        }
        Subject::Badge => return true,
    };
    let is_it = |one: &Candidate| one.kind() == kind && one.text() == id(fields);
    match scan::classify(says, Hints { expected: Some(kind) }).reading {
        Reading::Label(candidate) => is_it(&candidate),
        Reading::Plain(candidates) => candidates.first().is_some_and(is_it),
        _ => false,
    }
}
