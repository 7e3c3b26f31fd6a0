//! One broker, told everything in the order of the outbox.
//!
//! Unlike a webhook's receiver a broker refuses next to nothing by itself, so it has one position and no
//! row per event: what it does not take now, everything after it waits for, in the outbox and nowhere
//! else. Some events are under way at once, never two about the same thing, so that an answer that is
//! lost, or a no in the middle, turns no lot's order around.

use std::collections::HashSet;
use std::time::Duration;

use mtm_connect::broker::{Broker, Link, Protocol};
use mtm_core::event::Event;
use mtm_core::guard::Hold;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::query::ReadError;
use mtm_store::record::{BrokerKind, BrokerLetter, Told};
use tokio::sync::watch;

use super::again::{Again, Caught};
use super::message::{again, message, refused};
use super::patience::Patience;
use super::stop::Stop;
use super::window::Window;
use crate::App;
use crate::bus::{Channel, Message as BusMessage};

/// A dead letter of a broker is to be sent again. Sent on the channel of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterDue;

impl BusMessage for LetterDue {}

/// Events read and written down together.
pub(super) const ROUND: u16 = 256;
/// Dead letters sent again in one round.
const LETTERS: u16 = 16;
/// Longest until it is looked whether something is to be sent that nobody here told of.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure of the database, and while another server sends.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is said that a server is configured with the broker.
const MEET_MICROS: i64 = 10 * 60 * 1_000_000;

/// Sends every event to a broker.
#[derive(Debug, Clone)]
pub struct BrokerRelay {
    pub(super) app: App,
    broker: Broker,
    kind: BrokerKind,
    patience: Patience,
    unsafe_for: Duration,
    pub(super) stop: Stop,
}

/// How the sending to a broker stands, from one round to the next: what a program that ends forgets.
#[derive(Debug)]
pub struct Standing {
    link: Option<Link>,
    window: Window,
    again: Again,
    /// Tries that failed since the last that did not.
    failures: u32,
    /// When it was last said that there is a broker.
    met: Option<Timestamp>,
}

/// How a round ended.
enum Round {
    /// There may be more to do.
    More,
    /// Everything was told.
    Nothing,
    /// Another server sends, or nobody may.
    Elsewhere,
    /// It did not go on; why is written down.
    Failed,
}

impl BrokerRelay {
    /// A relay to `broker`, which is tried again with `patience`.
    pub fn new(app: App, broker: Broker, patience: Patience) -> Self {
        let kind = match broker.protocol() {
            Protocol::Mqtt => BrokerKind::Mqtt,
            Protocol::Nats => BrokerKind::Nats,
        };
        Self { app, broker, kind, patience, unsafe_for: Duration::ZERO, stop: Stop::new() }
    }

    /// The same, where the broker may lose what it acknowledged for so long: when the connection broke
    /// it is told again.
    #[must_use]
    pub fn told_again_for(self, unsafe_for: Duration) -> Self {
        Self { unsafe_for, ..self }
    }

