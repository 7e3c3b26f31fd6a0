//! What happened reaches the systems that want to know.

use mtm_core::guard::{Hold, State};
use mtm_core::notice::NoticeWay;
use mtm_core::word::Timestamp;
use mtm_store::Fault;
use mtm_store::record::{BrokerRecord, DisabledWhy, GuardRecord, WebhookRecord};

use super::{Check, Looking};
use crate::App;
use crate::integration::MAIL;
use crate::notice::{Telling, is_configured};
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::light::Light;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "relays",
    title: "Events reach other systems",
    checks: "every destination of events, and the mail server: dead letters, whether it was disabled, failures, what waits",
    often: "every 4 s",
    red: "an event was given up, or a destination was disabled because it failed for days (yellow: it fails for 5 min, or an event waits for 10)",
    cure: "open Webhooks: mend the receiver, then resend its dead letters or drop them with a reason, and enable it again; of the mail server see `mail.url`",
    scope: Scope::Shared,
};

/// Since a receiver failed for so long somebody should look, in microseconds.
const FAILING: i64 = 5 * 60 * 1_000_000;
/// The same for an event that waits.
const WAITING: i64 = 10 * 60 * 1_000_000;
/// A broker that no server spoke of for so long is not configured any more.
const SILENT: i64 = 3_600 * 1_000_000;
/// Events not yet looked at for a destination.
const BEHIND: u64 = 10_000;

/// A system that is told of events, whatever the way to it.
struct Destination {
    key: OffendingKey,
    name: String,
    /// Events that were given up.
    dead: u64,
    /// Why the program stopped telling it anything.
    stopped: Option<&'static str>,
    /// For how long nothing was taken, in microseconds.
    failing: i64,
    /// For how long the oldest event waits, in microseconds.
    waiting: i64,
    /// Events not yet looked at for it.
    behind: u64,
    last_error: Option<String>,
    /// What is done about it meanwhile, in words that read well at the end of a sentence.
    way: Option<String>,
}

/// Everybody who is told.
async fn destinations(app: &App) -> Result<Vec<Destination>, Fault> {
    let now = app.clock().now().micros();
    let webhooks = app.ledger().webhooks().await?.into_iter();
    let brokers = app.ledger().brokers().await?.into_iter();
    let mail = app.telling().await?;
    let guards = app.ledger().guards().await?;
    let way = |key: &str| guards.iter().find(|it| it.peer == key).and_then(way);
    let webhooks = webhooks.map(|it| {
        let way = way(&it.id.to_string());
        Destination { way, ..Destination::webhook(it, now) }
    });
    let brokers = brokers.map(|it| {
        let way = way(it.kind.as_str());
        Destination { way, ..Destination::broker(it, now) }
    });
    let mail = Destination::mail(mail, now).map(|it| Destination { way: way(MAIL), ..it });
    Ok(webhooks.chain(brokers).chain(mail).collect())
}

/// What is done about a system meanwhile: somebody paused it, or it is left alone until it is tried again.
fn way(guard: &GuardRecord) -> Option<String> {
    if guard.hold == Hold::Open {
        let by = guard.by.as_deref().unwrap_or("somebody");
        let reason = guard.reason.as_deref().unwrap_or_default();
        return Some(format!("{by} paused it: {reason}"));
    }
    let told = guard.told.filter(|_| guard.hold == Hold::Automatic)?;
    let next = told.next_probe_at.map(|at| format!(", and tried again at {at}"));
    (told.state != State::Closed).then(|| format!("it is left alone{}", next.unwrap_or_default()))
}

impl Destination {
    fn webhook(it: WebhookRecord, now: i64) -> Self {
        let stopped = match it.disabled_why {
            Some(DisabledWhy::Failing) => Some("nothing was taken for days"),
            Some(DisabledWhy::Gone) => Some("its receiver said that it is gone"),
            Some(DisabledWhy::Person) | None => None,
        };
        // What a person switched off is told nothing on purpose.
        let told = it.disabled_at.is_none();
        let age = |since: Option<Timestamp>| {
            since.filter(|_| told).map_or(0, |since| now - since.micros())
        };
        Self {
            key: OffendingKey::new("webhook", it.id),
            dead: it.dead,
            stopped,
            failing: age(it.failing_since),
            waiting: age(it.oldest_waiting),
            behind: if told { it.behind } else { 0 },
            last_error: it.last_error,
            way: None,
            name: it.name,
        }
    }

