//! One follower of the outbox.
//!
//! The position of the newest event is read before the events are, so that a follower who filters
//! moves on past events that do not concern it, and never past one that was committed in between.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::request::Parts;
use bytes::Bytes;
use mtm_app::auth::RightsChanged;
use mtm_app::bus::Follower;
use mtm_app::query::ReadError;
use mtm_core::code::Code;
use mtm_core::event::{Event, EventType};
use mtm_core::policy::Deed;
use tokio::sync::watch;

use crate::problem::Problem;
use crate::request::principal;
use crate::web::Shared;

/// Events read at a time.
const CHUNK: u16 = 500;

/// How long this server may not know an event that another server of the same ledger told.
const BEHIND: Duration = Duration::from_secs(2);

/// How long a browser waits before it connects again, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";

/// Where a follower stands.
pub(super) struct Feed {
    web: Shared,
    /// Who follows; asked again whenever rights changed here, and at every heartbeat, because they may
    /// have changed elsewhere: a revoked token ends its stream.
    parts: Parts,
    rights: Follower<RightsChanged>,
    types: Vec<EventType>,
    newest: watch::Receiver<u64>,
    /// The last event that was told or skipped.
    position: u64,
    begun: bool,
}

impl Feed {
    /// Starts behind event `last`, or from now.
    pub(super) async fn begin(
        web: Shared,
        parts: Parts,
        types: Vec<EventType>,
        last: Option<u64>,
    ) -> Result<Self, Problem> {
        let rights = web.app().bus().follow();
        let ledger = web.app().ledger();
        let mut newest = ledger.subscribe();
        if let Some(last) = last {
            // Another server of the same ledger told it, and this one hears of it in a moment.
            let known = newest.wait_for(|newest| *newest >= last);
            let _ = tokio::time::timeout(BEHIND, known).await;
        }
        let now = *newest.borrow();
        let position = match last {
            None => now,
            Some(last) => {
                let oldest = ledger.oldest_event().await?.unwrap_or(now + 1);
                // An id from the future is of a ledger that was restored since.
                if last + 1 < oldest || last > now {
                    let message = format!("event {last} is not among those kept");
                    return Err(Problem::new(Code::EventsExpired, message));
                }
                last
            }
        };
        Ok(Self { web, parts, rights, types, newest, position, begun: false })
    }

    /// What to send next; `None` when the stream ends.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(Bytes::from_static(RETRY.as_bytes()));
        }
        loop {
            match self.read().await {
                Ok(events) if events.is_empty() => {}
                Ok(events) => return Some(self.tell(&events)),
                Err(error) => {
                    // The follower connects again and goes on where it was.
                    tracing::warn!(%error, "an event stream ended");
                    return None;
                }
            }
            let heartbeat = tokio::time::sleep(self.web.limits().heartbeat);
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                () = self.web.closed() => return None,
                _ = self.rights.next() => self.may_follow().await?,
                () = heartbeat => return self.heartbeat().await,
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Event>, ReadError> {
        let newest = *self.newest.borrow_and_update();
        if newest <= self.position {
            return Ok(Vec::new());
        }
        let ledger = self.web.app().ledger();
        let events = ledger.events_after(self.position, self.types.clone(), CHUNK).await?;
        let whole = events.len() < usize::from(CHUNK);
        let last = events.last().map_or(0, |event| event.sequence);
        self.position = last.max(if whole { newest } else { self.position });
        if !whole {
            self.newest.mark_changed();
        }
        Ok(events)
    }

    fn tell(&self, events: &[Event]) -> Bytes {
        let site = &self.web.app().site().name;
        let mut text = String::with_capacity(events.len() * 800);
        for event in events {
            let (id, kind) = (event.sequence, &event.kind);
            // Writing to a string cannot fail; JSON text holds no line break.
            let _ = write!(text, "id: {id}\nevent: {kind}\ndata: {}\n\n", event.envelope(site));
        }
        text.into()
    }

    /// Asks again who follows; `None` when they may not any more.
    async fn may_follow(&self) -> Option<()> {
        principal(&self.parts, &self.web).await.ok()??.require(Deed::Look).ok()
    }

    /// A comment, and the position, so that a follower who filters goes on from here.
    async fn heartbeat(&mut self) -> Option<Bytes> {
        self.may_follow().await?;
        Some(format!("id: {}\n: alive\n\n", self.position).into())
    }
}
