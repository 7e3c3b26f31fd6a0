//! Following an agent without missing anything unnoticed.

use std::collections::BTreeSet;
use std::fmt;

use mtm_core::machine::{Batch, Link, Reading, Tag};
use mtm_core::word::Timestamp;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::address::Request;
use super::document::{Devices, Document, Said, Streams};
use super::line::{Answer, Feed, Line};
use super::position::Position;
use super::{Away, Settings};

/// Codes by which agents refuse to tell what they do not remember; the second one is that of old ones.
const NOT_THERE: [&str; 2] = ["OUT_OF_RANGE", "QUERY_ERROR"];

/// An agent that is followed.
pub struct Agent {
    line: Line,
    probed: Devices,
    /// Where to go on, once anything was told.
    at: Option<Position>,
    /// Up to when it was told everything.
    until: Option<Timestamp>,
    /// What was told when it was opened.
    first: Option<Batch>,
    way: Way,
    /// Since when a document of a stream is waited for.
    waiting: Option<Instant>,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut it = f.debug_struct("Agent");
        it.field("address", &self.line.settings.address).field("at", &self.at);
        it.field("way", &self.way).finish_non_exhaustive()
    }
}

/// How what comes next is learnt.
#[derive(Debug)]
enum Way {
    /// By asking for a stream, not before then.
    Closed(Instant),
    /// By reading on.
    Stream(Box<Feed>),
    /// By asking again, not before then.
    Poll(Instant),
    /// By beginning anew: something was missed.
    Lost,
}

impl Agent {
    /// What counts parts there, for somebody who has not chosen yet. Nothing of it is followed.
    pub async fn look(settings: Settings) -> Result<Vec<Tag>, Away> {
        let settings = Settings { wanted: BTreeSet::new(), ..settings };
        Ok(Line::new(settings)?.probe().await?.tags)
    }

    /// Begins to follow an agent after `position`, which is that of a batch of the same settings; without one, and where
    /// it cannot go on there, with a gap and what everything shows now.
    pub async fn open(settings: Settings, position: Option<&str>) -> Result<Self, Away> {
        let line = Line::new(settings)?;
        let probed = line.probe().await?;
        let at = position.and_then(|it| it.parse::<Position>().ok());
        let at = at.filter(|it| it.instance == probed.instance);
        let (until, first, way, waiting) = (None, None, Way::Closed(Instant::now()), None);
        let mut agent = Self { line, probed, at, until, first, way, waiting };
        agent.check_tags()?;
        let first = match at {
            Some(at) => {
                let request = Request::Sample { from: at.next, count: agent.count() };
                let document = agent.line.document(request).await?;
                agent.take(document).await?
            }
            None => agent.begin_anew().await?,
        };
        agent.first = Some(first);
        Ok(agent)
    }

    /// What counts parts there, as the agent says since it was started last.
    pub fn tags(&self) -> &[Tag] {
        &self.probed.tags
    }

