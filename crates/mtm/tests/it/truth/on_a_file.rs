//! Faults of a server that keeps its ledger in a file.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mtm_core::word::Timestamp;
use mtm_testkit::receiver::Answer;
use mtm_testkit::{Receiver, sqlite};
use serde_json::json;

use super::{Fault, Watched, start};
use crate::support::receive;

/// Every fault that is done here.
pub(super) static FAULTS: [Fault<Plant>; 10] = [
    Fault {
        breaks: &["database"],
        key: |plant| ("path", plant.path("mtm.db").display().to_string()),
        begin: |plant| plant.rename("mtm.db", "away.db"),
        end: |plant| plant.rename("away.db", "mtm.db"),
    },
    Fault {
        breaks: &["stock"],
        key: |plant| ("lot", plant.lot.clone()),
        begin: |plant| plant.change_stock("+ 5"),
        end: |plant| plant.change_stock("- 5"),
    },
    Fault {
        breaks: &["audit_chain", "history", "verification"],
        key: |_| ("sequence", "2".to_owned()),
        begin: |plant| {
            plant.unguard("movement_is_never_changed");
            plant.change("UPDATE movement SET quantity = quantity + 1000000 WHERE sequence = 2");
        },
        end: |plant| {
            plant.change("UPDATE movement SET quantity = quantity - 1000000 WHERE sequence = 2");
            plant.guard();
        },
    },
    Fault {
        breaks: &["checkpoints"],
        key: |_| ("audit_entry", BEYOND.to_string()),
        begin: |plant| plant.leave_checkpoint(),
        end: |plant| fs::remove_file(plant.checkpoint()).unwrap(),
    },
    Fault {
        breaks: &["relays"],
        key: |plant| ("webhook", plant.webhook.clone()),
        begin: |plant| {
            plant.gone.store(true, Ordering::SeqCst);
            receive(&plant.watched.api, "gone", 12);
        },
        end: |plant| {
            plant.gone.store(false, Ordering::SeqCst);
            plant.enable();
        },
    },
    Fault {
        breaks: &["procedures"],
        key: |_| ("trigger", "audit_is_never_removed".to_owned()),
        begin: |plant| plant.unguard("audit_is_never_removed"),
        end: Plant::guard,
    },
    Fault {
        breaks: &["disk"],
        key: |plant| ("path", plant.watched.server.data_dir().display().to_string()),
        // A disk that is not there any more takes everything along; what is open goes on.
        begin: |plant| fs::rename(plant.path(""), plant.unmounted()).unwrap(),
        end: |plant| fs::rename(plant.unmounted(), plant.path("")).unwrap(),
    },
    Fault {
        breaks: &["secrets_key"],
        key: |plant| ("path", plant.path("secrets.key").display().to_string()),
        begin: |plant| plant.rename("secrets.key", "kept.key"),
        end: |plant| plant.rename("kept.key", "secrets.key"),
    },
    Fault {
        breaks: &["tasks"],
        key: |_| ("task", "minimum stock".to_owned()),
        begin: |plant| plant.change("ALTER TABLE below_minimum RENAME TO not_there"),
        end: |plant| plant.change("ALTER TABLE not_there RENAME TO below_minimum"),
    },
    // The last one: who recorded an hour ahead keeps that order until the hour is over.
    Fault {
        breaks: &["clock"],
        key: |plant| {
            let newest = "SELECT at FROM audit ORDER BY sequence DESC LIMIT 1";
            let at = sqlite::value(&plant.path("mtm.db"), newest).unwrap().parse().unwrap();
            ("recorded_at", Timestamp::from_micros(at).to_string())
        },
        begin: |plant| {
            plant.unguard("audit_is_never_changed");
            plant.change(&format!("{RECORDED} at + 3600000000 {NEWEST}"));
        },
        end: |plant| {
            plant.change(&format!("{RECORDED} at - 3600000000 {NEWEST}"));
            plant.guard();
        },
    },
];

