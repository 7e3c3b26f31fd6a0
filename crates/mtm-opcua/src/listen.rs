//! Listening: a subscription, what it says, and how it is taken up again when the line was down.
//!
//! One question for news is out at a time, and the next one goes out when what came before was handed on: it says that
//! the server may forget it. So the server keeps whatever was not handed on, and says it again when it is asked
//! (`Republish`); the numbers of messages ([`Sequence`]) prove that none is missing. Where they do not, where a value's
//! queue ran over or the server forgot the subscription, that is said: a batch after a gap, or an end.

use std::time::Duration;

use mtm_core::opcua::protocol::{
    Failed, FailedKind, Opened, READINGS_MAX, Reading, Say, Server, Shown,
};
use mtm_opcua::sequence::{Sequence, Step};
use opcua::client::services::{CreateSubscription, Publish, Republish, TransferSubscriptions};
use opcua::types::{
    DataChangeNotification, Error, NotificationMessage, StatusChangeNotification, StatusCode,
};
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use crate::failure::{failed, failure, is_gone};
use crate::items::Items;
use crate::line::{Line, Session, request};
use crate::value::{micros, overflowed, shown};

/// How often the server says that nothing changed.
const QUIET: Duration = Duration::from_secs(5);
/// How long the server keeps a subscription that nobody asks for news of: longer than a line may be away.
const LIFETIME: Duration = Duration::from_secs(120);
/// How long it is tried to take up a line that was lost.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long news are waited for at most; a server that says nothing for longer is not heard.
const NEWS_MAX: Duration = Duration::from_secs(60);
/// Pauses between two tries.
const PAUSE: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often a line is taken up in a row, without anything being heard on it.
const TAKEN_UP_MAX: u32 = 5;
/// Most messages that are asked for again.
const AGAIN_MAX: usize = 10_000;

/// A subscription, and what was heard of it.
struct Listener<'o> {
    line: Line,
    out: &'o Sender<Say>,
    id: u32,
    items: Items,
    sequence: Sequence,
    /// The message that the server may forget.
    heard: Option<u32>,
    /// How long news are waited for.
    news: Duration,
    is_first: bool,
    /// How often the line was taken up since something was heard.
    taken_up: u32,
}

/// Listens for ever; yields why it ends. `line` is where it says good-bye.
pub(crate) async fn listen(
    server: &Server,
    nodes: &[String],
    interval: u32,
    out: &Sender<Say>,
    stop: impl Future<Output = ()>,
) -> Option<Failed> {
    tokio::pin!(stop);
    let opened = tokio::select! {
        () = &mut stop => return None,
        opened = Listener::open(server, nodes, interval, out) => opened,
    };
    let mut listener = match opened {
        Ok(listener) => listener,
        Err(failed) => return Some(failed),
    };
    let ended = tokio::select! {
        () = &mut stop => None,
        failed = listener.run() => Some(failed),
    };
    listener.line.close().await;
    ended
}

impl<'o> Listener<'o> {
    async fn open(
        server: &Server,
        nodes: &[String],
        interval: u32,
        out: &'o Sender<Say>,
    ) -> Result<Self, Failed> {
        let mut line = Line::open(server).await?;
        let every = Duration::from_millis(u64::from(interval));
        let made = subscribe(&mut line, every, nodes).await;
        let (id, revised, news, items) = match made {
            Ok(made) => made,
            Err(error) => {
                line.close().await;
                return Err(failure(&error));
            }
        };
        let to = Opened {
            server: line.server(),
            thumbprint: line.thumbprint.clone(),
            own_thumbprint: line.own_thumbprint(),
            interval: u32::try_from(revised.as_millis()).unwrap_or(u32::MAX),
            missing: items.missing(),
        };
        let mut listener = Self {
            line,
            out,
            id,
            items,
            sequence: Sequence::default(),
            heard: None,
            news,
            is_first: true,
            taken_up: 0,
        };
        listener.say(Say::Opened { to }).await;
        let unknown =
            |(node, _): (u32, String)| Reading { node, shown: Shown::Unavailable, at: None };
        let readings: Vec<Reading> = listener.items.missing().into_iter().map(unknown).collect();
        if !readings.is_empty() {
            listener.hand_on(false, None, readings).await;
        }
        Ok(listener)
    }

