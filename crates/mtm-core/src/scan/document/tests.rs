//! Labels as they come, told as small stories. All numbers are made up.

use proptest::prelude::*;

use super::*;
use crate::scan::{
    Hints, Pattern, Patterns, Reading, Spelling, classify, classify_by, disagreements,
};

fn reading(raw: &str) -> Reading {
    classify(raw, Hints::default()).reading
}

fn document(raw: &str) -> Document {
    match reading(raw) {
        Reading::Document(document) => document,
        other => panic!("{raw:?} is {other:?}"),
    }
}

/// The words, as `kind text` with their identifiers.
fn words(raw: &str) -> Vec<String> {
    let words = document(raw).words.into_iter();
    words
        .map(|it| {
            format!("{}:{} {}", it.identifier, it.candidate.kind().as_str(), it.candidate.text())
        })
        .collect()
}

fn codes(raw: &str) -> Vec<&'static str> {
    document(raw).remarks.iter().map(Remark::code).collect()
}

/// A message of format 06 with these fields.
fn message(fields: &[&str]) -> String {
    format!("[)>\u{1e}06\u{1d}{}\u{1e}\u{4}", fields.join("\u{1d}"))
}

const PALLET: [&str; 8] = [
    "P4711-A",
    "Q1040",
    "1JUN900000000000000042",
    "K505000-1",
    "20LOHM 1394",
    "1T77",
    "W60723",
    "7Q144.04GT",
];

#[test]
fn a_message_says_part_quantity_lot_order_and_place_at_once() {
    assert_eq!(
        words(&message(&PALLET)),
        [
            "P:part 4711-A",
            "1J:lot UN900000000000000042",
            "1T:lot 0000000077",
            "Q:quantity 1040",
            "W:work_order WO-060723",
            "20L:location OHM 1394",
        ]
    );
    let read = document(&message(&PALLET));
    assert_eq!(read.fields.len(), PALLET.len(), "everything is shown");
    assert_eq!((read.standard, &*read.fields[3].meaning), (Standard::Iso15434, "order"));
    assert!(read.plain.is_empty());
    // Tonnes are no pieces.
    assert_eq!(codes(&message(&PALLET)), ["other_unit"]);
}

#[test]
fn scanners_and_printers_lose_the_end_of_a_message() {
    let whole = message(&PALLET);
    assert!(!codes(&whole).contains(&"not_strict"));
    for lost in [whole.trim_end_matches('\u{4}'), whole.trim_end_matches(['\u{4}', '\u{1e}'])] {
        assert_eq!(words(lost), words(&whole), "{lost:?}");
        assert!(codes(lost).contains(&"not_strict"), "{lost:?}");
    }
    assert_eq!(words(&format!("]d1{whole}\r\n")), words(&whole));
    let older = format!(">[)>06\u{1d}{}", PALLET.join("\u{1d}"));
    assert_eq!(words(&older), words(&whole));
}

#[test]
fn messages_that_cannot_be_trusted_are_refused_with_their_place() {
    let told = |raw: &str| match reading(raw) {
        Reading::Unreadable(fault) => fault.to_string(),
        other => panic!("{raw:?} is {other:?}"),
    };
    let cases = [
        ("[)>06P4711Q5".to_owned(), "record separator (RS) behind [)> is missing"),
        (
            "[)>\u{1e}06P4711\u{1e}\u{4}".to_owned(),
            "segment 1: no separator (GS) follows the format",
        ),
        ("[)>\u{1e}07note\u{1e}\u{4}".to_owned(), "segment 1 is of format \"07\""),
        (
            message(&["P4711", "4711"]),
            "segment 1, field 2: \"4711\" begins with no data identifier",
        ),
        (message(&["Q5", "P4711", "Q6"]), "Q stands there twice, with \"5\" and \"6\""),
        (message(&[""]), "segment 1 holds no field"),
        ("[)>\u{1e}06\u{1d}P1\u{1e}\u{1e}\u{4}".to_owned(), "segment 2 is empty"),
        ("[)>\u{1e}01\u{1d}96123\u{1d}840".to_owned(), "segment 1 has no end"),
        (
            "[)>\u{1e}05\u{1d}0109506000134353\u{1e}\u{4}".to_owned(),
            "segment 1: (01) at 3: the check digit",
        ),
    ];
    for (raw, wanted) in cases {
        let told = told(&raw);
        assert!(told.contains(wanted), "{raw:?}: {told}");
    }
}

