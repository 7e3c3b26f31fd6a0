//! Requests with holes: paths, queries and bodies.

use std::collections::BTreeMap;

use mtm_core::sync::Class;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::Names;
use super::section::{Reading, Section, whole};
use crate::rest::mapping::Entry;
use crate::rest::path::Path;
use crate::rest::shape::Shape;
use crate::rest::template::{Hole, Name, Template};

const BRACES: &str = "Write {{ or }} for a brace that is meant as one.";

/// Deepest table or list of a body.
const DEEPEST: usize = 16;

/// Where a look-up may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookups {
    /// As a value by itself.
    Alone,
    /// Also within a text.
    Within,
    /// Nowhere.
    Nowhere,
}

pub(super) fn postings(
    top: &Section<'_>,
    names: &Names<'_>,
    reading: &mut Reading,
) -> BTreeMap<Class, Entry> {
    let Some(open) = top.open("postings", reading) else { return BTreeMap::new() };
    let known = Class::ALL.map(Class::as_str);
    let postings = Section::of(open.table, (open.at, open.byte), &known, reading);
    let mut entries = BTreeMap::new();
    for name in postings.names() {
        let Some(class) = Class::from_name(name) else { continue };
        let members = ["also", "method", "path", "query", "body", "otherwise"];
        let Some(table) = postings.section(name, &members, reading) else { continue };
        let otherwise = table.section("otherwise", &["method", "path", "query", "body"], reading);
        let otherwise = otherwise.and_then(|it| entry(&it, names, reading)).map(Box::new);
        let first = entry(&table, names, reading);
        let Some(entry) = first.map(|first| Entry { otherwise, ..first }) else { continue };
        let also = table.texts("also", reading);
        let mut classes = vec![class];
        for name in also {
            if let Some(class) = Class::from_name(name) {
                classes.push(class);
            } else {
                let next = format!("Write one of {}.", known.join(", "));
                table.wrong("also", reading, format!("{name} is no class"), next);
            }
        }
        for class in classes {
            if entries.insert(class, entry.clone()).is_some() {
                let what = format!("{} has two postings", class.as_str());
                table.wrong("also", reading, what, "Name each class once.");
            }
        }
    }
    entries
}

fn entry(table: &Section<'_>, names: &Names<'_>, reading: &mut Reading) -> Option<Entry> {
    let methods = ["POST", "PUT", "PATCH"].map(|it| (it, it));
    let method = table.word("method", &methods, reading).unwrap_or("POST");
    let path = path(table, names, Lookups::Within, reading);
    let body = table.member("body").map(|body| (body, table.way("body")));
    let body = body.and_then(|(body, at)| {
        if body.get_ref().as_table().is_none() {
            table.wrong("body", reading, "it is no table", "Write a table [….body].");
        }
        shape(body, &at, (names, Lookups::Alone, 0), reading)
    });
    let body = body.unwrap_or(Shape::Table(Vec::new()));
    Some(Entry { method, path: path?, body, otherwise: None })
}

/// A path with its query.
pub(super) fn path(
    table: &Section<'_>,
    names: &Names<'_>,
    lookups: Lookups,
    reading: &mut Reading,
) -> Option<Path> {
    let next = "Write the path below the system's address: \"api/stock/\".";
    let text = table.needed("path", next, reading)?;
    if text.contains(['?', '#', '%', '\\']) || text.contains("://") {
        let what = "it holds more than the parts of a path";
        let next = "Write the path as it reads, and what follows ? into query.";
        table.wrong("path", reading, what, next);
        return None;
    }
    let byte = table.member("path").map_or(table.byte, |it| it.span().start);
    let mut segments = Vec::new();
    for segment in text.split('/') {
        if [".", ".."].contains(&segment) {
            table.wrong("path", reading, "dots lead elsewhere", next);
        }
        segments.push(template(segment, (byte, &table.way("path")), (names, lookups), reading));
    }
    let mut query = Vec::new();
    if let Some(open) = table.open("query", reading) {
        for name in open.names() {
            let Some(member) = open.member(name) else { continue };
            let within = match member.get_ref() {
                DeValue::String(_) => lookups,
                // It becomes a text before look-ups are made.
                _ => Lookups::Nowhere,
            };
            let shape = shape(member, &open.way(name), (names, within, 0), reading);
            query.push(shape.map(|shape| (name.to_owned(), shape)));
        }
    }
    let segments = segments.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Path { segments, query: query.into_iter().collect::<Option<Vec<_>>>()? })
}

/// Conditions: places, and what stands there.
pub(super) fn conditions(
    table: &Section<'_>,
    name: &str,
    names: &Names<'_>,
    reading: &mut Reading,
) -> Vec<(String, Shape)> {
    let Some(open) = table.open(name, reading) else { return Vec::new() };
    let mut conditions = Vec::new();
    for place in open.names() {
        if !open.is_pointer(place, place, reading) {
            continue;
        }
        let Some(member) = open.member(place) else { continue };
        let found = shape(member, &open.way(place), (names, Lookups::Alone, 0), reading);
        conditions.extend(found.map(|shape| (place.to_owned(), shape)));
    }
    conditions
}

