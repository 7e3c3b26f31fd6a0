//! When a token is asked for: a state machine that is told the moment, and draws from a seed.
//!
//! What always holds (`tests/connect/tokens.rs` tries it with any order of events): never are two requests
//! under way; no token is given out that is over, less what clocks may differ by; a token that was refused
//! is never given out again; and whoever asks is told what to do, or what to wait for that is under way.

use std::time::Duration;

use mtm_core::word::Timestamp;

use super::Given;
use crate::credential::CredentialError;
use crate::guard::jitter::Jitter;
use crate::secret::Secret;

/// A token counts for so much less than its server says: for clocks that differ and for the way there. Of
/// a short one it is a quarter.
const SKEW: i64 = 30 * SECOND;
/// So long before that a new one is asked for, while it counts; of a short one it is a quarter.
const EARLY: i64 = 120 * SECOND;
/// Longest that a token counts, whatever its server says: a day.
const LONGEST: i64 = 86_400 * SECOND;
/// Where its server does not say for how long it counts.
const UNSAID: i64 = 300 * SECOND;
/// A server that gave none is left alone for so long, then for twice that, and so on.
const PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Longest that a server can ask to be left alone for.
const LONGEST_ASKED: Duration = Duration::from_secs(3_600);
/// A peer that refuses every token has a new one asked for at most so often.
const REFUSALS: i64 = 10 * SECOND;
const SECOND: i64 = 1_000_000;

/// A token as it is given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its text.
    pub text: Secret,
    /// Which one it is, counted from 1.
    pub number: u64,
    /// When it was asked for.
    pub since: Timestamp,
    /// Until when it is given out.
    pub until: Timestamp,
    /// From when on the next one is asked for.
    renewed_from: Timestamp,
}

/// What whoever wants a token does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Use this one.
    Use(Token),
    /// Use this one; and somebody is to ask for the next, which counts as under way from now on.
    UseAndAsk(Token),
    /// Ask for one: that counts as under way from now on.
    Ask,
    /// Wait: a request is under way.
    Wait,
    /// There is none, and it is not asked for just now.
    Fail(CredentialError),
}

/// The tokens of one peer.
#[derive(Debug)]
pub struct Tokens {
    held: Option<Token>,
    asking: bool,
    failed: Option<Failed>,
    failures: u32,
    number: u64,
    /// When a token that was refused was last given up for a new one.
    given_up_at: Option<Timestamp>,
    jitter: Jitter,
}

#[derive(Debug)]
struct Failed {
    error: CredentialError,
    at: Timestamp,
    until: Timestamp,
}

impl Tokens {
    /// There is none yet; pauses are drawn from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self {
            held: None,
            asking: false,
            failed: None,
            failures: 0,
            number: 0,
            given_up_at: None,
            jitter: Jitter::of(seed),
        }
    }

    /// What whoever wants a token at `now` does.
    pub fn step(&mut self, now: Timestamp) -> Step {
        let may_ask = !self.asking && self.resting(now).is_none();
        match &self.held {
            Some(token) if token.counts(now) => {
                let token = token.clone();
                // Before it began: the clock was set back, and nobody knows how long it counts by this one.
                if may_ask && (now >= token.renewed_from || now < token.since) {
                    self.asking = true;
                    return Step::UseAndAsk(token);
                }
                Step::Use(token)
            }
            _ if self.asking => Step::Wait,
            _ => {
                if let Some(error) = self.resting(now) {
                    return Step::Fail(error);
                }
                self.asking = true;
                Step::Ask
            }
        }
    }

    /// The request that was made at `asked_at` was answered.
    pub fn answered(
        &mut self,
        answer: Result<Given, CredentialError>,
        asked_at: Timestamp,
        now: Timestamp,
    ) {
        self.asking = false;
        match answer {
            Ok(given) => {
                self.number += 1;
                self.held = Some(self.token(given, asked_at));
                (self.failed, self.failures) = (None, 0);
            }
            Err(error) => {
                let doubled = PAUSE.saturating_mul(2_u32.saturating_pow(self.failures));
                let pause = self.jitter.of_pause(doubled.min(LONGEST_PAUSE));
                let asked = match &error {
                    CredentialError::Away { asked: Some(asked), .. } => *asked,
                    _ => Duration::ZERO,
                };
                self.failures = self.failures.saturating_add(1);
                let pause = micros(pause.max(asked.min(LONGEST_ASKED)));
                self.failed = Some(Failed { error, at: now, until: now.plus_micros(pause) });
            }
        }
    }

    /// Whoever made the request has gone without an answer; somebody else may ask at once.
    pub const fn given_up(&mut self) {
        self.asking = false;
    }

    /// The token of this number was refused; whether another one is there or may be had.
    pub fn refused(&mut self, number: u64, now: Timestamp) -> bool {
        match &self.held {
            Some(token) if token.number == number => {
                let lately = |at: Timestamp| at <= now && now < at.plus_micros(REFUSALS);
                if self.given_up_at.is_some_and(lately) {
                    // A peer that takes none: the next call tries this one again.
                    return false;
                }
                self.held = None;
                self.given_up_at = Some(now);
                true
            }
            // Somebody else was faster: there is a newer one, or it is asked for.
            _ => true,
        }
    }

    /// The secret by which tokens are asked for is another one: what failed may go well now.
    pub fn changed(&mut self) {
        (self.failed, self.failures) = (None, 0);
    }

    /// The token that is given out, if there is one.
    pub const fn held(&self) -> Option<&Token> {
        self.held.as_ref()
    }

    /// Why there was none when it was last asked for, and when that was.
    pub fn failed(&self) -> Option<(&CredentialError, Timestamp)> {
        self.failed.as_ref().map(|failed| (&failed.error, failed.at))
    }

    /// Why nobody is asked at `now`. A clock that was set back makes nobody wait longer than they had to.
    fn resting(&self, now: Timestamp) -> Option<CredentialError> {
        let failed = self.failed.as_ref()?;
        (failed.at <= now && now < failed.until).then(|| failed.error.clone())
    }

    fn token(&mut self, given: Given, asked_at: Timestamp) -> Token {
        let said = given.lifetime.map_or(UNSAID, micros).clamp(SECOND, LONGEST);
        let lasts = said - SKEW.min(said / 4);
        let early = Duration::from_micros(EARLY.min(lasts / 4).unsigned_abs());
        let early = micros(self.jitter.of_pause(early));
        Token {
            text: given.token,
            number: self.number,
            since: asked_at,
            until: asked_at.plus_micros(lasts),
            renewed_from: asked_at.plus_micros(lasts - early),
        }
    }
}

impl Token {
    fn counts(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
