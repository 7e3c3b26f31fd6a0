//! Messages of other systems, and the sources that may send them.

mod sources;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use mtm_app::inbound::Incoming;
use mtm_app::movement::MovementBody;
use mtm_core::code::Code;
use mtm_core::outcome::Outcome;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Handled, booked};
use crate::problem::Problem;
use crate::request::{NoParameters, Path, Trace, is_json, parse, read};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(take)).merge(sources::routes())
}

/// Take a message of another system.
///
/// Signed after the Standard Webhooks specification, with the secret of the source: `webhook-id` names
/// the message, `webhook-timestamp` is at most five minutes off, `webhook-signature` holds one or more
/// signatures. The body is that of `POST /api/v1/movements`. It is booked as the source under the key
/// `inbound:<source>:<webhook-id>`, once: a message that is sent again is answered as it was the first
/// time.
#[utoipa::path(post, path = "/api/v1/inbound/{source}", tag = "inbound", security(()),
    request_body = MovementBody,
    params(
        ("source" = String, Path, description = "The source's name."),
        ("webhook-id" = String, Header, description = "Identity of the message; 1 to 72 visible ASCII characters."),
        ("webhook-timestamp" = String, Header, description = "When it was sent, in seconds since 1970."),
        ("webhook-signature" = String, Header, description = "`v1,` and HMAC-SHA256 in base64; several with blanks between."),
    ),
    responses((status = 201, description = "Booked, now or before.", body = Outcome)))]
async fn take(
    State(web): State<Shared>,
    Path(source): Path<String>,
    _: NoParameters,
    trace: Trace,
    headers: HeaderMap,
    body: Body,
) -> Handled<Outcome> {
    if !is_json(&headers) {
        return Err(Problem::new(Code::UnsupportedContent, "send application/json"));
    }
    let body = read(body, web.limits().body).await?;
    let field = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let message = Incoming {
        id: field("webhook-id"),
        timestamp: field("webhook-timestamp"),
        signature: field("webhook-signature"),
        body: &body,
    };
    let sender = web.app().sender_of(&source, message).await?;
    let command = match parse::<MovementBody>(&body) {
        Ok(command) => command,
        Err(problem) => {
            web.app().refuse_message(&sender, problem.detail().to_owned()).await?;
            return Err(problem);
        }
    };
    let made = web.app().take_message(&sender, &command, Some(trace.context())).await?;
    Ok(booked(made, web.metrics()))
}
