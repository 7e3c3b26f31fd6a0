//! What the books stand on: receivers, clock, triggers, disks, checkpoints, keys, the file.

use std::process::Command;
use std::time::{Duration, SystemTime};

use mtm_app::checkpoint::{Checkpoint, Outside};
use mtm_app::truth::{Light, Settings};
use mtm_app::webhook::WebhookRequest;
use mtm_store::{Clock as _, SystemClock};
use mtm_testkit::poll;
use tempfile::TempDir;

use super::{Audited, Engine, SOON, block_on, on_both};

on_both!(
    a_dead_letter_or_a_disabled_webhook_turns_the_light_red,
    a_clock_that_is_set_back_turns_the_light_red,
    a_trigger_that_is_gone_is_named,
    a_disk_without_room_and_a_directory_that_is_gone_are_named,
    a_chain_that_misses_a_checkpoint_and_an_old_one_are_told,
    a_place_outside_that_is_away_or_holds_another_chain_is_told,
    a_place_outside_that_hangs_or_refuses_keeps_nobody_waiting,
    a_checkpoint_that_cannot_be_signed_is_told,
    a_key_file_that_is_gone_turns_the_light_red,
);

async fn a_dead_letter_or_a_disabled_webhook_turns_the_light_red(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let who = plant.app.local_principal("tester").await.unwrap();
    let request = WebhookRequest {
        name: "ERP".to_owned(),
        url: "http://127.0.0.1:9/".to_owned(),
        types: Vec::new(),
    };
    let (webhook, _) = plant.app.create_webhook(&who, request, None).await.unwrap();
    plant.shines("relays", Light::Green).await;
    plant.tamper(
        "INSERT INTO delivery (webhook_id, position, event_id, type, subject, at, state, attempts, due_at, error)
         SELECT id, 1, x'0123456789abcdef0123456789abcdef', 'movement.recorded', 'lot', 1, 'dead', 9, 1, 'HTTP 500'
         FROM webhook",
    );
    plant.is_red_for("relays", "webhook", &webhook.id.to_string()).await;
    plant.was_told("relays", &["truth.violated"]).await;
    let page = mtm_store::query::PageRequest::default();
    let dead = Some(mtm_store::record::DeliveryState::Dead);
    let letters = plant.app.ledger().deliveries(Some(webhook.id), dead, page).await.unwrap();
    let reason = "sent by hand".to_owned();
    plant.app.drop_dead_letter(&who, letters.items[0].id, reason, None).await.unwrap();
    plant.shines("relays", Light::Green).await;
    plant.was_told("relays", &["truth.violated", "truth.restored"]).await;

    plant.tamper("UPDATE webhook SET disabled_at = 1, disabled_why = 'failing'");
    plant.is_red_for("relays", "webhook", &webhook.id.to_string()).await;
    plant.tamper("UPDATE webhook SET disabled_why = 'person'");
    plant.shines("relays", Light::Green).await;
}

async fn a_clock_that_is_set_back_turns_the_light_red(engine: Engine) {
    let plant = Audited::busy(engine).await;
    // This clock stands still, that of a server goes on.
    plant.clock.set(SystemClock.now());
    plant.shines("clock", Light::Green).await;
    plant.clock.advance(-3_600_000_000);
    let verdict = plant.shines("clock", Light::Red).await;
    let key = &verdict.finding.keys[0];
    assert!(["recorded_at", "database_clock"].contains(&&*key.kind), "{verdict:?}");
    assert!(verdict.finding.next_step.is_some());
    plant.clock.set(SystemClock.now());
    plant.shines("clock", Light::Green).await;
}

async fn a_trigger_that_is_gone_is_named(engine: Engine) {
    let plant = Audited::start(engine).await;
    plant.shines("procedures", Light::Green).await;
    let name = "audit_is_never_removed";
    let made = match engine {
        Engine::File => {
            let path = plant.directory.path().join("mtm.db");
            let sql = format!("SELECT sql FROM sqlite_master WHERE name = '{name}'");
            mtm_testkit::sqlite::value(&path, &sql).unwrap()
        }
        Engine::Server => {
            let sql = format!(
                "SELECT action_statement FROM information_schema.triggers
                 WHERE trigger_name = '{name}' AND trigger_schema = DATABASE()"
            );
            let body = plant.sql(&sql).trim().to_owned();
            let modes = format!(
                "SELECT sql_mode FROM information_schema.triggers
                 WHERE trigger_name = '{name}' AND trigger_schema = DATABASE()"
            );
            let modes = plant.sql(&modes).trim().to_owned();
            format!(
                "SET SESSION sql_mode = '{modes}';
                 CREATE TRIGGER {name} BEFORE DELETE ON audit FOR EACH ROW {body}"
            )
        }
    };
    let run = |sql: &str| match engine {
        Engine::File => {
            mtm_testkit::sqlite::execute(&plant.directory.path().join("mtm.db"), sql).unwrap();
        }
        Engine::Server => drop(plant.sql(sql)),
    };
    run(&format!("DROP TRIGGER {name}"));
    plant.is_red_for("procedures", "trigger", name).await;
    run(&made);
    plant.shines("procedures", Light::Green).await;
}

