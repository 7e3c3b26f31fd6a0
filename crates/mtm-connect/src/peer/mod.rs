//! A system that is called by this program and wants to know who asks: one caller for each, which proves
//! who we are, keeps to what its guard allows, and ends by its deadline.
//!
//! A [`Peer`] makes a [`Request`] of a path below its address. A proof that is not taken (401) is replaced
//! once, where there is another one to be had, and the request made once more within the same deadline.
//! Only what is [`Repeatable`](crate::guard::Repeatable) is ever made again for another reason. An answer
//! has a longest length, and the type of content that was asked for: the page of a proxy is no answer.
//!
//! [`conformance`] looks at the way to one step by step, for `mtm connect test`.
//!
//! Absent on purpose: what is asked and what an answer means. That is a connector's.

mod call;
pub mod conformance;
mod failure;
mod shown;
mod standing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::call::{Request, Response};
pub use self::failure::CallFailed;
use self::shown::Shown;
use self::standing::Noted;
pub use self::standing::Standing;
use crate::credential::{self, Credential};
use crate::guard::{self, Guard, Moments};
use crate::outgoing::{Deadlines, Papers, Rotating, Target};

/// What is configured of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name here.
    pub name: String,
    /// Its address; requests go below it.
    pub url: Target,
    /// How it is told who asks.
    pub auth: credential::Settings,
    /// Who is believed, and the certificate that it is shown.
    pub papers: Papers,
    /// Who is believed at the token endpoint.
    pub token_papers: Papers,
    /// The path below its address that says whether it is well, and changes nothing.
    pub health: String,
    /// The type of content of that path; nothing where any will do.
    pub health_type: Option<String>,
    /// Until when it is to have answered, in all.
    pub deadline: Duration,
    /// Longest body of an answer, in bytes.
    pub longest: usize,
    /// What its guard goes by, where it is otherwise than for all.
    pub limits: Limits,
    /// How often a server looks whether it is well; never where there is nothing.
    pub look: Option<Duration>,
}

/// What the guard of one peer goes by, where it is otherwise than for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls under way at once.
    pub at_once: Option<u16>,
    /// Calls in a second.
    pub per_second: Option<u32>,
    /// Until when a call has to end.
    pub deadline: Option<Duration>,
    /// From when on a call is slow, of a peer whose answers may take longer than those of others.
    pub slow: Option<Duration>,
}

impl Limits {
    /// What holds for all, but for these.
    pub fn over(&self, all: &guard::Settings) -> guard::Settings {
        guard::Settings {
            at_once: self.at_once.unwrap_or(all.at_once),
            per_second: self.per_second.unwrap_or(all.per_second),
            deadline: self.deadline.unwrap_or(all.deadline),
            slow: match (self.slow, self.deadline) {
                (Some(own), _) => all.slow.max(own),
                (None, Some(deadline)) => all.slow.min(deadline),
                (None, None) => all.slow,
            },
            ..all.clone()
        }
    }
}

/// The guards of a peer: of itself, and of the server that gives tokens for it.
#[derive(Debug, Clone)]
pub struct Guards {
    /// Of itself.
    pub calls: Guard,
    /// Of the token endpoint.
    pub tokens: Guard,
}

/// Calls one peer. Clones are the same.
#[derive(Debug, Clone)]
pub struct Peer {
    parts: Arc<Parts>,
}

struct Parts {
    settings: Settings,
    way: Rotating,
    credential: Credential,
    guard: Guard,
    moments: Moments,
    noted: Mutex<Noted>,
    shown: Shown,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Peer {
    /// The peer that `settings` say. Nobody is called yet.
    pub fn new(settings: Settings, guards: Guards, moments: Moments, seed: u64) -> Self {
        // A little less than the whole, so that a call that hangs is known to have hung.
        let whole = settings.deadline * 9 / 10;
        let deadlines = Deadlines { connect: whole.min(Duration::from_secs(5)), whole };
        let tokens = Rotating::new(deadlines, settings.token_papers.clone());
        let way = Rotating::new(deadlines, settings.papers.clone());
        Self::by(settings, way, tokens, guards, moments, seed)
    }

    /// The same over other ways there, which tests choose.
    pub fn by(
        settings: Settings,
        way: Rotating,
        tokens: Rotating,
        Guards { calls: guard, tokens: token_guard }: Guards,
        moments: Moments,
        seed: u64,
    ) -> Self {
        let credential = Credential::of(&settings.auth, tokens, token_guard, &moments, seed);
        let (noted, shown) = (Mutex::default(), Shown::default());
        Self { parts: Arc::new(Parts { settings, way, credential, guard, moments, noted, shown }) }
    }

    /// Its name here.
    pub fn name(&self) -> &str {
        &self.parts.settings.name
    }

    /// What is configured of it.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    /// Its guard.
    pub fn guard(&self) -> &Guard {
        &self.parts.guard
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let Parts { settings, way, credential, .. } = &*self.parts;
        let papers = way.trouble().map(|error| error.to_string());
        let secret = credential.trouble().map(|error| error.to_string());
        Standing {
            auth: settings.auth.kind(),
            token: credential.token(),
            their_certificate: way.theirs(),
            our_certificate: way.ours(),
            not_rotated: papers.or(secret),
            ..self.noted().standing()
        }
    }

    /// A text of its answer as it may be kept and shown to people: one line of at most 300 characters,
    /// without what it was shown as a proof lately.
    pub fn printable(&self, text: &str) -> String {
        self.parts.shown.printable(text)
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Nothing in there panics half way.
        self.parts.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
