//! What a plant looks like, and what a server withstands.
//!
//! [`plant`] makes a believable plant from a seed, for demonstrations, for tests, and for filling
//! a database to the size somebody wants to see it at. [`bench`](mod@bench) loads a server over HTTP and
//! gives an honest account of what came back. [`proxy`] puts a bad network in between, and [`simulator`] stands
//! for the systems that a plant is connected to, [`scanner`] for one at a terminal, [`sparkplug`] for a machine that counts. All ship with
//! the program, because owners need the answers as much as developers do.
//!
//! Deliberately absent: any database. The generator hands out values and the program writes them
//! through the same posting path as everybody else; the load generator knows a server only by its
//! address.

pub mod bench;
pub mod erp;
pub mod plant;
pub mod proxy;
pub mod scanner;
pub mod simulator;
pub mod sparkplug;