async fn a_disk_without_room_and_a_directory_that_is_gone_are_named(engine: Engine) {
    let plant = Audited::start(engine).await;
    plant.shines("disk", Light::Green).await;
    drop(plant);
    let directory = tempfile::tempdir().unwrap();
    let watched = tempfile::tempdir().unwrap();
    let path = watched.path().to_owned();
    let settings = |directory: &TempDir| Settings {
        directories: vec![path.clone()],
        ..Audited::settings(directory)
    };
    let plant = Audited::at(None, directory, settings).await;
    plant.shines("disk", Light::Green).await;
    std::fs::remove_dir(&path).unwrap();
    plant.is_red_for("disk", "path", &path.display().to_string()).await;
    std::fs::create_dir(&path).unwrap();
    plant.shines("disk", Light::Green).await;
    drop(plant);
    for (low, full, light) in [(u64::MAX, 0, Light::Yellow), (u64::MAX, u64::MAX, Light::Red)] {
        let settings = |directory: &TempDir| Settings {
            disk_low: low,
            disk_full: full,
            ..Audited::settings(directory)
        };
        let plant = Audited::at(None, tempfile::tempdir().unwrap(), settings).await;
        let verdict = plant.shines("disk", light).await;
        let path = plant.directory.path().display().to_string();
        assert!(verdict.finding.keys.iter().any(|it| it.key == path), "{verdict:?}");
    }
}

async fn a_chain_that_misses_a_checkpoint_and_an_old_one_are_told(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let newest = plant.app.ledger().counts().await.unwrap().audit_entries;
    let hash = plant.app.ledger().audit_hash(newest).await.unwrap().unwrap();
    let folder = plant.directory.path().join("checkpoints");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join(format!("{newest:012}.json"));
    let write = |sequence: u64, hash: &str| {
        let text = format!(
            "{{\"sequence\": {sequence}, \"hash\": \"{hash}\", \"recorded_at\": \"2026-11-29T00:00:00Z\"}}"
        );
        // As the program writes them: whole, or not at all.
        let draft = folder.join("draft");
        std::fs::write(&draft, text).unwrap();
        std::fs::rename(draft, &path).unwrap();
    };
    write(newest, &hash);
    plant.shines("checkpoints", Light::Green).await;
    write(newest, &hash.replace(|_| true, "0"));
    plant.is_red_for("checkpoints", "audit_entry", &newest.to_string()).await;
    write(newest + 1_000, &hash);
    plant.is_red_for("checkpoints", "audit_entry", &(newest + 1_000).to_string()).await;
    write(newest, &hash);
    plant.shines("checkpoints", Light::Green).await;
    let age = |hours: u64| {
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    };
    age(3);
    plant.shines("checkpoints", Light::Yellow).await;
    age(27);
    plant.is_red_for("checkpoints", "path", &path.display().to_string()).await;
    age(0);
    plant.shines("checkpoints", Light::Green).await;
}

async fn a_place_outside_that_is_away_or_holds_another_chain_is_told(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let (ledger, keeper) = (plant.app.ledger(), plant.app.checkpoints().unwrap());
    let outside = plant.directory.path().join("outside");
    let patience = Duration::from_secs(20);
    // A share that is not mounted: here one is left all the same.
    let here = keeper.leave(ledger, patience).await.unwrap().unwrap();
    let verdict = plant.shines("checkpoints", Light::Yellow).await;
    assert!(verdict.finding.keys.iter().any(|it| it.key == outside.display().to_string()));
    assert!(verdict.finding.next_step.unwrap().contains("audit.checkpoints_to"));
    assert!(!keeper.is_settled());
    std::fs::create_dir(&outside).unwrap();
    keeper.keep_outside(ledger, patience).await;
    plant.shines("checkpoints", Light::Green).await;
    let files = mtm_app::checkpoint::files(&outside);
    let left = Checkpoint::read(&here).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(Checkpoint::read(&files[0]).unwrap(), left);

    // Another chain was kept there: none is written any more until that was looked at.
    let other = Checkpoint { hash: "0".repeat(64), ..left.clone() };
    let foreign = outside.join(format!("{:012}-00000000.json", left.sequence + 1));
    std::fs::write(&foreign, other.text()).unwrap();
    keeper.leave(ledger, patience).await.unwrap();
    plant.is_red_for("checkpoints", "path", &foreign.display().to_string()).await;
    assert_eq!(mtm_app::checkpoint::files(&outside).len(), 2);
    std::fs::remove_file(&foreign).unwrap();
    keeper.keep_outside(ledger, patience).await;
    plant.shines("checkpoints", Light::Green).await;
}

