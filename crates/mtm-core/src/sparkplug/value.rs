//! The values of metrics.
//!
//! Signed integers lie on the wire as unsigned ones, in two's complement. The standard does not say how wide, and
//! its implementations differ: the reference writes −7 of 8 bits with 32, others with 8. Both are read; written is what the
//! reference writes. Unsigned integers of 32 bits belong into the narrow field, and are read from the wide one too, where
//! the reference puts them.

use super::Wire;

/// What kind of value a metric has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    /// −128 to 127.
    Int8,
    /// Signed, 16 bits.
    Int16,
    /// Signed, 32 bits.
    Int32,
    /// Signed, 64 bits.
    Int64,
    /// 0 to 255.
    UInt8,
    /// Unsigned, 16 bits.
    UInt16,
    /// Unsigned, 32 bits.
    UInt32,
    /// Unsigned, 64 bits.
    UInt64,
    /// Single precision.
    Float,
    /// Double precision.
    Double,
    /// Yes or no.
    Boolean,
    /// Text.
    String,
    /// Milliseconds since 1970.
    DateTime,
    /// Text.
    Text,
    /// A UUID, as text.
    Uuid,
    /// Bytes.
    Bytes,
    /// Anything else, by its code: data sets, templates, files, arrays.
    Other(u32),
}

impl DataType {
    /// All that have a name here, in the order of their codes; bytes come last.
    const NAMED: [(Self, u32, &'static str); 16] = [
        (Self::Int8, 1, "Int8"),
        (Self::Int16, 2, "Int16"),
        (Self::Int32, 3, "Int32"),
        (Self::Int64, 4, "Int64"),
        (Self::UInt8, 5, "UInt8"),
        (Self::UInt16, 6, "UInt16"),
        (Self::UInt32, 7, "UInt32"),
        (Self::UInt64, 8, "UInt64"),
        (Self::Float, 9, "Float"),
        (Self::Double, 10, "Double"),
        (Self::Boolean, 11, "Boolean"),
        (Self::String, 12, "String"),
        (Self::DateTime, 13, "DateTime"),
        (Self::Text, 14, "Text"),
        (Self::Uuid, 15, "UUID"),
        (Self::Bytes, 17, "Bytes"),
    ];

    /// The type with that code.
    pub fn from_code(code: u32) -> Self {
        let named = Self::NAMED.into_iter().find(|(_, known, _)| *known == code);
        named.map_or(Self::Other(code), |(datatype, ..)| datatype)
    }

    /// Its code.
    pub fn code(self) -> u32 {
        match self {
            Self::Other(code) => code,
            _ => Self::NAMED.iter().find(|(it, ..)| *it == self).map_or(0, |(_, code, _)| *code),
        }
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(it, ..)| *it == self).map_or("other", |(.., name)| name)
    }

    /// Whether its values are numbers that may count something.
    pub const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int8
                | Self::Int16
                | Self::Int32
                | Self::Int64
                | Self::UInt8
                | Self::UInt16
                | Self::UInt32
                | Self::UInt64
                | Self::Float
                | Self::Double
        )
    }
}

/// The value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// Signed, 8 bits.
    Int8(i8),
    /// Signed, 16 bits.
    Int16(i16),
    /// Signed, 32 bits.
    Int32(i32),
    /// Signed, 64 bits.
    Int64(i64),
    /// Unsigned, 8 bits.
    UInt8(u8),
    /// Unsigned, 16 bits.
    UInt16(u16),
    /// Unsigned, 32 bits.
    UInt32(u32),
    /// Unsigned, 64 bits.
    UInt64(u64),
    /// Single precision.
    Float(f32),
    /// Double precision.
    Double(f64),
    /// Yes or no.
    Boolean(bool),
    /// Text.
    String(String),
    /// Milliseconds since 1970.
    DateTime(u64),
    /// Text.
    Text(String),
    /// A UUID, as text.
    Uuid(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// There is none.
    Null(DataType),
    /// One that nobody here asks for, or that its type cannot have.
    Unread(DataType),
}

impl MetricValue {
    /// Its type.
    pub const fn datatype(&self) -> DataType {
        match self {
            Self::Int8(_) => DataType::Int8,
            Self::Int16(_) => DataType::Int16,
            Self::Int32(_) => DataType::Int32,
            Self::Int64(_) => DataType::Int64,
            Self::UInt8(_) => DataType::UInt8,
            Self::UInt16(_) => DataType::UInt16,
            Self::UInt32(_) => DataType::UInt32,
            Self::UInt64(_) => DataType::UInt64,
            Self::Float(_) => DataType::Float,
            Self::Double(_) => DataType::Double,
            Self::Boolean(_) => DataType::Boolean,
            Self::String(_) => DataType::String,
            Self::DateTime(_) => DataType::DateTime,
            Self::Text(_) => DataType::Text,
            Self::Uuid(_) => DataType::Uuid,
            Self::Bytes(_) => DataType::Bytes,
            Self::Null(datatype) | Self::Unread(datatype) => *datatype,
        }
    }