    fn broker(it: BrokerRecord, now: i64) -> Self {
        // One that no server spoke of for an hour was taken out of the configuration.
        let told = now - it.seen_at.micros() < SILENT;
        let age = |since: Option<Timestamp>| {
            since.filter(|_| told).map_or(0, |since| now - since.micros())
        };
        Self {
            key: OffendingKey::new("broker", it.kind.as_str()),
            name: it.kind.as_str().to_owned(),
            dead: it.dead,
            stopped: None,
            failing: age(it.failing_since),
            waiting: age(it.oldest_waiting),
            behind: if told { it.waiting } else { 0 },
            last_error: it.last_error,
            way: None,
        }
    }

    /// The mail server, where there is one, or where mail waits for one.
    fn mail(it: Telling, now: i64) -> Option<Self> {
        let server = it.mail?;
        let told = is_configured(&server, Timestamp::from_micros(now));
        let pile = it.piles.into_iter().find(|pile| pile.way == NoticeWay::Mail);
        let waiting = pile.and_then(|pile| pile.oldest_waiting);
        if !told && waiting.is_none() {
            return None;
        }
        let age = |since: Option<Timestamp>| since.map_or(0, |since| now - since.micros());
        let nobody = || "no server is configured with mail.url any more".to_owned();
        Some(Self {
            key: OffendingKey::new("mail", "server"),
            name: "the mail server".to_owned(),
            // What was not sent stands among everybody's notifications all the same.
            dead: 0,
            stopped: None,
            failing: if told { age(server.failing_since) } else { age(waiting) },
            // One person's address may be slow; that is theirs to see.
            waiting: 0,
            behind: 0,
            last_error: if told { server.last_error } else { Some(nobody()) },
            way: None,
        })
    }

    /// How it is, where that is not well.
    fn trouble(&self) -> Option<(Light, String)> {
        let name = &self.name;
        let error = self.last_error.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        if let Some(why) = self.stopped {
            return Some((Light::Red, format!("{name} is told nothing any more: {why}{error}")));
        }
        if self.dead > 0 {
            let message = format!("{name} has {} dead letters{error}", self.dead);
            return Some((Light::Red, message));
        }
        let minutes = |micros: i64| micros / 60_000_000;
        let way = self.way.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        if self.failing > FAILING {
            let minutes = minutes(self.failing);
            let message = format!("{name} fails for {minutes} minutes{error}{way}");
            return Some((Light::Yellow, message));
        }
        if self.waiting > WAITING {
            let minutes = minutes(self.waiting);
            let message = format!("an event waits for {name} for {minutes} min{way}");
            return Some((Light::Yellow, message));
        }
        (self.behind > BEHIND)
            .then(|| (Light::Yellow, format!("{name} is {} events behind{way}", self.behind)))
    }
}

pub(in crate::truth) struct Relays;

impl Check for Relays {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            match destinations(app).await {
                Ok(destinations) => judge(&destinations),
                Err(error) => Finding::unasked(&error),
            }
        })
    }

    fn pause(&self, pace: std::time::Duration) -> std::time::Duration {
        2 * pace
    }
}

fn judge(destinations: &[Destination]) -> Finding {
    let troubled: Vec<_> =
        destinations.iter().filter_map(|it| it.trouble().map(|trouble| (it, trouble))).collect();
    let Some(light) = troubled.iter().map(|(_, (light, _))| *light).max() else {
        return Finding::green(match destinations.len() {
            0 => "No other system is to be told.".to_owned(),
            many => format!("What happens is taken by all {many} of them."),
        });
    };
    let messages: Vec<_> = troubled.iter().map(|(_, (_, message))| message.as_str()).collect();
    let next = "Open Webhooks: see that the receiver answers, then resend its dead letters or drop \
                them with a reason, and enable it again where it was disabled. What is paused or \
                left alone, Other systems shows, and lets go on.";
    let message = format!("{}.", messages.join("; "));
    let keys = troubled.iter().map(|(it, _)| it.key.clone()).collect();
    Finding { light, ..Finding::yellow(message, next) }.about(keys)
}

#[cfg(test)]
mod tests {
    use mtm_store::notice::{MailServer, PileState};
    use mtm_store::record::GuardTold;

    use super::*;

