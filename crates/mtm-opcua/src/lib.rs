//! Listening to an OPC UA server: the parts that need no server.
//!
//! The program `mtm-opcua` is a process of its own for three reasons: whoever has no such machine builds and carries no
//! second set of cryptography, what a controller says cannot take anything of the ledger with it, and it can be ended when
//! it hangs. It speaks [`mtm_core::opcua::protocol`] on its standard input and output. It only reads.
//!
//! Here is what numbers of messages say about holes between them ([`sequence`]), and how certificates are read from
//! files ([`certificate`]).

pub mod certificate;
pub mod sequence;
