//! Connections that end at the worst moment: around the commit. Under a key, the ledger's own
//! second attempt gives an answer, and there is one effect; without one, it says that it does not
//! know, and never books twice.
//!
//! `MTM_CUTS` sets how often (the long proof cuts a thousand times), `MTM_SEED` the seed.

use std::collections::HashSet;

use mtm_core::command::Action;
use mtm_core::outcome::Verdict;
use mtm_core::word::LotNumber;
use mtm_lab::proxy::{Direction, End, Fault as Vanish, Proxy, Trap};
use mtm_store::{Fault, PostError, Submission};
use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{MariaDb, poll};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::plant::{receive, take};
use crate::site::{PATIENCE, Site, for_order, on_mariadb, runtime};

/// Cuts of the bounded run.
const CUTS: u64 = 40;
/// Bytes of a booking's requests, about: a cut after fewer than that is somewhere inside.
const BOOKING: u64 = 3_000;

/// Where the connection ends.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The request was lost on its way.
    Before,
    /// The server has committed, and nobody hears of it.
    After,
    /// Anywhere in what is sent.
    Anywhere,
}

impl Moment {
    fn any(dice: &mut ChaCha8Rng) -> Self {
        match dice.random_range(0..5) {
            0 | 1 => Self::After,
            2 | 3 => Self::Before,
            _ => Self::Anywhere,
        }
    }

    /// The trap for the request that holds `text`.
    fn trap(self, text: &str, dice: &mut ChaCha8Rng) -> Trap {
        let end = if dice.random_bool(0.5) { End::Cut } else { End::Reset };
        match self {
            Self::Before => Trap::before_text(Direction::ToServer, text.as_bytes(), end),
            Self::After => Trap::before_reply(text.as_bytes(), end),
            Self::Anywhere => {
                Trap::after_bytes(Direction::ToServer, dice.random_range(0..BOOKING), end)
            }
        }
    }
}

fn dice() -> ChaCha8Rng {
    let seed = number("MTM_SEED", u64::from(std::process::id()));
    evidence(format!("seed {seed}"));
    ChaCha8Rng::seed_from_u64(seed)
}

/// A proxy in front of the server, and the database's URL through it.
async fn proxy_for(server: &MariaDb, database: &str) -> (Proxy, String) {
    let proxy = Proxy::start(format!("127.0.0.1:{}", server.port())).await.unwrap();
    let url = format!("mysql://root@{}/{database}", proxy.address());
    (proxy, url)
}

/// What is booked: one command is committed by the procedure that writes it, several by a
/// statement of their own.
#[derive(Debug, Clone, Copy)]
enum What {
    Take,
    Receive,
    Both,
}

impl What {
    fn any(dice: &mut ChaCha8Rng) -> Self {
        [Self::Take, Self::Receive, Self::Both][dice.random_range(0..3)]
    }

    fn submission(self, site: &Site, key: &str, lot: &LotNumber) -> Submission {
        let taken = site.submission(Some(key), take(lot, 1));
        let received = site.submission(Some(key), Action::Receive(receive("P-1", 1)));
        match self {
            Self::Take => taken,
            Self::Receive => received,
            Self::Both => {
                Submission { commands: [taken.commands, received.commands].concat(), ..received }
            }
        }
    }

    /// The text by which its commit is found on the wire.
    fn commit(self, key: &str) -> &str {
        match self {
            Self::Take | Self::Receive => key,
            Self::Both => "COMMIT",
        }
    }

    /// How many movements it has, and how many pieces more there are after it.
    fn effect(self) -> (usize, i64) {
        match self {
            Self::Take => (1, -1),
            Self::Receive => (1, 1),
            Self::Both => (2, 0),
        }
    }
}

/// Sends one booking under `key` into a cut; the movements it is answered with, and whether by a
/// first attempt's answer.
async fn into_a_cut(
    site: &Site,
    proxy: &Proxy,
    dice: &mut ChaCha8Rng,
    key: &str,
    (what, lot): (What, &LotNumber),
) -> (Vec<String>, bool) {
    let moment = Moment::any(dice);
    let sprung = proxy.counters().sprung;
    proxy.arm(moment.trap(what.commit(key), dice));
    let answer = site.ledger.post(what.submission(site, key, lot)).await;
    let sprang = proxy.counters().sprung > sprung;
    proxy.disarm();
    let answer = answer.unwrap_or_else(|error| panic!("{key}, {what:?}, {moment:?}: {error}"));
    assert!(sprang || matches!(moment, Moment::Anywhere), "{key}: {moment:?} was missed");
    // Whoever finds the answer of a first attempt says so.
    match moment {
        Moment::After => assert!(answer.replayed, "{key} was booked again"),
        Moment::Before => assert!(!answer.replayed, "{key} had never arrived"),
        Moment::Anywhere => {}
    }
    let ids = answer.verdicts.iter().flat_map(|verdict| match verdict {
        Verdict::Accepted(outcome) => &outcome.movements,
        Verdict::Refused(rejection) => panic!("{key}: {rejection}"),
    });
    (ids.map(|movement| movement.id.to_string()).collect(), answer.replayed)
}

