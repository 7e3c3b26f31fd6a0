//! Places in the log on a server: given once, in the order in which things became visible, by
//! one program at a time, whoever of them comes and goes.
//!
//! `MTM_PASSING` sets how many bookings pass a transaction that is held open.

use std::sync::Arc;

use mtm_core::command::{Action, HoldSubject, PlaceHold, ReleaseHold};
use mtm_core::word::{HoldId, ReasonCode};
use mtm_lab::proxy::{Direction, Fault, Proxy};
use mtm_store::integrity::VerifyRange;
use mtm_store::master::{MasterNoun, NewMaster};
use mtm_store::{Clock as _, SystemClock};
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{MariaDb, poll};
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::plant::{receive, refused, take};
use crate::site::{PATIENCE, Site, movements, on_mariadb};

/// Bookings that pass in the bounded run.
const PASSING: u64 = 200;
/// Clients that book at once.
const CLIENTS: u64 = 8;

/// Books `count` receipts of one piece by several clients at once.
async fn book_many(sites: &[&Arc<Site>], count: u64) {
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let site = Arc::clone(sites[usize::try_from(client).unwrap() % sites.len()]);
        let share = count / CLIENTS + u64::from(client < count % CLIENTS);
        clients.spawn(async move {
            for _ in 0..share {
                site.book(Action::Receive(receive("P-1", 1))).await;
            }
        });
    }
    clients.join_all().await;
}

/// The postings of a receipt of five pieces into `lot`, as any client of the procedures may hand
/// them in, and the movement's id in hexadecimal.
fn postings(server: &MariaDb, database: &str, lot: &str) -> (Value, String) {
    let sql = "SELECT part_id, user_id, to_operation_id, to_location_id, from_account FROM movement
               LIMIT 1";
    let row = server.sql(database, sql).unwrap();
    let like: Vec<&str> = row.trim().split('\t').collect();
    let number = |at: usize| like[at].parse::<i64>().unwrap();
    let id = SystemClock.fresh_uuid().simple().to_string();
    let now = SystemClock.now().micros();
    let posting = json!({
        "lots": [],
        "new_lots": [{
            "lot": lot, "part": number(0), "received_at": now, "received_by": number(1),
        }],
        "movements": [{
            "id": id, "type": "in", "part": number(0), "lot": lot, "quantity": 5_000_000,
            "from": { "account": like[4] },
            "to": { "account": "stock", "operation": number(2), "location": number(3) },
            "user": number(1), "at": now,
        }],
        "queue": [{ "movement": id, "user": number(1), "at": now }],
    });
    (posting, id)
}

/// A transaction of somebody else, with the postings written and not committed.
async fn held_open(url: &str, posting: &Value) -> Conn {
    let mut connection = Conn::new(mysql_async::Opts::from_url(url).unwrap()).await.unwrap();
    connection.query_drop("START TRANSACTION").await.unwrap();
    connection.exec_drop("CALL mtm_apply_v2(?, @status)", (posting.to_string(),)).await.unwrap();
    let status: Option<String> = connection.query_first("SELECT @status").await.unwrap();
    assert_eq!(status.as_deref(), Some("done"));
    connection
}

#[test]
fn what_is_held_open_on_mariadb_while_others_pass_is_told_exactly_once() {
    on_mariadb("MariaDB sealing", async |server, database, url| {
        let site = Site::found(&url).await;
        site.lot_of(1).await;
        let passing = number("MTM_PASSING", PASSING);
        let (held, id) = postings(server, &database, "HELD-1");
        let mut late = held_open(&url, &held).await;
        let (undone, _) = postings(server, &database, "UNDONE-1");
        let mut never = held_open(&url, &undone).await;

        let passed = 1 + usize::try_from(passing).unwrap();
        book_many(&[&site], passing).await;
        site.is_sound_with(passed).await;
        late.query_drop("COMMIT").await.unwrap();
        never.query_drop("ROLLBACK").await.unwrap();
        site.book(take(&"HELD-1".parse().unwrap(), 5)).await;

        site.is_sound_with(passed + 2).await;
        let events = site.events().await;
        let told = movements(&events);
        let places: Vec<usize> =
            (0..told.len()).filter(|&at| told[at].id.to_string().replace('-', "") == id).collect();
        assert_eq!(places, [passed], "told where it became visible, and once");
        evidence(format!(
            "a transaction held open while {passing} passed was told once, after them"
        ));
        for mut connection in [late, never] {
            connection.query_drop("DO 0").await.unwrap();
            connection.disconnect().await.unwrap();
        }
        site.ledger.close().await;
    });
}

