//! GS1 data, good and bad. All values are made up.

use proptest::prelude::*;

use super::*;

/// An item, a logistic unit and a place with right check digits.
const ITEM: &str = "0109506000134352";
const UNIT: &str = "00350123456789012349";

fn said(data: &str) -> Vec<(String, String)> {
    let elements = read(data).unwrap_or_else(|fault| panic!("{data:?}: {fault}"));
    elements.into_iter().map(|it| (it.ai, it.value)).collect()
}

fn problem(data: &str) -> Problem {
    match read(data) {
        Err(fault) => fault.problem,
        Ok(elements) => panic!("{data:?} is {elements:?}"),
    }
}

#[test]
fn a_value_of_fixed_length_needs_no_separator_and_others_do() {
    let data = format!("{ITEM}1726030010LOT-7\u{1d}3048\u{1d}21S/1");
    let wanted =
        [("01", "09506000134352"), ("17", "260300"), ("10", "LOT-7"), ("30", "48"), ("21", "S/1")];
    assert_eq!(said(&data), wanted.map(|(ai, value)| (ai.to_owned(), value.to_owned())));
    // A separator more than needed, and one at the end.
    let loose = format!("{ITEM}\u{1d}17260300\u{1d}10LOT-7\u{1d}");
    assert_eq!(said(&loose).len(), 3);
    // Without its separator a lot goes on.
    let lost = said(&format!("{ITEM}10LOT-73048"));
    assert_eq!(lost[1].1, "LOT-73048");
}

#[test]
fn a_repeat_is_told_once_and_another_value_is_refused() {
    assert_eq!(said("10A\u{1d}240B\u{1d}10A").len(), 2);
    assert_eq!(problem("10A\u{1d}240B\u{1d}10C"), Problem::Repeated);
}

#[test]
fn faults_say_which_identifier_where_and_what_was_wanted() {
    let fault = |data: &str| read(data).unwrap_err().to_string();
    let check = fault("10A\u{1d}0109506000134357");
    assert!(
        check.starts_with("(01) at 7: the check digit is 7, by the digits before it 2"),
        "{check}"
    );
    let cut = fault("0109506000");
    assert!(cut.starts_with("(01) at 3: 14 characters are wanted and 8 are there"), "{cut}");
    let unknown = fault("10A\u{1d}0512");
    assert!(
        unknown.starts_with("at 5: no application identifier begins with \"0512\""),
        "{unknown}"
    );
    let letter = fault("3048A");
    assert!(letter.starts_with("(30) at 5: 'A' is no digit; a separator"), "{letter}");
    let long = fault("240ABCDEFGHIJABCDEFGHIJABCDEFGHIJK");
    assert!(long.starts_with("(240) at 34: at most 30 characters"), "{long}");
    let date = fault(&format!("{ITEM}17260230"));
    assert!(date.starts_with("(17) at 19: 260230 is no day"), "{date}");
}

#[test]
fn characters_are_those_of_the_identifier() {
    for data in ["10A B", "10A#B", "10Ä", "8010950600a", "8030A+B", "8030AB=C", "8030AB=="] {
        let fault = read(data).unwrap_err();
        let wrong = matches!(fault.problem, Problem::Character { .. } | Problem::Value { .. });
        assert!(wrong, "{data:?}: {fault}");
    }
    assert_eq!(said("10!\"%&'()*+,-./:;<=>?_").len(), 1);
    assert_eq!(said("8010950600#A-/B").len(), 1);
    assert_eq!(said("8030QUJD").len(), 1);
}

#[test]
fn dates_and_times_are_of_the_calendar() {
    let good =
        ["17240229", "17260200", "17991231", "70032603192359", "8008260319 06", "80082603192359"];
    for data in good.map(|data| data.replace(' ', "")) {
        assert!(read(&data).is_ok(), "{data}");
    }
    let bad = ["17250229", "17260431", "17261301", "17260001", "70032603002359", "70032603192400"];
    for data in bad {
        assert!(matches!(problem(data), Problem::Date(..)), "{data}");
    }
    assert!(read("725020260319").is_ok());
    assert!(matches!(problem("725019000229"), Problem::Date(..)), "1900 had no such day");
    assert!(
        matches!(problem("7003260319"), Problem::CutOff { .. }),
        "an expiry time has its minutes"
    );
}

