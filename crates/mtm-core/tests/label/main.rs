//! What holds for every template that the program brings, and for every value.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::prelude::*;

use mtm_core::label::{
    BuiltIn, Dpi, Fields, Finding, LabelError, Lint, MAX_TEXT, Subject, Template, TemplateError,
    built_in, lint, pdf, png, zpl,
};
use mtm_core::scan::{self, Candidate, Hints, Reading};
use mtm_core::word::LotNumber;

fn fields(of: Subject) -> Fields {
    let mut fields = Fields::of(of);
    let given: &[(&str, &str)] = match of {
        Subject::Lot => &[
            ("lot", "0000012345"),
            ("part", "11058-1779"),
            ("description", "Bracket, left"),
            ("quantity", "500"),
            ("unit", "pcs"),
            ("operation", "19"),
            ("location", "R-E4-18"),
            ("work_order", "WO-060723"),
            ("color_code", "Red"),
            ("received_date", "2026-11-30"),
        ],
        Subject::Location => {
            &[("location", "R-E4-18"), ("description", "Rack E"), ("building", "2")]
        }
        Subject::Part => &[("part", "11058-1779"), ("description", "Bracket, left")],
        Subject::Operation => &[("operation", "252-01"), ("description", "Deburring")],
        Subject::Badge => &[("login", "jkoll"), ("name", "Johann Koll"), ("role", "operator")],
        Subject::Count => &[
            ("count", "019ac0de-0000-7000-8000-00000000abcd"),
            ("name", "Rack E"),
            ("code", "COUNT:019AC0DE00007000800000000000ABCD"),
            ("lines", "12"),
        ],
    };
    for (name, value) in given {
        fields.set(name, value).unwrap();
    }
    fields
}

fn template(elements: &str) -> Result<Template, TemplateError> {
    let head = "title = \"T\"\nof = \"lot\"\nwidth = 100\nheight = 60\n";
    let copy = "[[element]]\nkind = \"copy\"\nat = [60, 50]\nsize = 5\n";
    Template::parse(&format!("{head}{copy}{elements}"))
}

fn typed(text: &str) -> String {
    format!("[[element]]\nkind = \"text\"\nat = [2, 2]\nsize = 5\nwidth = 90\ntext = {text:?}\n")
}

#[test]
fn what_the_program_brings_is_whole_and_nothing_is_found_wrong_with_it() {
    for BuiltIn { name, text } in built_in() {
        let template = Template::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        for dpi in Dpi::ALL {
            let found = lint(&template, &fields(template.of), dpi).unwrap();
            // At 600 dots to the inch printers make no larger QR code than this.
            let small = |one: &Finding| one.lint == Lint::ModuleWidth && text.contains("\"qr\"");
            if dpi == Dpi::D600 && found.iter().all(small) {
                continue;
            }
            assert_eq!(found, [], "{name} at {}", dpi.number());
        }
        for copy in [false, true] {
            zpl(&template, &fields(template.of), Dpi::D203, copy).unwrap();
            png(&template, &fields(template.of), Dpi::D203, copy).unwrap();
            pdf(&template, &fields(template.of), copy).unwrap();
        }
    }
}

#[test]
fn every_code_on_a_label_of_a_lot_is_read_as_that_lot() {
    let lot = Candidate::Lot(LotNumber::allocated(12345));
    let mut seen = 0;
    for built in built_in() {
        let template = Template::parse(built.text).unwrap();
        if template.of != Subject::Lot {
            continue;
        }
        let printed = zpl(&template, &fields(Subject::Lot), Dpi::D203, true).unwrap();
        let is_code = |line: &&str| ["^BXN", "^BQN", "^BCN"].iter().any(|it| line.contains(it));
        for line in printed.lines().filter(is_code) {
            let says = line.split("^FD").nth(1).unwrap().strip_suffix("^FS").unwrap();
            let reading = scan::classify(says, Hints::default()).reading;
            assert_eq!(reading, Reading::Label(lot.clone()), "{}", built.name);
            seen += 1;
        }
    }
    assert!(seen >= 3);
}

