//! Documents of B2MML, version 7: how ISA-95 (IEC 62264) is spoken as XML between a plant's systems.
//!
//! Written are two documents, piece by piece, so that memory does not grow with what is in them:
//! [`StockDocument`] (`MaterialInformation`: lots, where they stand and how much of them) and
//! [`MovementDocument`] (`OperationsPerformance`: what was booked). Both answer a question, so they come
//! as `Show…` transactions, with who sends them and when in front. Read are two, whichever verb brings
//! them: [`definitions`] (`OperationsDefinition`: how parts are made) and [`schedules`]
//! (`OperationsSchedule`: which work orders there are).
//!
//! Reading is strict and bounded ([`Scanner`]): UTF-8, no document type, no entities beyond XML's own
//! five, bounds on depth, names, attributes, texts and size; what is not in the namespace of B2MML is
//! passed over. What an element holds and should not is gathered, with line and path, all at once.
//!
//! Deliberately absent: a validation against the schemas. What is written is valid by construction
//! (`docs/b2mml.md` says how that was proved), and of what is read only the members that are used are
//! looked at.

mod definition;
#[cfg(test)]
mod fuzz;
mod material;
mod performance;
mod scan;
mod schedule;
mod tag;
mod transaction;
mod write;

pub use definition::{Definition, Segment, definitions};
pub use material::{Bucket, StockDocument};
pub use performance::{Leg, Movement, MovementDocument, Use};
pub use scan::{Fault, Scanner, Unreadable};
pub use schedule::{Order, Schedules, is_schedule, schedules};
pub use tag::Tag;

use mtm_core::word::Timestamp;

/// The namespace of every element, of version 7 and later ones of the same line.
pub const NAMESPACE: &str = "http://www.mesa.org/xml/B2MML";
/// What is written in the attribute `releaseID` of a transaction.
pub const RELEASE: &str = "V0700";
/// The media type of a document.
pub const MEDIA_TYPE: &str = "application/xml";

/// Who sends a document, and when.
#[derive(Debug, Clone)]
pub struct Header {
    /// Names the document; another for each that is made.
    pub id: String,
    /// The site.
    pub site: String,
    /// When it was made.
    pub made_at: Timestamp,
}