#[test]
fn messages_that_ran_together_are_refused() {
    let one = message(&["P4711", "Q5"]);
    let inside = "P4711\u{1d}Q5\u{1e}\u{4}06";
    for raw in [
        format!("{one}{one}"),
        format!("{one}\r\n{one}"),
        format!("{}{one}", one.trim_end_matches(['\u{4}', '\u{1e}'])),
        message(&[inside]),
        message(&["P4711", "Q5\rQ6"]),
        message(&["P4711\u{1e}06", "Q5"]),
    ] {
        assert_eq!(reading(&raw), Reading::Unreadable(ScanFault::Several), "{raw:?}");
    }
}

#[test]
fn a_quantity_that_may_be_something_else_is_no_word() {
    for (fields, told) in [
        (vec!["P4711", "Q40", "3QKGM"], "other_unit"),
        (vec!["3QM", "P4711", "Q40"], "other_unit"),
        (vec!["P4711", "7Q40ST"], "other_unit"),
        (vec!["P4711", "Q1.000"], "unusable"),
        (vec!["P4711", "Q1,000"], "unusable"),
        (vec!["P4711", "7Q1.000EA"], "unusable"),
    ] {
        let raw = message(&fields);
        assert_eq!((words(&raw), codes(&raw)), (vec!["P:part 4711".to_owned()], vec![told]));
    }
    for fields in [vec!["Q40", "3QEA"], vec!["Q40.0"], vec!["Q40.00"], vec!["7Q40 PCE"]] {
        let raw = message(&fields);
        assert!(words(&raw)[0].ends_with("quantity 40") && codes(&raw).is_empty(), "{raw:?}");
    }
}

#[test]
fn a_message_may_hold_several_formats() {
    let raw = "[)>\u{1e}01\u{1d}96123\u{1d}840\u{1e}06\u{1d}P4711\u{1d}Q5\u{1e}05\u{1d}0109506000134352\u{1e}\u{4}";
    assert_eq!(words(raw)[..2], ["P:part 4711", "Q:quantity 5"]);
    assert!(
        words(raw).contains(&"01:part 9506000134352".to_owned()),
        "a number of thirteen digits"
    );
    assert_eq!(document(raw).fields[0].value, "96123");
    let text = "[)>\u{1e}12\u{1d}MFR 0CVA5\u{1d}PNO 4711\u{1d}SER 1\u{1e}\u{4}";
    assert_eq!(words(text), ["PNO:part 4711"]);
}

#[test]
fn elements_say_item_lot_and_pieces() {
    let raw = "]C10109506000134352241A-4711\u{1d}10LOT-7\u{1d}3048\u{1d}17260300";
    assert_eq!(
        words(raw),
        [
            "241:part A-4711",
            "01:part 9506000134352",
            "01:part 09506000134352",
            "10:lot LOT-7",
            "30:quantity 48",
        ]
    );
    let read = document(raw);
    let day = read.fields.iter().find_map(|field| field.dated?.day(&field.value, 2026));
    assert_eq!(day.as_deref(), Some("2026-03"));
    assert_eq!(codes("]C110LOT-7"), ["incomplete"]);
    assert_eq!(codes("]C101095060001343523102001234"), ["other_unit"]);
    assert_eq!(document("]C101095060001343523102001234").fields[1].value, "12.34 kg");
    assert_eq!(codes("]C101095060001343523000"), ["unusable"], "no pieces are no quantity");
    // The separator that begins the symbol may come as one.
    assert_eq!(words("\u{1d}10LOT-7\u{1d}3048"), ["10:lot LOT-7", "30:quantity 48"]);
    assert_eq!(words("]E09506000134352"), ["01:part 9506000134352", "01:part 09506000134352"]);
    assert_eq!(words("https://example.com/01/09506000134352/10/LOT-7")[2], "10:lot LOT-7");
}