    /// What it is called.
    pub const fn name(&self) -> &'static str {
        self.kind.as_str()
    }

    /// Says that there is such a broker: from now on events are kept until it was told of them.
    pub async fn meet(&self) -> Result<(), Fault> {
        self.app.ledger().meet_broker(self.kind).await
    }

    /// Has [`BrokerRelay::run`] end as soon as what is under way is written down.
    pub fn stop(&self) {
        self.stop.now();
    }

    /// Sends until it is stopped.
    pub async fn run(&self) {
        let mut newest = self.app.ledger().subscribe();
        let channel = Channel::named(self.kind.as_str());
        let mut due = self.app.bus().follow_on::<LetterDue>(&channel);
        let mut standing = self.standing();
        while !self.stop.is_wanted() {
            newest.mark_unchanged();
            let (pause, hasty) = match self.round(&mut standing).await {
                Ok(Round::More) => continue,
                Ok(Round::Nothing) => (LOOK, true),
                Ok(Round::Elsewhere) => (PAUSE, false),
                Ok(Round::Failed) => (self.patience.after(standing.failures), false),
                Err(error) => {
                    tracing::warn!(broker = self.kind.as_str(), %error, "a broker waits for the database");
                    (PAUSE, false)
                }
            };
            tokio::select! {
                () = changed(&mut newest), if hasty => {}
                _ = due.next() => {}
                why = rest(&mut standing.link) => {
                    tracing::info!(broker = self.kind.as_str(), why, "the connection to a broker ended");
                    standing.link = None;
                }
                () = tokio::time::sleep(pause) => {}
                () = self.stop.wanted() => {}
            }
        }
        if let Some(link) = standing.link {
            link.close().await;
        }
    }

    /// How the sending stands when the program begins.
    pub fn standing(&self) -> Standing {
        Standing {
            link: None,
            window: Window::of(self.unsafe_for),
            again: Again::default(),
            failures: 0,
            met: None,
        }
    }

    /// One round of what [`BrokerRelay::run`] does again and again, for whoever decides when the next
    /// is. Whether there may be more to do at once.
    pub async fn step(&self, standing: &mut Standing) -> Result<bool, Fault> {
        Ok(matches!(self.round(standing).await?, Round::More))
    }

    async fn round(&self, standing: &mut Standing) -> Result<Round, Fault> {
        let ledger = self.app.ledger();
        if !ledger.is_elected().await? {
            standing.link = None;
            return Ok(Round::Elsewhere);
        }
        let now = self.app.clock().now();
        if standing.met.is_none_or(|met| now.micros() - met.micros() > MEET_MICROS) {
            self.meet().await?;
            standing.met = Some(now);
        }
        if ledger.guard_hold(self.kind.as_str().to_owned()).await? == Hold::Open {
            // Somebody wants it left alone; what happens waits in the outbox.
            standing.link = None;
            return Ok(Round::Elsewhere);
        }
        let Some(from) = ledger.broker_position(self.kind).await? else {
            standing.met = None;
            return Ok(Round::More);
        };
        let mut link = match standing.link.take() {
            Some(link) => link,
            None => match self.broker.open().await {
                Ok(mut link) => match self.begin(&mut link, standing, from).await? {
                    Caught::Up => link,
                    Caught::Stopped => return Ok(Round::More),
                    Caught::Broken(error) => return self.failed(standing, from, error).await,
                },
                Err(error) => return self.failed(standing, from, error.to_string()).await,
            },
        };
        let letters = ledger.letters_to_resend(self.kind, LETTERS).await?;
        if let Some(error) = self.resend(&mut link, &letters).await? {
            return self.failed(standing, from, error).await;
        }
        let events = self.events(from).await?;
        if events.is_empty() {
            standing.link = Some(link);
            self.more_is_safe(standing, from).await?;
            return Ok(if letters.is_empty() { Round::Nothing } else { Round::More });
        }
        let mut told = self.tell(&mut link, from, &events, standing.failures > 0).await;
        let failed = told.error.is_some();
        standing.again.refused(told.refused.iter().map(|refused| refused.position));
        if told.to > from {
            told.safe = Some(standing.window.took(told.to, self.app.clock().now()));
        }
        if let Some(error) = &told.error {
            tracing::warn!(
                broker = self.kind.as_str(),
                error,
                "a broker did not take an event; it is sent again"
            );
            standing.failures = if told.published > 0 { 1 } else { standing.failures + 1 };
        } else {
            standing.failures = 0;
            standing.link = Some(link);
        }
        ledger.broker_told(self.kind, told).await?;
        Ok(if failed { Round::Failed } else { Round::More })
    }

    /// A connection begins: what the broker may have lost since the last one goes again first.
    async fn begin(
        &self,
        link: &mut Link,
        standing: &mut Standing,
        from: u64,
    ) -> Result<Caught, Fault> {
        self.tell_well(from, standing).await?;
        if self.unsafe_for.is_zero() {
            standing.window.begin(from);
            return Ok(Caught::Up);
        }
        let safe = self.app.ledger().broker_safe_position(self.kind).await?.unwrap_or(from);
        standing.window.begin(safe.min(from));
        let caught = self.tell_again(link, &mut standing.again, (safe, from)).await?;
        if matches!(caught, Caught::Up) && safe < from {
            standing.window.took(from, self.app.clock().now());
        }
        Ok(caught)
    }

    /// Time passes, and with it what may be lost.
    async fn more_is_safe(&self, standing: &mut Standing, from: u64) -> Result<(), Fault> {
        let safe = standing.window.look(self.app.clock().now());
        if let Some(safe) = safe {
            standing.again.is_safe(safe);
            self.app.ledger().broker_is_safe(self.kind, from, safe).await?;
        }
        Ok(())
    }

    /// The events after `from`. What is not kept any more is skipped, and that is told.
    async fn events(&self, from: u64) -> Result<Vec<Event>, Fault> {
        match self.app.ledger().events_after(from, Vec::new(), ROUND).await {
            Ok(events) => Ok(events),
            Err(ReadError::Fault(fault)) => Err(fault),
            Err(ReadError::Refused(refusal)) => {
                let skipped = self.app.ledger().broker_skips_expired(self.kind).await?;
                let broker = self.kind.as_str();
                tracing::error!(broker, ?skipped, %refusal, "a broker was not told of events that are gone");
                Ok(Vec::new())
            }
        }
    }

    /// Publishes `events` a few at a time, until all are settled or one is not taken now. One that
    /// failed before goes carefully: a single event first, so that a no is known to be about it.
    async fn tell(&self, link: &mut Link, from: u64, events: &[Event], carefully: bool) -> Told {
        let site = self.app.site().name.clone();
        let mut told = Told { from, to: from, ..Told::default() };
        let mut rest = events;
        let mut most = if carefully { 1 } else { usize::from(ROUND) };
        while !rest.is_empty() && told.error.is_none() && !self.stop.is_wanted() {
            let (now, later) = rest.split_at(together(rest, most));
            let messages: Vec<_> = now.iter().map(|event| message(event, &site)).collect();
            let results = link.publish(&messages).await;
            for ((event, message), result) in now.iter().zip(messages).zip(results) {
                match result {
                    Ok(()) => told.published += 1,
                    Err(no) if no.trouble().is_tried_again() => {
                        told.error = Some(no.why());
                        break;
                    }
                    Err(no) => told.refused.push(refused(event, message, no.why())),
                }
                told.to = event.sequence;
            }
            (rest, most) = (later, usize::from(ROUND));
        }
        told
    }

    /// Sends dead letters again, one by one; why it did not go on.
    async fn resend(
        &self,
        link: &mut Link,
        letters: &[BrokerLetter],
    ) -> Result<Option<String>, Fault> {
        for letter in letters {
            let results = link.publish(&[again(letter)]).await;
            let refused = match results.into_iter().next() {
                Some(Ok(())) => None,
                Some(Err(no)) if no.trouble().is_tried_again() => return Ok(Some(no.why())),
                Some(Err(no)) => Some(no.why()),
                None => return Ok(Some("the broker said nothing".to_owned())),
            };
            self.app.ledger().letter_resent(letter.id, refused).await?;
        }
        Ok(None)
    }

    async fn failed(
        &self,
        standing: &mut Standing,
        from: u64,
        error: String,
    ) -> Result<Round, Fault> {
        standing.failures += 1;
        if standing.failures == 1 {
            tracing::warn!(
                broker = self.kind.as_str(),
                error,
                "a broker is away; events wait for it"
            );
        }
        let told = Told { from, to: from, error: Some(error), ..Told::default() };
        self.app.ledger().broker_told(self.kind, told).await?;
        Ok(Round::Failed)
    }

    /// A broker that was away, or was so when the program ended, is there.
    async fn tell_well(&self, from: u64, standing: &mut Standing) -> Result<(), Fault> {
        let brokers = self.app.ledger().brokers().await?;
        let was_away = brokers.iter().any(|it| it.kind == self.kind && it.failing_since.is_some());
        // A link alone proves nothing to one that failed in the middle: what it takes next does.
        if was_away && brokers.iter().any(|it| it.kind == self.kind && it.waiting == 0) {
            let told = Told { from, to: from, ..Told::default() };
            self.app.ledger().broker_told(self.kind, told).await?;
            standing.failures = 0;
        }
        tracing::info!(broker = self.kind.as_str(), "connected to a broker");
        Ok(())
    }
}