    /// How it lies on the wire; nothing where there is no value.
    pub(super) fn to_wire(&self) -> Option<Wire> {
        Some(match self {
            Self::Int8(it) => Wire::Int(i32::from(*it).cast_unsigned()),
            Self::Int16(it) => Wire::Int(i32::from(*it).cast_unsigned()),
            Self::Int32(it) => Wire::Int(it.cast_unsigned()),
            Self::Int64(it) => Wire::Long(it.cast_unsigned()),
            Self::UInt8(it) => Wire::Int(u32::from(*it)),
            Self::UInt16(it) => Wire::Int(u32::from(*it)),
            Self::UInt32(it) => Wire::Int(*it),
            Self::UInt64(it) | Self::DateTime(it) => Wire::Long(*it),
            Self::Float(it) => Wire::Float(*it),
            Self::Double(it) => Wire::Double(*it),
            Self::Boolean(it) => Wire::Boolean(*it),
            Self::String(it) | Self::Text(it) | Self::Uuid(it) => Wire::Text(it.clone()),
            Self::Bytes(it) => Wire::Bytes(it.clone()),
            Self::Null(_) | Self::Unread(_) => return None,
        })
    }

    /// What the wire says under a type.
    pub(super) fn of_wire(datatype: DataType, wire: Option<&Wire>) -> Self {
        let Some(wire) = wire else { return Self::Null(datatype) };
        Self::read(datatype, wire).unwrap_or(Self::Unread(datatype))
    }

    fn read(datatype: DataType, wire: &Wire) -> Option<Self> {
        Some(match datatype {
            DataType::Int8 => Self::Int8(signed(wire, 8)?.try_into().ok()?),
            DataType::Int16 => Self::Int16(signed(wire, 16)?.try_into().ok()?),
            DataType::Int32 => Self::Int32(signed(wire, 32)?.try_into().ok()?),
            DataType::Int64 => Self::Int64(signed(wire, 64)?),
            DataType::UInt8 => Self::UInt8(bits(wire)?.try_into().ok()?),
            DataType::UInt16 => Self::UInt16(bits(wire)?.try_into().ok()?),
            DataType::UInt32 => Self::UInt32(bits(wire)?.try_into().ok()?),
            DataType::UInt64 => Self::UInt64(bits(wire)?),
            DataType::DateTime => Self::DateTime(bits(wire)?),
            _ => match (datatype, wire) {
                (DataType::Float, Wire::Float(it)) => Self::Float(*it),
                (DataType::Double, Wire::Double(it)) => Self::Double(*it),
                (DataType::Double, Wire::Float(it)) => Self::Double(f64::from(*it)),
                (DataType::Boolean, Wire::Boolean(it)) => Self::Boolean(*it),
                (DataType::String, Wire::Text(it)) => Self::String(it.clone()),
                (DataType::Text, Wire::Text(it)) => Self::Text(it.clone()),
                (DataType::Uuid, Wire::Text(it)) => Self::Uuid(it.clone()),
                (DataType::Bytes, Wire::Bytes(it)) => Self::Bytes(it.clone()),
                _ => return None,
            },
        })
    }
}

/// The bits of a whole number, from either field.
fn bits(wire: &Wire) -> Option<u64> {
    match wire {
        Wire::Int(it) => Some(u64::from(*it)),
        Wire::Long(it) => Some(*it),
        _ => None,
    }
}

/// A signed number of `width` bits in two's complement of that width, of 32 or of 64 bits; whoever asks sees to it that it
/// has not more.
fn signed(wire: &Wire, width: u32) -> Option<i64> {
    let bits = bits(wire)?;
    let negative_from = 1_u64 << (width - 1);
    let is_narrow = width == 64 || bits >> width == 0;
    if is_narrow {
        let beyond = if width == 64 || bits < negative_from { 0 } else { u64::MAX << width };
        return Some((bits | beyond).cast_signed());
    }
    // Wider than it need be: 32 bits of the narrow field, 64 of the wide one.
    match u32::try_from(bits) {
        Ok(bits) => Some(i64::from(bits.cast_signed())),
        Err(_) => Some(bits.cast_signed()),
    }
}