#[test]
fn what_may_be_a_plain_code_stays_one_as_well() {
    let unmarked = document("010950600013435210LOT-7");
    // Nobody knows where the lot ends, so it is shown and no word.
    assert!(unmarked.words.iter().all(|it| it.identifier == "01"), "{:?}", unmarked.words);
    assert_eq!(unmarked.fields[1].value, "LOT-7");
    assert_eq!(codes("010950600013435210LOT-7"), ["not_strict"]);
    assert!(codes("010950600013435217260300").is_empty(), "every length is known");
    assert!(unmarked.plain.iter().any(|it| it.text() == "010950600013435210LOT-7"));
    // One digit is wrong: it is nothing but a code.
    assert!(matches!(reading("010950600013435310LOT-7"), Reading::Plain(_)));
    let triple = document("4711-A|000123|20");
    assert_eq!(words("4711-A|000123|20"), ["part:part 4711-A", "operation:operation 20"]);
    assert_eq!((triple.standard, &*triple.fields[1].value), (Standard::Triple, "000123"));
    assert!(triple.plain.iter().any(|it| it.text() == "4711-A|000123|20"));
    for plain in ["4711|20", "4711||20", "4711|1|20|5"] {
        assert!(matches!(reading(plain), Reading::Plain(_)), "{plain}");
    }
}

#[test]
fn bar_codes_with_identifiers_are_candidates_beside_the_whole_code() {
    let candidates = |raw: &str| match reading(raw) {
        Reading::Plain(all) => all.into_iter().map(|it| (it.kind(), it.text())).collect::<Vec<_>>(),
        other => panic!("{raw:?} is {other:?}"),
    };
    let part = candidates("P29507000");
    assert_eq!(part[0], (Kind::Part, "P29507000".to_owned()));
    assert!(part.contains(&(Kind::Part, "29507000".to_owned())));
    assert!(candidates("Q1040").contains(&(Kind::Quantity, "1040".to_owned())));
    assert!(candidates("7Q12PCE").contains(&(Kind::Quantity, "12".to_owned())));
    assert!(candidates("1T77").contains(&(Kind::Lot, "0000000077".to_owned())));
    assert!(candidates("1LR-E4-18").contains(&(Kind::Location, "R-E4-18".to_owned())));
    assert!(candidates("W60723").contains(&(Kind::WorkOrder, "WO-060723".to_owned())));
    for (raw, not) in
        [("QUEUE", Kind::Quantity), ("7Q12KG", Kind::Quantity), ("Q0", Kind::Quantity)]
    {
        assert!(candidates(raw).iter().all(|(kind, _)| *kind != not), "{raw}");
    }
    assert!(!candidates("WIDGET").contains(&(Kind::WorkOrder, "IDGET".to_owned())));
    assert!(!candidates("SN12345").iter().any(|(_, text)| text == "N12345"), "a serial is no word");
}

#[test]
fn codes_of_one_label_that_differ_are_told() {
    let scan = |raw: &str| classify(raw, Hints::default());
    let label = scan(&message(&PALLET));
    for agrees in [
        "P4711-A",
        "p4711-A",
        "Q1040",
        "Q01040",
        "1T77",
        "W60723",
        "1T0000000077",
        "LOC:R-1",
        "R-E4-18",
        "SCRAP",
    ] {
        assert!(disagreements(&scan(agrees), &label).is_empty(), "{agrees}");
    }
    for (differs, kind, there) in [
        ("P4712-A", Some(Kind::Part), "4711-A"),
        ("Q140", Some(Kind::Quantity), "1040"),
        ("K505000-2", None, "505000-1"),
        ("]C10109506000134352", Some(Kind::Part), "4711-A"),
    ] {
        let found = disagreements(&scan(differs), &label);
        assert_eq!((found[0].kind, &*found[0].there), (kind, there), "{differs}");
        let back = disagreements(&label, &scan(differs));
        assert_eq!(back.len(), 1, "{differs} the other way round: {back:?}");
    }
}

#[test]
fn a_site_says_what_its_own_codes_are() {
    let pattern = |text: &str| Pattern::parse(text).unwrap();
    let patterns = vec![
        pattern("BIN(?<location>[A-Z]-[0-9]{2})"),
        pattern("(?<part>[0-9]{4})/(?<serial>[0-9]+)/(?<quantity>[0-9]+)"),
    ];
    let patterns = Patterns::new(patterns, Vec::new()).unwrap();
    let read = |raw: &str| classify_by(raw, Hints::default(), &patterns).reading;
    let Reading::Document(bin) = read("]A0BINA-07\r\n") else { panic!() };
    assert_eq!((bin.standard, bin.words[0].candidate.text().as_str()), (Standard::Pattern, "A-07"));
    let Reading::Document(kit) = read("4711/99/12") else { panic!() };
    assert_eq!((kit.fields.len(), kit.words.len()), (3, 2));
    assert!(matches!(read("BINA-071"), Reading::Plain(_)), "a pattern fits a code as a whole");
    assert!(matches!(read("LOT:7"), Reading::Label(_)), "our own labels are ours");
    let many = vec![pattern("(?<part>.)"); Patterns::MAX + 1];
    assert!(Patterns::new(many, Vec::new()).is_err());
    for bad in ["(?<part>", "(?<part>a)|b)(", "(?<part>.{999999})", "(?<shelf>.)", "(.)"] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
    assert!(Pattern::parse(&format!("(?<part>{})", "a".repeat(Pattern::MAX))).is_err());
}

