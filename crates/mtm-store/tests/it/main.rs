//! The ledger against real files.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod access;
mod approval;
mod backup;
mod broker;
mod closing;
mod concurrency;
mod copy;
mod count;
mod count_posting;
mod cuts;
mod differential;
mod disk;
mod engine;
mod entries;
mod erp;
mod failover;
mod floor;
mod flows;
mod following;
mod galera;
mod guard;
mod guide;
mod home;
mod import;
mod inbound;
mod inbox_example;
mod label;
mod machine;
mod machine_booking;
mod machine_conserved;
mod machine_counter;
mod machine_proposal;
mod mariadb;
mod master_sync;
mod merge;
mod minimum;
mod notice;
mod notice_way;
mod once;
mod opening;
mod outbox;
mod people;
mod people_identity;
mod people_own;
mod period;
mod plant;
mod plant_procedures;
mod plant_shifts;
mod pools;
mod posting;
mod print;
mod procedures;
mod procedures_v3;
mod read;
mod read_bulk;
mod read_explain;
mod read_groups;
mod read_history;
mod read_lot;
mod read_stock;
mod read_text;
mod reads_together;
mod reconcile;
mod reservation;
mod routing;
mod sealing;
mod shift;
mod site;
mod slow;
mod sync;
mod sync_again;
mod sync_proof;
mod throughput;
mod tls;
mod totals;
mod undo_shift;
mod undoing;
mod upgrade;
mod verify;
mod watching;
mod webhook;
mod work_order;
