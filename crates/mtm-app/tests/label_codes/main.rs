//! Labels, read by programs that know nothing of how they were made: what a scanner reads is what
//! the ledger knows.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use mtm_core::label::{self, Dpi, Fields, Subject, Template, built_in};
use mtm_testkit::{Decoders, ZplPrinter};

const SUITE: &str = "labels read by somebody else's programs";

/// Values with everything that printers, escapes and codes could stumble over.
fn fields(of: Subject) -> Fields {
    let mut fields = Fields::of(of);
    let given: &[(&str, &str)] = match of {
        Subject::Lot => &[
            ("lot", "0000012345"),
            ("part", "11058-1779 ^XA~\\_1"),
            ("description", "Bügel links, für 2 Ø"),
            ("quantity", "500"),
            ("unit", "pcs"),
            ("operation", "19"),
            ("location", "R-E4-18"),
            ("work_order", "WO-060723"),
            ("color_code", "Red"),
            ("received_date", "2026-11-30"),
            ("received_yymmdd", "261130"),
        ],
        Subject::Location => &[("location", "R-Ä4-18"), ("description", "Rack"), ("building", "2")],
        Subject::Part => &[("part", "A_1^FS~JR\\5E|!#$%&*+;=?"), ("description", "Odd")],
        Subject::Operation => &[("operation", "252-01"), ("description", "Entgraten")],
        Subject::Badge => &[("login", "j.koll"), ("name", "Johann Koll"), ("role", "operator")],
        Subject::Count => &[
            ("count", "019ac0de-0000-7000-8000-00000000abcd"),
            ("name", "Rack E"),
            ("code", "COUNT:019AC0DE00007000800000000000ABCD"),
            ("lines", "12"),
            ("planned_date", "2026-11-30"),
        ],
    };
    for (name, value) in given {
        fields.set(name, value).unwrap();
    }
    fields
}

/// The codes of a label: what the one Data Matrix says, and what the others do.
struct Codes {
    matrix: Option<&'static str>,
    bars: &'static [&'static str],
}

/// What the templates that the program brings must say.
fn said(name: &str) -> Codes {
    let (matrix, bars): (_, &[_]) = match name {
        "lot" => (Some("LOT:0000012345"), &["LOT:0000012345"]),
        "lot-small" => (Some("LOT:0000012345"), &[]),
        "location" => (None, &["LOC:R-Ä4-18"]),
        "part" => (Some("PART:A_1^FS~JR\\5E|!#$%&*+;=?"), &[]),
        "operation" => (None, &["OP:252-01"]),
        "commands" => (
            None,
            &[
                "OP:252-01",
                "QTY:1",
                "QTY:10",
                "QTY:100",
                "QTY:1000",
                "QTY:2",
                "QTY:20",
                "QTY:200",
                "QTY:5",
                "QTY:50",
                "QTY:500",
                "SCALE",
            ],
        ),
        "badge" => (Some("j.koll"), &[]),
        "count" => (None, &["COUNT:019AC0DE00007000800000000000ABCD"]),
        other => panic!("say what the codes of {other} say"),
    };
    Codes { matrix, bars }
}

fn says(decoders: &Decoders, png: &[u8], codes: &Codes, whose: &str) {
    let mut bars = decoders.bars(png).unwrap();
    bars.sort();
    assert_eq!(bars, codes.bars, "{whose}");
    if let Some(expected) = codes.matrix {
        assert_eq!(decoders.matrix(png).unwrap(), expected, "{whose}");
    }
}

#[test]
fn pictures_and_pages_say_what_is_known() {
    let Some(decoders) = Decoders::find().unwrap().or_skip(SUITE) else { return };
    for built in built_in() {
        let (name, template) = (built.name, Template::parse(built.text).unwrap());
        let (fields, codes) = (fields(template.of), said(name));
        for dpi in [Dpi::D203, Dpi::D300] {
            let png = label::png(&template, &fields, dpi, true).unwrap();
            says(&decoders, &png, &codes, &format!("{name} at {}", dpi.number()));
        }
        let pdf = label::pdf(&template, &fields, true).unwrap();
        let page = decoders.picture(&pdf, 300).unwrap();
        says(&decoders, &page, &codes, &format!("{name} as a page"));
    }
}

#[test]
fn what_a_printer_prints_says_what_is_known() {
    let Some(decoders) = Decoders::find().unwrap().or_skip(SUITE) else { return };
    let Some(printer) = ZplPrinter::find().unwrap().or_skip(SUITE) else { return };
    for built in built_in() {
        let (name, template) = (built.name, Template::parse(built.text).unwrap());
        let (fields, codes) = (fields(template.of), said(name));
        for (dpi, dots) in [(Dpi::D203, 8), (Dpi::D300, 12)] {
            if dpi == Dpi::D300 && name != "lot" {
                continue;
            }
            let zpl = label::zpl(&template, &fields, dpi, true).unwrap();
            let png = printer.print(&zpl, millimetres(&template), dots).unwrap();
            says(&decoders, &png, &codes, &format!("{name} printed at {}", dpi.number()));
        }
    }
}

fn millimetres(template: &Template) -> (u16, u16) {
    let side = |length: label::Length| u16::try_from(length.in_micrometres() / 1000).unwrap();
    (side(template.width), side(template.height))
}

/// A label of the trade: the article's number is the plant's own, and stands in the template.
const GS1: &str = r#"
title = "Lot for a customer"
of = "lot"
width = 60
height = 40

