//! Systems with an interface of HTTP and JSON, told of movements as a mapping file says.
//!
//! A [`Mapping`] is one file (TOML): which request a [`Fact`](mtm_core::sync::Fact) becomes, what the other
//! system calls things, in which units, how an answer is understood, and how is seen afterwards whether
//! something was posted. [`Mapping::posting`] makes a [`Posting`] of a fact: a request as it is kept, shown,
//! edited by a person and sent. A [`Connector`] sends it once, looks for it, and reads lists.
//! `docs/mapping.md` is the reference; [`READY`] are the maps that come with the program.
//!
//! No value can leave its place: parts of a path and of a query are percent-encoded, bodies are built as
//! values and never as text. No number goes through floating arithmetic.
//!
//! Absent on purpose: addresses and secrets, which are a [`Peer`](crate::peer::Peer)'s; and who is told
//! when, how often and with whose consent.

mod answer;
mod connector;
mod decimal;
mod fault;
#[cfg(test)]
mod fuzz;
mod given;
mod json;
mod list;
mod mapping;
mod nearest;
mod paging;
mod parse;
mod path;
mod posting;
mod ready;
mod shape;
mod template;
mod units;
mod walk;

pub use self::answer::{Found, Posted};
pub use self::connector::{Connector, Unready};
pub use self::decimal::{Decimal, Rounding};
pub use self::fault::{MappingFault, NotMapped};
pub(crate) use self::list::List;
pub use self::list::{ListFailed, Page};
pub use self::mapping::Mapping;
pub(crate) use self::paging::{Kind as PagingKind, Paging};
pub use self::posting::{Missing, Posting, Search, Several};
pub use self::ready::{READY, Ready};