/// Each example of the page: a code, then what it says, or why it is refused.
#[test]
fn the_page_says_what_is_so() {
    let page = include_str!("../../../../../docs/scanning.md");
    let examples: Vec<&str> = page.split("```scan\n").skip(1).collect();
    assert!(examples.len() > 5, "the page has its examples");
    for example in examples {
        let example = example.split("```").next().unwrap_or_default();
        let (code, wanted) = example.split_once('\n').unwrap();
        let raw = code.replace('␝', "\u{1d}").replace('␞', "\u{1e}").replace('␄', "\u{4}");
        let said = match reading(&raw) {
            Reading::Document(document) => {
                let words = document.words.iter().map(|it| {
                    format!(
                        "{} {} {}",
                        it.identifier,
                        it.candidate.kind().as_str(),
                        it.candidate.text()
                    )
                });
                let remarks = document.remarks.iter().map(|it| it.code().to_owned());
                words.chain(remarks).collect::<Vec<_>>().join("\n")
            }
            Reading::Unreadable(fault) => format!("refused {fault}"),
            other => panic!("{code}: {other:?}"),
        };
        let wanted = wanted.trim();
        let is_so =
            if wanted.starts_with("refused") { said.starts_with(wanted) } else { said == wanted };
        assert!(is_so, "{code}\n{said}\n{wanted}");
    }
    for known in crate::scan::identifier::IDENTIFIERS.iter().filter(|known| known.kind.is_some()) {
        let series = known.code.ends_with('J');
        assert!(series || page.contains(&format!("`{}`", known.code)), "{}", known.code);
    }
}

#[test]
fn a_site_says_how_its_scanners_spell_separators() {
    let spelling = |text: &str| Spelling::parse(text).unwrap();
    let spelt =
        Patterns::new(Vec::new(), vec![spelling("{GS} {RS} {EOT}"), spelling("~")]).unwrap();
    let read =
        |raw: &str, patterns: &Patterns| classify_by(raw, Hints::default(), patterns).reading;
    let whole = message(&PALLET);
    let raw = whole.replace('\u{1d}', "{GS}").replace('\u{1e}', "{RS}").replace('\u{4}', "{EOT}");
    assert_eq!(read(&raw, &spelt), reading(&whole));
    assert!(matches!(read(&raw, &Patterns::default()), Reading::Unreadable(_)), "nobody said so");
    assert_eq!(read("]C110LOT-7~3048", &spelt), reading("]C110LOT-7\u{1d}3048"));
    // In a plain code it is what it is.
    assert!(matches!(read("P~4711", &spelt), Reading::Plain(_)));
    for bad in ["", "GS", "| |", "{GS} {RS} {EOT} {US}", "{A-WORD-THAT-IS-LONG}"] {
        assert!(Spelling::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_says_what_was_put_in(
        part in "[A-Z0-9][A-Z0-9 ./()-]{0,18}[A-Z0-9)]", quantity in 1..1_000_000_u32,
        place in "[A-Z0-9]{1,8}", serial in "[!-~]{1,20}", prefix in prop::sample::select(vec!["", "]d1", "]Q1", "]L2"]),
    ) {
        let raw = message(&[&format!("P{part}"), &format!("Q{quantity}"), &format!("1L{place}"), &format!("S{serial}")]);
        let read = document(&format!("{prefix}{raw}\r"));
        let texts: Vec<String> = read.words.iter().map(|it| it.candidate.text()).collect();
        prop_assert_eq!(texts, [crate::word::fold(&part), quantity.to_string(), place]);
        prop_assert_eq!(&read.fields[3].value, &serial);
        prop_assert!(read.remarks.is_empty());
    }
}
