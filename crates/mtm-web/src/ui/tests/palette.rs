//! The colours of every theme can be read: WCAG contrast computed from the style sheet itself.

use std::collections::BTreeMap;

use crate::ui::assets;

type Palette = BTreeMap<String, String>;

/// Text on ground, 4.5 : 1.
const TEXT: [(&str, &str); 16] = [
    ("--ink", "--ground"),
    ("--ink", "--panel"),
    ("--ink", "--sunken"),
    ("--ink", "--raised"),
    ("--ink", "--accent-soft"),
    ("--ink-2", "--ground"),
    ("--ink-2", "--panel"),
    ("--ink-2", "--sunken"),
    ("--ink-2", "--raised"),
    ("--ink-2", "--accent-soft"),
    ("--bar-ink", "--bar"),
    ("--bar-ink", "--bar-2"),
    ("--bar-ink-2", "--bar"),
    ("--accent", "--panel"),
    ("--accent", "--ground"),
    ("--accent-ink", "--accent"),
];

/// Tones on their own soft ground, on panels and under ordinary text.
const TONES: [&str; 11] =
    ["ok", "bad", "ask", "note", "in", "out", "transfer", "adjust", "scrap", "opening", "reversal"];

/// Edges of controls against what they stand on, 3 : 1.
const EDGES: [(&str, &str); 5] = [
    ("--edge", "--panel"),
    ("--edge", "--ground"),
    ("--edge", "--sunken"),
    ("--focus", "--panel"),
    ("--focus", "--ground"),
];

#[test]
fn contrast_holds_in_every_theme() {
    let sheet = sheet();
    for (theme, palette) in [
        ("light", light(&sheet)),
        ("dark", dark(&sheet)),
        ("contrast", block(&sheet, r#":root[data-theme="contrast"]"#)),
    ] {
        let check = |front: &str, back: &str, least: f64| {
            let found = contrast(&palette[front], &palette[back]);
            assert!(found >= least, "{theme}: {front} on {back} is {found:.2} : 1, below {least}");
        };
        for (front, back) in TEXT {
            check(front, back, 4.5);
        }
        for tone in TONES {
            let soft = format!("--{tone}-soft");
            check(&format!("--{tone}"), &soft, 4.5);
            check(&format!("--{tone}"), "--panel", 4.5);
            check("--ink", &soft, 4.5);
            check("--ink-2", &soft, 4.5);
        }
        for (front, back) in EDGES {
            check(front, back, 3.0);
        }
    }
}

#[test]
fn both_copies_of_the_dark_palette_are_equal() {
    let sheet = sheet();
    let by_system =
        block(&sheet, r#":root:not([data-theme="light"]):not([data-theme="contrast"])"#);
    assert_eq!(dark(&sheet), by_system);
    let names = |palette: Palette| {
        palette
            .into_iter()
            .filter(|(_, value)| value.starts_with('#'))
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(light(&sheet)), names(by_system));
}

#[test]
fn every_variable_that_is_used_is_defined() {
    let sheet = sheet();
    for used in sheet.split("var(").skip(1) {
        let (name, _) = used.split_once(')').expect("var() ends");
        assert!(sheet.contains(&format!("{name}:")), "{name} is used but never set");
    }
}

fn sheet() -> String {
    let asset = assets::find(assets::STYLE).expect("the style sheet");
    String::from_utf8(asset.bytes.into_owned()).expect("style sheets are UTF-8")
}

fn light(sheet: &str) -> Palette {
    block(sheet, ":root")
}

fn dark(sheet: &str) -> Palette {
    block(sheet, r#":root[data-theme="dark"]"#)
}

/// The first block after `selector` and its declarations.
fn block(sheet: &str, selector: &str) -> Palette {
    let (_, rest) = sheet.split_once(&format!("{selector} {{")).expect("the selector exists");
    let (body, _) = rest.split_once('}').expect("the block ends");
    let declarations = body.split(';').filter_map(|line| line.split_once(':'));
    declarations
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .filter(|(name, _)| name.starts_with("--"))
        .collect()
}

fn contrast(front: &str, back: &str) -> f64 {
    let (a, b) = (luminance(front), luminance(back));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: &str) -> f64 {
    let channel = |at: usize| {
        let byte = u8::from_str_radix(&color[at..at + 2], 16).expect("#rrggbb");
        let value = f64::from(byte) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}
