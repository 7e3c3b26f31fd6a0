//! Spans on their way to a collector of traces, by OTLP over HTTP.
//!
//! A request's place in a trace is the program's own (`mtm_core::trace`): it is in the log, in answers
//! and in the events that the request causes, whether anybody collects traces or not. So ids are not
//! made here. What is made here is a record of how long a request, and what it caused, took: the layer
//! turns spans of one target ([`SPANS`](mtm_core::trace::SPANS)) into the collector's, under these ids,
//! and nothing else ever leaves.
//!
//! Nobody who books waits for a collector: spans wait in a bounded queue and are dropped when it is full;
//! they are sent by a thread of its own, and one that hangs ends with the program.

mod client;
mod endpoint;
mod export;
mod layer;

pub use endpoint::{Endpoint, EndpointError};
pub use export::{Exporter, StartError};
pub use layer::spans;
