//! The database's own code is this program's: procedures, triggers, views and rights.

use std::time::Duration;

use mtm_store::database::{Deviation, Drift};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};
use crate::truth::light::Light;

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "procedures",
    title: "Database's own code",
    checks: "procedures, triggers, views and rights of a database server against this program's, as far as its account is shown them; the triggers of a file",
    often: "every 4 s",
    red: "something is missing, changed, or may not do what it must (yellow: something is there or allowed that nobody needs); while two versions share a database, the older one says so",
    cure: "`mtm db check-procedures` tells more, `mtm db migrate` puts it right; then look who changed it",
    scope: Scope::Shared,
};

/// Objects named in one message.
const NAMED: usize = 3;

pub(in crate::truth) struct Procedures;

impl Check for Procedures {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            match app.ledger().check_database().await {
                Ok(drifts) => judge(&drifts),
                Err(error) => Finding::unasked(&error),
            }
        })
    }

    fn pause(&self, pace: Duration) -> Duration {
        2 * pace
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
}

fn light(what: &Deviation) -> Light {
    match what {
        // What an account is not shown is no drift.
        Deviation::BodyHidden => Light::Green,
        Deviation::Unknown | Deviation::RightTooMuch { .. } => Light::Yellow,
        _ => Light::Red,
    }
}

fn judge(drifts: &[Drift]) -> Finding {
    let told: Vec<_> = drifts.iter().filter(|it| light(&it.what) > Light::Green).collect();
    let Some(light) = told.iter().map(|it| light(&it.what)).max() else {
        return Finding::green(if drifts.is_empty() {
            "It is as this program leaves it."
        } else {
            "It is as this program leaves it, as far as its account is shown it."
        });
    };
    let mut words: Vec<_> = told.iter().take(NAMED).map(ToString::to_string).collect();
    if told.len() > NAMED {
        words.push(format!("and {} more", told.len() - NAMED));
    }
    let next = "`mtm db check-procedures` tells more; `mtm db migrate` puts procedures and triggers \
                of a server right. Find out who changed them.";
    let mut keys: Vec<OffendingKey> = Vec::new();
    for drift in told {
        let (kind, name) = drift.object.split_once(' ').unwrap_or(("object", &drift.object));
        let key = OffendingKey::new(kind, name);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Finding { light, ..Finding::yellow(format!("{}.", words.join("; ")), next) }.about(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_no_drift_and_what_is_gone_is_red() {
        let drift = |what| Drift { object: "procedure mtm_post_v3".to_owned(), what };
        assert_eq!(judge(&[drift(Deviation::BodyHidden)]).light, Light::Green);
        assert_eq!(judge(&[drift(Deviation::Unknown)]).light, Light::Yellow);
        let found = judge(&[drift(Deviation::Unknown), drift(Deviation::Missing)]);
        assert_eq!(found.light, Light::Red);
        assert_eq!(found.keys, [OffendingKey::new("procedure", "mtm_post_v3")]);
    }
}
