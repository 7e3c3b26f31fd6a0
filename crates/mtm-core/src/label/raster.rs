//! A label in black and white dots.

use ttf_parser::OutlineBuilder;

use super::font;
use super::layout::{Area, Layout, Line, Shape, Symbol};

/// Dots, eight to a byte, row by row; a set bit is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    bytes_per_row: usize,
    dots: Vec<u8>,
}

impl Raster {
    /// Draws a label.
    pub(super) fn of(layout: &Layout) -> Self {
        let bytes_per_row = usize::try_from(layout.width.div_ceil(8)).unwrap_or(0);
        let rows = usize::try_from(layout.height).unwrap_or(0);
        let dots = vec![0; bytes_per_row * rows];
        let mut raster = Self { width: layout.width, height: layout.height, bytes_per_row, dots };
        for mark in &layout.marks {
            match &mark.shape {
                Shape::Line(line) => raster.type_line(line),
                Shape::Bar(area) => raster.fill(*area),
                Shape::Frame(area, thickness) => {
                    for side in sides(*area, *thickness) {
                        raster.fill(side);
                    }
                }
                Shape::Symbol(code) => code_bars(code).for_each(|bar| raster.fill(bar)),
            }
        }
        raster
    }

    /// The rows as a picture in grey of one bit has them: a set bit is white.
    pub(super) fn white_bits(&self) -> Vec<u8> {
        self.dots.iter().map(|byte| !byte).collect()
    }

    /// Blackens a rectangle, as far as it is on the label.
    fn fill(&mut self, area: Area) {
        for y in area.y..area.bottom().min(self.height) {
            self.run(y, area.x, area.right());
        }
    }

    /// Blackens dots of a row.
    fn run(&mut self, y: u32, from: u32, to: u32) {
        let row = usize::try_from(y).unwrap_or(0) * self.bytes_per_row;
        for x in from..to.min(self.width) {
            let byte = row + usize::try_from(x / 8).unwrap_or(0);
            if let Some(byte) = self.dots.get_mut(byte) {
                *byte |= 0x80 >> (x % 8);
            }
        }
    }

    fn type_line(&mut self, line: &Line) {
        let mut pen = 0.0;
        let up = f64::from(line.area.height) / f64::from(font::units());
        let across = up * f64::from(font::SET * line.stretch) / 10_000.0;
        let left = f64::from(line.area.x);
        let base = f64::from(line.area.y)
            + f64::from(line.area.height) * f64::from(font::BASE_LINE) / 100.0;
        for c in line.text.chars() {
            let left = left + pen + f64::from(font::indent(c)) * across;
            let mut glyph = Edges { left, base, across, up, ..Edges::default() };
            font::outline(c, &mut glyph);
            self.fill_edges(&glyph.drawn);
            pen += f64::from(font::advance(c)) * across;
        }
    }

    /// Blackens what edges go around, dot by dot where its middle is inside.
    fn fill_edges(&mut self, edges: &[[f64; 4]]) {
        let ys = || edges.iter().flat_map(|[_, y0, _, y1]| [*y0, *y1]);
        let top = ys().fold(f64::INFINITY, f64::min);
        let bottom = ys().fold(f64::NEG_INFINITY, f64::max);
        if !top.is_finite() {
            return;
        }
        for y in dot(top)..dot(bottom + 1.0).min(self.height) {
            let middle = f64::from(y) + 0.5;
            let crossing = |[x0, y0, x1, y1]: &[f64; 4]| {
                let down = (*y0 <= middle) && (middle < *y1);
                let rises = (*y1 <= middle) && (middle < *y0);
                let x = x0 + (middle - y0) / (y1 - y0) * (x1 - x0);
                (down || rises).then_some((x, if down { 1 } else { -1 }))
            };
            let mut crossings: Vec<(f64, i32)> = edges.iter().filter_map(crossing).collect();
            crossings.sort_by(|left, right| left.0.total_cmp(&right.0));
            let (mut winding, mut from) = (0, 0.0);
            for (x, turn) in crossings {
                if winding == 0 {
                    from = x;
                }
                winding += turn;
                if winding == 0 {
                    self.run(y, dot(from + 0.5), dot(x + 0.5));
                }
            }
        }
    }
}

/// The dot a coordinate is in.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a label has some thousand dots; what lies beyond its edges is cut there"
)]
fn dot(coordinate: f64) -> u32 {
    coordinate.max(0.0) as u32
}

/// The four sides of a frame.
pub(super) fn sides(area: Area, thickness: u32) -> [Area; 4] {
    let thick = thickness.min(area.width).min(area.height);
    let Area { x, y, width, height } = area;
    [
        Area { x, y, width, height: thick },
        Area { x, y: area.bottom() - thick, width, height: thick },
        Area { x, y, width: thick, height },
        Area { x: area.right() - thick, y, width: thick, height },
    ]
}

/// The dark runs of a code.
pub(super) fn code_bars(code: &Symbol) -> impl Iterator<Item = Area> {
    code.modules.runs().map(|(row, first, length)| Area {
        x: code.area.x + first * code.module,
        y: code.area.y + row * code.row,
        width: length * code.module,
        height: code.row,
    })
}

/// The outline of a letter as straight edges, in dots, downwards.
#[derive(Default)]
struct Edges {
    left: f64,
    base: f64,
    across: f64,
    up: f64,
    start: (f64, f64),
    at: (f64, f64),
    drawn: Vec<[f64; 4]>,
}

/// Straight edges to a curve: enough for letters of some hundred dots.
const STEPS: u32 = 8;

impl Edges {
    fn dots(&self, x: f32, y: f32) -> (f64, f64) {
        (self.left + f64::from(x) * self.across, self.base - f64::from(y) * self.up)
    }

    fn edge(&mut self, to: (f64, f64)) {
        self.drawn.push([self.at.0, self.at.1, to.0, to.1]);
        self.at = to;
    }
}

impl OutlineBuilder for Edges {
    fn move_to(&mut self, x: f32, y: f32) {
        self.start = self.dots(x, y);
        self.at = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.dots(x, y);
        self.edge(to);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let points = [self.at, self.dots(x1, y1), self.dots(x, y)];
        for step in 1..=STEPS {
            let (done, left) = shares(step);
            self.edge(weighed(points, [left * left, 2.0 * done * left, done * done]));
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let points = [self.at, self.dots(x1, y1), self.dots(x2, y2), self.dots(x, y)];
        for step in 1..=STEPS {
            let (done, left) = shares(step);
            let mixed = 3.0 * done * left;
            let weights = [left.powi(3), mixed * left, mixed * done, done.powi(3)];
            self.edge(weighed(points, weights));
        }
    }

    fn close(&mut self) {
        let start = self.start;
        self.edge(start);
    }
}

/// How much of a curve is done after a step, and how much is left.
fn shares(step: u32) -> (f64, f64) {
    let done = f64::from(step) / f64::from(STEPS);
    (done, 1.0 - done)
}

/// A point between points.
fn weighed<const N: usize>(points: [(f64, f64); N], weights: [f64; N]) -> (f64, f64) {
    points.into_iter().zip(weights).fold((0.0, 0.0), |sum, (point, weight)| {
        (sum.0 + weight * point.0, sum.1 + weight * point.1)
    })
}
