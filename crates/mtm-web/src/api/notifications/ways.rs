//! How the caller is told beyond this program: by mail, and by a webhook of their own.

use axum::extract::State;
use mtm_app::notice::{WayRequest, WayState};
use mtm_core::notice::{NoticeKind, NoticeWay};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Answer, Done, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Json, Key, NoParameters, Path, need};
use crate::web::{Shared, Web};

/// How somebody is told, and how they may be.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ways {
    /// What they chose.
    items: Vec<WayState>,
    /// Whether this site sends mail.
    mail_open: bool,
    /// Whether they may have a webhook.
    webhook_open: bool,
    /// The hosts that it may be on; anywhere where there are none.
    webhook_hosts: Vec<String>,
}

/// How somebody wants to be told by one way.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WayBody {
    /// Where: an e-mail address, or a URL.
    address: String,
    /// Of what.
    kinds: Vec<NoticeKind>,
    /// Whether a webhook is signed with another secret from now on.
    #[serde(default)]
    new_secret: bool,
}

/// A way as it is kept now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptWay {
    #[serde(flatten)]
    #[schema(inline)]
    way: WayState,
    /// The secret of a webhook that was made just now, by which its receiver checks signatures. It is shown
    /// now and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Show how I am told beyond this program.
#[utoipa::path(get, path = "/api/v1/notifications/ways", tag = "notifications",
    responses((status = 200, description = "My ways.", body = Ways)))]
pub(super) async fn ways(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    _: NoParameters,
) -> Handled<Ways> {
    Ok(Answer::ok(mine(&web, &who).await?))
}

async fn mine(web: &Web, who: &Caller<need::Own>) -> Result<Ways, Problem> {
    let open = web.app().notice_ways_open(who).await?;
    Ok(Ways {
        items: web.app().notice_ways(who).await?,
        mail_open: open.mail,
        webhook_open: open.webhook,
        webhook_hosts: open.hosts,
    })
}

/// Choose how I am told beyond this program.
///
/// In the place of what I chose for this way before. What waits goes to the new address. Mail needs a site
/// that sends mail. A webhook is told by signed requests (Standard Webhooks) with a body whose `text` chat
/// servers show; whoever is no administrator may have one on the hosts that the configuration names.
#[utoipa::path(put, path = "/api/v1/notifications/ways/{way}", tag = "notifications",
    params(("way" = NoticeWay, Path, description = "By which way.")),
    request_body = WayBody,
    responses((status = 200, description = "It is kept.", body = KeptWay)))]
pub(super) async fn choose(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    Path(way): Path<NoticeWay>,
    key: Key,
    Json(body): Json<WayBody>,
) -> Handled<KeptWay> {
    let key = key.of(&who, &body)?;
    let WayBody { address, kinds, new_secret } = body;
    let request = WayRequest { way, address, kinds, new_secret };
    let kept = web.app().choose_notice_way(&who, request, key).await?;
    let (way, secret) = kept.value;
    Ok(Answer::ok(KeptWay { way, secret }).replayed(kept.replayed))
}

/// Not be told by this way any more.
///
/// What waits is not sent; it stands among my notifications.
#[utoipa::path(delete, path = "/api/v1/notifications/ways/{way}", tag = "notifications",
    params(("way" = NoticeWay, Path, description = "By which way.")),
    responses((status = 204, description = "Nothing is sent there any more.")))]
pub(super) async fn remove(
    State(web): State<Shared>,
    who: Caller<need::Own>,
    Path(way): Path<NoticeWay>,
    key: Key,
) -> Result<Done, Problem> {
    let key = key.of(&who, &way)?;
    web.app().drop_notice_way(&who, way, key).await?;
    Ok(Done)
}