    fn destination() -> Destination {
        Destination {
            key: OffendingKey::new("webhook", "w"),
            name: "ERP".to_owned(),
            dead: 0,
            stopped: None,
            failing: 0,
            waiting: 0,
            behind: 0,
            last_error: None,
            way: None,
        }
    }

    #[test]
    fn the_worst_destination_counts_and_every_troubled_one_is_named() {
        assert_eq!(judge(&[]).light, Light::Green);
        assert_eq!(judge(&[destination()]).light, Light::Green);
        let slow = Destination { waiting: WAITING + 1, ..destination() };
        assert_eq!(judge(&[slow]).light, Light::Yellow);
        let failing = Destination { failing: FAILING + 1, ..destination() };
        let behind = Destination { behind: BEHIND + 1, ..destination() };
        let dead = Destination { dead: 2, last_error: Some("HTTP 500".into()), ..destination() };
        let found = judge(&[failing, destination(), behind, dead]);
        assert_eq!((found.light, found.keys.len()), (Light::Red, 3));
        assert!(found.message.contains("ERP has 2 dead letters (HTTP 500)"), "{}", found.message);
        let stopped = Destination { stopped: Some("gone"), ..destination() };
        assert_eq!(judge(&[stopped]).light, Light::Red);
    }

    #[test]
    fn what_is_left_alone_or_paused_is_said_with_who_and_until_when() {
        let told = GuardTold {
            state: State::Open,
            since: Timestamp::from_micros(0),
            next_probe_at: Some(Timestamp::from_micros(60_000_000)),
            calls: 10,
            failed: 10,
            slow: 0,
        };
        let guard = |hold, told| GuardRecord {
            peer: "w".to_owned(),
            hold,
            reason: Some("year-end closing".to_owned()),
            by: Some("anna".to_owned()),
            at: None,
            told,
        };
        let open = way(&guard(Hold::Automatic, Some(told)));
        let failing = Destination { failing: FAILING + 1, way: open, ..destination() };
        let (_, message) = failing.trouble().unwrap();
        let expected = "ERP fails for 5 minutes; it is left alone, and tried again at \
                        1970-01-01T00:01:00.000000Z";
        assert_eq!(message, expected);
        let paused = way(&guard(Hold::Open, Some(told)));
        let waiting = Destination { waiting: WAITING + 1, way: paused, ..destination() };
        let (_, message) = waiting.trouble().unwrap();
        let expected = "an event waits for ERP for 10 min; anna paused it: year-end closing";
        assert_eq!(message, expected);
        assert_eq!(way(&guard(Hold::Automatic, None)), None);
    }

    #[test]
    fn a_mail_server_that_takes_nothing_is_told_and_one_that_nobody_has_only_where_mail_waits() {
        const HOUR: i64 = 3_600 * 1_000_000;
        let server = |seen: i64, failing: Option<i64>| MailServer {
            seen_at: Timestamp::from_micros(seen),
            answered_at: None,
            failing_since: failing.map(Timestamp::from_micros),
            last_error: failing.map(|_| "connection refused".to_owned()),
        };
        let pile = |oldest: Option<i64>| PileState {
            way: NoticeWay::Mail,
            people: 1,
            stopped: 0,
            waiting: 1,
            oldest_waiting: oldest.map(Timestamp::from_micros),
            failing_since: None,
            delivered_at: None,
            passed_over: 0,
        };
        let now = 10 * HOUR;
        let found = |mail, oldest| {
            let telling = Telling { mail, piles: vec![pile(oldest)] };
            Destination::mail(telling, now).as_slice().first().and_then(Destination::trouble)
        };
        assert_eq!(found(None, Some(1)), None);
        assert_eq!(found(Some(server(now, None)), Some(1)), None);
        assert_eq!(found(Some(server(now, Some(now - FAILING))), None), None, "not yet");
        let (light, message) = found(Some(server(now, Some(now - HOUR))), None).unwrap();
        let expected = "the mail server fails for 60 minutes (connection refused)";
        assert_eq!((light, message.as_str()), (Light::Yellow, expected));
        assert_eq!(found(Some(server(0, Some(1))), None), None, "nobody has one any more");
        let (light, message) = found(Some(server(0, None)), Some(now - HOUR)).unwrap();
        assert_eq!(light, Light::Yellow);
        assert!(message.contains("no server is configured with mail.url any more"), "{message}");
    }
}
