//! A stream: a part for what is new, at most one in an interval, and one that says nothing is new with every heartbeat.
//!
//! A part is made when the connection has room for it, so that whoever does not read holds nothing here. Who falls so
//! far behind that the buffer no longer has what comes next, and who listens to an agent that was started anew, is hung
//! up on.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::MtconnectAgent;
use super::answer::told;

/// What separates the parts of a stream.
pub(super) const BOUNDARY: &str = "mtm-lab-2f1c96d3";

/// What a stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) struct Follow {
    /// The run of the agent that it listens to.
    pub(super) instance: u64,
    /// The next observation that it has not had.
    pub(super) from: u64,
    pub(super) count: usize,
    pub(super) interval: Duration,
    pub(super) heartbeat: Duration,
}

/// Where a stream is.
struct Place {
    agent: MtconnectAgent,
    changed: watch::Receiver<()>,
    follow: Follow,
    /// When it spoke last, and whether it had said everything by then.
    spoke: Option<(Instant, bool)>,
}

/// What an agent has to say on a stream.
enum Told {
    Part(Bytes),
    Nothing,
    HangsUp,
}

type Next = Pin<Box<dyn Future<Output = Option<(Bytes, Place)>> + Send>>;

/// The parts of a stream, one after the other.
pub(in crate::simulator) struct Parts(Option<Next>);

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

impl MtconnectAgent {
    /// The parts of a stream that was asked for.
    pub(in crate::simulator) fn parts(&self, follow: Follow) -> Parts {
        let changed = self.changed.subscribe();
        let place = Place { agent: self.clone(), changed, follow, spoke: None };
        Parts(Some(Box::pin(place.next())))
    }
}

impl Parts {
    /// The next part; `None` where the agent hangs up.
    pub(in crate::simulator) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(next) = &mut self.0 else { return Poll::Ready(None) };
        let made = std::task::ready!(next.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(made.map(|(part, place)| {
            self.0 = Some(Box::pin(place.next()));
            part
        }))
    }
}

impl Place {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if let Some((spoke, true)) = self.spoke {
            sleep_until(spoke + self.follow.interval).await;
        }
        let heartbeat = self.spoke.map(|(spoke, _)| spoke + self.follow.heartbeat);
        loop {
            self.changed.borrow_and_update();
            let is_due = heartbeat.is_none_or(|at| at <= Instant::now());
            match self.part(is_due) {
                Told::Part(part) => return Some((part, self)),
                Told::HangsUp => return None,
                Told::Nothing => {}
            }
            let Some(heartbeat) = heartbeat else { continue };
            // Its sender lives as long as the agent, which is held here.
            let _ = timeout_at(heartbeat, self.changed.changed()).await;
        }
    }

    /// What is to be said now.
    fn part(&mut self, is_due: bool) -> Told {
        let Follow { instance, from, count, .. } = self.follow;
        let state = self.agent.lock();
        if state.instance != instance || state.buffer.first() > from {
            return Told::HangsUp;
        }
        if state.buffer.next() == from && !is_due {
            return Told::Nothing;
        }
        let (body, next) = told(&state, from, count);
        let is_all = next == state.buffer.next();
        drop(state);
        self.follow.from = next;
        self.spoke = Some((Instant::now(), is_all));
        let part = format!(
            "--{BOUNDARY}\r\nContent-type: text/xml\r\nContent-length: {}\r\n\r\n{body}\r\n",
            body.len()
        );
        Told::Part(part.into())
    }
}