#[test]
fn what_values_must_be_besides() {
    let good = [
        "422276",
        "426840",
        "4307DE",
        "3910978 1500",
        "43211",
        "4309 0900000000 1800000000",
        "70401ABC",
        "8001 1234 12345 123 9 1",
        "8003 0 9506000134376 A",
        "8006 09506000134352 0102",
        "8011123",
        "724101",
        "72582/3",
        "8007DE89370400440532013000",
        "4300A%20B",
        "4330000250-",
        "72522",
        "7030999ABC",
        "42327684 0",
        "7041PX",
    ];
    for data in good.map(|data| data.replace(' ', "")) {
        let fault = read(&data).err();
        assert!(fault.is_none(), "{data}: {fault:?}");
    }
    let bad = [
        "422000",
        "4307XX",
        "3910000 1500",
        "43212",
        "4309 1800000001 0000000000",
        "70401AB=",
        "8001 0000 12345 123 9 1",
        "8001 1234 12345 123 2 1",
        "8003 1 9506000134376",
        "8006 09506000134352 0302",
        "8006 09506000134352 0002",
        "8011012",
        "724111",
        "72584/3",
        "7258a/3",
        "8007DE89370400440532013001",
        "8007de89370400440532013000",
        "4300A%2",
        "4330000250 5",
        "401123A",
        "72523",
        "7030998ABC",
        "7041px",
    ];
    for data in bad.map(|data| data.replace(' ', "")) {
        assert!(matches!(problem(&data), Problem::Value { .. }), "{data}: {:?}", problem(&data));
    }
}

#[test]
fn check_characters_of_models_are_checked() {
    // Made by the rule itself: the pair over the text before it.
    let good = "80139506000MODEL1";
    let pair = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let hits = pair.chars().flat_map(|a| pair.chars().map(move |b| format!("{good}{a}{b}")));
    assert_eq!(hits.filter(|data| read(data).is_ok()).count(), 1);
}

#[test]
fn identifiers_that_exclude_each_other_are_refused() {
    for data in [
        format!("{ITEM}0209506000134352\u{1d}3710"),
        format!("{ITEM}3710"),
        "21A\u{1d}235B".to_owned(),
        "3100000100\u{1d}3101001000".to_owned(),
    ] {
        assert!(matches!(problem(&data), Problem::Together(_)), "{data}");
    }
    assert_eq!(said("3100000100\u{1d}3110000100").len(), 2);
    assert_eq!(problem("2539506000999999\u{1d}8030AB"), Problem::NoSerial);
    assert_eq!(said("2539506000999999X\u{1d}8030AB").len(), 2);
}

#[test]
fn what_should_be_there_is_told_apart() {
    let missing = |data: &str| {
        let all = super::missing(&read(data).unwrap());
        all.into_iter().map(|(ai, _)| ai).collect::<Vec<_>>()
    };
    assert_eq!(missing("10A"), ["10"]);
    assert!(missing(&format!("{ITEM}10A")).is_empty());
    assert_eq!(missing(&format!("{ITEM}250A")), ["250"]);
    assert!(missing(&format!("{ITEM}21B\u{1d}250A")).is_empty());
    assert_eq!(missing("0209506000134352"), ["02"]);
    assert!(missing(&format!("{UNIT}02095060001343523710")).is_empty());
}

#[test]
fn measures_have_their_decimals_and_unit() {
    let measure = |data: &str| read(data).unwrap()[0].measure().unwrap();
    assert_eq!(measure("3102001234"), ("12.34".to_owned(), "kg"));
    assert_eq!(measure("3100000120"), ("120".to_owned(), "kg"));
    assert_eq!(measure("3275000001"), ("0.00001".to_owned(), "in"));
    assert_eq!(read("3048").unwrap()[0].measure(), None);
}

#[test]
fn coupons_are_read_to_their_end() {
    // Company, offer, what is saved, what is to be bought.
    let coupon = "8110 0 123456 000001 2 10 1 1 0 123".replace(' ', "");
    let further = [
        "",
        "1 0 1 1 0 123 9",
        "2 1 1 0 123 0 123456",
        "3 261231",
        "4 260101",
        "3 261231 4 260101",
        "3 000101 4 991231",
        "5 0 123456",
        "6 1 1234567",
        "9 0 0 0 1",
    ];
    for field in further.map(|field| field.replace(' ', "")) {
        let whole = format!("{coupon}{field}");
        assert!(read(&whole).is_ok(), "{whole}: {:?}", read(&whole));
        for cut in 5..whole.len() {
            // A coupon may end behind any field that is whole.
            let is_end = cut == coupon.len()
                || (cut == coupon.len() + 7 && field.len() == 14 && field.starts_with('3'));
            assert_eq!(read(&whole[..cut]).is_ok(), is_end, "{}", &whole[..cut]);
        }
    }
    for field in ["7", "3261301", "3260101 4 261231", "9300 1", "1 4 1 1 0 123 9", "5012345X"] {
        let whole = format!("{coupon}{}", field.replace(' ', ""));
        assert!(read(&whole).is_err(), "{whole}");
    }
    assert!(read("8112 0 0 123456 000001 0 123456".replace(' ', "").as_str()).is_ok());
    assert!(read("8112 2 0 123456 000001 0 123456".replace(' ', "").as_str()).is_err());
}

