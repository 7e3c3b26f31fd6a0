//! The truth light: what must always hold is looked at again and again, and whatever is found is seen
//! everywhere.
//!
//! Each invariant has a module of its own under `check`, with one shape: it looks, and gives a
//! [`Finding`]. The [`Auditor`] has every check look at its own pace, and puts what was found on the
//! [`Board`], which the API, the metrics and every screen read. A herald compares the board with what
//! the world was told: one event when an invariant breaks (`truth.violated`), one when it holds again
//! (`truth.restored`).
//!
//! The auditor looks and tells. It never repairs, and nobody who books waits for it. What belongs to the
//! ledger itself is audited by one server of those that share a database, the one that seals; the
//! others learn its verdict from the events. `docs/truth-light.md` lists every invariant, and a test
//! compares it with [`INVARIANTS`].

mod auditor;
mod board;
mod check;
mod finding;
mod herald;
mod invariant;
mod light;
mod settings;

pub use auditor::Auditor;
pub use board::{Board, Verdict};
pub use finding::{Finding, OffendingKey};
pub use invariant::{INVARIANTS, Invariant, Scope};
pub use light::Light;
pub use settings::Settings;
