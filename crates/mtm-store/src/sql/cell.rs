//! Values on their way out of a row.

use super::error::Error;

/// What stands in one column of one row. Text and bytes are both bytes: the column's reader knows
/// which it expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'r> {
    /// Unknown.
    Null,
    /// A number.
    Int(i64),
    /// Text, bytes, or a number that `MariaDB` sends as digits (a sum).
    Bytes(&'r [u8]),
    /// Of a kind that no table of ours has.
    Strange,
}

/// What can be read from a column.
pub(crate) trait Column: Sized {
    /// Reads it; `column` is named where the cell holds something else.
    fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error>;
}

impl<'r> Cell<'r> {
    pub(super) fn text(self, column: usize) -> Result<&'r str, Error> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes)
                .map_err(|_| Error::shape(column, "bytes that are no text")),
            _ => Err(Error::shape(column, "no text")),
        }
    }

    fn bytes(self, column: usize) -> Result<&'r [u8], Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Error::shape(column, "no bytes")),
        }
    }

    fn number(self, column: usize) -> Result<i64, Error> {
        match self {
            Self::Int(number) => Ok(number),
            Self::Bytes(_) => {
                self.text(column)?.parse().map_err(|_| Error::shape(column, "no number"))
            }
            _ => Err(Error::shape(column, "no number")),
        }
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Column for $number {
            fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error> {
                let number = cell.number(column)?;
                Self::try_from(number).map_err(|_| Error::shape(column, "a number out of range"))
            }
        }
    )*};
}

numbers! { i64 i32 u32 u16 u8 u64 }

impl Column for bool {
    fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error> {
        Ok(cell.number(column)? != 0)
    }
}

impl Column for String {
    fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error> {
        cell.text(column).map(str::to_owned)
    }
}

impl Column for Vec<u8> {
    fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error> {
        cell.bytes(column).map(<[u8]>::to_vec)
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error> {
        let bytes = cell.bytes(column)?;
        bytes.try_into().map_err(|_| Error::shape(column, "bytes of another length"))
    }
}

impl<T: Column> Column for Option<T> {
    fn read(cell: Cell<'_>, column: usize) -> Result<Self, Error> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::read(cell, column).map(Some),
        }
    }
}
