//! Tells the world when an invariant breaks, and when it holds again; and learns what others told.
//!
//! What the world was told stands in the outbox, which all servers of a database share. So a restart
//! tells nothing twice, and a server that does not audit the ledger knows the verdict of the one that
//! does.

use std::collections::BTreeMap;

use mtm_core::event::{Event, EventType};
use mtm_store::query::ReadError;
use serde_json::{Value, json};

use super::board::Verdict;
use super::finding::{Finding, OffendingKey};
use super::invariant::{INVARIANTS, Invariant, Scope, named};
use super::light::Light;
use crate::App;

/// Events read at once.
const SOME: u16 = 100;

/// What the world was told so far.
#[derive(Debug, Default)]
pub(super) struct Herald {
    /// What was told to be broken, and how.
    violated: BTreeMap<&'static str, Finding>,
    /// Up to where the outbox was read.
    read_to: Option<u64>,
    /// Whether this server audited the ledger in the last round: then it knows what it told.
    elected: bool,
}

impl Herald {
    /// Tells what changed since the last round.
    pub(super) async fn round(&mut self, app: &App) -> Result<(), ReadError> {
        let elected = app.ledger().is_elected().await?;
        if !(elected && self.elected) {
            self.follow(app).await?;
        }
        self.elected = elected;
        if !elected {
            self.adopt(app).await?;
        }
        for verdict in app.truth().verdicts() {
            if elected || verdict.invariant.scope == Scope::Here {
                self.compare(app, &verdict).await?;
            }
            app.truth().told(&verdict);
        }
        Ok(())
    }

    /// Tells of one invariant. What was red while nothing could be told is told when it can be, also
    /// where it is over by then.
    async fn compare(&mut self, app: &App, verdict: &Verdict) -> Result<(), ReadError> {
        let name = verdict.invariant.name;
        if let Some(red) = verdict.untold().filter(|_| !self.violated.contains_key(name)) {
            self.tell(app, EventType::TruthViolated, verdict.invariant, red).await?;
            self.violated.insert(name, red.clone());
        }
        let holds = matches!(verdict.light(), Light::Green | Light::Yellow);
        if holds && self.violated.contains_key(name) {
            self.tell(app, EventType::TruthRestored, verdict.invariant, &verdict.finding).await?;
            self.violated.remove(name);
        }
        Ok(())
    }

    async fn tell(
        &self,
        app: &App,
        kind: EventType,
        invariant: &Invariant,
        finding: &Finding,
    ) -> Result<(), ReadError> {
        let data = data(app, invariant, finding);
        Ok(app.ledger().tell(kind, invariant.name.to_owned(), data).await?)
    }

    /// Reads what was told since the last time.
    async fn follow(&mut self, app: &App) -> Result<(), ReadError> {
        let ledger = app.ledger();
        let newest = ledger.newest_event().await?.unwrap_or(0);
        let mut after = match self.read_to {
            Some(read_to) => read_to,
            None => ledger.oldest_event().await?.unwrap_or(1) - 1,
        };
        let kinds = vec![EventType::TruthViolated, EventType::TruthRestored];
        while after < newest {
            let events = match ledger.events_after(after, kinds.clone(), SOME).await {
                // What was told so long ago is not kept: begin with what is.
                Err(ReadError::Refused(_)) => {
                    after = ledger.oldest_event().await?.unwrap_or(1) - 1;
                    continue;
                }
                events => events?,
            };
            let more = events.len() == usize::from(SOME);
            let last = events.last().map(|event| event.sequence);
            for event in &events {
                self.hear(app, event);
            }
            after = last.filter(|_| more).unwrap_or(newest);
        }
        self.read_to = Some(after);
        Ok(())
    }

    fn hear(&mut self, app: &App, event: &Event) {
        let Some(invariant) = named(&event.subject) else { return };
        if invariant.scope == Scope::Here && event.data["server"] != server(app) {
            return;
        }
        if event.kind == EventType::TruthViolated.as_str() {
            self.violated.insert(invariant.name, finding(&event.data));
        } else {
            self.violated.remove(invariant.name);
        }
    }

    /// Shows what the server that audits the ledger told.
    async fn adopt(&self, app: &App) -> Result<(), ReadError> {
        let audited = app.ledger().unsealed().await?.is_some_and(|it| it.held);
        let of_ledger = |it: &&'static Invariant| it.scope == Scope::Ledger;
        for invariant in INVARIANTS.into_iter().filter(of_ledger) {
            let finding = match self.violated.get(invariant.name) {
                Some(finding) => finding.clone(),
                None if audited => {
                    Finding::green("Another server audits this, and told of nothing wrong.")
                }
                None => Finding::unknown("No server audits this: none holds the lease to seal."),
            };
            app.truth().put(invariant, finding, app.clock().now());
        }
        Ok(())
    }
}

/// Which server says so; nothing where a ledger has only one.
fn server(app: &App) -> Value {
    json!(app.ledger().server_id())
}

fn data(app: &App, invariant: &Invariant, finding: &Finding) -> Value {
    let Finding { light, message, keys, next_step } = finding;
    json!({
        "invariant": invariant.name, "state": light, "message": message, "keys": keys,
        "next_step": next_step, "server": server(app),
    })
}

/// What a server told of a broken invariant.
fn finding(data: &Value) -> Finding {
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    let keys: Vec<OffendingKey> = serde_json::from_value(data["keys"].clone()).unwrap_or_default();
    Finding {
        light: Light::Red,
        message: text("message").unwrap_or_default(),
        keys,
        next_step: text("next_step"),
    }
}
