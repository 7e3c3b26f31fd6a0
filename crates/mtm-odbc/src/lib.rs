//! Reading an ERP's database over ODBC: the parts that need no driver.
//!
//! The program `mtm-odbc` is a process of its own for two reasons: whoever has no ERP needs no ODBC on the
//! machine, and a vendor's driver that crashes, hangs or leaks takes nothing of the ledger with it. It speaks
//! [`mtm_core::erp::protocol`] on its standard input and output. It only reads.
//!
//! Here are the texts it asks ([`sql`]), what privileges say about writing ([`grants`]), and how a connection
//! string is kept out of what it says ([`redact`]).

pub mod grants;
pub mod redact;
pub mod sql;
