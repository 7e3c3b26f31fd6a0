//! The API against a real ledger in a temporary directory: most tests call the router in process,
//! those about connections talk to a server on a free port.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod access;
mod approvals;
mod asyncapi;
mod audit;
mod booking;
mod books;
mod counts;
mod document;
mod events;
mod files;
mod fuzz;
mod inbound;
mod labels;
mod machines;
mod master_sync;
mod masters;
mod minimum;
mod notifications;
mod pages;
mod pages_booking;
mod pages_complete;
mod pages_counts;
mod pages_integrations;
mod pages_merge;
mod pages_reserve;
mod pages_routings;
mod pages_webhooks;
mod periods;
mod plant;
mod printing;
mod reconciliation;
mod refusal;
mod reports;
mod routings;
mod scanning;
mod server;
mod session;
mod shifts;
mod sign_in_with;
mod undo_shift;
mod webhooks;
mod work_orders;
mod worklist;