    async fn run(&mut self) -> Failed {
        loop {
            let turn = match self.turn().await {
                Err(Trouble::Way(error)) => self.take_up(&error).await,
                turn => turn,
            };
            match turn {
                Ok(()) => {}
                Err(Trouble::Ended(failed)) => return failed,
                Err(Trouble::Way(error)) => return lost(&error.to_string()),
            }
        }
    }

    /// Asks for news once, and hands them on.
    async fn turn(&mut self) -> Result<(), Trouble> {
        if let Err(error) = self.items.look_again(&mut self.line, self.id).await
            && is_gone(error.status())
        {
            return Err(Trouble::Way(error));
        }
        let mut publish = request!(self.line, Publish).timeout(self.news);
        if let Some(number) = self.heard {
            publish = publish.ack(self.id, number);
        }
        let news = match self.line.ask_within(publish, self.news).await {
            Ok(news) => news,
            Err(error) if error.status() == StatusCode::BadTooManyPublishRequests => {
                // Those of a connection that is gone; they come to their end.
                sleep(PAUSE).await;
                return Ok(());
            }
            Err(error) => return Err(Trouble::of(error)),
        };
        self.heard = None;
        if news.subscription_id != self.id {
            return Ok(());
        }
        self.take(news.notification_message).await
    }

    async fn take(&mut self, message: NotificationMessage) -> Result<(), Trouble> {
        let notes = message.notification_data.unwrap_or_default();
        let at = micros(&message.publish_time);
        self.taken_up = 0;
        match self.sequence.hear(message.sequence_number, !notes.is_empty()) {
            Step::Again => {
                self.heard = Some(message.sequence_number);
                return Ok(());
            }
            Step::Hole => {
                return Err(Trouble::lost("messages of the server are missing"));
            }
            Step::Quiet => {
                self.hand_on(false, at, Vec::new()).await;
                return Ok(());
            }
            Step::Next => {}
        }
        let (mut readings, mut is_over) = (Vec::new(), false);
        for note in notes {
            if let Some(changes) = note.inner_as::<DataChangeNotification>() {
                for change in changes.monitored_items.iter().flatten() {
                    // Of a node that was not asked for nobody knows what it is.
                    let Some(node) = self.items.node(change.client_handle) else { continue };
                    is_over |= overflowed(&change.value);
                    let (shown, at) = shown(&change.value);
                    readings.push(Reading { node, shown, at });
                }
            } else if let Some(change) = note.inner_as::<StatusChangeNotification>() {
                let message = format!("the server gives the subscription up ({})", change.status);
                return Err(Trouble::lost(&message));
            }
        }
        self.hand_on(is_over, at, readings).await;
        self.heard = Some(message.sequence_number);
        Ok(())
    }

    /// Says a batch, in several lines where it is long.
    async fn hand_on(&mut self, is_over: bool, at: Option<i64>, readings: Vec<Reading>) {
        // Nobody knows of which node the server dropped something: each line says so of its own.
        let gap = std::mem::take(&mut self.is_first) || is_over;
        let mut rest = readings.as_slice();
        loop {
            let (now, later) = rest.split_at(rest.len().min(READINGS_MAX));
            // Only the last line tells everything up to then.
            let at = at.filter(|_| later.is_empty());
            self.say(Say::Batch { gap, at, readings: now.to_vec() }).await;
            if later.is_empty() {
                return;
            }
            rest = later;
        }
    }

    async fn say(&mut self, say: Say) {
        // Nobody hears it any more: then the input is at its end, too.
        let _ = self.out.send(say).await;
    }

