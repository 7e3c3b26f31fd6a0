//! What the other system calls things and counts in, how its answers are understood, and how it is told keys.

use std::collections::BTreeMap;

use serde_json::Value;

use super::section::{Reading, Section};
use crate::rest::answer::{Answers, REFUSED};
use crate::rest::decimal::{Decimal, Rounding};
use crate::rest::mapping::Key;
use crate::rest::nearest::nearest;
use crate::rest::template::{MEMBERS, REVERSES};
use crate::rest::units::{Others, Unit, Units, Values};

pub(super) fn key(top: &Section<'_>, reading: &mut Reading) -> Key {
    let Some(key) = top.section("key", &["header", "honoured"], reading) else {
        return Key::default();
    };
    let header = key.text("header", reading);
    let is_honoured = key.truth("honoured", reading);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let taken = ["authorization", "content-type", "content-length", "host", "accept"];
    let header = header.filter(|header| {
        let fits = !header.is_empty() && header.len() <= 60 && header.bytes().all(fits);
        let is_free = !taken.contains(&&*header.to_ascii_lowercase());
        if !(fits && is_free) {
            let next = "Name a header of the other system: \"Idempotency-Key\".";
            key.wrong("header", reading, "it cannot carry a key", next);
        }
        fits && is_free
    });
    if is_honoured && key.member("header").is_none() {
        let what = "a key that is not sent cannot be honoured";
        key.wrong("header", reading, what, "Name the header, or leave honoured away.");
    }
    Key { header: header.map(str::to_owned), is_honoured }
}

pub(super) fn answers(top: &Section<'_>, reading: &mut Reading) -> Answers {
    let known = ["success", "test", "refused", "not_done", "document", "code", "detail"];
    let plain = Answers {
        success: vec![200, 201],
        must: Vec::new(),
        refused: REFUSED.to_vec(),
        not_done: Vec::new(),
        document: Vec::new(),
        code: Vec::new(),
        detail: Vec::new(),
    };
    let Some(answer) = top.section("answer", &known, reading) else { return plain };
    let statuses = |name, usual: Vec<u16>, reading: &mut Reading| {
        answer.statuses(name, reading).unwrap_or(usual)
    };
    let answers = Answers {
        success: statuses("success", plain.success, reading),
        refused: statuses("refused", plain.refused, reading),
        not_done: statuses("not_done", plain.not_done, reading),
        must: test(&answer, reading),
        document: answer.pointers("document", reading),
        code: answer.pointers("code", reading),
        detail: answer.pointers("detail", reading),
    };
    let twice = |status: &u16| {
        let places = [&answers.success, &answers.refused, &answers.not_done];
        places.iter().filter(|all| all.contains(status)).count() > 1
    };
    let all = answers.success.iter().chain(&answers.not_done);
    if let Some(status) = all.into_iter().find(|status| twice(status)) {
        let what = format!("{status} cannot mean two things");
        let next = "List each status once, in success, refused or not_done.";
        reading.wrong(answer.byte, &answer.at, what, next);
    }
    if answers.success.iter().any(|status| !(200..300).contains(status)) {
        let next = "Write statuses from 200 to 299; others are never a yes.";
        answer.wrong("success", reading, "it lists what is no success", next);
    }
    answers
}

/// What has to stand in an answer that says yes.
fn test(answer: &Section<'_>, reading: &mut Reading) -> Vec<(String, Value)> {
    let Some(test) = answer.open("test", reading) else { return Vec::new() };
    let mut must = Vec::new();
    for name in test.names() {
        let value = test.member(name).map(toml::Spanned::get_ref);
        let value = value.and_then(|value| {
            let number = value.as_integer().map(|it| Value::from(super::section::whole(it)));
            number.or_else(|| value.as_str().map(Value::from)).or(value.as_bool().map(Value::from))
        });
        match value {
            Some(value) if test.is_pointer(name, name, reading) => {
                must.push((name.to_owned(), value));
            }
            Some(_) => {}
            None => {
                let next = "Write a text, a whole number, true or false.";
                test.wrong(name, reading, "it is nothing to compare with", next);
            }
        }
    }
    must
}

pub(super) fn units(top: &Section<'_>, reading: &mut Reading) -> Units {
    let Some(units) = top.open("units", reading) else { return Units::default() };
    let mut known = BTreeMap::new();
    for name in units.names() {
        let members = ["as", "factor", "decimals", "rounding"];
        let Some(unit) = units.section(name, &members, reading) else { continue };
        let text = unit.text("factor", reading).unwrap_or("1");
        let factor = Decimal::parse(text).filter(|it| *it > Decimal::whole(0));
        let factor = factor.unwrap_or_else(|| {
            let what = format!("{text} is no factor");
            let next = "Write a decimal above 0 in quotes, at most 18 digits: \"0.001\".";
            unit.wrong("factor", reading, what, next);
            Decimal::whole(1)
        });
        let rules = Rounding::ALL.map(|rule| (rule.as_str(), rule));
        let unit = Unit {
            name: unit.text("as", reading).unwrap_or(name).to_owned(),
            factor,
            decimals: unit.number("decimals", 0..=9, reading).unwrap_or(0),
            rounding: unit.word("rounding", &rules, reading).unwrap_or_default(),
        };
        known.insert(name.to_owned(), unit);
    }
    Units(known)
}

pub(super) fn values(top: &Section<'_>, reading: &mut Reading) -> BTreeMap<String, Values> {
    let Some(values) = top.open("values", reading) else { return BTreeMap::new() };
    let mut known = BTreeMap::new();
    for name in values.names() {
        let members = ["of", "list", "others", "otherwise"];
        let Some(table) = values.section(name, &members, reading) else { continue };
        let of = table.needed("of", "Name a member of the movement: of = \"reason\".", reading);
        let of = of.map(|of| member(&table, of, reading));
        let list = table.open("list", reading);
        let list = list.map(|list| {
            let pair =
                |name: &&str| Some(((*name).to_owned(), list.text(name, reading)?.to_owned()));
            list.names().iter().filter_map(pair).collect()
        });
        let words = [("refuse", &Others::Refuse), ("same", &Others::Same)];
        let others = table.word("others", &words, reading).cloned();
        let called = table.text("otherwise", reading).map(|it| Others::Called(it.to_owned()));
        if table.member("others").is_some() == table.member("otherwise").is_some() {
            let what = "it has to say once what holds for what is not listed";
            let next = "Write others = \"refuse\", others = \"same\" or otherwise = \"TEXT\".";
            table.wrong("others", reading, what, next);
        }
        if let Some(Some(of)) = of {
            let others = others.or(called).unwrap_or(Others::Refuse);
            known.insert(name.to_owned(), Values { of, list: list.unwrap_or_default(), others });
        }
    }
    known
}

/// A member of the movement, in a table's `of`.
fn member(table: &Section<'_>, of: &str, reading: &mut Reading) -> Option<&'static str> {
    let all = || MEMBERS.into_iter().chain([REVERSES]);
    let found = all().find(|member| *member == of);
    if found.is_none() {
        let next = match nearest(of, all()) {
            Some(near) => format!("Write {near}, if that is meant."),
            None => format!("Name one of {}.", MEMBERS.join(", ")),
        };
        table.wrong("of", reading, format!("a movement has no member {of}"), next);
    }
    found
}