[[element]]
kind = "gs1-datamatrix"
at = [5, 5]
module = 0.75
data = "(10){lot}(240)11058-1779(30){quantity}(01)09506000134352(11){received_yymmdd}"

[[element]]
kind = "copy"
at = [40, 30]
size = 5
"#;

#[test]
fn gs1_elements_arrive_in_order_with_fnc1_where_it_belongs() {
    let Some(decoders) = Decoders::find().unwrap().or_skip(SUITE) else { return };
    let (template, fields) = (Template::parse(GS1).unwrap(), fields(Subject::Lot));
    // Predefined lengths first; FNC1 first of all, and after what may have any length.
    let expected = "\u{1d}010950600013435211261130100000012345\u{1d}24011058-1779\u{1d}30500";
    let codes = Codes { matrix: Some(expected), bars: &[] };
    let png = label::png(&template, &fields, Dpi::D203, false).unwrap();
    says(&decoders, &png, &codes, "the picture");
    let page = decoders.picture(&label::pdf(&template, &fields, false).unwrap(), 300).unwrap();
    says(&decoders, &page, &codes, "the page");
    let Some(printer) = ZplPrinter::find().unwrap().or_skip(SUITE) else { return };
    let zpl = label::zpl(&template, &fields, Dpi::D203, false).unwrap();
    let png = printer.print(&zpl, millimetres(&template), 8).unwrap();
    says(&decoders, &png, &codes, "the print");
}

/// A label with all of `values` below each other, each by an element that `draw` writes.
fn below_each_other(values: &[String], draw: impl Fn(usize, &str) -> String) -> Template {
    let head = "title = \"T\"\nof = \"part\"\nwidth = 150\nheight = 300\n";
    let copy = "[[element]]\nkind = \"copy\"\nat = [2, 295]\nsize = 4\n";
    let elements = values.iter().enumerate().map(|(at, value)| {
        let value = value.replace('{', "{{").replace('}', "}}");
        draw(at, &value)
    });
    Template::parse(&format!("{head}{copy}{}", elements.collect::<String>())).unwrap()
}

#[test]
fn every_character_that_bars_can_hold_is_read_back() {
    let Some(decoders) = Decoders::find().unwrap().or_skip(SUITE) else { return };
    let mut values: Vec<String> = Vec::new();
    let printable: Vec<char> = ('!'..='~').filter(|c| *c != '>').collect();
    values.extend(printable.chunks(24).map(|some| some.iter().collect()));
    // Digits in pairs at the beginning, in the middle and at the end, an odd one among them.
    let runs = ["12", "123", "1234", "12345", "A123456B", "A1234567B", "AB1234", "AB12345"];
    values.extend(runs.map(str::to_owned));
    // Every pair.
    let pairs: Vec<String> = (0..100).map(|pair| format!("{pair:02}")).collect();
    values.extend(pairs.chunks(20).map(<[String]>::concat));
    let template = below_each_other(&values, |at, value| {
        let top = 2 + at * 16;
        format!(
            "[[element]]\nkind = \"code128\"\nat = [10, {top}]\nmodule = 0.375\nheight = 10\n\
             data = {value:?}\n"
        )
    });
    values.sort();
    let read = |png: &[u8]| {
        let mut read = decoders.bars(png).unwrap();
        read.sort();
        read
    };
    let fields = Fields::of(Subject::Part);
    assert_eq!(read(&label::png(&template, &fields, Dpi::D203, false).unwrap()), values);
    let Some(printer) = ZplPrinter::find().unwrap().or_skip(SUITE) else { return };
    let zpl = label::zpl(&template, &fields, Dpi::D203, false).unwrap();
    assert_eq!(read(&printer.print(&zpl, (150, 300), 8).unwrap()), values, "printed");
}

/// The last column that is dark between two rows.
fn last_dark(png: &[u8], rows: std::ops::Range<usize>) -> usize {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let samples = frame.color_type.samples();
    let lines = pixels.chunks(frame.line_size).take(rows.end).skip(rows.start);
    let dark = |line: &[u8]| line.chunks(samples).rposition(|pixel| pixel[0] < 128);
    lines.filter_map(dark).max().unwrap()
}

#[test]
fn type_that_fits_here_fits_on_a_printer() {
    let Some(printer) = ZplPrinter::find().unwrap().or_skip(SUITE) else { return };
    let values = [
        "R-E4-18",
        "11058-1779-0---",
        "0123456789",
        "ABCDEFGHIJKLM",
        "NOPQRSTUVWXYZ",
        "abcdefghijklm",
        "nopqrstuvwxyz",
        "WWWWWMMMM",
        "iiiillll!!..,,",
        "ÄÖÜß éèñ Ø µ",
        "/()[]&%$#@!?=+*",
    ];
    let values = values.map(str::to_owned);
    // Each in less room than it wants, so that it is narrowed.
    let room = |value: &str| value.chars().count() * 4;
    let template = below_each_other(&values, |at, value| {
        let (top, room) = (2 + at * 20, room(value));
        format!(
            "[[element]]\nkind = \"text\"\nat = [10, {top}]\nsize = 10\nwidth = {room}\n\
             text = {value:?}\n"
        )
    });
    let zpl = label::zpl(&template, &Fields::of(Subject::Part), Dpi::D203, false).unwrap();
    let png = printer.print(&zpl, (150, 300), 8).unwrap();
    for (at, value) in values.iter().enumerate() {
        let (top, edge) = ((2 + at * 20) * 8, (10 + room(value)) * 8);
        let last = last_dark(&png, top..top + 80);
        assert!(last <= edge + 2, "{value}: {last} of {edge}");
    }
}
