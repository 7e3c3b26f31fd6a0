//! Answers of handlers that did what they were asked: JSON with a status, and the headers that say
//! which version it is and whether it was said before.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mtm_app::movement::Booked;
use mtm_core::outcome::Outcome;
use serde::Serialize;

use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::request::{REPLAYED, tag};

/// What a handler gives back.
pub(crate) type Handled<T> = Result<Answer<T>, Problem>;

/// A value to be sent as JSON.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    status: StatusCode,
    value: T,
    version: Option<i64>,
    replayed: bool,
}

impl<T: Serialize> Answer<T> {
    /// 200 with `value`.
    pub(crate) const fn ok(value: T) -> Self {
        Self { status: StatusCode::OK, value, version: None, replayed: false }
    }

    /// 201 with `value`.
    pub(crate) const fn created(value: T) -> Self {
        Self { status: StatusCode::CREATED, value, version: None, replayed: false }
    }

    /// 202 with `value`: it is kept, and not done yet.
    pub(crate) const fn accepted(value: T) -> Self {
        Self { status: StatusCode::ACCEPTED, value, version: None, replayed: false }
    }

    /// The same with 201.
    pub(crate) fn into_created(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }

    /// With the `ETag` of `version`.
    pub(crate) const fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// Marked as the answer to an earlier, equal request.
    pub(crate) const fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }
}

/// The answer to a booking; counts the movements it made.
pub(crate) fn booked(booked: Booked, metrics: &Metrics) -> Answer<Outcome> {
    if !booked.replayed {
        count(&booked.outcome, metrics);
    }
    Answer::created(booked.outcome).replayed(booked.replayed)
}

/// Counts the movements that were made.
pub(crate) fn count(outcome: &Outcome, metrics: &Metrics) {
    for movement in &outcome.movements {
        metrics.movement(movement.kind);
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let body = match serde_json::to_vec(&self.value) {
            Ok(body) => body,
            Err(error) => return Problem::internal(error.to_string()).into_response(),
        };
        let mut response = Response::new(body.into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(version) = self.version {
            tag(headers, version);
        }
        if self.replayed {
            headers.insert(HeaderName::from_static(REPLAYED), HeaderValue::from_static("true"));
        }
        response
    }
}

/// A request that was done and has nothing to show.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
