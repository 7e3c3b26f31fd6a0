//! A posting: a request as it is kept, shown, edited by a person and sent. It holds no secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::path::{encoded, hole};
use super::shape::lookup_of;

/// A request that tells another system of one movement.
///
/// What is still to be looked up there stands in `path` as `{lookups.NAME}` and in `body` as
/// `{"$lookup": "NAME"}`; a person may put the value in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    /// The key under which it is told: the movement's id as text.
    pub key: String,
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// The path below the system's address, encoded.
    pub path: String,
    /// The body, sent as JSON.
    pub body: Value,
    /// Look-ups by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lookups: BTreeMap<String, Search>,
    /// How it is found there afterwards: each is tried, one that finds is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub find: Vec<Search>,
    /// What is sent where a look-up that may find nothing finds nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Box<Self>>,
}

/// Something that is looked for in the other system, by reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The path below the system's address, encoded.
    pub path: String,
    /// Where the rows stand (JSON Pointer); without, the answer is the one row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// What stands where in a row that counts, whatever was asked for.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<String, Value>,
    /// What a row has at least.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub least: BTreeMap<String, Value>,
    /// What of the row is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What holds where several rows count.
    #[serde(default)]
    pub several: Several,
    /// What holds where none does.
    #[serde(default)]
    pub missing: Missing,
    /// Statuses of HTTP that say that there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<u16>,
}

/// What holds where several rows count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Several {
    /// It is not known which is meant.
    #[default]
    Refuse,
    /// Any will do.
    First,
}

/// What holds where no row counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The posting cannot be made.
    #[default]
    Refuse,
    /// The posting's `otherwise` is made.
    Otherwise,
}

/// What was looked up.
pub(super) type Known = BTreeMap<String, Value>;

impl Posting {
    /// The look-ups that path and body name, in no order.
    pub fn named(&self) -> Vec<&str> {
        let mut named = holes(&self.path);
        gather(&self.body, &mut named);
        named
    }

    /// Path and body with what is known in them.
    pub(super) fn with(&self, known: &Known) -> (String, Value) {
        (path_with(&self.path, known), body_with(&self.body, known))
    }
}

impl Search {
    /// The look-ups that it names itself.
    pub(super) fn named(&self) -> Vec<&str> {
        let mut named = holes(&self.path);
        for value in self.rows.values().chain(self.least.values()) {
            gather(value, &mut named);
        }
        named
    }

    /// The same with what is known in it.
    pub(super) fn with(&self, known: &Known) -> Self {
        let values = |all: &BTreeMap<String, Value>| {
            all.iter().map(|(place, value)| (place.clone(), body_with(value, known))).collect()
        };
        Self {
            path: path_with(&self.path, known),
            rows: values(&self.rows),
            least: values(&self.least),
            ..self.clone()
        }
    }
}

/// The look-ups that a path names.
fn holes(path: &str) -> Vec<&str> {
    let mut parts = path.split("{lookups.");
    parts.next();
    parts.filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

fn gather<'v>(value: &'v Value, named: &mut Vec<&'v str>) {
    if let Some(name) = lookup_of(value) {
        named.push(name);
        return;
    }
    match value {
        Value::Object(members) => members.values().for_each(|it| gather(it, named)),
        Value::Array(list) => list.iter().for_each(|it| gather(it, named)),
        _ => {}
    }
}

fn path_with(path: &str, known: &Known) -> String {
    // Encoded values hold no braces: none is taken for a hole.
    known.iter().fold(path.to_owned(), |path, (name, value)| {
        let text = super::json::text_of(value).unwrap_or_default();
        path.replace(&hole(name), &encoded(&text))
    })
}

fn body_with(value: &Value, known: &Known) -> Value {
    if let Some(found) = lookup_of(value).and_then(|name| known.get(name)) {
        return found.clone();
    }
    match value {
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(members.map(|(name, it)| (name.clone(), body_with(it, known))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(|it| body_with(it, known)).collect()),
        other => other.clone(),
    }
}