    /// What came next. Waits until something does, at the longest two heartbeats and a deadline.
    ///
    /// Nothing is lost where this is dropped before it is done. After an error the agent is to be opened anew, after
    /// the position of the last batch.
    pub async fn next(&mut self) -> Result<Batch, Away> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        let told = self.advance().await;
        if told.is_err() {
            // What could not be read on a stream must not be passed over.
            (self.way, self.waiting) = (Way::Closed(Instant::now()), None);
        }
        told
    }

    async fn advance(&mut self) -> Result<Batch, Away> {
        loop {
            match (&mut self.way, self.at) {
                (Way::Lost, _) | (_, None) => return self.begin_anew().await,
                (Way::Closed(due), Some(at)) => {
                    sleep_until(*due).await;
                    let Settings { interval, heartbeat, .. } = self.line.settings;
                    let (from, count) = (at.next, self.count());
                    let request = Request::Follow { from, count, interval, heartbeat };
                    match self.line.follow(request).await? {
                        Answer::Stream(feed) => self.way = Way::Stream(feed),
                        Answer::Whole(document) => {
                            self.way = Way::Poll(Instant::now() + interval);
                            return self.take(document).await;
                        }
                    }
                }
                (Way::Stream(feed), _) => {
                    let patience = self.line.settings.patience();
                    let until = *self.waiting.get_or_insert_with(Instant::now) + patience;
                    let part = timeout_at(until, feed.next()).await;
                    let part = part.unwrap_or(Err(Away::Silent(patience)))?;
                    self.waiting = None;
                    let document = self.line.part(&part)?;
                    return self.take(document).await;
                }
                (Way::Poll(due), Some(at)) => {
                    sleep_until(*due).await;
                    let request = Request::Sample { from: at.next, count: self.count() };
                    let document = self.line.document(request).await?;
                    self.way = Way::Poll(Instant::now() + self.line.settings.interval);
                    return self.take(document).await;
                }
            }
        }
    }

    /// What a document tells after what was told before.
    async fn take(&mut self, document: Document) -> Result<Batch, Away> {
        match document {
            Document::Streams(streams) if self.continues(&streams) => {
                Ok(self.batch(Link::Next, streams))
            }
            Document::Streams(_) => self.begin_anew().await,
            Document::Errors(errors) if is_not_there(&errors) => self.begin_anew().await,
            other => Err(self.line.unexpected(other)),
        }
    }

    /// Whether nothing lies between what was told and a document: the same run of the agent, which remembered what comes
    /// next, and did not go back.
    fn continues(&self, streams: &Streams) -> bool {
        self.at.is_some_and(|at| {
            streams.instance == at.instance && streams.first <= at.next && streams.next >= at.next
        })
    }

    /// What everything shows now.
    async fn begin_anew(&mut self) -> Result<Batch, Away> {
        let polls = matches!(self.way, Way::Poll(_));
        // Where this is dropped half way, it has to be done still.
        self.way = Way::Lost;
        let streams = match self.line.document(Request::Current).await? {
            Document::Streams(streams) => streams,
            other => return Err(self.line.unexpected(other)),
        };
        // Whoever misses something again and again is not told so more often than that.
        let due = Instant::now() + self.line.settings.interval;
        let now = Position { instance: streams.instance, next: streams.next };
        if self.at == Some(now) {
            // Nothing was observed since: some refuse to be asked for what is not there yet.
            self.way = Way::Poll(due);
            let streams = Streams { observations: Vec::new(), ..streams };
            return Ok(self.batch(Link::Next, streams));
        }
        if streams.instance != self.probed.instance {
            self.probed = self.line.probe().await?;
            self.check_tags()?;
        }
        let streams = newest_of_each(streams);
        let shown: BTreeSet<&str> =
            streams.observations.iter().map(|(_, it)| it.tag.as_str()).collect();
        let wanted = &self.line.settings.wanted;
        if let Some(gone) = wanted.iter().find(|tag| !shown.contains(tag.as_str())) {
            return Err(Away::TagGone(gone.clone()));
        }
        self.way = if polls { Way::Poll(due) } else { Way::Closed(due) };
        Ok(self.batch(Link::Gap, streams))
    }

    /// A batch of what was not told before, after which comes what the document says.
    fn batch(&mut self, link: Link, streams: Streams) -> Batch {
        let Streams { instance, last, next, made, newest, observations, .. } = streams;
        let from = match (link, self.at) {
            (Link::Next, Some(at)) => at.next,
            _ => 0,
        };
        let is_all = next > last;
        // One that has more is asked at once, unless it does not get on.
        if let Way::Poll(due) = &mut self.way
            && !is_all
            && next > from
        {
            *due = Instant::now();
        }
        let new = |(number, _): &(u64, Reading)| (from..next).contains(number);
        let position = Position { instance, next };
        self.at = Some(position);
        self.until = if is_all { made } else { newest.or(self.until) };
        Batch {
            link,
            at: self.until,
            position: Some(position.to_string()),
            readings: observations.into_iter().filter(new).map(|(_, reading)| reading).collect(),
        }
    }

    /// How many observations are asked for at once: an agent refuses more than it remembers.
    fn count(&self) -> u64 {
        let most = u64::from(self.line.settings.limits.at_once);
        self.probed.buffer.map_or(most, |buffer| most.min(buffer)).max(1)
    }

    fn check_tags(&self) -> Result<(), Away> {
        let gone = self.line.settings.wanted.iter().find(|tag| !self.probed.seen.contains(*tag));
        gone.map_or(Ok(()), |gone| Err(Away::TagGone(gone.clone())))
    }
}

/// Whether an agent says that it does not remember what it was asked for.
fn is_not_there(errors: &[Said]) -> bool {
    errors.iter().any(|it| NOT_THERE.contains(&it.code.as_str()))
}

/// Of each data item, what was observed last.
fn newest_of_each(mut streams: Streams) -> Streams {
    let mut seen = BTreeSet::new();
    streams.observations.reverse();
    streams.observations.retain(|(_, reading)| seen.insert(reading.tag.clone()));
    streams.observations.reverse();
    streams
}
