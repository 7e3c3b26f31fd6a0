//! What the queue writes down, a line each. Everything else is computed from these.

use mtm_app::movement::MovementBody;
use mtm_core::scan::Kind;
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

/// Version of this format; another one is refused instead of guessed at.
pub(super) const FORMAT: u32 = 1;

/// One thing that happened to the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Record {
    /// The journal begins; scans are numbered on from `next`.
    Begin {
        /// [`FORMAT`].
        format: u32,
        /// Number of the first scan.
        next: u64,
    },
    /// A session begins: what its bookings share.
    Session {
        /// The fixed fields.
        body: Box<MovementBody>,
        /// Whether scans of each device add to a booking of their own. Journals of before put them together.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        apart: bool,
    },
    /// The session ended in order.
    End,
    /// A scan came.
    Scan {
        /// Its number.
        n: u64,
        /// The idempotency key of the booking that it may complete.
        key: String,
        /// When, by this computer's clock.
        at: Timestamp,
        /// What the scanner sent.
        data: String,
        /// The device that it came from; none for standard input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// It says one thing towards a booking.
    Means {
        /// The scan.
        n: u64,
        /// What it is.
        kind: Kind,
        /// Its word.
        word: String,
        /// What it says besides, where it is a label of several words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        more: Vec<(Kind, String)>,
    },
    /// It completes a booking: exactly this is sent, under its key, until it is answered.
    Command {
        /// The scan.
        n: u64,
        /// What it is.
        kind: Kind,
        /// Its word.
        word: String,
        /// What it says besides, where it is a label of several words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        more: Vec<(Kind, String)>,
        /// The booking.
        body: Box<MovementBody>,
    },
    /// The ledger has it.
    Booked {
        /// The scan.
        n: u64,
        /// Whether it was there already, from an attempt whose answer got lost.
        replayed: bool,
    },
    /// It is not to be booked as it is.
    Refused {
        /// The scan.
        n: u64,
        /// Stable name of the cause.
        code: String,
        /// The cause.
        message: String,
    },
    /// A person wants it sent again.
    Retry {
        /// The scan.
        n: u64,
        /// Whether whatever can be confirmed is.
        confirm: bool,
    },
    /// A person gave it up.
    Dismissed {
        /// The scan.
        n: u64,
    },
}
