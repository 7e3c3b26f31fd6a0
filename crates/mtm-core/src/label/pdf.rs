//! A label as a page: PDF (ISO 32000), in the size of the label, everything as outlines, so that it needs
//! no font of the reader and prints the same everywhere.

use pdf_writer::{Content, Finish, Pdf, Rect, Ref, TextStr};
use ttf_parser::OutlineBuilder;

use super::error::LabelError;
use super::fields::Fields;
use super::font;
use super::layout::{Area, Layout, Line, Shape, lay_out};
use super::length::Dpi;
use super::raster::{code_bars, sides};
use super::template::Template;

/// Points, the unit of pages, to an inch.
const POINTS: f32 = 72.0;
/// Dots to an inch, on which everything lies.
const DOTS: Dpi = Dpi::D600;

/// The label as a page of its own size.
pub fn pdf(template: &Template, fields: &Fields, copy: bool) -> Result<Vec<u8>, LabelError> {
    let layout = lay_out(template, fields, DOTS, copy)?;
    let scale = POINTS / f32::from(DOTS.number());
    let (width, height) = (float(layout.width) * scale, float(layout.height) * scale);
    let [catalog, pages, page_id, content_id, info] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.document_info(info).title(TextStr(&template.title)).finish();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page_id]).count(1);
    let mut page = pdf.page(page_id);
    page.media_box(Rect::new(0.0, 0.0, width, height));
    page.parent(pages).contents(content_id);
    page.resources().finish();
    page.finish();
    let mut content = Content::new();
    // From here on in dots, from the upper left corner, downwards.
    content.transform([scale, 0.0, 0.0, -scale, 0.0, height]);
    draw(&layout, &mut content);
    pdf.stream(content_id, &content.finish());
    Ok(pdf.finish())
}

fn draw(layout: &Layout, content: &mut Content) {
    for mark in &layout.marks {
        match &mark.shape {
            Shape::Line(line) => type_line(line, content),
            Shape::Bar(area) => rectangle(*area, content),
            Shape::Frame(area, thickness) => {
                for side in sides(*area, *thickness) {
                    rectangle(side, content);
                }
            }
            Shape::Symbol(code) => code_bars(code).for_each(|bar| rectangle(bar, content)),
        }
        content.fill_nonzero();
    }
}

fn rectangle(area: Area, content: &mut Content) {
    content.rect(float(area.x), float(area.y), float(area.width), float(area.height));
}

fn type_line(line: &Line, content: &mut Content) {
    let up = float(line.area.height) / f32::from(font::units());
    let across = up * float(font::SET * line.stretch) / 10_000.0;
    let base = float(line.area.y) + float(line.area.height) * float(font::BASE_LINE) / 100.0;
    let mut pen = float(line.area.x);
    for c in line.text.chars() {
        let left = pen + f32::from(font::indent(c)) * across;
        font::outline(
            c,
            &mut Path { content: &mut *content, left, base, across, up, at: (0.0, 0.0) },
        );
        pen += f32::from(font::advance(c)) * across;
    }
}

/// Dots on a label, and percents, are far below what such a number holds exactly.
fn float(number: u32) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

/// The outline of a letter on its way into a page.
struct Path<'c> {
    content: &'c mut Content,
    left: f32,
    base: f32,
    across: f32,
    up: f32,
    at: (f32, f32),
}

impl Path<'_> {
    fn dots(&self, x: f32, y: f32) -> (f32, f32) {
        (self.left + x * self.across, self.base - y * self.up)
    }
}

impl OutlineBuilder for Path<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.dots(x, y);
        self.content.move_to(self.at.0, self.at.1);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = self.dots(x, y);
        self.content.line_to(self.at.0, self.at.1);
    }

    // Pages know cubic curves only; this one has the same points.
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, by, to) = (self.at, self.dots(x1, y1), self.dots(x, y));
        let third = |end: f32, middle: f32| end + (middle - end) * 2.0 / 3.0;
        self.content.cubic_to(
            third(from.0, by.0),
            third(from.1, by.1),
            third(to.0, by.0),
            third(to.1, by.1),
            to.0,
            to.1,
        );
        self.at = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), to) = (self.dots(x1, y1), self.dots(x2, y2), self.dots(x, y));
        self.content.cubic_to(x1, y1, x2, y2, to.0, to.1);
        self.at = to;
    }

    fn close(&mut self) {
        self.content.close_path();
    }
}
