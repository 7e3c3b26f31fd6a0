//! Writing, whichever engine it is: what a piece of work inside a transaction can use, and the
//! rules that do not depend on the engine.
//!
//! An engine begins and ends the transaction, and says through [`Books`] how it appends to the
//! ledger. Everything else (people, master data, imports, answers under keys) is written once,
//! against [`WriteContext`].

mod aside;
mod book;
mod context;
mod facts;
mod failure;
mod known;
pub(crate) mod once;
mod past;
pub(crate) mod reservation;
pub(crate) mod stored;
mod trial;
mod undone;

pub(crate) use aside::{Note, notes, target_columns};
pub(crate) use book::{book, look, replay, watched};
pub(crate) use context::{Books, WriteContext, attribute_rows};
pub(crate) use facts::Facts;
pub(crate) use failure::Failure;
pub(crate) use known::{Known, touched};
pub(crate) use once::Remembered;
pub(crate) use past::Look;
