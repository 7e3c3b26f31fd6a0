//! One run: whose turn it is, step by step, as a seed says. Each step ends before the next begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use mtm_app::Principal;
use mtm_app::webhook::WebhookRequest;
use mtm_core::command::Patch;
use mtm_core::event::Event;
use mtm_core::policy::Role;
use mtm_core::word::{Quantity, Timestamp};
use mtm_store::master::{MasterAttributes, MasterNoun, NewMaster};
use mtm_store::{Clock as _, ManualClock};
use uuid::Uuid;

use super::chance::Chance;
use super::counts::Counting;
use super::imports::Load;
use super::mishap::{Kind, Mishaps};
use super::outside::{DESTINATIONS, Outside, RECEIVERS};
use super::people::Request;
use super::periods::Closings;
use super::service::{Home, Service};
use super::story::Story;
use super::twin::Twin;
use super::wish::{Known, LOCATIONS, OPERATIONS, PARTS};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

/// A simulation of the whole service.
pub(super) struct Run {
    pub(super) chance: Chance,
    pub(super) clock: Arc<ManualClock>,
    pub(super) mishaps: Mishaps,
    pub(super) outside: Outside,
    pub(super) home: Home,
    pub(super) service: Service,
    pub(super) story: Story,
    pub(super) twin: Twin,
    pub(super) people: Vec<Principal>,
    pub(super) known: Known,
    /// Requests that were answered, newest last.
    pub(super) answered: Vec<Request>,
    /// Requests whose answer was lost, or that could not be booked: they are sent again.
    pub(super) lost: Vec<Request>,
    pub(super) requests: u64,
    pub(super) loads: Vec<Load>,
    pub(super) counting: Option<Counting>,
    pub(super) closings: Closings,
    /// The webhooks, and from which event on each is told.
    pub(super) webhooks: Vec<(Uuid, u64)>,
    /// From which event on brokers are told.
    pub(super) brokers_from: u64,
    /// Every event that was ever in the outbox.
    pub(super) told: Vec<Event>,
    pub(super) tally: Tally,
}

/// How much happened: a run in which nothing goes wrong proves little.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    pub(crate) steps: u64,
    /// What was booked, how often.
    pub(crate) booked: BTreeMap<&'static str, u64>,
    /// Why something was refused, how often.
    pub(crate) refused: BTreeMap<&'static str, u64>,
    pub(crate) replayed: u64,
    pub(crate) kills: u64,
    pub(crate) failures: u64,
    pub(crate) events: u64,
}

impl Tally {
    /// One more of something.
    pub(super) fn one(of: &mut BTreeMap<&'static str, u64>, what: &'static str) {
        *of.entry(what).or_default() += 1;
    }

    /// Another run's are added.
    pub(crate) fn add(&mut self, other: &Self) {
        for (ours, theirs) in
            [(&mut self.booked, &other.booked), (&mut self.refused, &other.refused)]
        {
            for (what, times) in theirs {
                *ours.entry(what).or_default() += times;
            }
        }
        self.steps += other.steps;
        self.replayed += other.replayed;
        self.kills += other.kills;
        self.failures += other.failures;
        self.events += other.events;
    }
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) hash: String,
    pub(crate) story: Vec<String>,
    pub(crate) tally: Tally,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Book,
    BookTogether,
    BookLate,
    AskAgain,
    AskWrongly,
    SendLost,
    Import,
    Count,
    Period,
    Webhooks,
    Broker(usize),
    Minimums,
    Derive,
    Close,
    Notify,
    Index,
    Audit,
    Tidy,
    Weather,
    Restart,
    TimePasses,
    ClockBack,
    Judge,
}

