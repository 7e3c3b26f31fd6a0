//! The type of pictures and pages: DejaVu Sans Condensed Bold, which is compiled in, set a little narrower.
//!
//! Printers set labels in their own scalable font, which is bold, condensed and a little narrower still, but
//! for the hyphen: theirs is a dash, and is one here. So the widths here are a safe guess of theirs.

use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// How wide letters are set, in percent of how they were drawn.
pub(super) const SET: u32 = 85;
/// Where in a letter cell the base line is, in percent of its height from above.
pub(super) const BASE_LINE: u32 = 76;

const HYPHEN: char = '-';
/// What printers draw for a hyphen, and the letter that takes as much room as they give it.
const DASH: char = '\u{2013}';
const ROOM_OF_HYPHEN: char = '\u{2014}';

fn face() -> &'static Face<'static> {
    static FACE: OnceLock<Face<'static>> = OnceLock::new();
    FACE.get_or_init(|| {
        #[expect(clippy::expect_used, reason = "the font is compiled in, and a test reads it")]
        Face::parse(dejavu::sans_condensed::bold(), 0).expect("the font of the program is whole")
    })
}

/// Units to the height of a letter cell.
pub(super) fn units() -> u16 {
    face().units_per_em()
}

/// Whether there is a glyph for it.
pub(super) fn has(c: char) -> bool {
    face().glyph_index(c).is_some()
}

/// How far the next letter is, in units.
pub(super) fn advance(c: char) -> u16 {
    let room = if c == HYPHEN { ROOM_OF_HYPHEN } else { c };
    face().glyph_hor_advance(glyph(room)).unwrap_or(0)
}

/// How far into its room a letter is moved, in units.
pub(super) fn indent(c: char) -> u16 {
    if c != HYPHEN {
        return 0;
    }
    advance(c).saturating_sub(advance(DASH)) / 2
}

/// The width of a line of this height, in the same unit, before it is narrowed to fit.
pub(super) fn width(text: &str, height: u32) -> u32 {
    let units_of = |c| u64::from(advance(c));
    let sum: u64 = text.chars().map(units_of).sum();
    let width = (sum * u64::from(height) * u64::from(SET)).div_ceil(u64::from(units()) * 100);
    u32::try_from(width).unwrap_or(u32::MAX)
}

/// Draws the outline of a letter, in units, upwards from the base line.
pub(super) fn outline(c: char, into: &mut impl OutlineBuilder) {
    face().outline_glyph(glyph(if c == HYPHEN { DASH } else { c }), into);
}

/// The glyph, or the one that stands for what is missing.
fn glyph(c: char) -> GlyphId {
    face().glyph_index(c).unwrap_or(GlyphId(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_the_letters_of_plants() {
        for c in ('!'..='~').chain("ÄÖÜäöüßéèçñøåłžµ°±×²½–…€ΩЖ".chars())
        {
            assert!(has(c) && advance(c) > 0, "{c}");
        }
        assert!(!has('漢'));
        assert!((40..=60).contains(&width("0", 100)));
        assert_eq!(width("", 100), 0);
    }
}
