//! The servers behind a database's URL are there, and nobody waits in vain for a connection.

use std::time::Duration;

use mtm_store::database::{ServerRole, ServerState};

use super::{Check, Looking};
use crate::App;
use crate::truth::finding::{Finding, OffendingKey};
use crate::truth::invariant::{Invariant, Scope};

pub(in crate::truth) static INVARIANT: Invariant = Invariant {
    name: "servers",
    title: "Database servers",
    checks: "each server and the replica that the database's URL names, and the connections to them",
    often: "every 4 s",
    red: "no server takes bookings (yellow: one of several does not, the replica is late or away three looks in a row, or somebody got no connection)",
    cure: "start the server that is named, or repair its replication; for connections see `database.connections` and `database.readers`",
    scope: Scope::Here,
};

/// So many looks a replica may be late: it follows, and is not meant to be first.
const PATIENCE: u32 = 3;

#[derive(Default)]
pub(in crate::truth) struct Servers {
    /// Looks in which the replica was not usable, without a break.
    late: u32,
    /// Who waited in vain for a connection until the last look.
    in_vain: Option<u64>,
}

impl Check for Servers {
    fn invariant(&self) -> &'static Invariant {
        &INVARIANT
    }

    fn look<'c>(&'c mut self, app: &'c App) -> Looking<'c> {
        Box::pin(async move {
            if app.ledger().server_id().is_none() {
                return Finding::green("A file needs none.");
            }
            let states = app.ledger().server_states().await;
            let in_vain = app.ledger().pools().iter().map(|pool| pool.timed_out).sum();
            self.judge(&states, in_vain)
        })
    }

    fn pause(&self, pace: Duration) -> Duration {
        2 * pace
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(20)
    }
}

impl Servers {
    fn judge(&mut self, states: &[ServerState], in_vain: u64) -> Finding {
        let more = in_vain - self.in_vain.replace(in_vain).unwrap_or(in_vain).min(in_vain);
        let is_replica = |it: &&ServerState| it.role == ServerRole::Replica;
        let late = states.iter().filter(is_replica).any(|it| !it.usable);
        self.late = if late { self.late + 1 } else { 0 };
        let patient = self.late < PATIENCE;
        let away: Vec<_> =
            states.iter().filter(|it| !(it.usable || is_replica(it) && patient)).collect();
        let mut writers = states.iter().filter(|it| it.role == ServerRole::Writer);
        let none_left = !states.is_empty() && !writers.any(|it| it.usable);
        let words: Vec<_> = away.iter().map(|it| format!("{} {}", it.host, it.state)).collect();
        let keys = away.iter().map(|it| OffendingKey::new("server", &it.host)).collect();
        let next = "Start the server, or repair its replication; bookings go on as long as one is \
                    left that takes them.";
        if none_left {
            let message = format!("No server takes bookings: {}.", words.join("; "));
            Finding::red(message, next).about(keys)
        } else if !away.is_empty() {
            Finding::yellow(format!("{}.", words.join("; ")), next).about(keys)
        } else if more > 0 {
            Finding::yellow(
                format!("{more} requests got no connection in time."),
                "More is going on than connections allow: see `database.connections` and \
                 `database.readers`, and what the slow statements of this page are.",
            )
        } else {
            Finding::green(match states.len() {
                0 => "The database is on one server, which is in use.".to_owned(),
                many => format!("All {many} servers are usable."),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::light::Light;

    fn state(host: &str, role: ServerRole, usable: bool) -> ServerState {
        ServerState { host: host.to_owned(), role, usable, state: "is silent".to_owned() }
    }

    #[test]
    fn one_server_less_is_yellow_and_none_is_red() {
        let two = |one, other| {
            [state("a", ServerRole::Writer, one), state("b", ServerRole::Writer, other)]
        };
        let light = |states: &[ServerState]| Servers::default().judge(states, 0).light;
        assert_eq!(light(&[]), Light::Green);
        assert_eq!(light(&two(true, true)), Light::Green);
        assert_eq!(light(&two(false, true)), Light::Yellow);
        assert_eq!(light(&two(false, false)), Light::Red);
        let found = Servers::default().judge(&two(false, true), 0);
        assert_eq!(found.keys, [OffendingKey::new("server", "a")]);
    }

    #[test]
    fn a_replica_may_be_late_for_a_moment_and_waiting_in_vain_counts_once() {
        let states = [state("a", ServerRole::Writer, true), state("r", ServerRole::Replica, false)];
        let mut servers = Servers::default();
        let lights: Vec<_> = (0..3).map(|_| servers.judge(&states, 0).light).collect();
        assert_eq!(lights, [Light::Green, Light::Green, Light::Yellow]);
        let mut servers = Servers::default();
        let lights: Vec<_> = [5, 5, 7, 7].map(|n| servers.judge(&[], n).light).into();
        assert_eq!(lights, [Light::Green, Light::Green, Light::Yellow, Light::Green]);
    }
}
