//! What is said between `mtm` and the program that listens to an OPC UA server.
//!
//! A server (a machine's controller, or a gateway in front of several) shows variables, each by the name of its
//! node ([`NodeName`]). The listening program (`mtm-opcua`) subscribes to those that are counted and says every
//! change, a line of JSON each ([`protocol`]). What a change is worth is decided elsewhere
//! ([`machine`](crate::machine)).
//!
//! Pure. The protocol of the machines themselves (OPC 10000, parts 4 and 6) is the listening program's.

#[cfg(test)]
mod fuzz;
pub mod node;
pub mod protocol;

pub use self::node::{Namespace, NodeName, NodeNameError};
