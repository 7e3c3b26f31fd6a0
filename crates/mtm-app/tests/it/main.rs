//! The use cases over a real ledger in a temporary directory.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod auth;
mod b2mml;
mod book;
mod broker;
mod drop_folder;
mod drop_folder_away;
mod edge_node;
mod erp;
mod guard;
mod guide;
mod import;
mod import_b2mml;
mod import_routings;
mod import_steps;
mod import_work_orders;
mod labels;
mod legacy;
mod legacy_follow;
mod legacy_server;
mod machine_cuts;
mod machine_peers;
mod machines;
mod mail_server;
mod master_sync;
mod messages;
mod people;
mod plant;
mod printing;
#[cfg(unix)]
mod printing_documents;
mod provider;
mod relay;
mod shift;
mod simulation;
mod sync;
mod sync_again;
mod told;
mod truth;
mod undo_steps;
