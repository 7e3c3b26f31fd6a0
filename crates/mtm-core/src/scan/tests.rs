//! Scans as scanners send them, told as small stories.

use proptest::prelude::*;

use super::*;

fn read(raw: &str) -> Reading {
    classify(raw, Hints::default()).reading
}

fn plain(raw: &str, expected: Option<Kind>) -> Vec<(Kind, String)> {
    match classify(raw, Hints { expected }).reading {
        Reading::Plain(candidates) => {
            candidates.iter().map(|candidate| (candidate.kind(), candidate.text())).collect()
        }
        other => panic!("{raw:?} is {other:?}"),
    }
}

fn first(raw: &str) -> (Kind, String) {
    plain(raw, None).remove(0)
}

fn label(raw: &str) -> (Kind, String) {
    match read(raw) {
        Reading::Label(candidate) => (candidate.kind(), candidate.text()),
        other => panic!("{raw:?} is {other:?}"),
    }
}

#[test]
fn own_labels_say_exactly_what_they_are() {
    let cases = [
        ("LOT:0000012345", Kind::Lot, "0000012345"),
        ("lot:12345", Kind::Lot, "0000012345"),
        ("PART:24 126  251", Kind::Part, "24 126 251"),
        ("PART:0000012345", Kind::Part, "0000012345"),
        ("LOC: r-e4-18", Kind::Location, "R-E4-18"),
        ("OP:N/A", Kind::Operation, "N/A"),
        ("WO:60723", Kind::WorkOrder, "WO-060723"),
        ("QTY:0500", Kind::Quantity, "500"),
        ("PART:A:B", Kind::Part, "A:B"),
    ];
    for (raw, kind, text) in cases {
        assert_eq!(label(raw), (kind, text.to_owned()), "{raw}");
    }
}

#[test]
fn a_label_of_ours_that_is_wrong_is_not_taken_for_something_else() {
    for raw in ["QTY:", "QTY:5.0", "QTY:-5", "QTY:0", "QTY:99999999999999999999", "QTY:five"] {
        assert_eq!(read(raw), Reading::Unreadable(ScanFault::NotAQuantity), "{raw}");
    }
    assert!(matches!(
        read("LOT: "),
        Reading::Unreadable(ScanFault::NotAWord { kind: Kind::Lot, .. })
    ));
    let long = format!("PART:{}", "X".repeat(51));
    assert!(matches!(read(&long), Reading::Unreadable(ScanFault::NotAWord { .. })));
}

#[test]
fn a_colon_alone_makes_no_label() {
    assert_eq!(first("DC:A0:01"), (Kind::Part, "DC:A0:01".to_owned()));
}

#[test]
fn what_scanners_add_does_not_count() {
    for raw in [
        "0000012345",
        "]C00000012345",
        "]A00000012345\r",
        "]d10000012345\r\n",
        "]Q10000012345\t",
        "\u{2}0000012345\u{3}",
        "\u{feff}]C0\u{2}0000012345\u{3}\r\n",
        "  0000012345  ",
        "00000\u{0}12345",
    ] {
        assert_eq!(first(raw), (Kind::Lot, "0000012345".to_owned()), "{raw:?}");
    }
    let scan = classify("]d2LOT:7", Hints::default());
    assert_eq!(scan.symbology.map(|symbology| symbology.to_string()).as_deref(), Some("]d2"));
    assert_eq!(scan.symbology.and_then(Symbology::name), Some("DataMatrix"));
}

#[test]
fn one_separator_before_a_code_does_not_count() {
    for separator in ['\u{1c}', '\u{1d}', '\u{1e}', '\u{1f}'] {
        for before in ["", "]C0", "]d1"] {
            let raw = |code: &str| format!("{before}{separator}{code}\r");
            assert_eq!(first(&raw("0000012345")), (Kind::Lot, "0000012345".to_owned()));
            assert_eq!(label(&raw("LOT:7")), (Kind::Lot, "0000000007".to_owned()));
        }
    }
    let twice = "\u{1e}\u{1e}R-E4-18";
    assert_eq!(read(twice), Reading::Unreadable(ScanFault::Structured));
    // It may be the one that begins a GS1 symbol.
    let Reading::Document(led) = read("\u{1d}10LOT-7") else { panic!() };
    assert!(led.words[0].identifier == "10" && led.plain.iter().any(|it| it.text() == "10LOT-7"));
}

#[test]
fn a_bracket_alone_is_data() {
    assert_eq!(first("]-A"), (Kind::Part, "]-A".to_owned()));
    assert_eq!(read("]C1"), Reading::Unreadable(ScanFault::Empty));
}

#[test]
fn two_scans_that_ran_together_are_not_joined() {
    for raw in ["0000012345\r0000012346", "R-E4-18\t500", "A\n\nB\r"] {
        assert_eq!(read(raw), Reading::Unreadable(ScanFault::Several), "{raw:?}");
    }
}

#[test]
fn structured_codes_are_not_taken_for_plain_ones() {
    for raw in [
        // The symbol says that it is GS1, and it is not.
        "]C10000012345",
        "]d2R-E4-18",
        "10ABC\u{1d}X7500\r",
        // A keyboard wedge often swallows the separators.
        "[)>06P11058-1779Q500",
        "P11058-1779\u{1e}Q500",
        "https://example.com/01/09506000134353",
    ] {
        let reading = read(raw);
        assert!(matches!(reading, Reading::Unreadable(_)), "{raw:?} is {reading:?}");
    }
}