/// Owner and fence of the sealer's lease.
fn lease(server: &MariaDb, database: &str) -> (String, i64) {
    let sql = "SELECT HEX(owner), fence FROM lease WHERE name = 'sealer'";
    let row = server.sql(database, sql).unwrap();
    let (owner, fence) = row.trim().split_once('\t').unwrap();
    (owner.to_owned(), fence.parse().unwrap())
}

#[test]
fn two_programs_on_one_mariadb_tell_everything_once_whichever_of_them_goes() {
    on_mariadb("MariaDB sealing", async |server, database, url| {
        let first = Site::found(&url).await;
        let second = Site::join(&url).await;
        book_many(&[&first, &second], 40).await;
        first.is_sound_with(40).await;
        second.is_sound_with(40).await;
        let events = first.events().await;
        assert_eq!(second.events().await, events);
        // Both wake whoever waits for news.
        for site in [&first, &second] {
            let mut newest = site.ledger.subscribe();
            let last = events.len() as u64;
            let woken = tokio::time::timeout(PATIENCE, newest.wait_for(|newest| *newest >= last));
            woken.await.unwrap().unwrap();
        }

        // Closed: the other goes on.
        let (owner, fence) = lease(server, &database);
        first.ledger.close().await;
        book_many(&[&second], 10).await;
        second.is_sound_with(50).await;
        let (heir, next) = lease(server, &database);
        assert!(heir != owner && next > fence, "{owner} {fence}, {heir} {next}");

        // Gone without a word: the other goes on once the lease has run out.
        let third = Site::join(&url).await;
        book_many(&[&second], 10).await;
        drop(second);
        book_many(&[&third], 10).await;
        third.is_sound_with(70).await;
        let (last, newer) = lease(server, &database);
        assert!(last != heir && newer > next, "{heir} {next}, {last} {newer}");
        third.ledger.close().await;
    });
}

#[test]
fn a_program_that_was_paused_doubles_nothing_on_mariadb() {
    on_mariadb("MariaDB sealing", async |server, database, url| {
        let proxy = Proxy::start(format!("127.0.0.1:{}", server.port())).await.unwrap();
        let through = format!("mysql://root@{}/{database}", proxy.address());
        let paused = Site::found(&through).await;
        book_many(&[&paused], 10).await;
        paused.is_sound_with(10).await;
        let (owner, fence) = lease(server, &database);
        let other = Site::join(&url).await;
        // Nothing it says arrives before its lease has run out.
        proxy.set(Direction::ToServer, Fault::Delay(std::time::Duration::from_secs(5)));
        book_many(&[&other], 20).await;
        other.is_sound_with(30).await;
        proxy.heal();
        book_many(&[&paused, &other], 20).await;
        other.is_sound_with(50).await;
        paused.is_sound_with(50).await;

        // What it would have sealed before the pause, it cannot seal after it.
        let (heir, newer) = lease(server, &database);
        assert!(heir != owner && newer > fence, "{owner} {fence}, {heir} {newer}");
        let end = server.sql(&database, "SELECT max(sequence) FROM audit").unwrap();
        for (owner, fence) in [(&owner, fence), (&heir, fence), (&owner, newer)] {
            let batch = json!({
                "owner": owner, "fence": fence, "after": end.trim().parse::<i64>().unwrap(),
                "movements": [], "queue": [],
                "entries": [{
                    "sequence": end.trim().parse::<i64>().unwrap() + 1, "kind": "hold",
                    "user": 1, "at": 1, "entry": "[]", "hash": "00".repeat(32),
                }],
                "events": [],
            });
            let call = format!("CALL mtm_seal('{batch}', @status); SELECT @status");
            assert_eq!(server.sql(&database, &call).unwrap().trim(), "lost");
        }
        let report = other.ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "{:?}", report.first_bad);
        other.ledger.close().await;
        paused.ledger.close().await;
        proxy.stop().await;
    });
}

