//! What a mapping makes of facts. Whatever a fact says stays in its place.

use mtm_connect::rest::{Mapping, NotMapped, Posting};
use mtm_core::sync::{Class, Fact};
use proptest::prelude::*;
use serde_json::json;
use url::Url;

use super::{fact, issue, receipt};

fn mapped(text: &str, fact: &Fact) -> Result<Option<Posting>, NotMapped> {
    Mapping::parse(text).unwrap_or_else(|faults| panic!("{faults:#?}")).posting(fact)
}

/// The body that a posting of these members has.
fn body(members: &str, fact: &Fact) -> serde_json::Value {
    let class = fact.class.as_str();
    let text = format!("[postings.{class}]\npath = \"x\"\n[postings.{class}.body]\n{members}");
    mapped(&text, fact).unwrap().unwrap().body
}

fn unmapped(text: &str, fact: &Fact) -> NotMapped {
    mapped(text, fact).unwrap_err()
}

#[test]
fn numbers_stay_numbers_and_what_may_be_missing_is_left_out() {
    let fact = Fact { lot: "17".into(), ..receipt(12, "A") };
    let check = |members: &str, expected: serde_json::Value| {
        assert_eq!(body(members, &fact), expected, "{members}");
    };
    check("q = \"{quantity}\"", json!({ "q": 12 }));
    check("q = \"{-quantity}\"", json!({ "q": -12 }));
    check("q = \"{quantity:text}\"", json!({ "q": "12" }));
    check("q = \"{quantity} pieces\"", json!({ "q": "12 pieces" }));
    check("l = \"{lot}\"\nn = \"{lot:number}\"", json!({ "l": "17", "n": 17 }));
    check("a = \"x\"\nw = \"{work_order?}\"", json!({ "a": "x" }));
    check("a = \"x\"\nw = \"order {work_order?}!\"", json!({ "a": "x" }));
    check("a = 1\nw = { x = \"{from.place?}\" }", json!({ "a": 1 }));
    check("a = true\nw = [\"{from.place?}\"]", json!({ "a": true }));
    check("w = [\"{from.place?}\", \"{part}\"]", json!({ "w": ["P-1"] }));
    check("w = \"{to_lot|lot}\"", json!({ "w": "17" }));
    check("w = \"{{{class}}}\"", json!({ "w": "{receipt}" }));
    check("w = {}", json!({ "w": {} }));
}

#[test]
fn what_is_missing_or_not_listed_says_what_to_do() {
    let text = "[postings.issue]\npath = \"x\"\n[postings.issue.body]\nw = \"{to.place}\"";
    let missing = unmapped(text, &issue(1, "A"));
    assert_eq!((missing.code, &*missing.field), ("value_missing", "to.place"));
    assert!(missing.next_step.contains("our location"));

    let table = |rule: &str| {
        format!(
            "[postings.issue]\npath = \"x\"\n[postings.issue.body]\nw = \"{{values.why}}\"\n[values.why]\nof = \"reason\"\n{rule}\n[values.why.list]\ndamaged = \"SCRAP\""
        )
    };
    let why = |reason: &str| Fact { reason: Some(reason.into()), ..issue(1, "A") };
    let called =
        |rule: &str, reason: &str| mapped(&table(rule), &why(reason)).unwrap().unwrap().body;
    assert_eq!(called("others = \"refuse\"", "damaged"), json!({ "w": "SCRAP" }));
    assert_eq!(called("others = \"same\"", "other"), json!({ "w": "other" }));
    assert_eq!(called("otherwise = \"MISC\"", "other"), json!({ "w": "MISC" }));
    let refused = unmapped(&table("others = \"refuse\""), &why("other"));
    assert_eq!((refused.code, &*refused.field), ("value_not_listed", "reason"));
    assert!(mapped(&table("others = \"same\""), &receipt(1, "A")).unwrap().is_none());
}

