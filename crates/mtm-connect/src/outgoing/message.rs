//! A whole request, and answers: whole ones, and what is kept of one that only says yes or no.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::Target;

/// What is done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Adds, or does.
    Post,
    /// Puts in place.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A header to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value: visible ASCII.
    pub value: String,
    /// Whether it is a secret, or made of one.
    pub is_secret: bool,
}

impl Header {
    /// One that everybody may see.
    pub fn open(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), is_secret: false }
    }

    /// One that nobody but the receiver may see.
    pub fn secret(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), is_secret: true }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.is_secret { "…" } else { &self.value };
        write!(f, "{}: {value}", self.name)
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Message {
    /// What is done.
    pub method: Method,
    /// Where.
    pub target: Target,
    /// Headers.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
    /// Most bytes of the answer's body.
    pub most: usize,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status of HTTP.
    pub status: u16,
    /// How its text begins.
    pub excerpt: String,
    /// How long it asks to be left alone for (`Retry-After`, in seconds or as a date).
    pub retry_after: Option<Duration>,
}

/// An answer that was read to its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Whole {
    /// The status of HTTP.
    pub status: u16,
    /// `Content-Type`; empty where there is none.
    pub content_type: String,
    /// All of it.
    pub body: Vec<u8>,
}

impl fmt::Debug for Whole {
    /// Without the body: it may hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whole({}, {}, {} bytes)", self.status, self.content_type, self.body.len())
    }
}

impl Reply {
    /// Whether it says that what was sent was taken.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// An answer that was read to its end, with what it says of itself.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Answered {
    /// The status of HTTP.
    pub status: u16,
    /// `Content-Type`; empty where there is none.
    pub content_type: String,
    /// How long it asks to be left alone for.
    pub retry_after: Option<Duration>,
    /// The other side's clock (`Date`).
    pub date: Option<SystemTime>,
    /// All of it.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answered {
    /// Without the body: it may hold what is nobody else's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answered({}, {}, {} bytes)", self.status, self.content_type, self.body.len())
    }
}

impl Answered {
    /// The type of its content without parameters, in small letters.
    pub fn media_type(&self) -> String {
        self.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}
