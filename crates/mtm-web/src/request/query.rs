//! The query string, strictly: a parameter that does not exist is refused with the name that was
//! probably meant, one that is given twice without being a list is refused, and every value is
//! parsed into its type.
//!
//! An empty value (`?part=`) counts as not given, because forms send every field they have.
//! Lists are given by repeating the parameter or with commas.

use std::borrow::Cow;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mtm_core::code::Code;
use percent_encoding::percent_decode;
use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};

use super::nearest::nearest;
use crate::problem::Problem;

/// Most parameters of one request; more is an attack, not a question.
const MOST_PARAMETERS: usize = 64;

/// The query string as a `T`.
///
/// Refuses with 400 `unknown_parameter` or `invalid_parameter`.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = Pairs::parse(parts.uri.query().unwrap_or_default())?;
        Ok(Self(pairs.read()?))
    }
}

/// Parameters that are read beside others.
pub trait Named: DeserializeOwned {
    /// All their names.
    const NAMES: &'static [&'static str];
}

/// The query string as an `A` and a `B`: what has the names of `A`, and the rest.
///
/// Refuses with 400 `unknown_parameter` or `invalid_parameter`.
#[derive(Debug, Clone)]
pub struct Beside<A, B>(pub A, pub B);

impl<S: Sync, A: Named, B: DeserializeOwned> FromRequestParts<S> for Beside<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut rest = Pairs::parse(parts.uri.query().unwrap_or_default())?;
        let mut first = Pairs::default();
        for name in A::NAMES {
            first.0.extend(rest.take(name));
        }
        let rest = B::deserialize(Parameters { pairs: rest, also: A::NAMES })?;
        Ok(Self(first.read()?, rest))
    }
}

/// The parameters of a query string: each name once, with all its values.
#[derive(Debug, Default)]
pub(super) struct Pairs<'q>(Vec<(Cow<'q, str>, Vec<Cow<'q, str>>)>);

impl<'q> Pairs<'q> {
    /// Decodes a query string.
    pub(super) fn parse(query: &'q str) -> Result<Self, Problem> {
        let mut pairs = Self::default();
        for (count, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if count >= MOST_PARAMETERS {
                let message = format!("more than {MOST_PARAMETERS} parameters");
                return Err(Problem::new(Code::InvalidParameter, message));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name, name)?, decode(name, value)?);
            match pairs.0.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => pairs.0.push((name, vec![value])),
            }
        }
        Ok(pairs)
    }

    /// Removes the values of `name`.
    fn take(&mut self, name: &str) -> Option<(Cow<'q, str>, Vec<Cow<'q, str>>)> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at))
    }

    /// Reads a struct of parameters; nothing may be left over.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        T::deserialize(Parameters { pairs: self, also: &[] }).map_err(Problem::from)
    }
}

fn decode<'q>(name: &str, text: &'q str) -> Result<Cow<'q, str>, Problem> {
    let decoded = if text.contains('+') {
        let spaced = text.replace('+', " ");
        percent_decode(spaced.as_bytes()).decode_utf8().map(|text| Cow::Owned(text.into_owned()))
    } else {
        percent_decode(text.as_bytes()).decode_utf8()
    };
    decoded.map_err(|_| Problem::field(Code::InvalidParameter, name, "it is not UTF-8 text"))
}

/// What is wrong with a query string.
#[derive(Debug)]
enum Wrong {
    Unknown {
        name: String,
        meant: Option<&'static str>,
    },
    Missing(&'static str),
    Invalid {
        name: String,
        message: String,
    },
    /// Told by a value that does not know its name yet.
    Value(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, meant: Some(meant) } => {
                write!(f, "there is no parameter {name}; did you mean {meant}?")
            }
            Self::Unknown { name, meant: None } => write!(f, "there is no parameter {name}"),
            Self::Missing(name) => write!(f, "the parameter {name} is missing"),
            Self::Invalid { name, message } => write!(f, "{name}: {message}"),
            Self::Value(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        let message = wrong.to_string();
        let (code, field) = match wrong {
            Wrong::Unknown { name, .. } => (Code::UnknownParameter, name),
            Wrong::Missing(name) => (Code::InvalidParameter, name.to_owned()),
            Wrong::Invalid { name, .. } => (Code::InvalidParameter, name),
            Wrong::Value(_) => return Self::new(Code::InvalidParameter, message),
        };
        Self::field(code, field, message)
    }
}

/// Reads a struct out of the pairs.
struct Parameters<'q> {
    pairs: Pairs<'q>,
    also: &'static [&'static str],
}