const RECORDED: &str = "UPDATE audit SET at =";
const NEWEST: &str = "WHERE sequence = (SELECT max(sequence) FROM audit)";
/// A place that no chain of a test reaches.
const BEYOND: u64 = 999_999_999_999;

/// A server on a file with three lots and a webhook.
pub(super) struct Plant {
    watched: Watched,
    lot: String,
    webhook: String,
    /// Whether the webhook's receiver says that it is gone.
    gone: Arc<AtomicBool>,
    /// What makes the trigger again that was taken away.
    guard: RefCell<String>,
    _receiver: Receiver,
}

impl AsRef<Watched> for Plant {
    fn as_ref(&self) -> &Watched {
        &self.watched
    }
}

impl Plant {
    pub(super) fn start() -> Self {
        let watched = Watched::start(start());
        let gone = Arc::new(AtomicBool::new(false));
        let is_gone = Arc::clone(&gone);
        let receiver = Receiver::start(move |_, _| {
            Answer::Status(if is_gone.load(Ordering::SeqCst) { 410 } else { 200 })
        });
        let receiver = receiver.unwrap();
        let types = ["movement.recorded"];
        let hook = json!({ "name": "ERP", "url": receiver.url(), "types": types });
        let made = watched.api.post("/api/v1/webhooks", "hook", &hook).unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let webhook = made.json().unwrap()["id"].as_str().unwrap().to_owned();
        let lots = [10, 20, 30].map(|n| receive(&watched.api, &format!("r{n}"), n));
        let [_, lot, _] = lots;
        watched.is_green();
        let guard = RefCell::default();
        Self { watched, lot, webhook, gone, guard, _receiver: receiver }
    }

    /// A file of the data directory.
    fn path(&self, name: &str) -> PathBuf {
        self.watched.server.data_dir().join(name)
    }

    /// Where its data directory is while its disk is away.
    fn unmounted(&self) -> PathBuf {
        self.watched.server.data_dir().with_file_name("unmounted")
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Reaches into the tables past every rule of the program.
    fn change(&self, sql: &str) {
        sqlite::execute(&self.path("mtm.db"), sql).unwrap();
    }

    /// Changes the stock of a lot by pieces.
    fn change_stock(&self, pieces: &str) {
        let lot = &self.lot;
        let by = format!("quantity = quantity {pieces} * 1000000");
        self.change(&format!("UPDATE stock SET {by} WHERE lot = '{lot}'"));
    }

    /// Takes a trigger away.
    fn unguard(&self, trigger: &str) {
        let made = format!("SELECT sql FROM sqlite_master WHERE name = '{trigger}'");
        *self.guard.borrow_mut() = sqlite::value(&self.path("mtm.db"), &made).unwrap();
        self.change(&format!("DROP TRIGGER {trigger}"));
    }

    /// Makes it again.
    fn guard(&self) {
        self.change(&self.guard.borrow());
    }

    fn checkpoint(&self) -> PathBuf {
        self.path("checkpoints").join(format!("{BEYOND:012}.json"))
    }

    /// Leaves a checkpoint of a chain that went further.
    fn leave_checkpoint(&self) {
        let hash = "0".repeat(64);
        let text =
            json!({ "sequence": BEYOND, "hash": hash, "recorded_at": "2026-11-29T00:00:00Z" });
        // As the program writes them: whole, or not at all.
        let draft = self.path("draft");
        fs::write(&draft, text.to_string()).unwrap();
        fs::rename(draft, self.checkpoint()).unwrap();
    }

    /// Enables the webhook again.
    fn enable(&self) {
        let path = format!("/api/v1/webhooks/{}", self.webhook);
        let found = self.watched.api.get(&path).unwrap();
        let version = found.header("etag").unwrap().to_owned();
        let headers = [
            ("Content-Type", "application/json"),
            ("If-Match", version.as_str()),
            ("Idempotency-Key", "enable"),
        ];
        let body = json!({ "enabled": true }).to_string();
        let enabled = self.watched.api.send("PATCH", &path, &headers, body).unwrap();
        assert_eq!(enabled.status, 200, "{}", enabled.text);
    }
}
