//! What exactly is wrong with a JSON body that could not be read.
//!
//! Bodies are read straight into their type; only when that fails is the text read again, into a
//! tree that remembers its path, to tell the caller the field, the name that was probably meant
//! and what was expected. The common case pays nothing for good messages.

use std::fmt;

use mtm_core::code::Code;
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::nearest::nearest;
use crate::problem::Problem;

/// Deepest nesting of a body; nothing of ours nests deeper than four.
pub(super) const MOST_DEPTH: usize = 32;

/// Why `text` is not a `T`.
pub(super) fn diagnose<T: DeserializeOwned>(text: &[u8], failure: &serde_json::Error) -> Problem {
    if depth(text) > MOST_DEPTH {
        let message = format!("the body is nested deeper than {MOST_DEPTH}");
        return Problem::new(Code::InvalidBody, message);
    }
    let tree = match serde_json::from_slice::<Node>(text) {
        Ok(tree) => tree,
        Err(error) => return Problem::new(Code::MalformedJson, error.to_string()),
    };
    match T::deserialize(At { node: tree, path: String::new() }) {
        Err(wrong) => wrong.into(),
        // The tree was read although the text was not: the first failure still stands.
        Ok(_) => Problem::new(Code::InvalidBody, failure.to_string()),
    }
}

/// How deep arrays and objects nest in `text`, whether it is valid or not.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A JSON value that keeps repeated members.
enum Node {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Build;

        impl<'de> Visitor<'de> for Build {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Signed(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Unsigned(value))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
                Ok(Node::Float(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Node, E> {
                Ok(Node::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Node::Object(members))
            }
        }

        deserializer.deserialize_any(Build)
    }
}

/// What is wrong, and where once that is known.
#[derive(Debug)]
struct Wrong {
    code: Code,
    path: Option<String>,
    message: String,
    /// A member this is about, below `path`.
    member: Option<String>,
}

impl Wrong {
    fn at(mut self, path: &str) -> Self {
        if self.path.is_none() {
            let member = self.member.take();
            self.path = Some(match member {
                Some(member) if path.is_empty() => member,
                Some(member) => format!("{path}.{member}"),
                None => path.to_owned(),
            });
        }
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { code: Code::InvalidBody, path: None, message: message.to_string(), member: None }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let message = match nearest(field, expected.iter().copied()) {
            Some(meant) => format!("there is no field {field}; did you mean {meant}?"),
            None => format!("there is no field {field}; known are {}", expected.join(", ")),
        };
        let member = Some(field.to_owned());
        Self { code: Code::UnknownField, path: None, message, member }
    }

    fn missing_field(field: &'static str) -> Self {
        let message = format!("{field} is missing");
        Self { code: Code::InvalidBody, path: None, message, member: Some(field.to_owned()) }
    }

    fn duplicate_field(field: &'static str) -> Self {
        let message = format!("{field} is given more than once");
        Self { code: Code::InvalidBody, path: None, message, member: Some(field.to_owned()) }
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        match wrong.path.filter(|path| !path.is_empty()) {
            Some(path) => Self::field(wrong.code, path, wrong.message),
            None => Self::new(wrong.code, wrong.message),
        }
    }
}

/// A node at its path; every error below it learns where it happened.
struct At {
    node: Node,
    path: String,
}

impl<'de> Deserializer<'de> for At {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let Self { node, path } = self;
        let value = match node {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(value),
            Node::Signed(value) => visitor.visit_i64(value),
            Node::Unsigned(value) => visitor.visit_u64(value),
            Node::Float(value) => visitor.visit_f64(value),
            Node::Text(text) => visitor.visit_string(text),
            Node::List(items) => {
                visitor.visit_seq(Items { rest: items.into_iter(), next: 0, path: &path })
            }
            Node::Object(members) => {
                visitor.visit_map(Members { rest: members.into_iter(), value: None, path: &path })
            }
        };
        value.map_err(|wrong| wrong.at(&path))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.node {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let Node::Text(text) = self.node else {
            let message = format!("one of {} is expected", variants.join(", "));
            return Err(<Wrong as de::Error>::custom(message).at(&self.path));
        };
        let name = de::value::StringDeserializer::new(text);
        visitor.visit_enum(name).map_err(|wrong: Wrong| wrong.at(&self.path))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'p> {
    rest: std::vec::IntoIter<Node>,
    next: usize,
    path: &'p str,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Wrong;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Wrong> {
        let Some(node) = self.rest.next() else { return Ok(None) };
        let path = format!("{}[{}]", self.path, self.next);
        self.next += 1;
        descend(seed, At { node, path }).map(Some)
    }
}

struct Members<'p> {
    rest: std::vec::IntoIter<(String, Node)>,
    value: Option<At>,
    path: &'p str,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Wrong;

    fn next_key_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Wrong> {
        let Some((name, node)) = self.rest.next() else { return Ok(None) };
        let path =
            if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
        self.value = Some(At { node, path });
        seed.deserialize(de::value::StringDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        match self.value.take() {
            Some(value) => descend(seed, value),
            None => Err(de::Error::custom("a value without a name")),
        }
    }
}

/// Types that parse their text report what is wrong only after the text was handed over: the path
/// is added here for them.
fn descend<'de, S: de::DeserializeSeed<'de>>(seed: S, at: At) -> Result<S::Value, Wrong> {
    let path = at.path.clone();
    seed.deserialize(at).map_err(|wrong| wrong.at(&path))
}
