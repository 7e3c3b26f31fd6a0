//! Codes that nobody printed: whatever a scanner sends is read in bounds, and what was read is read again as the same.

use mtm_testkit::{Fuzz, Said};

use super::*;

/// What a label is written with: separators, identifiers of the symbol and of values.
const WORDS: [&str; 48] = [
    "\u{1d}", "\u{1e}", "\u{4}", "[)>", ">[)>", "05", "06", "12", "01", "]C1", "]e0", "]d2", "]Q3",
    "]J1", "]E0", "]C0", "PART:", "OP:", "LOC:", "LOT:", "WO:", "QTY:", "COUNT:", "|", "P", "1P",
    "Q", "7Q", "1JUN", "1T", "W", "20L", "12D", "3QKGM", "GT", "10", "17", "241", "3103", "00",
    "02", "37", "414", "8110", "{GS}", "https://", "/01/", "?17=",
];

/// Codes of every kind that is understood.
const CODES: [&str; 22] = [
    "LOT:0000012345",
    "PART:24 126 251",
    "WO:60723",
    "QTY:500",
    "COUNT:019AC0DE00007000800000000000ABCD/7",
    "24733502-RAW",
    "CARDBOARD (39X39)",
    "P29507000",
    "A0003892000|123|90",
    "]C0r-e4-18\r\n",
    "12345678/7/50",
    "[)>\u{1e}06\u{1d}P4711-A\u{1d}Q1040\u{1d}1JUN900000000000000042\u{1d}20LOHM 1394\u{1d}7Q144.04GT\u{1e}\u{4}",
    "[)>\u{1e}06\u{1d}2KPL100000\u{1d}P1112300000\u{1d}Q2880\u{1d}12D20260319\u{1d}3S1\u{1d}1T100000\u{1e}\u{4}",
    "[)>\u{1e}05\u{1d}0109506000134352\u{1d}10LOT-7\u{1e}\u{4}",
    "[)>\u{1e}12\u{1d}PNO 4711\u{1d}QTY 5\u{1e}\u{4}",
    "[)>\u{1e}01\u{1d}96\u{1d}MTM\u{1e}06\u{1d}P1\u{1e}\u{4}",
    "]C10109506000134352241A-4711\u{1d}10LOT-7\u{1d}3048\u{1d}17260300",
    "]e000340123450000000000\u{1d}3103000250",
    "]E09506000134352",
    "010950600013435210LOT-7",
    "https://example.com/parts/01/09506000134352/10/LOT-7?17=260300",
    "[)>{RS}06{GS}P4711{GS}Q5{RS}{EOT}",
];

fn site() -> Patterns {
    let pattern = |text| Pattern::parse(text).unwrap();
    let patterns = vec![
        pattern("(?<part>[0-9]{8})/(?<serial>[0-9]+)/(?<quantity>[0-9]+)"),
        pattern("(?:BIN)+(?<location>[A-Z]*-*[0-9]{2})"),
    ];
    Patterns::new(patterns, vec![Spelling::parse("{GS} {RS} {EOT}").unwrap()]).unwrap()
}

/// A word that was read is read again as the same.
fn again(candidate: &Candidate) {
    assert_eq!(Candidate::parse(candidate.kind(), &candidate.text()).as_ref(), Ok(candidate));
}

#[test]
fn whatever_is_scanned_is_read_and_what_was_read_is_read_again() {
    let site = site();
    let hints: Vec<Hints> =
        [None].into_iter().chain(Kind::ALL.map(Some)).map(|expected| Hints { expected }).collect();
    let mut before = classify("P4711", Hints::default());
    Fuzz::new("scans", CODES).words(WORDS).longest(2_048, 8 * 1_024).run(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let hints = hints[text.len() % hints.len()];
        let scan = classify_by(&text, hints, &site);
        assert_eq!(scan, classify_by(&text, hints, &site));
        // Whatever two codes say, they can be compared, and a code agrees with itself.
        let _ = disagreements(&scan, &before);
        assert_eq!(disagreements(&scan, &scan), []);
        let said = match &scan.reading {
            Reading::Unreadable(fault) => Said::Refused(fault.to_string()),
            Reading::Label(candidate) => {
                let label = classify(&candidate.label(), Hints::default()).reading;
                assert_eq!(label, Reading::Label(candidate.clone()));
                Said::Taken(candidate.text().len())
            }
            Reading::Sheet(_) => Said::Taken(scan.text.len()),
            Reading::Plain(candidates) => {
                candidates.iter().for_each(again);
                Said::Taken(candidates.iter().map(|it| it.text().len()).sum())
            }
            Reading::Document(document) => {
                document.words.iter().map(|word| &word.candidate).for_each(again);
                document.plain.iter().for_each(again);
                Said::Taken(format!("{document:?}").len())
            }
        };
        before = scan;
        said
    });
}