    /// Takes up a line that was lost, and asks for what was said meanwhile.
    async fn take_up(&mut self, first: &Error) -> Result<(), Trouble> {
        self.taken_up += 1;
        // Nothing was heard yet: the first values may be what is missing. Or it comes to nothing, ever again.
        if self.sequence.next().is_none() || self.taken_up > TAKEN_UP_MAX {
            return Err(Trouble::lost(&first.to_string()));
        }
        let mut error = first.to_string();
        let tries = async {
            let mut pause = PAUSE;
            loop {
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MAX);
                match self.try_to_take_up().await {
                    Ok(()) => return Ok(()),
                    Err(Trouble::Way(again)) => error = again.to_string(),
                    Err(ended) => return Err(ended),
                }
            }
        };
        // What is cut off in the middle is lost; and that is what is said then.
        timeout(PATIENCE, tries).await.unwrap_or_else(|_| Err(Trouble::lost(&error)))
    }

    async fn try_to_take_up(&mut self) -> Result<(), Trouble> {
        if self.line.connect_again().await? == Session::New {
            let transfer = request!(self.line, TransferSubscriptions).subscription(self.id);
            let moved = self.line.ask(transfer).await.map_err(Trouble::of)?;
            let status = moved.results.iter().flatten().next().map(|it| it.status_code);
            if !status.is_some_and(|it| it.is_good()) {
                return Err(Trouble::lost("the server does not have the subscription any more"));
            }
        }
        for _ in 0..AGAIN_MAX {
            let Some(number) = self.sequence.next() else { break };
            let again = request!(self.line, Republish, self.id, number);
            let message = match self.line.ask(again).await {
                Ok(said) => said.notification_message,
                Err(error) if is_gone(error.status()) => return Err(Trouble::Way(error)),
                Err(error) if forgot(error.status()) => return Err(Trouble::of(error)),
                // It has none, or cannot say any again: what comes next proves whether one is missing.
                Err(_) => break,
            };
            // Some servers say an empty one where they have none.
            let is_empty = message.notification_data.as_ref().is_none_or(Vec::is_empty);
            if message.sequence_number != number || is_empty {
                break;
            }
            self.take(message).await?;
        }
        Ok(())
    }
}

/// Subscribes, and asks for the nodes: the subscription's number, how often the server looks, how long its news are
/// waited for, and the nodes.
async fn subscribe(
    line: &mut Line,
    every: Duration,
    nodes: &[String],
) -> Result<(u32, Duration, Duration, Items), Error> {
    let turns = |time: Duration| {
        u32::try_from(time.as_millis().div_ceil(every.as_millis().max(1))).unwrap_or(u32::MAX)
    };
    let quiet = turns(QUIET).max(1);
    let create = request!(line, CreateSubscription)
        .publishing_interval(every)
        .max_keep_alive_count(quiet)
        .max_lifetime_count(turns(LIFETIME).max(quiet.saturating_mul(3)))
        .max_notifications_per_publish(u32::try_from(READINGS_MAX).unwrap_or(u32::MAX));
    let made = line.ask(create).await?;
    let revised = Duration::try_from_secs_f64(made.revised_publishing_interval / 1000.0)
        .ok()
        .filter(|it| !it.is_zero())
        .unwrap_or(every);
    // Twice what the server takes to say that nothing changed, and the way there and back.
    let quiet = revised.saturating_mul(made.revised_max_keep_alive_count.max(1));
    let news = quiet.saturating_mul(2).saturating_add(line.within).min(NEWS_MAX);
    let items = Items::ask(line, made.subscription_id, every, nodes).await?;
    Ok((made.subscription_id, revised, news, items))
}

/// What stands between two turns.
pub(crate) enum Trouble {
    /// The way to the server: it may be taken up.
    Way(Error),
    /// It is over.
    Ended(Failed),
}

impl Trouble {
    fn of(error: Error) -> Self {
        if forgot(error.status()) { Self::lost(&error.to_string()) } else { Self::Way(error) }
    }

    fn lost(message: &str) -> Self {
        Self::Ended(lost(message))
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::of(error)
    }
}

/// Whether the server does not know of the subscription any more.
fn forgot(status: StatusCode) -> bool {
    [StatusCode::BadSubscriptionIdInvalid, StatusCode::BadNoSubscription].contains(&status)
}

fn lost(message: &str) -> Failed {
    failed(FailedKind::Lost, &format!("the server is not heard any more: {message}"))
}
