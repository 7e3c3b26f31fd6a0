//! What a label can be about, which fields that has, and their values.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{LabelError, nearest};

/// Longest value of a field that is looked at, in characters; what is longer is refused.
const MAX_VALUE: usize = 2000;

/// What a label is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Subject {
    /// A lot: its licence plate. The lot number is unique by the ledger.
    Lot,
    /// A location.
    Location,
    /// A part.
    Part,
    /// An operation.
    Operation,
    /// A user: a badge.
    Badge,
    /// A count.
    Count,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 6] =
        [Self::Lot, Self::Location, Self::Part, Self::Operation, Self::Badge, Self::Count];

    /// Its name in templates and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lot => "lot",
            Self::Location => "location",
            Self::Part => "part",
            Self::Operation => "operation",
            Self::Badge => "badge",
            Self::Count => "count",
        }
    }

    /// The subject of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.as_str() == name)
    }

    /// The fields a template about it may name, in the order in which they are shown. The first
    /// says which one it is.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Lot => &[
                "lot",
                "part",
                "description",
                "quantity",
                "unit",
                "operation",
                "location",
                "building",
                "work_order",
                "item_type",
                "color_code",
                "notes",
                "received_date",
                "received_yymmdd",
                "received_at",
                "received_by",
                "site",
            ],
            Self::Location => &["location", "description", "building", "site"],
            Self::Part => &["part", "description", "site"],
            Self::Operation => &["operation", "description", "site"],
            Self::Badge => &["login", "name", "role", "site"],
            Self::Count => &["count", "name", "code", "lines", "planned_date", "site"],
        }
    }

    /// The field of this name.
    pub(super) fn field(self, name: &str) -> Option<&'static str> {
        self.fields().iter().copied().find(|field| *field == name)
    }
}

/// What is known of one thing. A field that was not set is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    of: Subject,
    values: BTreeMap<&'static str, String>,
}

impl Fields {
    /// Nothing is known yet of a thing of this kind.
    pub const fn of(subject: Subject) -> Self {
        Self { of: subject, values: BTreeMap::new() }
    }

    /// What they are about.
    pub const fn subject(&self) -> Subject {
        self.of
    }

    /// Sets a field. Runs of blanks and line ends become one space: a label has no lines of its own.
    pub fn set(&mut self, name: &str, value: impl AsRef<str>) -> Result<(), LabelError> {
        let Some(field) = self.of.field(name) else {
            let nearest = nearest(name, self.of.fields());
            return Err(LabelError::UnknownField { field: name.to_owned(), of: self.of, nearest });
        };
        let value = value.as_ref();
        if value.chars().count() > MAX_VALUE {
            return Err(LabelError::ValueTooLong { field, max: MAX_VALUE });
        }
        let squeezed = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(found) = squeezed.chars().find(|c| c.is_control()) {
            return Err(LabelError::ControlCharacter { field, code_point: found.into() });
        }
        self.values.insert(field, squeezed);
        Ok(())
    }

    /// The value of a field; empty where it was not set.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// What is known, in the order of the subject's fields.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let known = |field: &&'static str| Some((*field, self.values.get(*field)?.as_str()));
        self.of.fields().iter().filter_map(known)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Fields", 2)?;
        fields.serialize_field("of", &self.of)?;
        fields.serialize_field("fields", &self.values)?;
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    of: Subject,
    fields: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Given::deserialize(deserializer)?;
        let mut fields = Self::of(given.of);
        for (name, value) in given.fields {
            fields.set(&name, value).map_err(D::Error::custom)?;
        }
        Ok(fields)
    }
}