const TURNS: [(u64, Turn); 24] = [
    (40, Turn::Book),
    (4, Turn::BookTogether),
    (3, Turn::BookLate),
    (5, Turn::AskAgain),
    (2, Turn::AskWrongly),
    (5, Turn::SendLost),
    (6, Turn::Import),
    (6, Turn::Count),
    (3, Turn::Period),
    (8, Turn::Webhooks),
    (4, Turn::Broker(0)),
    (4, Turn::Broker(1)),
    (4, Turn::Minimums),
    (3, Turn::Derive),
    (3, Turn::Close),
    (3, Turn::Notify),
    (1, Turn::Index),
    (2, Turn::Audit),
    (2, Turn::Tidy),
    (3, Turn::Weather),
    (1, Turn::Restart),
    (5, Turn::TimePasses),
    (1, Turn::ClockBack),
    (2, Turn::Judge),
];

/// Runs `steps` steps of `seed`, then lets everything settle and judges it.
pub(crate) async fn run(seed: u64, steps: u64) -> Ended {
    let mut run = Run::begin(seed, steps).await;
    for step in 0..steps {
        run.step(step).await;
    }
    run.settle().await;
    run.judge().await;
    if run.chance.once_in(4) {
        run.a_month_passes().await;
    }
    run.service.app.ledger().close().await;
    let Run { story, mut tally, told, .. } = run;
    tally.steps = steps;
    tally.events = told.len() as u64;
    Ended { hash: story.hash(), story: story.lines().to_vec(), tally }
}

