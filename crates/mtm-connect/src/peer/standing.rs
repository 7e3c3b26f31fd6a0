//! How the way to a peer stands, for whoever looks.

use mtm_core::word::Timestamp;

use super::CallFailed;
use crate::certificate::Validity;
use crate::credential::oauth2;

/// How the way to a peer stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How it is told who asks, by the name of the kind.
    pub auth: &'static str,
    /// How its token stands, where it is told by one.
    pub token: Option<oauth2::Standing>,
    /// When it last answered as it should.
    pub answered_at: Option<Timestamp>,
    /// Since when it does not, where the last call was none.
    pub failing_since: Option<Timestamp>,
    /// Why the last call was not answered as it should, where it was not.
    pub failed: Option<CallFailed>,
    /// Until when its certificate counts.
    pub their_certificate: Option<Validity>,
    /// Until when ours counts.
    pub our_certificate: Option<Validity>,
    /// Why a rotated secret or certificate is not used, where the one before counts on.
    pub not_rotated: Option<String>,
}

/// What calls left behind.
#[derive(Debug, Default)]
pub(super) struct Noted {
    answered_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    failed: Option<CallFailed>,
}

impl Noted {
    pub(super) fn answered(&mut self, now: Timestamp) {
        *self = Self { answered_at: Some(now), ..Self::default() };
    }

    /// That its guard let no call through says nothing new of the peer.
    pub(super) fn failed(&mut self, failed: &CallFailed, now: Timestamp) {
        if matches!(failed, CallFailed::Guarded(_)) && self.failed.is_some() {
            return;
        }
        self.failing_since.get_or_insert(now);
        self.failed = Some(failed.clone());
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            answered_at: self.answered_at,
            failing_since: self.failing_since,
            failed: self.failed.clone(),
            ..Standing::default()
        }
    }
}
