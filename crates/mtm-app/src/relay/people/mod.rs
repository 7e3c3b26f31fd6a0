//! News on their way to people: by mail, and by webhooks of their own.
//!
//! What is to be sent lies on a pile for each of a person's ways, put there in the transaction that took
//! the notice. A pile goes out as one message, so that a bad night is one mail and not three hundred. Its
//! end is written down before it is sent, and what became of it afterwards: a server that was killed in
//! between sends the same message again, under the same identity.
//!
//! What is in the way is told apart by whose it is. A mail server that is away is a matter of the site: the
//! truth light and the metrics say so, nobody's message counts as tried, and it is asked again after pauses
//! that double. An address that does not exist is a matter of its owner, who reads it on their page.

mod mail;
mod message;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use mtm_connect::mail::Server;
use mtm_connect::outgoing::Client;
use mtm_core::notice::NoticeWay;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::notice::{DuePile, PileFate};

use super::patience::Patience;
use super::schedule::Schedule;
use super::stop::Stop;
use crate::App;
use crate::bus::{Follower, Message};

/// News were taken, or somebody chose how to be told: something may be due now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticesDue;

impl Message for NoticesDue {}

/// Piles looked at in one round.
const ROUND: u16 = 16;
/// News in one message.
const MOST: u16 = 50;
/// Longest until the database is asked again whether anything is due.
const AT_LEAST: Duration = Duration::from_secs(5);
/// After a failure of the database, and while another server sends.
const PAUSE: Duration = Duration::from_secs(1);

/// How often somebody is told, and how patient one is with what is in the way.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Between two mails to one person: what happens meanwhile goes together.
    pub mail: Duration,
    /// Between two requests to one person's webhook.
    pub webhook: Duration,
    /// With a mail server that is away.
    pub patience: Patience,
    /// With one person's address.
    pub schedule: Schedule,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            mail: Duration::from_secs(60),
            webhook: Duration::from_secs(1),
            patience: Patience {
                first: Duration::from_secs(1),
                longest: Duration::from_secs(5 * 60),
            },
            schedule: Schedule::default(),
        }
    }
}

/// Tells people.
#[derive(Clone)]
pub struct PeopleRelay {
    app: App,
    client: Client,
    mail: Option<Server>,
    pace: Arc<Pace>,
    stop: Stop,
}

impl std::fmt::Debug for PeopleRelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeopleRelay").field("mail", &self.mail).finish_non_exhaustive()
    }
}

/// How a round ended.
enum Round {
    /// There may be more to do.
    More,
    /// Nothing is due before then, where anything is.
    Nothing(Option<Timestamp>),
    /// Another server sends, or nobody may.
    Elsewhere,
    /// Nobody can be told for so long.
    Away(Duration),
}

impl PeopleRelay {
    /// A relay that sends requests by `client`, and mail by `mail` where there is such a server.
    pub fn new(app: App, client: Client, mail: Option<Server>, pace: Pace) -> Self {
        Self { app, client, mail, pace: Arc::new(pace), stop: Stop::new() }
    }

    /// Says that this site sends mail, where it does.
    pub async fn meet(&self) -> Result<(), Fault> {
        if self.mail.is_none() {
            return Ok(());
        }
        self.app.ledger().mail_server_seen(self.app.clock().now()).await
    }

    /// Tells people until it is stopped; what is under way then is waited for and written down.
    pub async fn run(&self) {
        tokio::join!(self.webhooks(), self.mails());
    }

    /// Has [`PeopleRelay::run`] end as soon as what is under way is written down.
    pub fn stop(&self) {
        self.stop.now();
    }

    /// Rests after a round, unless something is due earlier.
    async fn rest(&self, round: Result<Round, Fault>, due: &mut Follower<NoticesDue>) {
        let pause = match round {
            Ok(Round::More) => return,
            Ok(Round::Nothing(next)) => self.until(next),
            Ok(Round::Elsewhere) => PAUSE,
            Ok(Round::Away(pause)) => {
                // Whatever else happens: it is left alone for so long.
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.stop.wanted() => {}
                }
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "news for people wait for the database");
                PAUSE
            }
        };
        tokio::select! {
            _ = due.next() => {}
            () = tokio::time::sleep(pause) => {}
            () = self.stop.wanted() => {}
        }
    }

    /// Piles that are due by `way`, or how the round ends.
    async fn due(&self, way: NoticeWay) -> Result<Result<Vec<DuePile>, Round>, Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            return Ok(Err(Round::Elsewhere));
        }
        let now = self.app.clock().now();
        let due = ledger.due_piles(way, now, ROUND).await?;
        if due.is_empty() {
            let next = ledger.next_pile_due(way).await?;
            return Ok(Err(Round::Nothing(next.filter(|next| *next > now))));
        }
        Ok(Ok(due))
    }

    async fn settle(&self, pile: &DuePile, up_to: u64, fate: PileFate) -> Result<(), Fault> {
        if let PileFate::Stopped { error } | PileFate::GivenUp { error } = &fate {
            let (way, who) = (pile.way.as_str(), &pile.name);
            tracing::warn!(way, who, error, "somebody could not be told of news");
        }
        let now = self.app.clock().now();
        self.app.ledger().settle_pile(pile.row, up_to, fate, now).await
    }

    /// What becomes of a message that was not taken by its receiver now.
    fn again(&self, pile: &DuePile, error: String, asked: Option<Duration>) -> PileFate {
        let now = self.app.clock().now();
        if pile.failing_since.is_some_and(|since| since < Schedule::given_up(now)) {
            return PileFate::Stopped { error };
        }
        match self.pace.schedule.next(pile.attempts + 1, now, asked) {
            Some(due) => PileFate::Again { error, due },
            None => PileFate::GivenUp { error },
        }
    }

    fn after(&self, pause: Duration) -> Timestamp {
        let micros = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        self.app.clock().now().plus_micros(micros)
    }

    fn until(&self, next: Option<Timestamp>) -> Duration {
        let Some(next) = next else { return AT_LEAST };
        let micros = next.micros() - self.app.clock().now().micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(AT_LEAST)
    }
}
