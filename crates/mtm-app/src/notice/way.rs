//! The ways by which people are told beyond the program: which are open, and what each person chose.

use mtm_connect::mail::Mailbox;
use mtm_connect::outgoing::Target;
use mtm_core::code::Code;
use mtm_core::notice::{NoticeKind, NoticeWay};
use mtm_core::policy::{self, Deed, Role};
use mtm_core::word::Timestamp;
use mtm_store::notice::{MailServer, NoticeAddress, PileState, WayChange};
use mtm_store::{Fault, IdempotencyKey, Once};
use serde::Serialize;

use super::allowed;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;
use crate::relay::NoticesDue;

/// A server says every ten minutes that it has a mail server; one that nobody spoke of for an hour is none.
const SILENT_MICROS: i64 = 3_600 * 1_000_000;

/// What whoever runs the server says about telling people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeRules {
    /// Hosts on which people may have webhooks of their own; an administrator may anywhere.
    pub webhook_hosts: Vec<String>,
    /// The address by which people open this server, for links; without one there are none.
    pub public_url: Option<String>,
}

/// How somebody wants to be told.
#[derive(Debug, Clone)]
pub struct WayRequest {
    /// The way.
    pub way: NoticeWay,
    /// Where: an e-mail address or a URL.
    pub address: String,
    /// Of what.
    pub kinds: Vec<NoticeKind>,
    /// Whether a webhook is signed with another secret from now on.
    pub new_secret: bool,
}

/// How somebody is told by one way, and how that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WayState {
    /// The way.
    pub way: NoticeWay,
    /// Where: an e-mail address or a URL.
    pub address: String,
    /// Of what.
    pub kinds: Vec<NoticeKind>,
    /// News that wait to be sent.
    pub waiting: u64,
    /// When something was last taken there.
    pub delivered_at: Option<Timestamp>,
    /// Since when nothing is.
    pub failing_since: Option<Timestamp>,
    /// What was answered last, where that was no.
    pub last_error: Option<String>,
    /// Since when nothing is sent there any more: save the way again to begin anew.
    pub stopped_at: Option<Timestamp>,
    /// News that were not sent: too many waited, or they were given up. They stand among the notifications.
    pub passed_over: u64,
}

/// Which ways somebody may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaysOpen {
    /// Whether this site sends mail.
    pub mail: bool,
    /// Whether they may have a webhook.
    pub webhook: bool,
    /// On which hosts; anywhere where there are none.
    pub hosts: Vec<String>,
}

/// How people are told beyond the program, in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The mail server, where one was ever configured.
    pub mail: Option<MailServer>,
    /// What is to be sent, for each way.
    pub piles: Vec<PileState>,
}

impl App {
    /// How people are told beyond the program, in all.
    pub async fn telling(&self) -> Result<Telling, Fault> {
        let ledger = self.ledger();
        Ok(Telling { mail: ledger.mail_server().await?, piles: ledger.pile_states().await? })
    }

    /// The ways by which `who` is told.
    pub async fn notice_ways(&self, who: &Principal) -> Result<Vec<WayState>, AppError> {
        who.require(Deed::Own)?;
        let ways = self.ledger().notice_ways(who.user).await?;
        Ok(ways.into_iter().map(WayState::from).collect())
    }

    /// The ways that `who` may choose.
    pub async fn notice_ways_open(&self, who: &Principal) -> Result<WaysOpen, AppError> {
        let hosts = &self.notice_rules().webhook_hosts;
        let anywhere = policy::allows(who.role, Deed::Administer);
        Ok(WaysOpen {
            mail: self.sends_mail().await?,
            webhook: self.vault().is_some() && (anywhere || !hosts.is_empty()),
            hosts: if anywhere { Vec::new() } else { hosts.clone() },
        })
    }

