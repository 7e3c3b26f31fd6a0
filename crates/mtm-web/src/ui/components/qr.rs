//! A QR code, drawn as one path: black on white in every theme, so that a scanner reads it from a screen
//! and from paper.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the symbol, as the standard wants them.
const QUIET: usize = 4;

/// The symbol of `text`; nothing where it is too long for one. `label` says what it is to whoever does not
/// see it.
pub fn qr(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return html! {} };
    let size = code.width() + 2 * QUIET;
    html! {
        svg class="qr" role="img" aria-label=(label) viewBox={ "0 0 " (size) " " (size) } {
            rect width=(size) height=(size) fill="white" {}
            path fill="black" d=(path(&code)) {}
        }
    }
}

/// A rectangle for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let width = code.width();
    let mut path = String::new();
    for (row, modules) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        while column < width {
            let run = modules[column..].iter().take_while(|it| **it == Color::Dark).count();
            if run > 0 {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
            }
            column += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees in the drawn symbol.
    fn read(markup: &str) -> String {
        let between = |text: &str, from: &str, to: &str| {
            let (_, rest) = text.split_once(from).unwrap();
            rest.split_once(to).unwrap().0.to_owned()
        };
        let size: usize = between(markup, "viewBox=\"0 0 ", " ").parse().unwrap();
        let mut dark = vec![false; size * size];
        for run in between(markup, " d=\"", "\"").split('M').filter(|run| !run.is_empty()) {
            let (place, length) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let length: usize = length.split_once('v').unwrap().0.parse().unwrap();
            let start = y.parse::<usize>().unwrap() * size + x.parse::<usize>().unwrap();
            dark[start..start + length].fill(true);
        }
        // As a camera has it: several points for a module.
        let scale = 4;
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(size * scale, size * scale, |x, y| {
                if dark[y / scale * size + x / scale] { 0 } else { 255 }
            });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn what_is_drawn_is_read_back() {
        for text in ["COUNT:019AC0DE00007000800000000000ABCD/4999", "https://mtm.plant/counts", "7"]
        {
            assert_eq!(read(&qr(text, "a code").into_string()), text);
        }
        assert!(qr(&"x".repeat(5_000), "too long").into_string().is_empty());
    }
}