#[test]
fn a_cut_at_the_commit_on_mariadb_has_one_effect_under_a_key() {
    on_mariadb("MariaDB cuts", async |server, database, _| {
        let (proxy, url) = proxy_for(server, &database).await;
        let mut dice = dice();
        let site = Site::found(&url).await;
        let lot = site.lot_of(10_000).await;
        let (mut pieces, mut booked, mut told) = (10_000, 1, [0_u64; 2]);
        let mut answered = HashSet::new();
        let cuts = number("MTM_CUTS", CUTS);
        for n in 0.. {
            if proxy.counters().sprung >= cuts {
                break;
            }
            let (key, what) = (format!("cut-{n:06}"), What::any(&mut dice));
            let (ids, replayed) = into_a_cut(&site, &proxy, &mut dice, &key, (what, &lot)).await;
            let (movements, more) = what.effect();
            assert_eq!(ids.len(), movements);
            for id in ids {
                assert!(answered.insert(id), "{key} is answered with another's movement");
            }
            booked += movements;
            pieces += more;
            told[usize::from(replayed)] += 1;
        }
        assert_eq!(site.on_hand().await, pieces);
        let keys = server.sql(&database, "SELECT count(*) FROM idempotency_key").unwrap();
        assert_eq!(keys.trim(), (told[0] + told[1]).to_string());
        site.is_sound_with(booked).await;
        evidence(format!(
            "{cuts} connections cut at the commit or in its request, under {} keys: {} answered at \
             first hand, {} replayed, each with one effect",
            told[0] + told[1],
            told[0],
            told[1]
        ));
        site.ledger.close().await;
        proxy.stop().await;
    });
}

#[test]
fn a_cut_without_a_key_on_mariadb_is_ambiguous_and_never_a_double() {
    on_mariadb("MariaDB cuts", async |server, database, _| {
        let (proxy, url) = proxy_for(server, &database).await;
        let mut dice = dice();
        let site = Site::found(&url).await;
        site.lot_of(1).await;
        let cuts = number("MTM_CUTS", CUTS) / 4;
        let mut booked = 0;
        for n in 0..cuts {
            let order = format!("WO-{n:06}");
            let moment = if dice.random_bool(0.5) { Moment::Before } else { Moment::After };
            proxy.arm(moment.trap(&order, &mut dice));
            let answer = site.post(None, for_order(&order)).await;
            proxy.disarm();
            assert!(
                matches!(answer, Err(PostError::Fault(Fault::Ambiguous(_)))),
                "{moment:?}: {answer:?}"
            );
            let count = format!("SELECT count(*) FROM lot WHERE work_order = '{order}'");
            let lots = server.sql(&database, &count).unwrap();
            let wanted = usize::from(matches!(moment, Moment::After));
            assert_eq!(lots.trim(), wanted.to_string(), "{moment:?}");
            booked += wanted;
        }
        site.is_sound_with(booked + 1).await;
        evidence(format!(
            "{cuts} bookings without a key cut at the commit: each answered as not known, \
             {booked} of them booked once, none twice"
        ));
        site.ledger.close().await;
        proxy.stop().await;
    });
}

#[test]
fn a_mariadb_that_is_away_books_nothing_and_serves_again_when_it_is_back() {
    let Some(mut server) = MariaDb::start().unwrap().or_skip("MariaDB away") else { return };
    let url = server.create_database().unwrap();
    let runtime = runtime();
    let site = runtime.block_on(Site::found(&url));
    let lot = runtime.block_on(site.lot_of(30));
    server.kill9().unwrap();
    for key in [None, Some("while it is away")] {
        let answer = runtime.block_on(site.post(key, take(&lot, 1)));
        assert!(
            matches!(answer, Err(PostError::Fault(Fault::Transient(_)))),
            "under {key:?}: {answer:?}"
        );
    }
    let asked = runtime.block_on(site.ledger.ping());
    assert!(matches!(asked, Err(Fault::Transient(_))), "{asked:?}");

    server.restart().unwrap();
    runtime.block_on(async {
        assert_eq!(site.on_hand().await, 30, "something was booked while nobody was there");
        site.post(Some("while it is away"), take(&lot, 1)).await.unwrap();
        site.post(None, take(&lot, 1)).await.unwrap();
        assert_eq!(site.on_hand().await, 28);
        site.is_sound_with(3).await;
        let open = poll::eventually("the way back", PATIENCE, async || {
            Ok(site.ledger.ping().await.is_ok().then_some(()))
        });
        open.await.unwrap();
        site.ledger.close().await;
    });
}

#[test]
fn a_mariadb_that_vanished_without_a_word_is_given_up_and_found_again() {
    on_mariadb("MariaDB vanished", async |server, database, _| {
        let (proxy, url) = proxy_for(server, &database).await;
        let site = Site::found(&url).await;
        let lot = site.lot_of(30).await;
        // Several connections, all of which will seem to be fine.
        let some = [(); 4].map(|()| site.post(None, take(&lot, 1)));
        for answer in futures_util::future::join_all(some).await {
            answer.unwrap();
        }
        site.told(5).await;
        for direction in [Direction::ToServer, Direction::ToClient] {
            proxy.set(direction, Vanish::Swallow);
        }
        let answer = site.post(Some("into the void"), take(&lot, 1)).await;
        let Err(PostError::Fault(Fault::Transient(_) | Fault::Ambiguous(_))) = answer else {
            panic!("{answer:?}");
        };
        let booked = server.sql(&database, "SELECT count(*) FROM movement").unwrap();
        assert_eq!(booked.trim(), "5");

        proxy.heal();
        let again = poll::eventually("the way back", PATIENCE, async || {
            match site.post(Some("into the void"), take(&lot, 1)).await {
                Ok(answer) => Ok(Some(answer)),
                Err(PostError::Fault(Fault::Transient(_))) => Ok(None),
                Err(error) => Err(error.into()),
            }
        });
        assert!(!again.await.unwrap().replayed);
        site.is_sound_with(6).await;
        assert_eq!(site.on_hand().await, 25);
        site.ledger.close().await;
        proxy.stop().await;
    });
}
