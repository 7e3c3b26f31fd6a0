//! Values on their way into a statement.

use std::borrow::Cow;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// A value as both engines take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'v> {
    /// Unknown.
    Null,
    /// A number; truth is 1.
    Int(i64),
    /// Text.
    Text(Cow<'v, str>),
    /// Bytes.
    Blob(Cow<'v, [u8]>),
}

/// What can be bound.
pub(crate) trait Bind {
    /// The value to bind, borrowed where it can be.
    fn bind(&self) -> Value<'_>;
}

/// The values of a statement, in the order of their numbers.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::Bind::bind(&$value)),*] as &[$crate::sql::Value<'_>]
    };
}
pub(crate) use params;

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Bind for $number {
            fn bind(&self) -> Value<'_> {
                Value::Int(i64::from(*self))
            }
        }
    )*};
}

numbers! { i64 i32 i16 u32 u16 u8 bool }

impl Bind for str {
    fn bind(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl Bind for String {
    fn bind(&self) -> Value<'_> {
        self.as_str().bind()
    }
}

impl Bind for Box<str> {
    fn bind(&self) -> Value<'_> {
        (**self).bind()
    }
}

impl Bind for [u8] {
    fn bind(&self) -> Value<'_> {
        Value::Blob(Cow::Borrowed(self))
    }
}

impl Bind for Vec<u8> {
    fn bind(&self) -> Value<'_> {
        self.as_slice().bind()
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn bind(&self) -> Value<'_> {
        self.as_slice().bind()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Bind::bind)
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Value<'_> {
        (**self).bind()
    }
}

impl Bind for Value<'_> {
    fn bind(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Blob(bytes) => Value::Blob(Cow::Borrowed(bytes)),
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<&Value<'_>> for mysql_async::Value {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Int(number) => Self::Int(*number),
            Value::Text(text) => Self::Bytes(text.as_bytes().to_vec()),
            Value::Blob(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}
