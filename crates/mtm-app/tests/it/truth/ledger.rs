//! The books: stock, movements, audit entries, and what the world is told.

use mtm_app::truth::{INVARIANTS, Light};
use mtm_core::event::EventType;
use mtm_testkit::poll;

use super::{Audited, Engine, SOON, block_on, on_both};

on_both!(
    a_quantity_changed_past_the_program_turns_the_light_red_and_is_told_once,
    a_movement_or_an_entry_changed_or_removed_is_named,
);

async fn a_quantity_changed_past_the_program_turns_the_light_red_and_is_told_once(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let lot = "0000000002";
    plant.tamper(&format!("UPDATE stock SET quantity = quantity + 1000000 WHERE lot = '{lot}'"));
    plant.is_red_for("stock", "lot", lot).await;
    let message = plant.verdict("stock").finding.message;
    assert_eq!(message, "Stock of lot 0000000002 at A-1 / 10 is 21, the movements make 20.");
    plant.was_told("stock", &["truth.violated"]).await;
    let events = plant.app.ledger().events_after(0, vec![EventType::TruthViolated], 10).await;
    let event = events.unwrap().into_iter().find(|it| it.subject == "stock").unwrap();
    assert_eq!(event.data["keys"][0]["key"], lot, "{event:?}");
    assert!(event.data["next_step"].is_string());

    plant.tamper(&format!("UPDATE stock SET quantity = quantity - 1000000 WHERE lot = '{lot}'"));
    plant.shines("stock", Light::Green).await;
    plant.was_told("stock", &["truth.violated", "truth.restored"]).await;
}

async fn a_movement_or_an_entry_changed_or_removed_is_named(engine: Engine) {
    let plant = Audited::busy(engine).await;
    let cases = [
        (
            "UPDATE movement SET quantity = quantity + 1000000 WHERE sequence = 2",
            "UPDATE movement SET quantity = quantity - 1000000 WHERE sequence = 2",
            ("sequence", "2"),
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM movement WHERE sequence = 3; DELETE FROM movement WHERE sequence = 3",
            "INSERT INTO movement SELECT * FROM kept; DROP TABLE kept",
            ("sequence", "3"),
        ),
        (
            "UPDATE audit SET entry = replace(entry, 'in', 'IN') WHERE movement_sequence = 1",
            "UPDATE audit SET entry = replace(entry, 'IN', 'in') WHERE movement_sequence = 1",
            ("lot", "0000000001"),
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM audit WHERE sequence = 2; DELETE FROM audit WHERE sequence = 2",
            "INSERT INTO audit SELECT * FROM kept; DROP TABLE kept",
            ("audit_entry", "2"),
        ),
    ];
    for (alter, mend, (kind, key)) in cases {
        plant.tamper(alter);
        plant.is_red_for("audit_chain", kind, key).await;
        plant.tamper(mend);
        for name in ["audit_chain", "stock", "history"] {
            plant.shines(name, Light::Green).await;
        }
    }
}

#[test]
fn a_restart_tells_nothing_twice_and_knows_what_was_told() {
    block_on(async {
        let plant = Audited::busy(Engine::File).await;
        plant.tamper("UPDATE stock SET quantity = quantity + 1000000 WHERE lot = '0000000001'");
        plant.was_told("stock", &["truth.violated"]).await;
        let Audited { app, directory, auditing, .. } = plant;
        drop(auditing);
        app.ledger().close().await;
        let plant = Audited::at(None, directory, Audited::settings).await;
        plant.shines("stock", Light::Red).await;
        plant.tamper("UPDATE stock SET quantity = quantity - 1000000 WHERE lot = '0000000001'");
        plant.was_told("stock", &["truth.violated", "truth.restored"]).await;
    });
}

#[test]
fn every_invariant_is_looked_at() {
    block_on(async {
        let plant = Audited::busy(Engine::File).await;
        for invariant in INVARIANTS {
            plant.shines(invariant.name, Light::Green).await;
        }
        assert_eq!(plant.app.truth().light(), Light::Green);
        let entries = plant.app.ledger().counts().await.unwrap().audit_entries;
        poll::eventually("everything to be read once", SOON, async || {
            Ok((plant.app.truth().audited_to() == entries).then_some(()))
        })
        .await
        .unwrap();
    });
}