#[test]
fn only_the_mark_of_a_copy_tells_a_copy_from_its_original() {
    for built in built_in() {
        let template = Template::parse(built.text).unwrap();
        let print = |copy| zpl(&template, &fields(template.of), Dpi::D203, copy).unwrap();
        let (original, copy) = (print(false), print(true));
        assert!(!original.contains("COPY"), "{}", built.name);
        let without: Vec<_> = copy.lines().filter(|line| !line.contains("^FDCOPY^FS")).collect();
        assert_eq!(without, original.lines().collect::<Vec<_>>(), "{}", built.name);
        assert_ne!(copy, original);
    }
}

#[test]
fn a_template_says_where_it_is_wrong() {
    let wrong = |elements: &str| template(elements).unwrap_err();
    let error = wrong(&typed("{lott}"));
    assert_eq!((error.line, error.element, error.key), (Some(14), Some(2), "text"));
    assert!(error.what.contains("`lot`"), "{error}");
    let code = |rest: &str| format!("[[element]]\nkind = \"code128\"\nat = [2, 2]\n{rest}");
    let error = wrong(&code("module = 0.4\ndata = \"x\"\n"));
    assert_eq!((error.element, error.key), (Some(2), "height"));
    let error = wrong(&code("module = 0.4\nheight = 5\ndata = \"x\"\nsize = 4\n"));
    assert_eq!((error.line, error.key), (Some(15), "size"));
    let error = wrong("[[element]]\nkind = \"qrcode\"\nat = [1, 1]\n");
    assert!(error.what.contains("\"qr\""), "{error}");
    assert_eq!(wrong("[[element]]\nkind = \"text\"\nat = [1, 1]\ncolour = 1\n").line, Some(12));
    assert_eq!(wrong("[[element]]\nkind = \"text\"\n").line, Some(9));
    assert!(
        wrong("[[element]]\nkind = \"copy\"\nat = [1, 1]\nsize = 5\n").what.contains("2 marks")
    );
    let bare = "title = \"T\"\nof = \"lot\"\nwidth = 100\nheight = 60\n";
    assert!(Template::parse(bare).unwrap_err().what.contains("0 marks"));
    assert_eq!(Template::parse("width = ").unwrap_err().line, Some(1));
    assert!(Template::parse(&"#".repeat(MAX_TEXT + 1)).is_err());
}

#[test]
fn what_cannot_be_printed_is_refused_with_its_reason() {
    let code = |kind: &str, data: &str| {
        let rest = "module = 0.5\n";
        let height = if kind == "code128" { "height = 10\n" } else { "" };
        template(&format!(
            "[[element]]\nkind = {kind:?}\nat = [10, 10]\n{rest}{height}data = {data:?}\n"
        ))
        .unwrap()
    };
    let print = |template: &Template, fields: &Fields| zpl(template, fields, Dpi::D203, false);
    let empty = print(&code("datamatrix", "LOT:{lot}"), &Fields::of(Subject::Lot)).unwrap_err();
    assert_eq!(empty, LabelError::EmptyField { element: 2, field: "lot" });
    assert_eq!(empty.code().as_str(), "label_unprintable");
    let mut long = fields(Subject::Lot);
    long.set("notes", "x".repeat(1999)).unwrap();
    for kind in ["code128", "datamatrix", "qr"] {
        assert!(print(&code(kind, "{notes}"), &long).is_err(), "{kind}");
    }
    long.set("notes", "Müller").unwrap();
    assert!(print(&code("datamatrix", "{notes}"), &long).is_err());
    assert!(print(&code("qr", "{notes}"), &long).is_ok());
    long.set("notes", "a>b").unwrap();
    assert!(print(&code("code128", "{notes}"), &long).is_err());
    let other = print(&code("qr", "x"), &Fields::of(Subject::Part)).unwrap_err();
    assert!(matches!(other, LabelError::OtherSubject { .. }));
    let mut some = Fields::of(Subject::Lot);
    assert!(some.set("notes", "a\u{1d}b").is_err() && some.set("notes", "x".repeat(2001)).is_err());
    assert!(matches!(
        some.set("quantty", "1"),
        Err(LabelError::UnknownField { nearest: Some("quantity"), .. })
    ));
}