impl<'de> de::Deserializer<'de> for Parameters<'_> {
    type Error = Wrong;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let stranger = self.pairs.0.iter().find(|(name, _)| !fields.contains(&name.as_ref()));
        if let Some((name, _)) = stranger {
            let known = fields.iter().chain(self.also).copied();
            return Err(Wrong::Unknown { meant: nearest(name, known), name: name.to_string() });
        }
        let given = self.pairs.0.into_iter().filter_map(|(name, mut values)| {
            values.retain(|value| !value.is_empty());
            (!values.is_empty()).then_some(Values { name: name.into_owned(), values })
        });
        visitor.visit_map(Given { rest: given, value: None })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_struct("", &[], visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The parameters that were given, one after another.
struct Given<'q, I: Iterator<Item = Values<'q>>> {
    rest: I,
    value: Option<Values<'q>>,
}

impl<'de, 'q, I: Iterator<Item = Values<'q>>> MapAccess<'de> for Given<'q, I> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        self.value = self.rest.next();
        let name = self.value.as_ref().map(|values| StrDeserializer::new(&values.name));
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let Some(values) = self.value.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        let name = values.name.clone();
        // Types that parse their text report what is wrong only after the text was handed over.
        seed.deserialize(values).map_err(|wrong| match wrong {
            Wrong::Value(message) => Wrong::Invalid { name, message },
            other => other,
        })
    }
}

/// The values of one parameter.
struct Values<'q> {
    name: String,
    values: Vec<Cow<'q, str>>,
}

impl IntoDeserializer<'_, Wrong> for Values<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'q> Values<'q> {
    /// The only value.
    fn one(self) -> Result<(String, Cow<'q, str>), Wrong> {
        let Self { name, mut values } = self;
        match (values.pop(), values.is_empty()) {
            (Some(value), true) => Ok((name, value)),
            _ => Err(Wrong::Invalid { name, message: "it is given more than once".to_owned() }),
        }
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty, $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            let (name, text) = self.one()?;
            let value: $type = text.trim().parse().map_err(|_| Wrong::Invalid {
                name,
                message: format!("{text:?} is not {}", $what),
            })?;
            visitor.$visit(value)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Values<'_> {
    type Error = Wrong;

    parsed! {
        deserialize_bool visit_bool bool, "true or false";
        deserialize_i8 visit_i8 i8, "a whole number in range";
        deserialize_i16 visit_i16 i16, "a whole number in range";
        deserialize_i32 visit_i32 i32, "a whole number in range";
        deserialize_i64 visit_i64 i64, "a whole number in range";
        deserialize_u8 visit_u8 u8, "a whole number in range";
        deserialize_u16 visit_u16 u16, "a whole number in range";
        deserialize_u32 visit_u32 u32, "a whole number in range";
        deserialize_u64 visit_u64 u64, "a whole number in range";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(&self.one()?.1)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let Self { name, values } = self;
        let items = values
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| Values { name: name.clone(), values: vec![Cow::Borrowed(item)] });
        visitor.visit_seq(SeqDeserializer::new(items))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_enum(self.one()?.1.as_ref().into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map
        struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::movement::MovementType;
    use mtm_core::word::Timestamp;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Filter {
        part: Option<String>,
        #[serde(rename = "type")]
        kinds: Vec<MovementType>,
        as_of: Option<Timestamp>,
        limit: Option<u16>,
        count: bool,
    }

    fn read(query: &str) -> Result<Filter, (Code, String)> {
        Pairs::parse(query)
            .and_then(Pairs::read)
            .map_err(|problem| (problem.code(), problem.detail().to_owned()))
    }

    #[test]
    fn parameters_become_typed_values() {
        let filter = read(
            "part=24%20126+251&type=in,out&type=scrap&count=true&limit=7&as_of=1970-01-01T00:00:01Z",
        )
        .unwrap();
        let kinds = vec![MovementType::In, MovementType::Out, MovementType::Scrap];
        let as_of = Some(Timestamp::from_micros(1_000_000));
        let part = Some("24 126 251".to_owned());
        assert_eq!(filter, Filter { part, kinds, as_of, limit: Some(7), count: true });
        assert_eq!(read("").unwrap(), Filter::default());
        assert_eq!(read("part=&&").unwrap(), Filter::default());
    }

    #[test]
    fn strangers_repetitions_and_wrong_values_are_named() {
        let refused = |query: &str, code: Code, words: &str| {
            let (found, message) = read(query).unwrap_err();
            assert_eq!(found, code, "{query}");
            assert!(message.contains(words), "{query}: {message}");
        };
        refused("parts=1", Code::UnknownParameter, "did you mean part?");
        refused("colour=1", Code::UnknownParameter, "no parameter colour");
        refused("part=1&part=2", Code::InvalidParameter, "part: it is given more than once");
        refused("limit=many", Code::InvalidParameter, "limit: \"many\" is not a whole number");
        refused("limit=70000", Code::InvalidParameter, "limit");
        refused("type=in,gift", Code::InvalidParameter, "type: unknown variant `gift`");
        refused("as_of=noon", Code::InvalidParameter, "as_of: \"noon\" is not a time");
        refused("part=%ff", Code::InvalidParameter, "not UTF-8");
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let query = "a=1&".repeat(MOST_PARAMETERS + 1);
        assert_eq!(Pairs::parse(&query).unwrap_err().code(), Code::InvalidParameter);
    }
}
