//! Events as they happen: server-sent events with `CloudEvents` in them.

mod feed;

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use mtm_core::code::Code;
use mtm_core::event::EventType;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::feed::Feed;
use crate::problem::Problem;
use crate::request::{Caller, Query, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(follow))
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Short names such as `movement.recorded`, separated by commas; all unless given.
    types: Vec<String>,
}

impl Filter {
    fn types(&self) -> Result<Vec<EventType>, Problem> {
        let known = |name: &String| {
            EventType::from_name(name).ok_or_else(|| {
                let names: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
                let message = format!("there are no {name} events; known are {}", names.join(", "));
                Problem::field(Code::InvalidParameter, "types", message)
            })
        };
        self.types.iter().map(known).collect()
    }
}

/// Follow events.
///
/// From now on, or from behind `Last-Event-ID` without a gap. The id of an event is its place in
/// the outbox; `data` is a `CloudEvent` in JSON, and a movement's own feed position is in
/// `data.sequence` of it. A comment every 15 seconds shows that the line is alive. 410
/// `events_expired` when that id is older than what is kept.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(Filter, ("Last-Event-ID" = Option<u64>, Header, description = "Where to go on.")),
    responses((status = 200, description = "Events.", body = String,
        content_type = "text/event-stream")))]
async fn follow(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Query(filter): Query<Filter>,
    parts: Parts,
) -> Result<Response, Problem> {
    let types = filter.types()?;
    let last = last_event_id(&parts)?;
    let feed = Feed::begin(web, parts, types, last).await?;
    let events = stream::unfold(feed, async |mut feed| {
        let bytes = feed.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), feed))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        // Tells buffering proxies to hand events on at once.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, Body::from_stream(events)).into_response())
}

fn last_event_id(parts: &Parts) -> Result<Option<u64>, Problem> {
    let Some(value) = parts.headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let id = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    id.map(Some).ok_or_else(|| {
        let message = "it is not an id of one of our events";
        Problem::field(Code::InvalidParameter, "Last-Event-ID", message)
    })
}