#[test]
fn each_rule_finds_what_it_is_for() {
    let found = |elements: &str, dpi| {
        let found = lint(&template(elements).unwrap(), &fields(Subject::Lot), dpi).unwrap();
        found.iter().map(|one| (one.lint, one.element)).collect::<Vec<_>>()
    };
    let code = |at: &str, module: f64| {
        let data = "data = \"LOT:{lot}\"\n";
        format!("[[element]]\nkind = \"datamatrix\"\nat = {at}\nmodule = {module}\n{data}")
    };
    assert_eq!(found(&code("[10, 10]", 1.0), Dpi::D203), []);
    assert_eq!(found(&code("[10, 10]", 0.15), Dpi::D203), [(Lint::ModuleWidth, Some(2))]);
    let large = code("[20, 15]", 2.0).replace("datamatrix", "qr");
    assert_eq!(found(&large, Dpi::D203), [(Lint::ModuleWidth, Some(2))]);
    assert_eq!(found(&code("[10, 10]", 0.31), Dpi::D600), []);
    assert_eq!(found(&code("[0.5, 10]", 1.0), Dpi::D203), [(Lint::QuietZone, Some(2))]);
    let line = "[[element]]\nkind = \"line\"\nat = [9.5, 5]\nto = [9.5, 40]\n";
    let beside = format!("{}{line}", code("[10, 10]", 1.0));
    assert_eq!(found(&beside, Dpi::D203), [(Lint::QuietZone, Some(2))]);
    let over = "[[element]]\nkind = \"line\"\nat = [2, 58]\nto = [120, 58]\n";
    let over = format!("{}{over}", code("[10, 10]", 1.0));
    assert_eq!(found(&over, Dpi::D203), [(Lint::Overflow, Some(3))]);
    let cut = format!("{}{}", code("[10, 20]", 1.0), typed(&"W".repeat(60)));
    assert_eq!(found(&cut, Dpi::D203), [(Lint::Overflow, Some(3))]);
    let narrow = format!("{}{}", code("[10, 20]", 1.0), typed(&"W".repeat(32)));
    assert_eq!(found(&narrow, Dpi::D203), [(Lint::NarrowType, Some(3))]);
    let letter = format!("{}{}", code("[10, 20]", 1.0), typed("漢"));
    assert_eq!(found(&letter, Dpi::D203), [(Lint::MissingLetter, Some(3))]);
    assert_eq!(found(&typed("{lot}"), Dpi::D203), [(Lint::NotScannable, None)]);
    let gs1 = |data: &str| {
        format!(
            "[[element]]\nkind = \"gs1-datamatrix\"\nat = [10, 10]\nmodule = 1\ndata = {data:?}\n"
        )
    };
    assert_eq!(found(&gs1("(10){lot}(11)261130"), Dpi::D203), [(Lint::AiOrder, Some(2))]);
    assert_eq!(found(&gs1("(11)261130(10){lot}"), Dpi::D203), []);
}

