//! Database servers, and several programs on one.

use mtm_app::App;
use mtm_app::truth::Light;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_testkit::{MariaDb, poll};

use super::{Audited, Engine, SOON, block_on, shines, verdict};

#[test]
fn a_database_server_that_is_stopped_turns_the_light_red_until_it_is_back() {
    let Some(mut server) = MariaDb::start().unwrap().or_skip("truth light") else { return };
    let url = server.create_database().unwrap();
    block_on(async {
        let plant = Audited::at(Some(url), tempfile::tempdir().unwrap(), Audited::settings).await;
        plant.shines("database", Light::Green).await;
        server.kill9().unwrap();
        let verdict = plant.shines("database", Light::Red).await;
        assert!(verdict.finding.next_step.is_some());
        // What cannot be asked is not known, and not called well.
        plant.shines("procedures", Light::Unknown).await;
        server.restart().unwrap();
        for name in ["database", "procedures", "stock", "audit_chain"] {
            plant.shines(name, Light::Green).await;
        }
        // While it was red nothing could be written, also no event.
        plant.was_told("database", &["truth.violated", "truth.restored"]).await;
    });
}

#[test]
fn bookings_that_wait_for_their_place_turn_the_light_red() {
    if MariaDb::shared().unwrap().or_skip("truth light").is_none() {
        return;
    }
    block_on(async {
        let plant = Audited::busy(Engine::Server).await;
        // Somebody holds the lease and does nothing.
        plant.sql(
            "UPDATE lease SET owner = x'0123456789abcdef0123456789abcdef', fence = fence + 1,
                    expires_at = now(6) + INTERVAL 1 DAY WHERE name = 'sealer'",
        );
        let who = plant.app.local_principal("tester").await.unwrap();
        let part = vec![NewMaster::named(MasterNoun::Part, "P-2")];
        plant.app.ledger().create_masters(part, who.actor()).await.unwrap();
        let verdict = plant.shines("sealing", Light::Red).await;
        assert_eq!(verdict.finding.keys[0].kind, "seal_queue");
        assert!(verdict.finding.next_step.is_some());
        // This server does not audit the ledger any more, and says so.
        let elsewhere = async |app: &App| {
            poll::eventually("another server to audit", SOON, async || {
                let message = verdict_message(app, "stock");
                Ok(message.contains("Another server").then_some(()))
            })
            .await
            .unwrap();
        };
        elsewhere(&plant.app).await;
        plant.sql("UPDATE lease SET expires_at = '2000-01-01 00:00:00' WHERE name = 'sealer'");
        plant.shines("sealing", Light::Green).await;
    });
}

fn verdict_message(app: &App, name: &str) -> String {
    verdict(app, name).finding.message
}

#[test]
fn a_server_that_does_not_seal_shows_what_the_other_found() {
    if MariaDb::shared().unwrap().or_skip("truth light").is_none() {
        return;
    }
    block_on(async {
        let plant = Audited::busy(Engine::Server).await;
        let other =
            Audited::at(plant.url.clone(), tempfile::tempdir().unwrap(), Audited::settings).await;
        shines(&other.app, "stock", Light::Green).await;
        let lot = "0000000003";
        plant
            .tamper(&format!("UPDATE stock SET quantity = quantity + 1000000 WHERE lot = '{lot}'"));
        for it in [&plant, &other] {
            it.is_red_for("stock", "lot", lot).await;
        }
        plant.was_told("stock", &["truth.violated"]).await;
        plant
            .tamper(&format!("UPDATE stock SET quantity = quantity - 1000000 WHERE lot = '{lot}'"));
        for it in [&plant, &other] {
            shines(&it.app, "stock", Light::Green).await;
        }
        plant.was_told("stock", &["truth.violated", "truth.restored"]).await;
    });
}

#[test]
fn a_server_of_the_url_that_is_away_is_named() {
    let Some(server) = MariaDb::shared().unwrap().or_skip("truth light") else { return };
    let url = server.create_database().unwrap();
    let here = format!("127.0.0.1:{}", server.port());
    // Nothing listens on the discard port.
    let two = url.replace(&here, &format!("{here},127.0.0.1:9"));
    assert_ne!(url, two);
    block_on(async {
        let plant = Audited::at(Some(two), tempfile::tempdir().unwrap(), Audited::settings).await;
        let verdict = plant.shines("servers", Light::Yellow).await;
        assert_eq!(verdict.finding.keys[0].key, "127.0.0.1:9", "{verdict:?}");
    });
}
