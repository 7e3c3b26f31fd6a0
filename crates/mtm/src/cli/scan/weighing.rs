//! A scale as a source of quantities: asked by a code, believed when somebody says so.
//!
//! The code is scanned: the scale is asked, and suggests pieces with what was rounded away. It is scanned
//! again: the scale is asked again, and if it suggests the same, `QTY:` and the pieces are taken like a scan of that
//! label, and booked by the same path. A rule of the plant may confirm what is near enough to whole pieces.

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

/// A scale and what it suggested last.
pub(super) struct Weighing {
    settings: config::Weighing,
    scale: Mutex<Asked>,
}

struct Asked {
    scale: Scale,
    name: String,
    /// Pieces that wait for confirmation, since when.
    open: Option<(i64, Instant)>,
}

impl Weighing {
    /// Nothing is suggested yet. The source of the settings is a device.
    pub(super) fn new(settings: config::Weighing) -> Option<Self> {
        let scale = Scale::new(&settings.source, settings.ask.clone())?;
        let name = format!("scale {}", scale.name());
        Some(Self { settings, scale: Mutex::new(Asked { scale, name, open: None }) })
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
        let before = asked.open.take().filter(|(_, since)| since.elapsed() < OPEN);
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
        let near = self.settings.at_once.is_some_and(|percent| suggestion.is_within(percent));
        let confirmed = before.is_some_and(|(pieces, _)| pieces == suggestion.pieces);
        let open = !near && !confirmed;
        tell(&Told::Suggested { suggestion: &suggestion, open })?;
        if open {
            asked.open = Some((suggestion.pieces, Instant::now()));
            return Ok(Verdict::Refused("confirm"));
        }
        let data = format!("QTY:{}", suggestion.pieces);
        Ok(match terminal.take(&data, Some(&asked.name))? {
            Taken::Good(n) => Verdict::Taken(n),
            Taken::Unreadable => Verdict::Refused("unreadable"),
        })
    }
}
