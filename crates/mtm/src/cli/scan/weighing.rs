//! A scale as a source of quantities: asked by a code, believed when somebody says so.
//!
//! The code is scanned: the scale is asked, and suggests pieces with what was rounded away. It is scanned
//! again: the scale is asked again, and if it suggests the same, `QTY:` and the pieces are taken like a scan of that
//! label by the device that asked, and booked by the same path. A rule of the plant may confirm what is near enough
//! to whole pieces. One press that was read twice confirms nothing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mtm_connect::scale::{Scale, Suggestion};
use mtm_connect::scanner::Verdict;

use super::sender::Terminal;
use super::taking::Taken;
use super::told::Told;
use crate::config;
use crate::failure::Outcome;

/// For so long a suggestion can be confirmed.
const OPEN: Duration = Duration::from_secs(60);

/// What is read so soon after the scale spoke may be the press before, read twice.
const PRESS: Duration = Duration::from_secs(1);

/// A scale and what it suggested last.
pub(super) struct Weighing {
    settings: config::Weighing,
    scale: Mutex<Asked>,
}

struct Asked {
    scale: Scale,
    said: Option<Said>,
}

/// What the scale said last.
struct Said {
    /// Whose scan asked it.
    source: String,
    /// When it was told.
    at: Instant,
    /// Pieces that wait for confirmation.
    open: Option<i64>,
}

impl Weighing {
    /// Nothing is suggested yet. The source of the settings is a device.
    pub(super) fn new(settings: config::Weighing) -> Option<Self> {
        let scale = Scale::new(&settings.source, settings.ask.clone())?;
        Some(Self { settings, scale: Mutex::new(Asked { scale, said: None }) })
    }

    /// Whether this code asks the scale.
    pub(super) fn is_asked_by(&self, code: &str) -> bool {
        code.trim() == self.settings.code
    }

    /// Asks the scale, and takes what it suggests where that is confirmed.
    pub(super) fn weigh(
        &self,
        terminal: &Terminal<'_>,
        (code, source): (&str, &str),
    ) -> Outcome<Verdict> {
        let mut asked = self.scale.lock().unwrap_or_else(PoisonError::into_inner);
        let tell = |told: &Told<'_>| terminal.tell(None, (code, Some(source)), told);
        let mine = asked.said.as_ref().filter(|said| said.source == source);
        if mine.is_some_and(|said| said.at.elapsed() < PRESS) {
            let message = "read within a second of the scale's answer, as by one press read twice";
            let next = Some("Wait a second, then scan it again.");
            tell(&Told::Refused { code: "again", message, next })?;
            return Ok(Verdict::Refused("again"));
        }
        let mine = asked.said.take().filter(|said| said.source == source);
        let before = mine.filter(|said| said.at.elapsed() < OPEN).and_then(|said| said.open);
        let weight = match asked.scale.weigh() {
            Ok(weight) => weight,
            Err(trouble) => {
                let (message, next) = (trouble.to_string(), Some(trouble.next_step()));
                tell(&Told::Refused { code: trouble.code(), message: &message, next })?;
                return Ok(Verdict::Refused(trouble.code()));
            }
        };
        let Some(suggestion) = Suggestion::of(&weight, &self.settings.piece) else {
            let message =
                format!("{weight} at {} a piece are no number of pieces", self.settings.piece);
            let next = Some("Check what lies on the scale, and the weight of a piece.");
            tell(&Told::Refused { code: "weight_out_of_range", message: &message, next })?;
            return Ok(Verdict::Refused("weight_out_of_range"));
        };
        let near =
            self.settings.at_once.is_some_and(|percent| suggestion.is_surely_within(percent));
        let confirmed = before == Some(suggestion.pieces);
        let open = !near && !confirmed;
        tell(&Told::Suggested { suggestion: &suggestion, open })?;
        let waits = open.then_some(suggestion.pieces);
        asked.said = Some(Said { source: source.to_owned(), at: Instant::now(), open: waits });
        if open {
            return Ok(Verdict::Refused("confirm"));
        }
        let data = format!("QTY:{}", suggestion.pieces);
        // It belongs to what that device scans.
        Ok(match terminal.take(&data, Some(source))? {
            Taken::Good(n) => Verdict::Taken(n),
            Taken::Unreadable => Verdict::Refused("unreadable"),
        })
    }
}
