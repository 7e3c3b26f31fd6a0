//! Promises of keeping parts as another system has them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::field::{NO, YES};
use super::*;
use crate::erp;
use crate::erp::Flags;
use crate::sync::Mode;
use crate::word::{ItemType, fold};

fn values(said: &[(Field, &str)]) -> Values {
    said.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

fn theirs(said: &[(Field, &str)]) -> Theirs {
    Theirs { code: "P-1".to_owned(), values: values(said), is_wanted: true }
}

fn agreed(said: &[(Field, &str)]) -> Link {
    Link { code: "P-1".to_owned(), agreed: values(said), ..Link::default() }
}

/// One difference at most, as field, who changed it, and whether somebody is asked.
fn only(judged: &Judged) -> Option<(Field, Change, bool)> {
    let link = judged.link.as_ref().unwrap();
    assert!(link.differences.len() < 2, "{:?}", link.differences);
    link.differences.first().map(|it| (it.field, it.change, it.asks))
}

fn described(there: &str, here: &str, before: Option<&str>) -> Judged {
    let said = theirs(&[(Field::Description, there)]);
    let known = before.map(|before| agreed(&[(Field::Description, before)]));
    let ours = values(&[(Field::Description, here)]);
    let there = (There::Part(&said), false);
    judge(&Rules::default(), Mode::Automatic, there, Some(&ours), known.as_ref())
}

#[test]
fn a_change_of_theirs_is_taken_and_one_of_ours_is_a_conflict() {
    let field = Field::Description;
    assert_eq!(only(&described("new", "old", Some("old"))), Some((field, Change::Theirs, false)));
    assert_eq!(only(&described("old", "mine", Some("old"))), Some((field, Change::Ours, true)));
    assert_eq!(only(&described("new", "mine", Some("old"))), Some((field, Change::Both, true)));
    assert_eq!(only(&described("new", "mine", None)), Some((field, Change::First, true)));
    assert_eq!(only(&described("same", "same", None)), None);
    assert_eq!(described("new", "old", Some("old")).take, [field]);
    assert_eq!(described("new", "mine", Some("old")).take, []);
}

#[test]
fn where_theirs_win_every_difference_is_taken() {
    let rules = Rules { conflict: Conflict::Theirs, ..Rules::default() };
    let said = theirs(&[(Field::Description, "there")]);
    for before in [None, Some("there"), Some("here"), Some("before")] {
        let known = before.map(|before| agreed(&[(Field::Description, before)]));
        let ours = values(&[(Field::Description, "here")]);
        let judged = judge(
            &rules,
            Mode::Automatic,
            (There::Part(&said), false),
            Some(&ours),
            known.as_ref(),
        );
        assert_eq!(judged.take, [Field::Description], "{before:?}");
    }
}

#[test]
fn what_was_decided_stays_decided_until_they_say_something_else() {
    let mut link = described("new", "mine", Some("old")).link.unwrap();
    link.keep(&[Field::Description]);
    assert_eq!(link.differences, []);
    let again = |there: &str, known: &Link| {
        let said = theirs(&[(Field::Description, there)]);
        let ours = values(&[(Field::Description, "mine too")]);
        judge(
            &Rules::default(),
            Mode::Automatic,
            (There::Part(&said), false),
            Some(&ours),
            Some(known),
        )
    };
    let quiet = again("new", &link);
    assert_eq!(only(&quiet), None);
    let other = again("newer", &quiet.link.unwrap());
    assert_eq!(only(&other), Some((Field::Description, Change::Both, true)));
}

#[test]
fn a_part_that_is_gone_there_is_retired_here_and_one_that_only_we_have_is_ours() {
    let rules = Rules::default();
    let gone = (There::Gone, false);
    let here = values(&[(Field::Retired, NO)]);
    let known = agreed(&[(Field::Retired, NO)]);
    let judged = judge(&rules, Mode::Automatic, gone, Some(&here), Some(&known));
    assert_eq!(only(&judged), Some((Field::Retired, Change::Theirs, false)));
    assert_eq!(judged.link.unwrap().differences[0].theirs, YES);

    let flood = (There::Gone, true);
    let judged = judge(&rules, Mode::Automatic, flood, Some(&here), Some(&known));
    assert_eq!(
        (only(&judged), judged.take),
        (Some((Field::Retired, Change::Theirs, true)), vec![])
    );
    let link = judged.link.unwrap();
    assert_eq!(link.cause.as_deref(), Some("too_many_gone"));
    // It stays so when the flood is over, until somebody decides or the part is back.
    for there in [flood, gone] {
        let again = judge(&rules, Mode::Automatic, there, Some(&here), Some(&link));
        assert_eq!((again.link.as_ref(), again.take), (Some(&link), vec![]));
    }
    let mut kept = link.clone();
    kept.keep(&[Field::Retired]);
    let quiet = judge(&rules, Mode::Automatic, gone, Some(&here), Some(&kept));
    assert_eq!((only(&quiet), quiet.take), (None, vec![]));

    // It comes back, and takes stock again.
    let retired = values(&[(Field::Retired, YES)]);
    let known = Link { gone: true, ..agreed(&[(Field::Retired, YES)]) };
    let back = theirs(&[(Field::Retired, NO)]);
    let judged =
        judge(&rules, Mode::Automatic, (There::Part(&back), false), Some(&retired), Some(&known));
    assert_eq!(judged.take, [Field::Retired]);
    // One that somebody retired here does so only when somebody says so.
    let known = agreed(&[(Field::Retired, NO)]);
    let judged =
        judge(&rules, Mode::Automatic, (There::Part(&back), false), Some(&retired), Some(&known));
    assert_eq!(only(&judged), Some((Field::Retired, Change::Ours, true)));
}

#[test]
fn a_list_that_lacks_a_part_for_once_forgets_no_decision() {
    let mut link = described("new", "mine", Some("old")).link.unwrap();
    link.keep(&[Field::Description]);
    let rules = Rules::default();
    let here = values(&[(Field::Description, "mine"), (Field::Retired, NO)]);
    let gone = judge(&rules, Mode::Automatic, (There::Gone, true), Some(&here), Some(&link));
    let link = gone.link.unwrap();
    let said = theirs(&[(Field::Description, "new"), (Field::Retired, NO)]);
    let back = (There::Part(&said), false);
    let judged = judge(&rules, Mode::Automatic, back, Some(&here), Some(&link));
    assert_eq!((only(&judged), judged.take), (None, vec![]));
    // Nor does one in which they say nothing of it.
    let silent = theirs(&[(Field::Retired, NO)]);
    let there = (There::Part(&silent), false);
    let link = judge(&rules, Mode::Automatic, there, Some(&here), Some(&link)).link.unwrap();
    let judged = judge(&rules, Mode::Automatic, back, Some(&here), Some(&link));
    assert_eq!((only(&judged), judged.take), (None, vec![]));
}

#[test]
fn what_waits_for_its_stock_to_leave_is_no_flood() {
    let mut link = agreed(&[(Field::Retired, NO)]);
    assert!(link.is_retired_lately(None) && link.is_retired_lately(Some(YES)));
    assert!(!link.is_retired_lately(Some(NO)), "it is there");
    link.cause = Some("in_use".to_owned());
    assert!(!link.is_retired_lately(None));
    link.cause = Some("too_many_gone".to_owned());
    assert!(link.is_retired_lately(None), "nobody decided about it");
    for settled in [
        agreed(&[(Field::Retired, YES)]),
        Link { kept: values(&[(Field::Retired, YES)]), ..Link::default() },
    ] {
        assert!(!settled.is_retired_lately(None));
    }
}

#[test]
fn what_is_said_under_a_former_code_is_not_about_the_part() {
    let link = described("new", "mine", Some("old")).link.unwrap();
    let here = values(&[(Field::Description, "mine")]);
    let there = (There::Others, false);
    let judged = judge(&Rules::default(), Mode::Automatic, there, Some(&here), Some(&link));
    let blank = Link { code: "P-1".to_owned(), ..Link::default() };
    assert_eq!((judged.link, judged.take), (Some(blank), vec![]));
    let judged = judge(&Rules::default(), Mode::Automatic, there, Some(&here), None);
    assert_eq!(judged.link, None);
}

#[test]
fn a_row_that_was_cut_says_nothing() {
    let part = erp::Part {
        id: "P-1".to_owned(),
        description: Some("Bracket, lef".to_owned()),
        unit: None,
        fabricated: None,
        purchased: None,
        stocked: None,
        on_hand: None,
        status: None,
        flags: Flags::from_iter([erp::Flag::Cut]),
    };
    assert_eq!(Theirs::of(&part, &Rules::default()), None);
}

#[test]
fn a_new_part_is_made_with_what_is_theirs_and_only_where_it_is_wanted() {
    let rules = Rules::default();
    let said = theirs(&[(Field::Description, "Bracket"), (Field::Retired, NO)]);
    let judged = judge(&rules, Mode::Automatic, (There::Part(&said), false), None, None);
    assert_eq!(judged.take, [Field::Part, Field::Description]);
    let shadow = judge(&rules, Mode::Shadow, (There::Part(&said), false), None, None);
    assert_eq!((&shadow.link, shadow.take.is_empty()), (&judged.link, true));

    let unwanted = Theirs { is_wanted: false, ..said.clone() };
    let judged = judge(&rules, Mode::Automatic, (There::Part(&unwanted), false), None, None);
    assert_eq!((judged.link, judged.take), (None, vec![]));

    let mut declined = shadow.link.unwrap();
    declined.keep(&declined.meant(Deed::Keep, &[Field::Part]));
    let judged = judge(&rules, Mode::Automatic, (There::Part(&said), false), None, Some(&declined));
    assert_eq!(only(&judged), None);
}

#[test]
fn what_they_say_is_read_in_our_terms() {
    let part = erp::Part {
        id: " p-1 ".to_owned(),
        description: Some(" Bracket\tleft ".to_owned()),
        unit: Some("ea".to_owned()),
        fabricated: Some(true),
        purchased: Some(false),
        stocked: Some(true),
        on_hand: None,
        status: Some("o".to_owned()),
        flags: Flags::NONE,
    };
    let rules = Rules {
        retired: BTreeSet::from([fold("O")]),
        made: Some(ItemType::parse("WIP").unwrap()),
        owned: Field::ALL.iter().copied().filter(|it| it.can_be_owned()).collect(),
        ..Rules::default()
    };
    let said = Theirs::of(&part, &rules).unwrap();
    let wanted =
        [(Field::Description, "Bracket left"), (Field::ItemType, "WIP"), (Field::Retired, YES)];
    assert_eq!(
        (said.code.as_str(), &said.values, said.is_wanted),
        ("p-1", &values(&wanted), false)
    );

    let by_weight = erp::Part { unit: Some("KG".to_owned()), status: None, ..part.clone() };
    let said = Theirs::of(&by_weight, &rules).unwrap();
    assert_eq!((said.values[&Field::Unit].as_str(), said.is_wanted), ("KG", false));
    assert_eq!(Theirs::of(&erp::Part { id: " ".to_owned(), ..part.clone() }, &rules), None);
    let silent = erp::Part { description: Some(" ".to_owned()), fabricated: None, ..part };
    let said = Theirs::of(&silent, &rules).unwrap();
    assert_eq!(said.values, values(&[(Field::Retired, YES)]), "of which nothing is said stays");
}

#[test]
fn a_unit_that_is_no_piece_is_asked_about_and_never_taken() {
    let said = theirs(&[(Field::Unit, "KG")]);
    let rules = Rules { conflict: Conflict::Theirs, ..Rules::default() };
    let judged =
        judge(&rules, Mode::Automatic, (There::Part(&said), false), Some(&Values::new()), None);
    assert_eq!(only(&judged), Some((Field::Unit, Change::First, true)));
    let link = judged.link.unwrap();
    assert_eq!(link.meant(Deed::Take, &[]), []);
    assert_eq!(link.meant(Deed::Keep, &[]), [Field::Unit]);
}

fn a_field() -> impl Strategy<Value = Field> {
    proptest::sample::select(vec![Field::Description, Field::ItemType, Field::Retired])
}

fn some_values() -> impl Strategy<Value = Values> {
    let value = proptest::sample::select(vec!["a", "A", "b"]).prop_map(str::to_owned);
    proptest::collection::btree_map(a_field(), value, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What is not theirs is never touched; what is taken is as they say; and then there is nothing more
    /// to take, however often it is judged again.
    #[test]
    fn taking_ends_and_touches_only_what_is_theirs(
        owned in proptest::collection::btree_set(a_field(), 0..4),
        said in some_values(),
        here in some_values(),
        before in some_values(),
        kept in some_values(),
        is_gone in any::<bool>(),
        wins in any::<bool>(),
    ) {
        let conflict = if wins { Conflict::Theirs } else { Conflict::Ask };
        let rules = Rules { owned: owned.clone(), conflict, ..Rules::default() };
        let mut said = said;
        said.retain(|field, _| owned.contains(field));
        let part = Theirs { code: "P".to_owned(), values: said.clone(), is_wanted: true };
        let known = Link { agreed: before, kept, ..Link::default() };
        let there = (if is_gone { There::Gone } else { There::Part(&part) }, false);
        if is_gone {
            said = if owned.contains(&Field::Retired) {
                values(&[(Field::Retired, YES)])
            } else {
                Values::new()
            };
        }
        let judged =
            judge(&rules, Mode::Automatic, there, Some(&here), Some(&known));
        prop_assert!(judged.take.iter().all(|field| owned.contains(field)));
        let mut after = here.clone();
        for field in &judged.take {
            after.insert(*field, said[field].clone());
        }
        for (field, value) in &here {
            let may = owned.contains(field) && said.contains_key(field);
            prop_assert!(may || after.get(field) == Some(value));
        }
        let mut link = judged.link.unwrap();
        link.took(&judged.take);
        let again = judge(&rules, Mode::Automatic, there, Some(&after), Some(&link));
        prop_assert_eq!(&again.take, &vec![]);
        let settled = again.link.unwrap();
        prop_assert_eq!(&settled.differences, &link.differences);
        let third = judge(&rules, Mode::Automatic, there, Some(&after), Some(&settled));
        prop_assert_eq!(third.link, Some(settled));
        if wins {
            prop_assert!(link.differences.is_empty());
        }
        // What somebody decided against is not taken while they say it.
        for (field, said_then) in &known.kept {
            if said.get(field) == Some(said_then) {
                prop_assert!(!judged.take.contains(field));
            }
        }
    }
}
