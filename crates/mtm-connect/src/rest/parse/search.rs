//! What is looked for there, and which lists are read: look-ups, `find`, lists, and how pages follow.

use std::collections::BTreeMap;

use super::Names;
use super::request::{Lookups, conditions, path};
use super::section::{Reading, Section};
use crate::rest::list::{List, Place};
use crate::rest::mapping::Lookup;
use crate::rest::paging::{Kind, Paging};
use crate::rest::posting::{Missing, Several};

const PAGING: [&str; 8] = [
    "kind",
    "size",
    "size_parameter",
    "position_parameter",
    "next",
    "last",
    "most_pages",
    "most_items",
];

pub(super) fn paging(table: &Section<'_>, reading: &mut Reading) -> Option<Paging> {
    let paging = table.section("paging", &PAGING, reading)?;
    let usual = Paging::default();
    let kinds = Kind::ALL.map(|kind| (kind.as_str(), kind));
    let next = "Write kind = \"offset\", \"page\", \"cursor\", \"after\" or \"none\".";
    let kind = paging.needed("kind", next, reading).and(paging.word("kind", &kinds, reading));
    let kind = kind.unwrap_or(Kind::None);
    let needs: &[&str] = match kind {
        Kind::None => &[],
        Kind::Offset | Kind::Page => &["position_parameter"],
        Kind::Cursor => &["position_parameter", "next"],
        Kind::After => &["position_parameter", "last"],
    };
    for name in needs.iter().filter(|name| paging.member(name).is_none()) {
        let next = format!("Add {name}, or choose another kind.");
        paging.wrong(name, reading, format!("pages by {} need it", kind.as_str()), next);
    }
    Some(Paging {
        kind,
        size: paging.number("size", 1..=10_000, reading).unwrap_or(usual.size),
        size_parameter: paging.text("size_parameter", reading).map(str::to_owned),
        position_parameter: paging.text("position_parameter", reading).map(str::to_owned),
        next: paging.pointer("next", reading),
        last: paging.pointer("last", reading),
        most_pages: paging.number("most_pages", 1..=10_000, reading).unwrap_or(usual.most_pages),
        most_items: paging.number("most_items", 1..=1_000_000, reading).unwrap_or(usual.most_items),
    })
}

pub(super) fn lookups(
    top: &Section<'_>,
    names: &Names<'_>,
    reading: &mut Reading,
) -> BTreeMap<String, Lookup> {
    let Some(open) = top.open("lookups", reading) else { return BTreeMap::new() };
    let members =
        ["path", "query", "items", "where", "least", "value", "several", "missing", "absent"];
    let mut lookups = BTreeMap::new();
    for name in open.names() {
        if name.contains(['{', '}']) {
            open.wrong(name, reading, "braces are no part of a name", "Name it otherwise.");
            continue;
        }
        let Some(table) = open.section(name, &members, reading) else { continue };
        let next = "Say what of the row is wanted: value = \"/pk\".";
        if table.member("value").is_none() {
            table.wrong("value", reading, "it is missing", next);
        }
        let value = table.pointer("value", reading);
        let several = [("refuse", Several::Refuse), ("first", Several::First)];
        let several = table.word("several", &several, reading).unwrap_or_default();
        let missing = [("refuse", Missing::Refuse), ("otherwise", Missing::Otherwise)];
        let missing = table.word("missing", &missing, reading).unwrap_or_default();
        let found = lookup(&table, names, reading);
        lookups.extend(found.map(|it| (name.to_owned(), Lookup { value, several, missing, ..it })));
    }
    lookups
}

pub(super) fn find(top: &Section<'_>, names: &Names<'_>, reading: &mut Reading) -> Vec<Lookup> {
    let Some(member) = top.member("find") else { return Vec::new() };
    let Some(list) = member.get_ref().as_array() else {
        top.wrong("find", reading, "it is no list of tables", "Write [[find]].");
        return Vec::new();
    };
    let members = ["path", "query", "items", "where", "document", "absent"];
    let mut found = Vec::new();
    for (number, item) in list.iter().enumerate() {
        let at = format!("find[{number}]");
        let Some(table) = item.get_ref().as_table() else {
            reading.wrong(item.span().start, &at, "it is no table", "Write [[find]].");
            continue;
        };
        let table = Section::of(table, (at, item.span().start), &members, reading);
        let value = table.pointer("document", reading);
        if ["items", "where", "absent"].iter().all(|name| table.member(name).is_none()) {
            let what = "any answer would say that it was posted";
            let next = "Say by what is seen that it was not: absent = [404], or where.";
            table.wrong("absent", reading, what, next);
        }
        let look = lookup(&table, names, reading);
        found.extend(look.map(|look| Lookup { value, several: Several::First, ..look }));
    }
    found
}

