//! Why a device cannot be used now.

use std::io;

/// What is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Loss {
    /// It is not there, or went away.
    Away,
    /// This account may not use it.
    Denied,
    /// Another program has it.
    Busy,
    /// More than one device is what was named.
    Ambiguous,
    /// What is there is no such device.
    Unfit,
}

/// A device that cannot be used now. It is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Lost {
    /// What is in the way.
    pub loss: Loss,
    /// In words, with the system's own.
    pub message: String,
}

impl Lost {
    /// A device that cannot be used, in words.
    pub fn new(loss: Loss, message: impl Into<String>) -> Self {
        Self { loss, message: message.into() }
    }

    /// Stable machine-readable name of the cause.
    pub const fn code(&self) -> &'static str {
        match self.loss {
            Loss::Away => "device_away",
            Loss::Denied => "device_denied",
            Loss::Busy => "device_busy",
            Loss::Ambiguous => "device_ambiguous",
            Loss::Unfit => "device_unfit",
        }
    }

    /// What a person can do about it.
    pub const fn next_step(&self) -> &'static str {
        match self.loss {
            Loss::Away => "Plug it in or switch it on; it is tried again by itself.",
            Loss::Denied => {
                "Give the account that runs this program access to the device (on Linux the group dialout or input)."
            }
            Loss::Busy => "Close the other program that uses it.",
            Loss::Ambiguous => "Name the device by its serial number as well, or by its path.",
            Loss::Unfit => "Name another device.",
        }
    }
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        let loss = match error.kind() {
            io::ErrorKind::PermissionDenied => Loss::Denied,
            io::ErrorKind::ResourceBusy => Loss::Busy,
            _ => Loss::Away,
        };
        Self::new(loss, error.to_string())
    }
}
