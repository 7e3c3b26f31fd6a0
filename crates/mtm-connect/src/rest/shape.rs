//! Bodies with holes: values of JSON, some of which a fact fills. They are built as values, so that
//! nothing that fills a hole can become another member.

use serde_json::{Map, Value, json};

use super::fault::NotMapped;
use super::given::{Given, Held};
use super::template::{Hole, Template};

/// The member by which a value stands for what is still to be looked up.
pub(super) const LOOKUP: &str = "$lookup";

/// A value with holes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// It is the same for every fact.
    Fixed(Value),
    /// A text, or what fills its one hole.
    Text(Template),
    /// A table.
    Table(Vec<(String, Self)>),
    /// A list.
    List(Vec<Self>),
}

impl Shape {
    /// Filled. Nothing where something that may be missing is; a table or list of which all is missing
    /// is missing too.
    pub(super) fn filled(&self, given: &Given<'_>) -> Result<Option<Value>, NotMapped> {
        match self {
            Self::Fixed(value) => Ok(Some(value.clone())),
            Self::Text(template) => match template.alone() {
                Some(hole) => alone(hole, given),
                None => Ok(given.text(template, str::to_owned)?.map(Value::from)),
            },
            Self::Table(members) => {
                let mut table = Map::new();
                for (name, shape) in members {
                    if let Some(value) = shape.filled(given)? {
                        table.insert(name.clone(), value);
                    }
                }
                let is_missing = table.is_empty() && !members.is_empty();
                Ok((!is_missing).then_some(Value::Object(table)))
            }
            Self::List(shapes) => {
                let mut list = Vec::with_capacity(shapes.len());
                for shape in shapes {
                    list.extend(shape.filled(given)?);
                }
                let is_missing = list.is_empty() && !shapes.is_empty();
                Ok((!is_missing).then_some(Value::Array(list)))
            }
        }
    }

    /// Every text in it.
    pub(super) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Text(template) => vec![template],
            Self::Table(members) => {
                members.iter().flat_map(|(_, shape)| shape.templates()).collect()
            }
            Self::List(shapes) => shapes.iter().flat_map(Self::templates).collect(),
        }
    }
}

fn alone(hole: &Hole, given: &Given<'_>) -> Result<Option<Value>, NotMapped> {
    Ok(match given.held(hole)? {
        None => None,
        Some(Held::Text(text)) => Some(Value::from(text)),
        Some(Held::Lookup(name)) => Some(json!({ LOOKUP: name })),
        Some(Held::Number(number)) => {
            let kept = number.number().map(Value::Number);
            Some(kept.ok_or_else(|| {
                let why = format!("{number} has more digits than a number of JSON keeps");
                let next = "Write {quantity:text} in the mapping, or fewer decimals.";
                NotMapped::unfit("quantity", why, next)
            })?)
        }
    })
}

/// The look-up that a value stands for.
pub(super) fn lookup_of(value: &Value) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(LOOKUP).and_then(Value::as_str)
}
