//! Everything that is wrong with a file is told at once, each with its line and what would be right.

use mtm_connect::rest::{Mapping, MappingFault, READY};
use mtm_core::sync::Class;

fn faults(text: &str) -> Vec<MappingFault> {
    Mapping::parse(text).err().unwrap_or_default()
}

/// One fault, by its member and a word of what would be right.
fn check(text: &str, at: &str, word: &str) {
    let faults = faults(text);
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let is_it = |fault: &MappingFault| fault.at == at && fault.to_string().contains(word);
    assert!(faults.iter().any(is_it), "{at} {word}\n{told:#?}");
}

const POSTING: &str = "[postings.issue]\npath = \"stock\"\n";

#[test]
fn faults_are_told_all_at_once_in_the_order_of_lines() {
    let text = r#"about = "wrong in many ways"
colour = "red"
[key]
header = "Authorization"
[answer]
success = [200, 404]
document = "data/name"
[values.reason]
of = "raeson"
others = "guess"
[postings.recieipt]
path = "x"
[postings.issue]
path = "a/{prat}/{lookups.stokc}"
[postings.issue.body]
quantity = 1.5
lot = "{lot"
[lookups.stock]
path = "stock"
items = "/items"
"#;
    let found: Vec<(usize, String)> =
        faults(text).into_iter().map(|fault| (fault.line, fault.at)).collect();
    let expected = [
        (2, "colour"),
        (4, "key.header"),
        (5, "answer"),
        (6, "answer.success"),
        (7, "answer.document"),
        (9, "values.reason.of"),
        (10, "values.reason.others"),
        (11, "postings.recieipt"),
        (14, "postings.issue.path"),
        (14, "postings.issue.path"),
        (16, "postings.issue.body.quantity"),
        (17, "postings.issue.body.lot"),
        (18, "lookups.stock.value"),
        (18, "lookups.stock.where"),
    ];
    for (line, at) in expected {
        let is_told = found.iter().any(|it| it.1 == at && it.0 == line);
        assert!(is_told, "line {line}, {at}\n{found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    let told = faults(text);
    assert!(told.is_sorted_by_key(|fault| fault.line), "{told:#?}");
    assert!(told.iter().all(|fault| !fault.next_step.is_empty()));
}

#[test]
fn what_is_nearly_right_is_told_the_right_name() {
    check("abuot = \"x\"", "abuot", "about");
    check("[postings.transfr]\npath = \"x\"", "postings.transfr", "transfer");
    check("[postings.issue]\npath = \"{form.place}\"", "postings.issue.path", "{from.place}");
    check("[pagin]\nkind = \"none\"", "pagin", "paging");
    let look = "[lookups.part]\npath = \"p\"\nvalue = \"/pk\"\n[postings.issue]\npath = \"{lookups.prat}\"";
    check(look, "postings.issue.path", "{lookups.part}");
}

#[test]
fn what_would_be_dangerous_is_refused() {
    let with = |more: &str| format!("{POSTING}{more}");
    check(&with("[answer]\nsuccess = [302]"), "answer.success", "200 to 299");
    check(&with("[answer]\nrefused = [503]\nnot_done = [503]"), "answer", "503");
    check(&with("[key]\nhonoured = true"), "key.header", "Name the header");
    check(&with("[paging]\nkind = \"after\""), "paging.last", "after");
    check(&with("[paging]\nkind = \"page\""), "paging.position_parameter", "page");
    check(&with("[units.EA]\nfactor = \"-1\""), "units.EA.factor", "above 0");
    check(&with("[units.EA]\nrounding = \"half_up\""), "units.EA.rounding", "half_even");
    check(&with("[units.EA]\nfactor = 0.1"), "units.EA.factor", "quotes");
    check(&with("[values.x]\nof = \"reason\""), "values.x.others", "refuse");
    check(&with("[[find]]\npath = \"x\"\nitems = \"/items\""), "find[0].where", "filter");
    check(&with("[[find]]\npath = \"x\""), "find[0].absent", "404");
    check(&with("[[find]]\npath = \"x\"\nabsent = [500]"), "find[0].absent", "400 to 499");
    for path in ["../admin", "a?b=1", "https://evil.example/x", "a%2Fb", "a/./b"] {
        let text = format!("[postings.issue]\npath = \"{path}\"");
        assert!(!faults(&text).is_empty(), "{path}");
    }
    check(&with("[postings.issue.body]\n\"$lookup\" = \"x\""), "postings.issue.body.$lookup", "$");
    check(&with("also = [\"issue\"]"), "postings.issue.also", "once");
    let deep = format!("{POSTING}[postings.issue.body]\na = {}1{}", "[".repeat(30), "]".repeat(30));
    assert!(faults(&deep).iter().any(|fault| fault.what.contains("deep")), "{:#?}", faults(&deep));
}

#[test]
fn look_ups_lead_somewhere_and_not_in_a_circle() {
    let look = |name: &str, needs: &str, more: &str| {
        format!("[lookups.{name}]\npath = \"{needs}\"\nvalue = \"/pk\"\n{more}")
    };
    let circle = [look("a", "x/{lookups.b}", ""), look("b", "{lookups.a}", ""), POSTING.to_owned()];
    check(&circle.concat(), "lookups.a", "itself");
    let missing = look("a", "x", "missing = \"otherwise\"\n");
    let posting = "[postings.issue]\npath = \"{lookups.a}\"";
    check(&format!("{missing}{posting}"), "postings.issue", "postings.issue.otherwise");
    let never = format!("{POSTING}[postings.issue.otherwise]\npath = \"x\"");
    check(&never, "postings.issue", "never");
    let within = "[postings.issue]\npath = \"x\"\nquery = { filters = [\"{lookups.a}\"] }\n[postings.issue.body]\npart = \"id {lookups.a}\"";
    let text = format!("{}{within}", look("a", "x", ""));
    check(&text, "postings.issue.query.filters[0]", "by itself");
    check(&text, "postings.issue.body.part", "by itself");
}

#[test]
fn what_is_no_toml_or_says_nothing_is_told() {
    assert_eq!(faults("a = \"b\nc = ").first().map(|fault| fault.line), Some(1));
    check("about = \"x\"", "postings", "[postings.receipt]");
    let long = format!("about = \"{}\"", "x".repeat(300_000));
    assert!(faults(&long)[0].what.contains("KiB"));
    check(
        "[lists.x]\npath = \"{part}\"\nitems = \"/x\"\n[lists.x.fields]\na = \"/a\"",
        "lists.x.path",
        "hole",
    );
    let list = "[lists.x]\npath = \"p\"\nitems = \"/x\"\nid = \"b\"\n[lists.x.fields]\na = \"/a\"";
    check(list, "lists.x.fields", "b");
}

#[test]
fn the_maps_that_come_with_the_program_hold() {
    for ready in READY {
        let mapping =
            Mapping::parse(ready.text).unwrap_or_else(|it| panic!("{} {it:#?}", ready.name));
        let classes: Vec<Class> = mapping.classes().collect();
        let posted: Vec<Class> =
            Class::ALL.into_iter().filter(|class| *class != Class::Opening).collect();
        assert_eq!(classes, posted, "{}", ready.name);
        assert!(mapping.finds() && !mapping.about().is_empty(), "{}", ready.name);
        assert!(mapping.lists().any(|(name, _)| name == "on-hand"), "{}", ready.name);
    }
    let honours =
        |name| Mapping::parse(mtm_connect::rest::Ready::named(name).unwrap().text).unwrap();
    assert!(honours("mock-erp").honours_key() && !honours("erpnext").honours_key());
    assert_eq!(honours("mock-erp").key_header(), Some("Idempotency-Key"));
}