#[test]
fn master_data_and_holds_of_one_program_on_mariadb_bind_the_other() {
    on_mariadb("MariaDB sealing", async |_, _, url| {
        let first = Site::found(&url).await;
        let second = Site::join(&url).await;
        let new = NewMaster::named(MasterNoun::Part, "NEW");
        first.ledger.create_masters(vec![new], first.actor()).await.unwrap();
        // At once: before a refusal is told, what it rests on is read again.
        second.book(Action::Receive(receive("NEW", 3))).await;

        let lot = first.lot_of(30).await;
        let hold = Action::PlaceHold(PlaceHold {
            subject: HoldSubject::Lot(lot.clone()),
            reason: ReasonCode::parse("quality").unwrap(),
            notes: None,
        });
        first.book(hold).await;
        // At once: the procedure looks again.
        assert_eq!(refused(&second.post(None, take(&lot, 1)).await.unwrap_err()), "on_hold");
        // And without any booking, for whoever looks at the screen.
        let third = NewMaster::named(MasterNoun::Part, "THIRD");
        first.ledger.create_masters(vec![third], first.actor()).await.unwrap();
        let seen = poll::eventually("the other's master data", PATIENCE, async || {
            let catalogue = second.ledger.catalogue();
            let part = catalogue.part(&"THIRD".parse().unwrap()).is_some();
            Ok((part && !catalogue.holds.is_empty()).then_some(()))
        });
        seen.await.unwrap();
        first.ledger.close().await;
        second.ledger.close().await;
    });
}

#[test]
fn a_refusal_by_a_hold_that_is_gone_when_it_would_be_told_is_taken_back() {
    on_mariadb("MariaDB sealing", async |server, database, url| {
        let (first, second) = (Site::found(&url).await, Site::join(&url).await);
        let lot = first.lot_of(30).await;
        let subject = HoldSubject::Lot(lot.clone());
        let reason = ReasonCode::parse("quality").unwrap();
        let placed =
            first.book(Action::PlaceHold(PlaceHold { subject, reason, notes: None })).await;
        let knows = async |of_it: bool| {
            let seen = poll::eventually("what the other knows of the hold", PATIENCE, async || {
                let held = !second.ledger.catalogue().holds.is_empty();
                Ok((held == of_it).then_some(()))
            });
            seen.await.unwrap();
        };
        knows(true).await;

        // The no is found; before it is told, its key is looked for, and waits here.
        let mut keys = Conn::new(mysql_async::Opts::from_url(&url).unwrap()).await.unwrap();
        keys.query_drop("LOCK TABLES idempotency_key WRITE").await.unwrap();
        let taker = Arc::clone(&second);
        let action = take(&lot, 1);
        let taking = tokio::spawn(async move { taker.post(Some("take"), action).await });
        let waiting = format!(
            "SELECT count(*) FROM information_schema.processlist
              WHERE db = '{database}' AND state = 'Waiting for table metadata lock'"
        );
        poll::eventually("a refusal that waits", PATIENCE, async || {
            Ok((server.sql(&database, &waiting)?.trim() != "0").then_some(()))
        })
        .await
        .unwrap();
        let hold = HoldId::placed_by(placed.id);
        first.book(Action::ReleaseHold(ReleaseHold { hold, notes: None })).await;
        // The other reads it by itself, so that whoever is refused finds nothing new to read.
        knows(false).await;
        keys.query_drop("UNLOCK TABLES").await.unwrap();
        keys.disconnect().await.unwrap();
        taking.await.unwrap().unwrap().into_single().unwrap();

        first.is_sound_with(2).await;
        first.ledger.close().await;
        second.ledger.close().await;
    });
}

#[test]
fn a_program_starts_on_mariadb_while_somebody_reads_for_long() {
    on_mariadb("MariaDB start", async |_, _, url| {
        let first = Site::found(&url).await;
        first.lot_of(1).await;
        let options = mysql_async::Opts::from_url(&url).unwrap();
        let mut reader = Conn::new(options).await.unwrap();
        reader.query_drop("START TRANSACTION").await.unwrap();
        reader.query_drop("SELECT * FROM movement, audit").await.unwrap();
        let second = tokio::time::timeout(PATIENCE, Site::join(&url)).await.unwrap();
        second.lot_of(1).await;
        first.is_sound_with(2).await;
        reader.query_drop("COMMIT").await.unwrap();
        reader.disconnect().await.unwrap();
        first.ledger.close().await;
        second.ledger.close().await;
    });
}