impl Run {
    async fn begin(seed: u64, steps: u64) -> Self {
        let start = Timestamp::parse("2026-11-23T06:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::new(start, seed));
        let mishaps = Mishaps::default();
        let outside = Outside::new(seed, Arc::clone(&clock), mishaps.clone());
        let home = Home::new(Arc::clone(&clock), mishaps.clone(), outside.clone());
        let mut service = home.begin().await;
        let brokers_from = service.app.ledger().newest_event().await.unwrap().unwrap_or(0);
        let people = people(&service).await;
        // News begin with the first look.
        service.app.ledger().take_notices(1).await.unwrap();
        let mut webhooks = Vec::new();
        for (name, types) in
            DESTINATIONS[..RECEIVERS].iter().zip([vec![], vec!["movement.recorded"]])
        {
            let request = WebhookRequest {
                name: (*name).to_owned(),
                url: format!("http://{name}.plant/hook"),
                types: types.into_iter().map(str::to_owned).collect(),
            };
            let (made, _) = service.app.create_webhook(&people[0], request, None).await.unwrap();
            let newest = service.app.ledger().newest_event().await.unwrap().unwrap_or(0);
            webhooks.push((made.id, newest));
        }
        furnish(&service, &people[0]).await;
        // What is below its minimum when minimums are first looked at is told.
        let ledger = service.app.ledger().clone();
        while ledger.watch_minimums(&mut service.minimums, 100).await.unwrap() {}
        let mut story = Story::of(seed, steps);
        story.tell(format_args!("seed {seed}, {steps} steps"));
        let twin = Twin::of(&service.app.catalogue(), clock.now());
        Self {
            chance: Chance::of(seed),
            clock,
            mishaps,
            outside,
            home,
            service,
            story,
            twin,
            people,
            known: Known::default(),
            answered: Vec::new(),
            lost: Vec::new(),
            requests: 0,
            loads: Vec::new(),
            counting: None,
            closings: Closings::default(),
            webhooks,
            brokers_from,
            told: Vec::new(),
            tally: Tally::default(),
        }
    }

    async fn step(&mut self, step: u64) {
        self.clock.advance(self.chance.between(0, 3 * SECOND));
        let turn = self.chance.weighed(&TURNS);
        self.story.tell(format_args!("{step} {} {turn:?}", self.clock.now()));
        match turn {
            Turn::Book => self.book().await,
            Turn::BookTogether => self.book_together().await,
            Turn::BookLate => self.book_late().await,
            Turn::AskAgain => self.ask_again().await,
            Turn::AskWrongly => self.ask_wrongly().await,
            Turn::SendLost => self.send_lost().await,
            Turn::Import => self.import().await,
            Turn::Count => self.count().await,
            Turn::Period => self.change_period().await,
            Turn::Webhooks => self.tell_webhooks().await,
            Turn::Broker(broker) => self.tell_broker(broker).await,
            Turn::Minimums => self.watch_minimums().await,
            Turn::Derive => self.derive().await,
            Turn::Close => self.close_stock().await,
            Turn::Notify => self.notify().await,
            Turn::Index => self.service.app.ledger().index_texts().await.unwrap(),
            Turn::Audit => self.audit(&["database", "stock", "chain", "history"]).await,
            Turn::Tidy => self.tidy().await,
            Turn::Weather => {
                let destination = self.chance.place(DESTINATIONS.len());
                let here = self.outside.turn(destination);
                self.story.tell(format_args!("  {} is here: {here}", DESTINATIONS[destination]));
            }
            Turn::Restart => {
                self.service.app.ledger().close().await;
                self.service = self.home.begin().await;
            }
            Turn::TimePasses => {
                let most = self.chance.weighed(&[(3, 120 * SECOND), (2, HOUR), (1, 12 * HOUR)]);
                self.clock.advance(self.chance.between(0, most));
            }
            Turn::ClockBack => self.clock_back().await,
            Turn::Judge => self.judge().await,
        }
    }

    /// The clock is set back. Somebody books just before, so that it is known up to when the ledger has
    /// recorded: it never goes back itself.
    async fn clock_back(&mut self) {
        self.book_receipt().await;
        let most = self.chance.weighed(&[(2, 5 * SECOND), (1, 2 * HOUR)]);
        self.clock.advance(-self.chance.between(1, most));
    }

    /// May have something go wrong at one of the next `commits` commits.
    pub(super) fn perhaps(&mut self, commits: u64) {
        if self.chance.once_in(6) {
            let (from, to) = (self.home.database(), self.home.next_database());
            self.mishaps.plan(&mut self.chance, commits, &from, &to);
        }
    }

    /// What went wrong since; a killed program is begun again on what it left.
    pub(super) async fn what_happened(&mut self) -> Option<Kind> {
        let killed = self.mishaps.was_killed();
        if killed {
            // The old program ends without anybody listening.
            self.service.app.ledger().close().await;
        }
        let struck = self.mishaps.end()?;
        self.story.tell(format_args!("  {struck:?}"));
        if killed {
            self.tally.kills += 1;
            self.home.go_on_with_what_is_left();
            self.service = self.home.begin().await;
        } else {
            self.tally.failures += 1;
        }
        Some(struck)
    }
}

/// Who works here: an administrator, an operator, a lead, and who brings files.
async fn people(service: &Service) -> Vec<Principal> {
    let mut people = Vec::new();
    for (name, role, intent_window) in [
        ("ann", Role::Admin, 0),
        ("ben", Role::Operator, 10),
        ("cem", Role::Lead, 10),
        ("dee", Role::Lead, 0),
    ] {
        let known = service.app.local_principal(name).await.unwrap();
        people.push(Principal { role, intent_window, ..known });
    }
    people
}

/// Parts, two of them with a minimum, operations and locations.
async fn furnish(service: &Service, admin: &Principal) {
    let minimum = |pieces| MasterAttributes {
        minimum_stock: Patch::Set(Quantity::pieces(pieces).unwrap()),
        ..MasterAttributes::default()
    };
    let mut masters: Vec<NewMaster> =
        PARTS.iter().map(|part| NewMaster::named(MasterNoun::Part, *part)).collect();
    masters[0].attributes = minimum(60);
    masters[1].attributes = minimum(25);
    let operations = OPERATIONS.iter().map(|code| NewMaster::named(MasterNoun::Operation, *code));
    let locations = LOCATIONS.iter().map(|code| NewMaster::named(MasterNoun::Location, *code));
    masters.extend(operations.chain(locations));
    service.app.ledger().create_masters(masters, admin.actor()).await.unwrap();
}
