//! Telling a broker again what it acknowledged lately, after a connection broke or this program began.
//!
//! The position in the outbox stays: what it was told counts as told, and consumers take what comes
//! twice once. Only what the broker may have lost goes again, in order, before anything new. What it
//! refuses for good was refused before, and is passed over.

use std::collections::HashSet;

use mtm_connect::broker::Link;
use mtm_core::event::Event;
use mtm_store::Fault;
use mtm_store::query::ReadError;

use super::broker::{BrokerRelay, ROUND, together};
use super::message::message;

/// What is known of telling again, from one connection to the next.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Places of what the broker refused for good.
    refused: HashSet<u64>,
    /// Whether the last time ended in the middle: then it goes one by one, so that a no is known to be
    /// about a single event.
    carefully: bool,
}

/// How telling again ended.
pub(super) enum Caught {
    /// Everything was acknowledged once more.
    Up,
    /// The relay is to end.
    Stopped,
    /// It did not go on, because of this.
    Broken(String),
}

impl Again {
    /// What stands at these places was refused for good.
    pub(super) fn refused(&mut self, places: impl Iterator<Item = u64>) {
        self.refused.extend(places);
    }

    /// What is safe is never told again.
    pub(super) fn is_safe(&mut self, to: u64) {
        self.refused.retain(|place| *place > to);
    }
}

impl BrokerRelay {
    /// Tells everything after `safe` and up to `to` once more.
    pub(super) async fn tell_again(
        &self,
        link: &mut Link,
        again: &mut Again,
        (safe, to): (u64, u64),
    ) -> Result<Caught, Fault> {
        let mut at = safe;
        while at < to {
            let events = match self.app.ledger().events_after(at, Vec::new(), ROUND).await {
                Ok(events) => events,
                Err(ReadError::Fault(fault)) => return Err(fault),
                // What is not kept any more cannot be told.
                Err(ReadError::Refused(_)) => break,
            };
            let events: Vec<_> = events.into_iter().filter(|event| event.sequence <= to).collect();
            let Some(last) = events.last().map(|event| event.sequence) else { break };
            match self.tell_some_again(link, again, &events).await {
                Caught::Up => at = last,
                other => {
                    again.carefully = true;
                    return Ok(other);
                }
            }
        }
        again.carefully = false;
        Ok(Caught::Up)
    }

    async fn tell_some_again(&self, link: &mut Link, again: &mut Again, all: &[Event]) -> Caught {
        let site = self.app.site().name.clone();
        let known: Vec<_> =
            all.iter().filter(|event| !again.refused.contains(&event.sequence)).cloned().collect();
        let most = if again.carefully { 1 } else { usize::from(ROUND) };
        let mut rest = known.as_slice();
        while !rest.is_empty() {
            if self.stop.is_wanted() {
                return Caught::Stopped;
            }
            let (now, later) = rest.split_at(together(rest, most));
            let messages: Vec<_> = now.iter().map(|event| message(event, &site)).collect();
            for (event, result) in now.iter().zip(link.publish(&messages).await) {
                match result {
                    Ok(()) => {}
                    Err(no) if no.trouble().is_tried_again() => return Caught::Broken(no.why()),
                    Err(_) => again.refused(std::iter::once(event.sequence)),
                }
            }
            rest = later;
        }
        Caught::Up
    }
}
