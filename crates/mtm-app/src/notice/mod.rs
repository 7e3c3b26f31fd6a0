//! News for people: what happened that somebody should know, in words, how far they have read, and by
//! which ways they are told.

mod lot;
mod way;
mod words;

use mtm_core::notice::NoticeKind;
use mtm_core::policy::{self, Deed, Role};
use mtm_core::word::{EventId, Timestamp};
use mtm_store::notice::Notice;
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

pub use self::way::{NoticeRules, Telling, WayRequest, WayState, WaysOpen};
pub(crate) use self::way::{is_configured, may_know};
use self::words::words;
pub use mtm_store::notice::{MailServer, PileState};

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// News for one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeItem {
    /// Place of its event among all events; older news have lower ones.
    pub sequence: u64,
    /// Its event.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Uuid))]
    pub event_id: EventId,
    /// What kind of news it is.
    pub kind: NoticeKind,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about: a part, a lot, an invariant, another system.
    pub subject: String,
    /// What happened, in a sentence.
    pub text: String,
    /// Where somebody goes from here: an address of this server.
    pub address: String,
    /// Whether the person has not read it.
    pub unread: bool,
}

/// What somebody is told of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notices {
    /// How much they have not read; 100 means at least so much.
    pub unread: u64,
    /// Newest first.
    pub items: Vec<NoticeItem>,
    /// Where older news begin; null where there are none.
    pub next_cursor: Option<String>,
}

/// Whether somebody is told of a kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoticeChoice {
    /// The kind.
    pub kind: NoticeKind,
    /// Whether they are told.
    pub told: bool,
}

impl App {
    /// What `who` is told of before the place `before`: at most `limit`, newest first.
    pub async fn notices(
        &self,
        who: &Principal,
        before: Option<u64>,
        limit: u16,
    ) -> Result<Notices, AppError> {
        who.require(Deed::Own)?;
        let reader = self.ledger().notice_reader(who.user).await?;
        let kinds = wanted(who, &reader.muted);
        let limit = limit.clamp(1, 1_000);
        let found = self.ledger().notices(who.user, kinds.clone(), before, limit).await?;
        let full = found.len() == usize::from(limit);
        let oldest = found.last().map(|notice| notice.position);
        Ok(Notices {
            unread: self.ledger().unread_notices(who.user, kinds).await?,
            items: found.into_iter().map(|notice| item(notice, reader.read_to)).collect(),
            next_cursor: oldest.filter(|_| full).map(|oldest| oldest.to_string()),
        })
    }

    /// How much `who` has not read, up to 100.
    pub async fn unread_notices(&self, who: &Principal) -> Result<u64, AppError> {
        let reader = self.ledger().notice_reader(who.user).await?;
        let kinds = wanted(who, &reader.muted);
        Ok(self.ledger().unread_notices(who.user, kinds).await?)
    }

    /// `who` has read everything up to the place `up_to`.
    pub async fn notices_read(&self, who: &Principal, up_to: u64) -> Result<(), AppError> {
        who.require(Deed::Own)?;
        Ok(self.ledger().notices_read(who.user, up_to).await?)
    }

    /// What `who` may be told of, and what they want to be.
    pub async fn notice_choices(&self, who: &Principal) -> Result<Vec<NoticeChoice>, AppError> {
        who.require(Deed::Own)?;
        let muted = self.ledger().notice_reader(who.user).await?.muted;
        let choice = |kind| NoticeChoice { kind, told: !muted.contains(&kind) };
        Ok(allowed(who.role).map(choice).collect())
    }

    /// `who` wants to be told of these kinds and not of those; kinds that are not named stay as they
    /// are.
    pub async fn choose_notices(
        &self,
        who: &Principal,
        choices: &[NoticeChoice],
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<NoticeChoice>>, AppError> {
        who.require(Deed::Own)?;
        let muted = self.ledger().notice_reader(who.user).await?.muted;
        let named = |kind: NoticeKind| choices.iter().rev().find(|choice| choice.kind == kind);
        let mutes = |kind: &NoticeKind| {
            named(*kind).map_or_else(|| muted.contains(kind), |choice| !choice.told)
        };
        let muted = NoticeKind::ALL.into_iter().filter(mutes).collect();
        let made = self.ledger().mute_notices(who.user, muted, key).await?;
        let choice = |kind| NoticeChoice { kind, told: !made.value.contains(&kind) };
        Ok(Once { value: allowed(who.role).map(choice).collect(), replayed: made.replayed })
    }
}

/// What somebody in this role may be told of.
pub(crate) fn allowed(role: Role) -> impl Iterator<Item = NoticeKind> {
    NoticeKind::ALL.into_iter().filter(move |kind| policy::allows(role, kind.deed()))
}

fn wanted(who: &Principal, muted: &[NoticeKind]) -> Vec<NoticeKind> {
    allowed(who.role).filter(|kind| !muted.contains(kind)).collect()
}

/// A notice in words, for one who has read up to the place `read_to`.
pub(crate) fn item(notice: Notice, read_to: u64) -> NoticeItem {
    let (text, address) = words(&notice);
    NoticeItem {
        unread: notice.position > read_to,
        sequence: notice.position,
        event_id: notice.event,
        kind: notice.kind,
        at: notice.at,
        subject: notice.subject,
        text,
        address,
    }
}
