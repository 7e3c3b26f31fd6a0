//! What the end of a call says about the peer.

use std::time::Duration;

use mtm_core::trouble::Trouble;

/// What the end of a call says about the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It took what it was sent.
    Taken,
    /// It said no to what it was sent, and so it is well: never a reason to leave it alone.
    SaidNo,
    /// It did not do its part.
    Failed {
        /// How long it asks to be left alone for.
        asked: Option<Duration>,
    },
}

impl Verdict {
    /// It failed, and asked for nothing.
    pub const FAILED: Self = Self::Failed { asked: None };

    /// Of a trouble with what it was sent, or with itself.
    pub const fn of(trouble: Trouble, asked: Option<Duration>) -> Self {
        match trouble {
            Trouble::BusinessRejection | Trouble::InvalidInput | Trouble::Conflict => Self::SaidNo,
            Trouble::Transient | Trouble::Ambiguous | Trouble::Permanent => Self::Failed { asked },
        }
    }

    /// Of an answer by HTTP.
    pub const fn of_answer(status: u16, asked: Option<Duration>) -> Self {
        match Trouble::of_answer(status) {
            None => Self::Taken,
            Some(trouble) => Self::of(trouble, asked),
        }
    }

    /// Whether it did not do its part.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_says_no_to_what_it_was_sent_is_well() {
        for status in [400, 401, 403, 404, 409, 410, 412, 413, 415, 422] {
            assert_eq!(Verdict::of_answer(status, None), Verdict::SaidNo, "{status}");
        }
        for status in [200, 201, 202, 204] {
            assert_eq!(Verdict::of_answer(status, None), Verdict::Taken, "{status}");
        }
        let asked = Some(Duration::from_secs(7));
        for status in [302, 408, 425, 429, 500, 501, 502, 503, 504] {
            assert_eq!(Verdict::of_answer(status, asked), Verdict::Failed { asked }, "{status}");
        }
        for trouble in Trouble::ALL {
            let failed = trouble.is_tried_again() || trouble == Trouble::Permanent;
            assert_eq!(Verdict::of(trouble, None).is_failure(), failed, "{trouble:?}");
        }
    }
}
