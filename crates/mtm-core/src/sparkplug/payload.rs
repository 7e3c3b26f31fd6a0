//! What Sparkplug messages say, on the wire.
//!
//! Field numbers are those of the standard's schema. Fields that it does not know are passed over, as Protocol
//! Buffers have it. What nests without end (data sets, templates, property sets) stays the bytes that it is: nobody here
//! asks for it, and so it can neither be broken nor grow. A payload's metrics are counted before they are read, so that a
//! short text cannot become a large memory.

use prost::Message as _;

use super::{DataType, MetricValue};

/// Bytes of a payload.
pub const LARGEST_PAYLOAD: usize = 1 << 20;
/// Metrics of a payload.
pub const MOST_METRICS: usize = 10_000;
/// Bytes of a metric's name.
pub const LONGEST_NAME: usize = 512;

/// Why bytes are no payload. Reads well after "the message".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is too large.
    #[error("has {0} bytes, more than {LARGEST_PAYLOAD}")]
    Large(usize),
    /// It has too many metrics.
    #[error("has {0} metrics, more than {MOST_METRICS}")]
    Metrics(usize),
    /// A metric's name is too long.
    #[error("names a metric with {0} bytes, more than {LONGEST_NAME}")]
    Name(usize),
    /// It is not what a payload is.
    #[error("is no Sparkplug payload: {0}")]
    Shape(String),
}

/// A value as it lies on the wire.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Wire {
    /// Integers of at most 32 bits.
    #[prost(uint32, tag = "10")]
    Int(u32),
    /// Integers of 64 bits, and moments.
    #[prost(uint64, tag = "11")]
    Long(u64),
    /// A number of single precision.
    #[prost(float, tag = "12")]
    Float(f32),
    /// A number of double precision.
    #[prost(double, tag = "13")]
    Double(f64),
    /// Yes or no.
    #[prost(bool, tag = "14")]
    Boolean(bool),
    /// Text.
    #[prost(string, tag = "15")]
    Text(String),
    /// Bytes, a file, an array.
    #[prost(bytes = "vec", tag = "16")]
    Bytes(Vec<u8>),
    /// A data set, unread.
    #[prost(bytes = "vec", tag = "17")]
    DataSet(Vec<u8>),
    /// A template, unread.
    #[prost(bytes = "vec", tag = "18")]
    Template(Vec<u8>),
    /// Whatever somebody added to the standard, unread.
    #[prost(bytes = "vec", tag = "19")]
    Extension(Vec<u8>),
}

/// What is said of one metric.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Metric {
    /// Its name; data may leave it out where there is an alias.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The number that stands for its name until the next birth.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// Since when, in milliseconds since 1970.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// The code of its [`DataType`]; data may leave it out.
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// Whether this was so once, and is not what holds now.
    #[prost(bool, optional, tag = "5")]
    pub is_historical: Option<bool>,
    /// Whether nobody need keep it.
    #[prost(bool, optional, tag = "6")]
    pub is_transient: Option<bool>,
    /// Whether there is no value.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// What is said of its content, unread.
    #[prost(bytes = "vec", optional, tag = "8")]
    pub metadata: Option<Vec<u8>>,
    /// Its properties, unread.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub properties: Option<Vec<u8>>,
    /// Its value.
    #[prost(oneof = "Wire", tags = "10, 11, 12, 13, 14, 15, 16, 17, 18, 19")]
    pub value: Option<Wire>,
}

impl Metric {
    /// One with a name and a value, and its type, as births have it.
    pub fn named(name: &str, value: &MetricValue, timestamp: Option<u64>) -> Self {
        let name = Some(name.to_owned());
        Self { name, timestamp, ..Self::default() }.with_value(value)
    }

    /// The same with that value and its type.
    pub(super) fn with_value(self, value: &MetricValue) -> Self {
        let wire = value.to_wire();
        let is_null = wire.is_none().then_some(true);
        Self { datatype: Some(value.datatype().code()), is_null, value: wire, ..self }
    }

    /// Its name, unless that is left out.
    pub(super) fn called(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }

    /// Whether it tells what was, and not what is.
    pub(super) fn is_history(&self) -> bool {
        self.is_historical == Some(true)
    }

    /// What it says, by its own type or else by the one of its birth.
    pub fn value(&self, of_birth: Option<DataType>) -> MetricValue {
        let own = self.datatype.map(DataType::from_code).filter(|it| *it != DataType::Other(0));
        let datatype = own.or(of_birth).unwrap_or(DataType::Other(0));
        if self.is_null == Some(true) {
            return MetricValue::Null(datatype);
        }
        MetricValue::of_wire(datatype, self.value.as_ref())
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Payload {
    /// When it was sent, in milliseconds since 1970.
    pub timestamp: Option<u64>,
    /// What is said.
    pub metrics: Vec<Metric>,
    /// Its place among what the edge node says: 0 to 255, and 0 again.
    pub seq: Option<u64>,
    /// What its sender wants of it, if anything.
    pub uuid: Option<String>,
    /// Anything else.
    pub body: Option<Vec<u8>>,
}

/// A payload whose metrics are not read yet.
#[derive(Clone, PartialEq, prost::Message)]
struct Envelope {
    #[prost(uint64, optional, tag = "1")]
    timestamp: Option<u64>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    metrics: Vec<Vec<u8>>,
    #[prost(uint64, optional, tag = "3")]
    seq: Option<u64>,
    #[prost(string, optional, tag = "4")]
    uuid: Option<String>,
    #[prost(bytes = "vec", optional, tag = "5")]
    body: Option<Vec<u8>>,
}

impl Payload {
    /// Reads one.
    pub fn decode(bytes: &[u8]) -> Result<Self, PayloadError> {
        let shape = |error: prost::DecodeError| PayloadError::Shape(error.to_string());
        if bytes.len() > LARGEST_PAYLOAD {
            return Err(PayloadError::Large(bytes.len()));
        }
        let envelope = Envelope::decode(bytes).map_err(shape)?;
        if envelope.metrics.len() > MOST_METRICS {
            return Err(PayloadError::Metrics(envelope.metrics.len()));
        }
        let mut metrics = Vec::with_capacity(envelope.metrics.len());
        for metric in &envelope.metrics {
            let metric = Metric::decode(&**metric).map_err(shape)?;
            let length = metric.name.as_ref().map_or(0, String::len);
            if length > LONGEST_NAME {
                return Err(PayloadError::Name(length));
            }
            metrics.push(metric);
        }
        let Envelope { timestamp, seq, uuid, body, .. } = envelope;
        Ok(Self { timestamp, metrics, seq, uuid, body })
    }

    /// Writes one.
    pub fn encode(&self) -> Vec<u8> {
        let metrics = self.metrics.iter().map(prost::Message::encode_to_vec).collect();
        let Self { timestamp, seq, uuid, body, .. } = self.clone();
        Envelope { timestamp, metrics, seq, uuid, body }.encode_to_vec()
    }

    /// The metric of that name.
    pub(super) fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.called() == Some(name))
    }

    /// The whole number of that name: how births and deaths say which connection they belong to.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.metric(name)?.value.as_ref()? {
            Wire::Int(number) => Some(u64::from(*number)),
            Wire::Long(number) => Some(*number),
            _ => None,
        }
    }

    /// Its place among the edge node's messages, where it has one.
    pub(super) fn place(&self) -> Option<u8> {
        self.seq.and_then(|seq| u8::try_from(seq).ok())
    }
}