#[test]
fn nothing_is_nothing() {
    for raw in ["", " ", "\r\n", "\u{0}\u{3}", "]C0\r\n", "\u{feff}", "]C1\u{1d}"] {
        assert_eq!(read(raw), Reading::Unreadable(ScanFault::Empty), "{raw:?}");
    }
}

#[test]
fn shape_ranks_what_a_plain_code_can_be() {
    assert_eq!(first("0000012345").0, Kind::Lot);
    assert_eq!(first("WO-060723"), (Kind::WorkOrder, "WO-060723".to_owned()));
    assert_eq!(first("wo-60723"), (Kind::WorkOrder, "WO-060723".to_owned()));
    assert_eq!(first("11058-1779").0, Kind::Part);
    assert_eq!(first("123456789").0, Kind::Part);
    let kinds = |raw| plain(raw, None).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds("919")[..3], [Kind::Operation, Kind::Quantity, Kind::WorkOrder]);
    assert!(kinds("FLOOR - WIP AISLE").contains(&Kind::Location));
    assert!(!kinds("1234567").contains(&Kind::Quantity), "seven digits are no quantity");
    assert!(!kinds("000").contains(&Kind::Quantity), "no pieces are no quantity");
}

#[test]
fn the_field_in_focus_goes_first_if_the_code_can_be_that() {
    let with = |raw, kind| plain(raw, Some(kind)).remove(0).0;
    assert_eq!(with("919", Kind::Quantity), Kind::Quantity);
    assert_eq!(with("0000012345", Kind::Part), Kind::Part);
    assert_eq!(with("R-E4-18", Kind::Location), Kind::Location);
    assert_eq!(with("R-E4-18", Kind::Quantity), Kind::Part, "it cannot be a quantity");
    assert_eq!(label("LOT:7").0, Kind::Lot);
    let told = classify("LOT:7", Hints { expected: Some(Kind::Part) });
    assert!(matches!(told.reading, Reading::Label(Candidate::Lot(_))), "a label knows better");
}

#[test]
fn long_codes_are_refused_whole() {
    let long = "X".repeat(MAX_RAW + 1);
    let scan = classify(&long, Hints::default());
    assert_eq!(scan.reading, Reading::Unreadable(ScanFault::TooLong { length: MAX_RAW + 1 }));
    assert!(scan.text.is_empty());
    let url = format!("https://example.com/{}", "x".repeat(100));
    assert!(matches!(read(&url), Reading::Unreadable(ScanFault::NotAWord { .. })));
}

#[test]
fn kinds_have_names() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
    }
}

fn kind() -> impl Strategy<Value = Option<Kind>> {
    prop::option::of(prop::sample::select(Kind::ALL.to_vec()))
}

/// Text as scanners may garble it: keys, identifiers and separators among anything else.
fn garbled() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[0-9]{1,12}",
        prop::sample::select(vec![
            "LOT:",
            "QTY:",
            "]C1",
            "]d2",
            "]E0",
            "]",
            "[)>\u{1e}06\u{1d}",
            "\u{1d}",
            "\u{1e}",
            "\u{4}",
            "\r",
            "\t",
            "WO-",
            ":",
            "\u{0}",
            "\u{feff}",
            "é",
            " ",
            "01",
            "10",
            "8030",
            "P",
            "7Q",
            "|",
            "%",
            "?",
            "https://a/01/",
            "0109506000134352",
            "8110",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_gets_an_answer_of_valid_words(raw in garbled(), expected in kind()) {
        let scan = classify(&raw, Hints { expected });
        prop_assert!(!scan.text.chars().any(char::is_control));
        if let Reading::Document(document) = &scan.reading {
            prop_assert!(!document.fields.is_empty());
            for word in &document.words {
                let again = Candidate::parse(word.candidate.kind(), &word.candidate.text());
                prop_assert_eq!(again.as_ref(), Ok(&word.candidate));
                prop_assert!(document.fields.iter().any(|it| it.identifier == word.identifier));
            }
            prop_assert!(disagreements(&scan, &scan).is_empty());
        }
        if let Reading::Unreadable(fault) = &scan.reading {
            prop_assert!(!fault.to_string().is_empty());
        }
        if let Reading::Plain(candidates) = &scan.reading {
            prop_assert!(!candidates.is_empty());
            for candidate in candidates {
                let again = Candidate::parse(candidate.kind(), &candidate.text());
                prop_assert_eq!(again.as_ref(), Ok(candidate));
            }
        }
    }

    #[test]
    fn what_we_print_reads_back_as_it_was(
        text in "[ -~]{1,20}",
        prefix in prop::sample::select(vec!["", "]C0", "]d1", "]Q1"]),
        suffix in prop::sample::select(vec!["", "\r", "\r\n", "\t"]),
    ) {
        for kind in Kind::ALL {
            let Ok(candidate) = Candidate::parse(kind, &text) else { continue };
            let raw = format!("{prefix}{}{suffix}", candidate.label());
            prop_assert_eq!(read(&raw), Reading::Label(candidate));
        }
    }

    #[test]
    fn additions_change_nothing(code in "[A-Z0-9][A-Z0-9 ./()-]{0,18}[A-Z0-9)]", expected in kind()) {
        let hints = Hints { expected };
        let bare = classify(&code, hints).reading;
        prop_assert_eq!(classify(&format!("\u{2}]C0{code}\u{3}\r\n"), hints).reading, bare);
    }
}