#[test]
fn links_are_read_like_element_strings() {
    let link = |text: &str| {
        read_link(text)
            .map(|found| found.map(|all| all.into_iter().map(|it| it.ai).collect::<Vec<_>>()))
    };
    let key = "https://id.example.com/01/09506000134352";
    assert_eq!(
        link(&format!("{key}/10/A/21/B?17=260300&3103=001000&lang=en#top")).unwrap().unwrap(),
        ["01", "10", "21", "17", "3103"]
    );
    assert_eq!(
        link("HTTP://EXAMPLE.COM/stem/414/9506000999999/254/A").unwrap().unwrap(),
        ["414", "254"]
    );
    for other in [
        "https://example.com",
        "https://example.com/news/2026",
        "Https://a/01/09506000134352",
        "ftp://a/01/09506000134352",
        "example.com/01/09506000134352",
        "https:///01/09506000134352",
    ] {
        assert_eq!(link(other), Ok(None), "{other}");
    }
    for wrong in [
        "/21/B/10/A",
        "/99/X",
        "?10=A",
        "?999=A",
        "?99=A&99=A",
        "?21=A",
        "/10/A%0",
        "/10/%00",
        "/10/A{B",
    ] {
        assert!(link(&format!("{key}{wrong}")).is_err(), "{wrong}");
    }
    assert!(link("https://a/01/9506000134352").is_err(), "thirteen digits are no key");
}

/// An element with a value that is right.
fn element() -> impl Strategy<Value = (String, String)> {
    let text = prop::sample::select(vec!["10", "21", "240", "241", "400", "251", "90", "99"]);
    let item =
        prop::sample::select(vec![("01", 13), ("00", 17), ("410", 12), ("402", 16), ("253", 12)]);
    let number = prop::sample::select(vec!["30", "37", "242"]);
    prop_oneof![
        (text, "[!-\"%-?A-Z_a-z]{1,20}").prop_map(|(ai, value)| (ai.to_owned(), value)),
        (item, prop::collection::vec(0..10_u8, 17)).prop_map(|((ai, length), digits)| {
            let body: String = digits[..length].iter().map(u8::to_string).collect();
            let check = rule::check_digit_of(&body);
            (ai.to_owned(), format!("{body}{check}"))
        }),
        (number, "[0-9]{1,6}").prop_map(|(ai, value)| (ai.to_owned(), value)),
        (prop::sample::select(vec!["11", "15", "17"]), 0..100_u8, 1..13_u8, 0..29_u8)
            .prop_map(|(ai, y, m, d)| (ai.to_owned(), format!("{y:02}{m:02}{d:02}"))),
    ]
}

fn written(elements: &[(String, String)]) -> String {
    let texts: Vec<String> =
        elements.iter().map(|(ai, value)| format!("{ai}{value}\u{1d}")).collect();
    texts.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read(elements in prop::collection::vec(element(), 1..6)) {
        let mut names: Vec<&str> = elements.iter().map(|(ai, _)| ai.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assume!(names.len() == elements.len());
        match read(&written(&elements)) {
            Ok(found) => {
                let found: Vec<_> = found.into_iter().map(|it| (it.ai, it.value)).collect();
                prop_assert_eq!(found, elements);
            }
            Err(Fault { problem: Problem::Together(_), .. }) => {}
            Err(Fault { problem: Problem::Date(day, _), .. }) => {
                prop_assert!(day.ends_with("0229") || !day.ends_with("00"), "{day}");
            }
            Err(fault) => prop_assert!(false, "{fault}"),
        }
    }

    #[test]
    fn a_wrong_digit_is_noticed(digits in prop::collection::vec(0..10_u8, 13), at in 0..14_usize, by in 1..10_u8) {
        let body: String = digits.iter().map(u8::to_string).collect();
        let mut value = format!("{body}{}", rule::check_digit_of(&body)).into_bytes();
        value[at] = b'0' + (value[at] - b'0' + by) % 10;
        let data = format!("01{}", String::from_utf8(value).unwrap());
        let noticed = matches!(problem(&data), Problem::CheckDigit { .. });
        prop_assert!(noticed);
    }

    #[test]
    fn a_link_says_what_the_element_string_says(
        lot in "[!-\"%-?A-Z_a-z]{1,20}", serial in "[!-\"%-?A-Z_a-z]{1,20}", other in "[!-\"%-?A-Z_a-z]{1,20}",
    ) {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let link = format!("https://example.com/x/01/09506000134352/10/{}/21/{}?99={}",
            encoded(&lot), encoded(&serial), encoded(&other));
        let string = format!("{ITEM}10{lot}\u{1d}21{serial}\u{1d}99{other}");
        prop_assert_eq!(read_link(&link), read(&string).map(Some));
    }

    #[test]
    fn nothing_panics(data in "([0-9]{2,6}|[ -~]{0,9}|\\PC|\u{1d}|https://a/|01/|%[0-9A-F]{0,2}|8110[0-9]{0,30}){0,8}") {
        let _ = read(&data);
        let _ = read_link(&data);
        let _ = read_link(&format!("https://a/{data}"));
        let _ = read_retail(&data);
    }
}