/// A value with holes.
pub(super) fn shape(
    value: &Spanned<DeValue<'_>>,
    at: &str,
    (names, lookups, depth): (&Names<'_>, Lookups, usize),
    reading: &mut Reading,
) -> Option<Shape> {
    let byte = value.span().start;
    if depth > DEEPEST {
        reading.wrong(byte, at, "it is too deep", format!("Nest at most {DEEPEST} tables."));
        return None;
    }
    let inner = (names, lookups, depth + 1);
    match value.get_ref() {
        DeValue::String(text) => {
            let template = template(text, (byte, at), (names, lookups), reading)?;
            let has_holes = template.holes().next().is_some();
            Some(if has_holes { Shape::Text(template) } else { Shape::Fixed(literal(&template)) })
        }
        DeValue::Integer(number) if whole(number) != i64::MIN => {
            Some(Shape::Fixed(Value::from(whole(number))))
        }
        DeValue::Boolean(truth) => Some(Shape::Fixed(Value::from(*truth))),
        DeValue::Array(list) => {
            let items = list
                .iter()
                .enumerate()
                .map(|(number, item)| shape(item, &format!("{at}[{number}]"), inner, reading));
            // All are looked at, before one that is wrong makes the list so.
            let items: Vec<_> = items.collect();
            items.into_iter().collect::<Option<Vec<_>>>().map(plain_list)
        }
        DeValue::Table(table) => {
            let mut members = Vec::new();
            for (name, value) in table {
                let name = name.get_ref();
                let way = format!("{at}.{name}");
                if name.starts_with('$') {
                    let next = "Names of members do not begin with $.";
                    reading.wrong(byte, &way, "that is a name of this program's", next);
                }
                let shape = shape(value, &way, inner, reading);
                members.push(shape.map(|shape| (name.to_string(), shape)));
            }
            members.into_iter().collect::<Option<Vec<_>>>().map(Shape::Table)
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
            let what = format!("a {} cannot be kept exactly", value.get_ref().type_str());
            reading.wrong(byte, at, what, "Write it as a text in quotes.");
            None
        }
    }
}

/// A list without holes is the same for every fact.
fn plain_list(shapes: Vec<Shape>) -> Shape {
    let fixed = shapes.iter().map(|shape| match shape {
        Shape::Fixed(value) => Some(value.clone()),
        _ => None,
    });
    match fixed.collect::<Option<Vec<_>>>() {
        Some(values) => Shape::Fixed(Value::Array(values)),
        None => Shape::List(shapes),
    }
}

fn literal(template: &Template) -> Value {
    use crate::rest::template::Piece;
    let text = template.pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::Hole(_) => "",
    });
    Value::from(text.collect::<String>())
}

fn template(
    text: &str,
    (byte, at): (usize, &str),
    (names, lookups): (&Names<'_>, Lookups),
    reading: &mut Reading,
) -> Option<Template> {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(wrong) => {
            for (what, next) in wrong {
                reading.wrong(byte, at, what, next);
            }
            return None;
        }
    };
    let mut is_right = true;
    for hole in template.holes() {
        for name in &hole.names {
            is_right &= is_known(name, (byte, at), names, reading);
        }
        is_right &= may_stand(hole, &template, (byte, at), lookups, reading);
    }
    is_right.then_some(template)
}

fn may_stand(
    hole: &Hole,
    template: &Template,
    (byte, at): (usize, &str),
    lookups: Lookups,
    reading: &mut Reading,
) -> bool {
    let Some(name) = hole.lookup() else { return true };
    let may = match lookups {
        Lookups::Alone => template.alone().is_some(),
        Lookups::Within => true,
        Lookups::Nowhere => false,
    };
    if !may {
        let what = format!("the look-up {name} cannot stand here");
        let next = "Let it stand by itself in a body, or in a path or a text of its query.";
        reading.wrong(byte, at, what, next);
    }
    may
}

fn is_known(
    name: &Name,
    (byte, at): (usize, &str),
    names: &Names<'_>,
    reading: &mut Reading,
) -> bool {
    let (known, table, name) = match name {
        Name::Member(_) => return true,
        Name::Values(name) => (&names.values, "values", name),
        Name::Lookup(name) => (&names.lookups, "lookups", name),
    };
    let is_known = known.contains(name.as_str());
    if !is_known {
        let next = match crate::rest::nearest::nearest(name, known.iter().copied()) {
            Some(near) => format!("Write {{{table}.{near}}}, if that is meant."),
            None => format!("Add a table [{table}.{name}]. {BRACES}"),
        };
        reading.wrong(byte, at, format!("there is no table [{table}.{name}]"), next);
    }
    is_known
}