/// What look-ups and `find` have in common.
fn lookup(table: &Section<'_>, names: &Names<'_>, reading: &mut Reading) -> Option<Lookup> {
    let items = table.pointer("items", reading);
    let rows = conditions(table, "where", names, reading);
    let least = conditions(table, "least", names, reading);
    let absent = table.statuses("absent", reading).unwrap_or_default();
    if table.member("items").is_some() && table.member("where").is_none() {
        let what = "it does not say by what a row is known to be the one that is meant";
        let next = "Add where: a system that does not know a filter answers with everything.";
        table.wrong("where", reading, what, next);
    }
    if absent.iter().any(|status| !(400..500).contains(status)) {
        let next = "Write statuses from 400 to 499: [404].";
        table.wrong("absent", reading, "it lists what does not say that nothing is there", next);
    }
    let path = path(table, names, Lookups::Within, reading)?;
    let (several, missing) = (Several::Refuse, Missing::Refuse);
    Some(Lookup { path, items, rows, least, value: None, several, missing, absent })
}

pub(super) fn lists(top: &Section<'_>, reading: &mut Reading) -> BTreeMap<String, List> {
    let Some(open) = top.open("lists", reading) else { return BTreeMap::new() };
    let mut lists = BTreeMap::new();
    for name in open.names() {
        let members =
            ["path", "query", "items", "id", "paging", "fields", "optional", "fixed", "values"];
        let Some(table) = open.section(name, &members, reading) else { continue };
        lists.extend(list(&table, reading).map(|list| (name.to_owned(), list)));
    }
    lists
}

fn list(table: &Section<'_>, reading: &mut Reading) -> Option<List> {
    if table.member("items").is_none() {
        let next = "Say where the rows stand: items = \"/items\".";
        table.wrong("items", reading, "it is missing", next);
    }
    let items = table.pointer("items", reading);
    let paging = paging(table, reading);
    let optional = table.texts("optional", reading);
    let id = table.texts("id", reading);
    let fields = fields(table, &optional, reading);
    let known = |name: &str| fields.iter().any(|(field, _)| field == name);
    let fixed = fixed(table, known, reading);
    let values = values(table, known, reading);
    for name in optional.iter().chain(&id).filter(|name| !known(name)) {
        let next = "Name members of fields.";
        table.wrong("fields", reading, format!("there is no member {name}"), next);
    }
    if let Some(id) = id.iter().find(|id| optional.contains(id)) {
        let what = format!("{id} names rows, and may be missing");
        table.wrong("optional", reading, what, "Leave it away in optional.");
    }
    let path = path(table, &Names::default(), Lookups::Nowhere, reading)?;
    let Some(path) = path.fixed() else {
        let next = "A list is read for no movement: write a path without holes.";
        table.wrong("path", reading, "it holds a hole", next);
        return None;
    };
    let id = id.into_iter().map(str::to_owned).collect();
    Some(List { path, items: items?, paging, id, fields, fixed, values })
}

/// Members that are the same in every row.
fn fixed(
    table: &Section<'_>,
    is_read: impl Fn(&str) -> bool,
    reading: &mut Reading,
) -> Vec<(String, String)> {
    let Some(open) = table.open("fixed", reading) else { return Vec::new() };
    let mut fixed = Vec::new();
    for name in open.names() {
        if is_read(name) {
            let next = "Leave it away in fields, or here.";
            open.wrong(name, reading, format!("{name} is read, and fixed as well"), next);
        }
        fixed.extend(open.text(name, reading).map(|text| (name.to_owned(), text.to_owned())));
    }
    fixed
}

/// By member, what is read for what the system says.
fn values(
    table: &Section<'_>,
    is_read: impl Fn(&str) -> bool,
    reading: &mut Reading,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let Some(open) = table.open("values", reading) else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    for member in open.names() {
        if !is_read(member) {
            let next = "Name members of fields.";
            open.wrong(member, reading, format!("there is no member {member}"), next);
        }
        let Some(list) = open.open(member, reading) else { continue };
        let pair = |name: &&str| Some(((*name).to_owned(), list.text(name, reading)?.to_owned()));
        values.insert(member.to_owned(), list.names().iter().filter_map(pair).collect());
    }
    values
}

fn fields(table: &Section<'_>, optional: &[&str], reading: &mut Reading) -> Vec<(String, Place)> {
    let Some(open) = table.open("fields", reading) else {
        let next = "Say where members stand in a row: [lists.….fields].";
        table.wrong("fields", reading, "it is missing", next);
        return Vec::new();
    };
    let mut fields = Vec::new();
    for name in open.names() {
        if let Some(pointer) = open.pointer(name, reading) {
            let is_optional = optional.contains(&name);
            fields.push((name.to_owned(), Place { pointer, is_optional }));
        }
    }
    fields
}