/// How many of the first events may be under way together: no two about the same thing.
pub(super) fn together(events: &[Event], most: usize) -> usize {
    let mut subjects = HashSet::new();
    events.iter().take(most).take_while(|event| subjects.insert(event.subject.as_str())).count()
}

/// Waits for something to be told; the ledger outlives its relays.
async fn changed(newest: &mut watch::Receiver<u64>) {
    if newest.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until a connection is lost; for ever where there is none.
async fn rest(link: &mut Option<Link>) -> String {
    match link {
        Some(link) => link.rest().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use mtm_core::word::EventId;
    use uuid::Uuid;

    use super::*;

    fn event(subject: &str) -> Event {
        Event {
            id: EventId(Uuid::nil()),
            sequence: 1,
            kind: "movement.recorded".to_owned(),
            subject: subject.to_owned(),
            time: Timestamp::from_micros(0),
            traceparent: None,
            data: serde_json::Value::Null,
        }
    }

    #[test]
    fn no_two_events_about_one_thing_are_under_way() {
        let events = ["a", "b", "c", "b", "d"].map(event);
        assert_eq!(together(&events, 100), 3);
        assert_eq!(together(&events[3..], 100), 2);
        assert_eq!((together(&events, 2), together(&[], 9)), (2, 0));
    }
}