    /// `who` wants to be told so from now on, in the place of what they chose for this way before. The
    /// secret of a webhook is shown when it is made, and never again.
    pub async fn choose_notice_way(
        &self,
        who: &Principal,
        request: WayRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<(WayState, Option<String>)>, AppError> {
        who.require(Deed::Own)?;
        let WayRequest { way, mut kinds, new_secret, .. } = request;
        if let Some(kind) = kinds.iter().find(|kind| !policy::allows(who.role, kind.deed())) {
            let text = format!("your role is not told of {}", kind.as_str());
            return Err(AppError::field("kinds", Code::InvalidBody, text));
        }
        kinds.sort_unstable();
        kinds.dedup();
        let address = match way {
            NoticeWay::Mail => self.mail_address(&request.address).await?,
            NoticeWay::Webhook => self.webhook_address(who.role, &request.address)?,
        };
        let known = self.ledger().notice_ways(who.user).await?;
        let known = known.into_iter().find(|it| it.way == way).map(|it| it.id);
        let id = known.unwrap_or_else(|| self.clock().fresh_uuid());
        let is_signed = way == NoticeWay::Webhook;
        let makes = is_signed && (new_secret || known.is_none());
        let secret = if makes { Some(self.fresh_secret(id)?) } else { None };
        let (shown, sealed_secret) = secret.map(|(it, sealed)| (it.reveal(), sealed)).unzip();
        let change = WayChange { id, way, address, kinds, sealed_secret };
        let set = self.ledger().set_notice_way(who.user, change, key).await?;
        self.bus().send(&NoticesDue);
        Ok(Once { value: (set.value.into(), shown), replayed: set.replayed })
    }

    /// `who` is not told by this way any more.
    pub async fn drop_notice_way(
        &self,
        who: &Principal,
        way: NoticeWay,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<()>, AppError> {
        who.require(Deed::Own)?;
        Ok(self.ledger().remove_notice_way(who.user, way, key).await?)
    }

    /// Where a webhook of somebody in this role may be: whoever is no administrator reaches only what one
    /// opened to everybody, and not all that this machine reaches.
    pub(crate) fn webhook_address(&self, role: Role, address: &str) -> Result<String, AppError> {
        let wrong = |text: String| AppError::field("address", Code::InvalidBody, text);
        let target = Target::parse(address).map_err(|error| wrong(error.to_string()))?;
        let hosts = &self.notice_rules().webhook_hosts;
        if policy::allows(role, Deed::Administer) || target.is_on(hosts) {
            return Ok(target.as_str().to_owned());
        }
        Err(wrong(match hosts.len() {
            0 => "only an administrator may have a webhook of their own here".to_owned(),
            _ => format!("your webhook must be on {}", hosts.join(" or ")),
        }))
    }

    async fn mail_address(&self, address: &str) -> Result<String, AppError> {
        let wrong = |text: String| AppError::field("address", Code::InvalidBody, text);
        if !self.sends_mail().await? {
            return Err(wrong(
                "this site sends no mail; an administrator sets mail.url".to_owned(),
            ));
        }
        let mailbox = Mailbox::parse(address).map_err(|error| wrong(error.to_string()))?;
        Ok(mailbox.address().to_owned())
    }

    /// Whether some server of this site sends mail.
    async fn sends_mail(&self) -> Result<bool, Fault> {
        let server = self.ledger().mail_server().await?;
        Ok(server.is_some_and(|it| is_configured(&it, self.clock().now())))
    }
}

/// Whether some server has this mail server.
pub(crate) fn is_configured(server: &MailServer, now: Timestamp) -> bool {
    now.micros() - server.seen_at.micros() < SILENT_MICROS
}

/// What of `kinds` somebody in this role may still know.
pub(crate) fn may_know(role: Role, kinds: &[NoticeKind]) -> Vec<NoticeKind> {
    allowed(role).filter(|kind| kinds.contains(kind)).collect()
}

impl From<NoticeAddress> for WayState {
    fn from(it: NoticeAddress) -> Self {
        Self {
            way: it.way,
            address: it.address,
            kinds: it.kinds,
            waiting: it.waiting,
            delivered_at: it.delivered_at,
            failing_since: it.failing_since,
            last_error: it.last_error,
            stopped_at: it.stopped_at,
            passed_over: it.passed_over,
        }
    }
}