#[test]
fn elements_of_gs1_that_were_read_are_read_again() {
    let codes = [
        "0109506000134352241A-4711\u{1d}10LOT-7\u{1d}3048\u{1d}17260300",
        "003401234500000000003103000250",
        "010950600013435270032611300615\u{1d}21ABC",
        "81100123456000001210110123",
    ];
    Fuzz::new("GS1 element strings", codes).words(WORDS).run(|bytes| {
        let read = gs1::read(&String::from_utf8_lossy(bytes));
        if let Ok(elements) = &read {
            let spelled: Vec<String> =
                elements.iter().map(|it| format!("{}{}", it.ai, it.value)).collect();
            let spelled = spelled.join(&gs1::SEPARATOR.to_string());
            assert_eq!(gs1::read(&spelled).as_ref(), Ok(elements), "{spelled:?}");
            let _ = gs1::missing(elements);
            for element in elements {
                let _ = (element.measure(), element.is_dated());
            }
        }
        Said::of(&read, |elements| format!("{elements:?}").len())
    });
}

#[test]
fn links_say_what_their_elements_say() {
    let links = [
        "https://example.com/parts/01/09506000134352/10/LOT-7?17=260300",
        "http://id.gs1.org/00/340123450000000000?3103=000195",
        "https://example.com/01/09506000134352/10/LOT%2F7/21/A%2BB?30=48&linkType=x#y",
    ];
    Fuzz::new("GS1 Digital Links", links)
        .words(WORDS)
        .words(["%2F", "%00", "&", "#", "=", "/10/"])
        .run(|bytes| {
            let read = gs1::read_link(&String::from_utf8_lossy(bytes));
            if let Ok(Some(elements)) = &read {
                let check = |it: &gs1::Element| gs1::check_value(&it.ai, &it.value);
                assert!(elements.iter().all(|it| check(it).is_ok()), "{elements:?}");
            }
            Said::of(&read, |elements| format!("{elements:?}").len())
        });
}

/// How a message is written.
fn spelled(message: &iso15434::Message) -> String {
    let fields = |fields: &[iso15434::Field], between: &str| {
        let texts = fields.iter().map(|it| format!("{}{between}{}", it.identifier, it.value));
        texts.collect::<Vec<_>>().join("\u{1d}")
    };
    let segment = |segment: &iso15434::Segment| match segment {
        iso15434::Segment::Transport(texts) => format!("01{}", texts.join("\u{1d}")),
        iso15434::Segment::Gs1(elements) => {
            let texts = elements.iter().map(|it| format!("{}{}", it.ai, it.value));
            format!("05\u{1d}{}", texts.collect::<Vec<_>>().join("\u{1d}"))
        }
        iso15434::Segment::Identified(it) => format!("06\u{1d}{}", fields(it, "")),
        iso15434::Segment::Text(it) => format!("12\u{1d}{}", fields(it, " ")),
    };
    let segments: Vec<String> = message.segments.iter().map(segment).collect();
    format!("[)>\u{1e}{}\u{1e}\u{4}", segments.join("\u{1e}"))
}

#[test]
fn messages_of_iso_15434_that_were_read_are_read_again() {
    let messages = CODES.into_iter().filter(|code| code.starts_with("[)>\u{1e}"));
    Fuzz::new("ISO 15434 messages", messages).words(WORDS).run(|bytes| {
        let read = iso15434::read(&String::from_utf8_lossy(bytes));
        if let Ok(message) = &read {
            let text = spelled(message);
            let again = iso15434::read(&text).map(|it| it.segments);
            assert_eq!(again.as_ref(), Ok(&message.segments), "{text:?}");
        }
        Said::of(&read, |message| format!("{message:?}").len())
    });
}
