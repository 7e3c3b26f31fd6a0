//! What changed.

use super::super::{BD_SEQ, Id, LONGEST_NAME, MetricValue, NODE_CONTROL};

/// Bytes of a text or of bytes.
pub(super) const LONGEST_VALUE: usize = 512;

/// A metric that has another value now.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub(super) device: Option<Id>,
    pub(super) name: String,
    pub(super) value: MetricValue,
    pub(super) at: u64,
}

/// Why a change cannot be told. Reads well after "the metric".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// It has no name, or too long a one.
    #[error("needs a name of 1 to {LONGEST_NAME} bytes")]
    Name,
    /// Its name means something to Sparkplug.
    #[error("has a name that Sparkplug keeps for itself")]
    Reserved,
    /// Its value is longer than what is told.
    #[error("has a value of {0} bytes, more than {LONGEST_VALUE}")]
    Long(usize),
    /// It has a value that cannot be told.
    #[error("has a value of a kind that is not told")]
    Kind,
}

impl Change {
    /// A metric of `device`, or of the edge node itself, has `value` since `at` (milliseconds since 1970).
    pub fn new(
        device: Option<Id>,
        name: &str,
        value: MetricValue,
        at: u64,
    ) -> Result<Self, ChangeError> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(ChangeError::Name);
        }
        if device.is_none() && (name == BD_SEQ || name.starts_with(NODE_CONTROL)) {
            return Err(ChangeError::Reserved);
        }
        let length = match &value {
            MetricValue::String(it) | MetricValue::Text(it) | MetricValue::Uuid(it) => it.len(),
            MetricValue::Bytes(it) => it.len(),
            MetricValue::Unread(_) => return Err(ChangeError::Kind),
            _ => 0,
        };
        if length > LONGEST_VALUE {
            return Err(ChangeError::Long(length));
        }
        Ok(Self { device, name: name.to_owned(), value, at })
    }

    /// Whose metric it is: a device's, or the edge node's own.
    pub const fn device(&self) -> Option<&Id> {
        self.device.as_ref()
    }

    /// The metric's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value.
    pub const fn value(&self) -> &MetricValue {
        &self.value
    }

    /// A change of the edge node itself.
    pub fn of_node(name: &str, value: MetricValue, at: u64) -> Result<Self, ChangeError> {
        Self::new(None, name, value, at)
    }
}