#[test]
fn fields_outlive_a_print_job() {
    let fields = fields(Subject::Lot);
    let kept = serde_json::to_string(&fields).unwrap();
    assert!(kept.starts_with(r#"{"of":"lot","fields":{"#));
    assert_eq!(serde_json::from_str::<Fields>(&kept).unwrap(), fields);
    assert!(serde_json::from_str::<Fields>(r#"{"of":"lot","fields":{"x":"y"}}"#).is_err());
}

#[test]
fn the_documentation_has_a_template_that_holds_every_field_and_every_lint() {
    let page = include_str!("../../../../docs/labels.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let template = Template::parse(example.unwrap()).unwrap();
    let mut known = fields(Subject::Lot);
    known.set("received_yymmdd", "261130").unwrap();
    assert_eq!(lint(&template, &known, Dpi::D203).unwrap(), []);
    for subject in Subject::ALL {
        let row = format!("| `{}` | `{}` |", subject.as_str(), subject.fields().join("`, `"));
        assert!(page.contains(&row), "{row}");
    }
    for lint in Lint::ALL {
        assert!(page.contains(&format!("| `{}` |", lint.as_str())), "{}", lint.as_str());
    }
    for built in built_in() {
        assert!(page.contains(&format!("`{}`", built.name)), "{}", built.name);
    }
}

/// What a printer takes for commands: each begins with `^` or `~`.
fn commands(zpl: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in zpl.match_indices(['^', '~']) {
        found.push(zpl[at..].chars().take(3).collect());
    }
    found
}

proptest! {
    #[test]
    fn no_value_can_become_a_command(value in "[ -~äöß€漢\u{a0}]{0,40}|(\\^XZ|~JR|\\^FS|\\\\5E|_1|>8| ){1,8}") {
        prop_assume!(!value.trim().is_empty());
        let all = "[[element]]\nkind = \"datamatrix\"\nat = [10, 20]\nmodule = 0.3\ndata = \"x{notes}\"\n\
                   [[element]]\nkind = \"qr\"\nat = [40, 20]\nmodule = 0.3\ndata = \"x{notes}\"\n";
        let right = typed("{notes} right").replace("width", "align = \"right\"\nwidth");
        let whole = template(&format!("{}{right}", typed("x{notes}"))).unwrap();
        let coded = template(all).unwrap();
        for template in [&whole, &coded] {
            let print = |value: &str| {
                let mut fields = fields(Subject::Lot);
                fields.set("notes", value).unwrap();
                zpl(template, &fields, Dpi::D203, true)
            };
            let plain = commands(&print("plain").unwrap());
            let Ok(printed) = print(&value) else { continue };
            prop_assert!(printed.is_ascii());
            let without = |commands: Vec<String>| -> Vec<String> {
                commands.into_iter().filter(|one| one != "^FB").collect()
            };
            prop_assert_eq!(without(commands(&printed)), without(plain));
        }
    }

    #[test]
    fn no_text_of_a_template_makes_it_panic(text in "[ -~\n]{0,200}") {
        let _ = Template::parse(&text);
        let _ = template(&text);
        let _ = template(&typed(&text));
    }
}

/// A copy that cannot be told from an original is none: its mark has to be seen.
#[test]
fn a_mark_of_a_copy_that_nobody_sees_is_refused() {
    let head = "title = \"T\"\nof = \"lot\"\nwidth = 100\nheight = 60\n";
    let of = |copy: &str| Template::parse(&format!("{head}[[element]]\nkind = \"copy\"\n{copy}"));
    assert!(of("at = [60, 50]\nsize = 5\n").is_ok());
    for unseen in [
        "at = [60, 50]\nsize = 5\ntext = \"\"\n",
        "at = [60, 50]\nsize = 5\ntext = \" \"\n",
        "at = [60, 50]\nsize = 5\ntext = \"\u{200b}\"\n",
        "at = [290, 20]\nsize = 5\n",
        "at = [60, 58]\nsize = 5\n",
    ] {
        assert!(of(unseen).is_err(), "{unseen}");
    }
    // One without room is no label, rather than one without a mark.
    let narrow = of("at = [60, 50]\nsize = 5\nwidth = 1.5\ntext = \"DUPLICATE\"\n").unwrap();
    let made = |copy| zpl(&narrow, &fields(Subject::Lot), Dpi::D203, copy);
    assert!(made(false).is_ok());
    assert!(matches!(made(true), Err(LabelError::NotEncodable { element: 1, .. })));
}

/// What is far too long for a label is cut, also where nothing of it takes room.
#[test]
fn a_text_of_any_length_is_cut() {
    let template = template(&typed("{notes}{notes}{notes}")).unwrap();
    let mut fields = fields(Subject::Lot);
    fields.set("notes", format!("x{}", "\u{301}".repeat(400))).unwrap();
    let found = lint(&template, &fields, Dpi::D203).unwrap();
    assert!(found.iter().any(|one| one.lint == Lint::Overflow), "{found:?}");
}
