//! Calls to other systems, under one set of rules.
//!
//! A target is set by an administrator and is checked twice: when it is named ([`Target::parse`]) and
//! when its name is looked up, for the very addresses that are then connected to, so that nobody can
//! answer the check with one address and the connection with another. Plants are private networks:
//! private addresses and this machine itself are allowed; what only the machine's own network card or
//! a hosting platform answers (link-local addresses, metadata services) is refused.
//!
//! A call ends by its deadline, whatever the other side does. Redirects are an answer, not a way: a
//! server that is not the one that was named is not sent anything. No proxy of the environment is used.
//!
//! [`Rotating`] is a client whose certificates may be replaced while it is used.

mod address;
mod client;
#[cfg(feature = "fakes")]
pub mod fake;
mod message;
mod resolver;
mod retry_after;
mod rotating;
mod stream;
mod target;
mod tls;

pub use address::Refused;
pub(crate) use address::admit;
pub use client::{CallError, Client, ClientError, Deadlines};
pub use message::{Answered, Header, Message, Method, Reply, Whole};
pub use rotating::{Papers, Rotating};
pub use stream::Stream;
pub use target::{Target, TargetError};
pub use tls::TlsFault;

pub use crate::trust::Identity;