async fn a_place_outside_that_hangs_or_refuses_keeps_nobody_waiting(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let (ledger, keeper) = (plant.app.ledger(), plant.app.checkpoints().unwrap());
    let outside = plant.directory.path().join("outside");
    let (short, patience) = (Duration::from_millis(200), Duration::from_secs(20));
    let told = async |words: &str| {
        let verdict = plant.shines("checkpoints", Light::Yellow).await;
        let place = outside.display().to_string();
        assert!(verdict.finding.keys.iter().any(|it| it.key == place), "{verdict:?}");
        let became = keeper.trouble().outside;
        let is_told = matches!(&became, Outside::Failed { message, .. } if message.contains(words));
        assert!(is_told, "{became:?}");
    };
    // Something stands in the way: here one is left all the same.
    std::fs::write(&outside, "no directory").unwrap();
    assert!(keeper.leave(ledger, patience).await.unwrap().is_some());
    told("outside").await;
    std::fs::remove_file(&outside).unwrap();
    std::fs::create_dir(&outside).unwrap();
    keeper.keep_outside(ledger, patience).await;
    plant.shines("checkpoints", Light::Green).await;

    // A pipe that nobody writes to is a file that hangs.
    let hangs = outside.join("000000999999-00000000.json");
    assert!(Command::new("mkfifo").arg(&hangs).status().unwrap().success());
    let left = tokio::time::timeout(SOON, keeper.leave(ledger, short)).await;
    assert!(left.expect("somebody waits").unwrap().is_some());
    told("no answer within").await;
    let again = tokio::time::timeout(SOON, keeper.keep_outside(ledger, patience)).await;
    again.expect("somebody waits");
    told("has not come back").await;
    std::fs::write(&hangs, "").unwrap();
    std::fs::remove_file(&hangs).unwrap();
    poll::eventually("the place outside", SOON, async || {
        keeper.keep_outside(ledger, patience).await;
        Ok(keeper.is_settled().then_some(()))
    })
    .await
    .unwrap();
    plant.shines("checkpoints", Light::Green).await;
}

async fn a_checkpoint_that_cannot_be_signed_is_told(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let (ledger, keeper) = (plant.app.ledger(), plant.app.checkpoints().unwrap());
    std::fs::create_dir(plant.directory.path().join("outside")).unwrap();
    let patience = Duration::from_secs(20);
    keeper.leave(ledger, patience).await.unwrap();
    plant.shines("checkpoints", Light::Green).await;
    let (key, kept) =
        (plant.directory.path().join("checkpoint.key"), plant.directory.path().join("kept.key"));
    std::fs::rename(&key, &kept).unwrap();
    std::fs::write(&key, "no key").unwrap();
    let path = keeper.leave(ledger, patience).await.unwrap().unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap().signed, None, "better than none");
    plant.shines("checkpoints", Light::Yellow).await;
    assert!(!keeper.can_sign_again());
    std::fs::rename(&kept, &key).unwrap();
    assert!(keeper.can_sign_again());
    let path = keeper.leave(ledger, patience).await.unwrap().unwrap();
    assert!(Checkpoint::read(&path).unwrap().signed.is_some());
    plant.shines("checkpoints", Light::Green).await;
}

async fn a_key_file_that_is_gone_turns_the_light_red(engine: Engine) {
    let plant = Audited::start(engine).await;
    plant.shines("secrets_key", Light::Green).await;
    let key = plant.directory.path().join("secrets.key");
    let kept = plant.directory.path().join("kept.key");
    std::fs::rename(&key, &kept).unwrap();
    plant.is_red_for("secrets_key", "path", &key.display().to_string()).await;
    std::fs::rename(&kept, &key).unwrap();
    plant.shines("secrets_key", Light::Green).await;
}

#[test]
fn a_file_that_was_taken_away_turns_the_light_red() {
    block_on(async {
        let plant = Audited::busy(Engine::File).await;
        let (file, away) =
            (plant.directory.path().join("mtm.db"), plant.directory.path().join("away.db"));
        std::fs::rename(&file, &away).unwrap();
        plant.is_red_for("database", "path", &file.display().to_string()).await;
        std::fs::rename(&away, &file).unwrap();
        plant.shines("database", Light::Green).await;
    });
}
