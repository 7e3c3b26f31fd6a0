//! What the listening program says, as batches and tags.

use std::time::Duration;

use mtm_core::machine::{Batch, Link, Reading};
use mtm_core::opcua::node::NAME_MAX;
use mtm_core::opcua::protocol::{
    Ask, LOOKED_MAX, Opened, READINGS_MAX, Reading as Line, SILENCE_MAX, Say, TAGS_MAX,
};
use mtm_core::word::Timestamp;
use tokio::time::timeout;

use super::process::Process;
use super::{Away, Settings, Tags};

/// Most characters of what is said of a tag.
const WORDS_MAX: usize = 400;
/// How long looking for tags may take in all.
const LOOKING: Duration = Duration::from_secs(180);
/// Questions that are asked one after the other before a server is listened to, and room for making a key.
const QUESTIONS: u32 = 12;
const KEY: Duration = Duration::from_secs(60);

/// A server that is listened to. After an [`Away`] it is of no use: it is dropped, and another one opened.
#[derive(Debug)]
pub struct Source {
    process: Process,
    opened: Opened,
    nodes: Vec<String>,
    is_first: bool,
}

impl Source {
    pub(super) async fn open(settings: &Settings, ask: &Ask) -> Result<Self, Away> {
        let mut process = Process::start(settings, ask).await?;
        let within = settings.timeout.saturating_mul(QUESTIONS).saturating_add(KEY);
        match process.say(within).await? {
            Say::Opened { to } => {
                let nodes = settings.nodes.clone();
                Ok(Self { process, opened: to, nodes, is_first: true })
            }
            other => Err(unexpected(&mut process, other)),
        }
    }

    /// To what it listens.
    pub const fn opened(&self) -> &Opened {
        &self.opened
    }

    /// What the server says next: what changed, or every few seconds that nothing did. Nothing is lost when this is
    /// dropped in the middle.
    pub async fn next(&mut self) -> Result<Batch, Away> {
        let silence = Duration::from_secs(u64::from(SILENCE_MAX));
        let (gap, at, lines) = match self.process.say(silence).await? {
            Say::Batch { gap, at, readings } => (gap, at, readings),
            other => return Err(unexpected(&mut self.process, other)),
        };
        if lines.len() > READINGS_MAX {
            return Err(self.process.refused("it says more readings than a line has".to_owned()));
        }
        let mut readings = Vec::with_capacity(lines.len());
        for line in lines {
            let Some(reading) = self.reading(line) else {
                let message = "it says a reading of a node that it was not asked for".to_owned();
                return Err(self.process.refused(message));
            };
            readings.push(reading);
        }
        let is_first = std::mem::take(&mut self.is_first);
        let link = if gap || is_first { Link::Gap } else { Link::Next };
        let at = at.map(Timestamp::from_micros);
        Ok(Batch { link, at, position: None, readings })
    }

    fn reading(&self, line: Line) -> Option<Reading> {
        let node = usize::try_from(line.node).ok()?;
        Some(Reading {
            tag: self.nodes.get(node)?.clone(),
            value: line.shown.into(),
            at: line.at.map(Timestamp::from_micros),
            began_again: false,
        })
    }

    /// Ends it, once good-bye was said to the server. One that is dropped says it, too; nobody waits for that.
    pub async fn close(self) {
        self.process.close().await;
    }
}

/// What there is to listen to.
pub(super) async fn tags(settings: &Settings, ask: &Ask) -> Result<Tags, Away> {
    let mut process = Process::start(settings, ask).await?;
    let gathered = timeout(LOOKING, gather(&mut process)).await;
    let gathered = gathered.unwrap_or(Err(Away::Hung(LOOKING)));
    process.close().await;
    gathered
}

async fn gather(process: &mut Process) -> Result<Tags, Away> {
    let mut all = Vec::new();
    loop {
        let tags = match process.say(LOOKING).await? {
            Say::Tags { tags } => tags,
            Say::Done { is_cut } => return Ok(Tags { tags: all, is_cut }),
            other => return Err(unexpected(process, other)),
        };
        let is_short = |text: &str, most| text.chars().count() <= most;
        let fits =
            tags.iter().all(|it| is_short(&it.name, NAME_MAX) && is_short(&it.words, WORDS_MAX));
        if !fits || tags.len() > TAGS_MAX || all.len() + tags.len() > LOOKED_MAX {
            return Err(
                process.refused("it says more tags, or longer ones, than it may".to_owned())
            );
        }
        all.extend(tags);
    }
}

fn unexpected(process: &mut Process, say: Say) -> Away {
    let said = match say {
        Say::Failed { failed } => return Away::Failed(failed),
        Say::Opened { .. } => "that it listens",
        Say::Batch { .. } => "a batch",
        Say::Tags { .. } => "tags",
        Say::Done { .. } => "the end of tags",
    };
    process.refused(format!("it says {said}, which was not asked for"))
}
