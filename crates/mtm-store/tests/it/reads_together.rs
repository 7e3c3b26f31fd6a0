//! What several commands need is read in few questions, however many they are.

use mtm_core::command::{Action, Pick, PickRule, Receive, Take};
use mtm_store::Submission;
use mtm_testkit::MariaDb;

use crate::plant::{location, operation, part, pieces, receive, take};
use crate::site::{Site, runtime};

/// How often the server was asked for something since its log is kept.
fn asked(server: &MariaDb, what: &str) -> u64 {
    let asked = format!(
        "SELECT count(*) FROM mysql.general_log WHERE command_type = 'Execute' AND argument LIKE '{what}'"
    );
    server.sql("", &asked).unwrap().trim().parse().unwrap()
}

fn all(site: &Site, actions: impl IntoIterator<Item = Action>) -> Submission {
    let commands = actions.into_iter().flat_map(|action| site.submission(None, action).commands);
    Submission { commands: commands.collect(), ..site.submission(None, take_one()) }
}

/// One piece from wherever `P-1` stands, the oldest first.
fn take_one() -> Action {
    Action::Take(Take {
        pick: Pick {
            part: Some(part("P-1")),
            operation: Some(operation("10")),
            location: Some(location("A-1")),
            rule: PickRule::Fifo,
            ..Pick::default()
        },
        quantity: Some(pieces(1)),
        reason: None,
        notes: None,
        reservation: None,
    })
}

#[test]
fn a_batch_on_mariadb_is_read_in_few_questions() {
    // A server of its own: what it is asked is counted.
    let Some(server) = MariaDb::start().unwrap().or_skip("MariaDB reads together") else { return };
    let url = server.create_database().unwrap();
    runtime().block_on(async {
        let site = Site::found(&url).await;
        let containers = 250.try_into().unwrap();
        let receipt = Action::Receive(Receive { containers, ..receive("P-1", 5) });
        let lots = site.book(receipt).await.lots;
        assert_eq!(lots.len(), 250);
        server.sql("", "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON").unwrap();
        // Two hundred lots by their numbers, and some by where they stand.
        let named = lots[..200].iter().map(|lot| take(lot, 1));
        let batch = all(&site, named.chain((0..10).map(|_| take_one())));
        site.ledger.post(batch).await.unwrap();
        let questions =
            ["SELECT lot, part_id%FROM lot WHERE%", "SELECT lot, operation_id%FROM stock%"];
        for what in questions {
            let asked = asked(&server, what);
            assert!((1..=4).contains(&asked), "{asked} times {what}");
        }
        assert_eq!(asked(&server, "SELECT lot FROM stock WHERE%"), 1, "where lots stand");
        // Ten receipts of one part ask once what is usual of it.
        let before = asked(&server, "%sequence IS NULL%");
        let batch = all(&site, (0..10).map(|_| Action::Receive(receive("P-1", 5))));
        site.ledger.post(batch).await.unwrap();
        assert_eq!(asked(&server, "%sequence IS NULL%") - before, 1);
        server.sql("", "SET GLOBAL general_log = OFF").unwrap();
        assert_eq!(site.on_hand().await, 250 * 5 - 210 + 50);
        site.ledger.close().await;
    });
}