#[test]
fn units_are_exact_or_rounded_as_the_file_says() {
    let text = |unit: &str| {
        format!(
            "[postings.issue]\npath = \"x\"\n[postings.issue.body]\nq = \"{{quantity}}\"\nu = \"{{unit}}\"\np = \"{{pieces}}\"\n[units.EA]\n{unit}"
        )
    };
    let told = |unit: &str, pieces: i64| mapped(&text(unit), &issue(pieces, "A"));
    let is = |unit: &str, pieces: i64, expected: serde_json::Value| {
        assert_eq!(told(unit, pieces).unwrap().unwrap().body["q"], expected, "{unit} {pieces}");
    };
    is("", 7, json!(7));
    is("factor = \"0.001\"\ndecimals = 3", 7, json!(0.007));
    is("factor = \"0.1\"\ndecimals = 1", 3, json!(0.3));
    is("factor = \"12\"", 5, json!(60));
    is("factor = \"0.01\"\nrounding = \"up\"", 101, json!(2));
    is("factor = \"0.01\"\nrounding = \"down\"", 199, json!(1));
    is("factor = \"0.01\"\nrounding = \"half_even\"", 250, json!(2));
    let whole = told("as = \"Nos\"", 7).unwrap().unwrap().body;
    assert_eq!(whole, json!({ "q": 7, "u": "Nos", "p": 7 }));
    for (unit, pieces) in [
        ("factor = \"0.01\"", 101),
        ("factor = \"0.01\"\nrounding = \"down\"", 99),
        ("factor = \"0.123456789\"\ndecimals = 9", 123_456_789_012),
    ] {
        assert_eq!(told(unit, pieces).unwrap_err().code, "value_unfit", "{unit}");
    }
    let other = Fact { unit: "KG".into(), ..issue(1, "A") };
    assert_eq!(unmapped(&text(""), &other).code, "value_not_listed");
}

const EVERYWHERE: &str = r#"
[postings.transfer]
path = "stock/{part}/{from.place}/{lookups.item}"
query = { lot = "{lot}", filters = [["part", "=", "{part}"]], fixed = "a b" }
[postings.transfer.body]
"{part}" = "a name is no template"
part = "{part}"
nested = { list = ["{lot}", "to {to.place}"] }
item = "{lookups.item}"
[lookups.item]
path = "items/{lot}"
query = { part = "{part}" }
items = "/items"
where = { "/part" = "{part}", "/lot" = "{lot}" }
value = "/pk"
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_value_leaves_its_place(part in any_text(), lot in any_text(), place in any_text()) {
        let mut fact = fact(Class::Transfer, 3, Some("A"), Some("B"));
        (fact.part, fact.lot) = (part.clone(), lot.clone());
        for end in [&mut fact.from, &mut fact.to] {
            end.as_mut().unwrap().place = Some(place.clone());
        }
        let is_part = |it: &str| !["", ".", ".."].contains(&it);
        let posting = match mapped(EVERYWHERE, &fact) {
            Ok(posting) => posting.unwrap(),
            Err(failed) => {
                prop_assert_eq!(failed.code, "value_unfit");
                prop_assert!(!(is_part(&part) && is_part(&place) && is_part(&lot)));
                return Ok(());
            }
        };
        prop_assert_eq!(&posting.body, &json!({
            "{part}": "a name is no template",
            "part": part, "nested": { "list": [lot, format!("to {place}")] },
            "item": { "$lookup": "item" },
        }));
        prop_assert!(posting.path.is_ascii());
        prop_assert_eq!(posting.named(), ["item", "item"]);
        // As a server reads it.
        let path = posting.path.replace("{lookups.item}", "7");
let is_clean = !path.contains(['{', '}', '#', ' ', '\\']);
        prop_assert!(is_clean, "odd characters");
        let url = Url::parse(&format!("https://erp.plant/api/{path}")).unwrap();
        let segments: Vec<String> = url.path_segments().unwrap().map(decoded).collect();
        prop_assert_eq!(&segments, &["api", "stock", &part, &place, "7"]);
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let of = |name: &str| pairs.iter().find(|pair| pair.0 == name).unwrap().1.clone();
        prop_assert_eq!(pairs.len(), 3);
        prop_assert_eq!(of("lot"), &*lot);
        let filters: serde_json::Value = serde_json::from_str(&of("filters")).unwrap();
        prop_assert_eq!(filters, json!([["part", "=", part]]));
        let search = &posting.lookups["item"];
        prop_assert_eq!(&search.rows["/lot"], &json!(lot));
        // What is kept is the same when it is read again.
        let kept = serde_json::to_string(&posting).unwrap();
        prop_assert_eq!(serde_json::from_str::<Posting>(&kept).unwrap(), posting);
    }
}

/// Texts, many of which mean something to paths, queries, JSON or templates.
fn any_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "",
        ".",
        "..",
        "/",
        "../..",
        "a/b",
        "?x=1",
        "#",
        "%2F",
        "%",
        "&",
        "=",
        "+",
        " ",
        "\"",
        "\\",
        "{lookups.item}",
        "{part}",
        "}}",
        "\", \"quantity\": 9",
        "\r\nX: y",
        "\u{0}",
        "é",
        "𝄞",
        "{\"$lookup\":\"item\"}",
    ]);
    let odd = prop::collection::vec(odd, 1..3).prop_map(|parts| parts.concat());
    prop_oneof![odd, any::<String>(), "[A-Z0-9-]{1,12}"]
}

fn decoded(segment: &str) -> String {
    // A form's reader decodes percent signs as a server does, but for the plus sign, which is encoded.
    url::form_urlencoded::parse(format!("x={segment}").as_bytes()).next().unwrap().1.into_owned()
}
