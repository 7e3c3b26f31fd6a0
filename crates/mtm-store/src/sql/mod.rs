//! One way to ask either engine.
//!
//! Statements are written once, beside their row mapping, and run on a [`Connection`] of `SQLite`
//! or `MariaDB`. The types here are those of an ordinary synchronous driver: a statement is
//! prepared, values are bound, rows are read column by column. Text differs per engine only where
//! it must ([`Connection::pick`]).
//!
//! What both engines are told alike: parameters are numbered (`?1`), strings are joined with
//! `||`, names are quoted with `"`, texts compare byte by byte, a backslash is a backslash.
//!
//! `SQLite` steps through a result; `MariaDB` sends it whole, and it is held in memory until it is
//! read. Whatever may be long is therefore asked for in chunks, by key.
//!
//! Deliberately absent: building statements from parts, mapping rows by name, asynchronous rows.
//! A connection is used by one thread that may block; the façade brings questions there.

mod bind;
mod cell;
mod connection;
mod error;
mod positional;
mod statement;
mod together;
mod wire;
mod words;

pub(crate) use bind::{Bind, Value, params};
pub(crate) use connection::Connection;
pub(crate) use error::{Error, OptionalExtension};
pub(crate) use positional::positional;
pub(crate) use statement::{Row, Rows, Statement};
pub(crate) use together::together;
pub(crate) use wire::Wire;
pub(crate) use words::{
    moment, named, optional_moment, optional_uuid, optional_word, quantity, uuid, word,
};
