//! The outside world: how other systems are reached, and how messages to them are signed.
//!
//! Everything that leaves this program goes through [`outgoing`], which keeps one set of rules:
//! targets that an administrator named, addresses that may be reached, deadlines, no redirects.
//! [`guard`] stands around calls: a peer that is away, slow or broken is left alone, and tried by one call.
//! [`peer`] calls a system that wants to know who asks, by one of the kinds of [`credential`], with
//! [`secret`]s that are rotated while it runs. [`rest`] speaks with one by a mapping file. [`erp`] has an ERP's database read by a program of its own,
//! and [`opcua`] a machine's server heard by one.
//! [`broker`] publishes to MQTT and NATS. [`mail`] writes to people. [`oidc`] lets a plant's identity
//! provider say who somebody is. [`webhook`] signs what is told and checks what comes in, after the
//! Standard Webhooks specification. [`b2mml`] writes and reads the documents of ISA-95, which people and
//! programs carry. [`printer`] sends labels to printers, and has them say what became of them; [`scanner`] and [`scale`]
//! listen to devices of the floor. [`mtconnect`], [`sparkplug`] and [`opcua`] hear what machines count, and [`sparkplug`]
//! tells what this plant has.
//!
//! Deliberately absent: the ledger. What is sent comes in as bytes, and what came of it goes out as
//! a value; who decides to try again, and when, is a use case.

pub mod b2mml;
pub mod broker;
pub mod certificate;
pub mod credential;
pub mod erp;
pub mod guard;
pub mod mail;
mod mqtt;
pub mod mtconnect;
pub mod oidc;
pub mod opcua;
pub mod outgoing;
pub mod peer;
pub mod printer;
pub mod rest;
pub mod scale;
pub mod scanner;
pub mod secret;
pub mod sparkplug;
mod trust;
pub mod webhook;
mod xml;
