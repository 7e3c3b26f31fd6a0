//! Refusals and failures as HTTP tells them: `application/problem+json` (RFC 9457).
//!
//! A handler returns a [`Problem`]; the response carries it as an extension and the outermost
//! layer (`edge`) renders it, because only there the trace id and the kind of client
//! are known. A 5xx never says more than its code: the cause is logged once, with the trace id
//! that the client was given.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mtm_app::error::{AppError, FieldError};
use mtm_app::query::ReadError;
use mtm_app::{Fault, PostError};
use mtm_core::code::Code;
use mtm_core::outcome::BucketLine;
use mtm_core::rejection::{Details, LaterMovement, Rejection};
use mtm_core::reservation::ReservationLine;
use mtm_core::trouble::Trouble;
use mtm_core::word::{CommandId, Timestamp};

use serde::Serialize;
use utoipa::ToSchema;

/// Where the documentation of the codes stands; a problem's `type` is this and its code.
pub const DOCUMENTATION: &str = "/docs/problems";

/// Seconds after which a client tries again when the database is away.
const RETRY_AFTER_FAULT: u32 = 1;

/// A refusal or failure, not yet rendered.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    details: Details,
    retry_after: Option<u32>,
    /// What really happened; for the log only.
    cause: Option<String>,
}

impl Problem {
    /// A problem that its code describes well enough.
    pub fn of(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            details: Details::None,
            retry_after: None,
            cause: None,
        }
    }

    /// A problem with the values at hand, for people.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::of(code) }
    }

    /// A problem with one field or parameter.
    pub fn field(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, code, message)])
    }

    /// A problem with several fields; its code is that of the first.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let code = errors.first().map_or(Code::InvalidBody, |error| error.code);
        let detail = errors.first().map(|error| error.message.clone());
        Self { detail, errors, ..Self::of(code) }
    }

    /// Our own failure. `cause` is logged and never sent.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..Self::of(Code::Internal) }
    }

    /// The same problem, to be tried again after so many seconds.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, with the values at hand; the code's title where nothing more is known.
    pub fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or_else(|| self.code.title())
    }

    /// What is wrong with which fields.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Facts for the next step.
    pub fn details(&self) -> &Details {
        &self.details
    }

    /// What really happened, for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        status_of(self.code)
    }

    /// The JSON form, as the answer to the request traced as `trace_id`.
    pub fn into_body(self, trace_id: Option<String>) -> ProblemBody {
        let (title, cure) = (self.code.title(), self.code.cure());
        let mut body = ProblemBody {
            kind: format!("{DOCUMENTATION}#{}", self.code),
            title: title.to_owned(),
            status: self.status().as_u16(),
            code: self.code,
            trouble: self.code.trouble(),
            detail: self.detail.unwrap_or_else(|| title.to_owned()),
            cure: cure.to_owned(),
            errors: self.errors,
            candidates: None,
            available: None,
            later: None,
            reserved: None,
            twin: None,
            trace_id,
        };
        match self.details {
            Details::None => {}
            Details::Candidates(lines) => body.candidates = Some(lines),
            Details::Available(lines) => body.available = Some(lines),
            Details::Later(movements) => body.later = Some(movements),
            Details::Reserved(lines) => body.reserved = Some(lines),
            Details::Twin { command, recorded_at } => {
                body.twin = Some(Twin { command_id: command, recorded_at });
            }
        }
        body
    }
}

/// A problem as it is sent (RFC 9457), members in the order people read them.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Address of the code's documentation.
    #[serde(rename = "type")]
    kind: String,
    /// What happened, in one sentence.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong, with the values at hand.
    detail: String,
    /// Stable code.
    code: Code,
    /// What kind of trouble it is, by which a program decides whether to send the same again.
    trouble: Trouble,
    /// What to do next.
    cure: String,
    /// What is wrong with which fields.
    errors: Vec<FieldError>,
    /// Buckets to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<BucketLine>>,
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<Vec<BucketLine>>,
    /// Later movements to undo first, newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    later: Option<Vec<LaterMovement>>,
    /// What the pieces are reserved for.
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved: Option<Vec<ReservationLine>>,
    /// The earlier command that looks the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    twin: Option<Twin>,
    /// Which request it was: the key to the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

/// A command that looks the same as the refused one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Twin {
    /// Its id.
    command_id: CommandId,
    /// When it was recorded.
    recorded_at: Timestamp,
}

/// The HTTP status of a code.
pub fn status_of(code: Code) -> StatusCode {
    StatusCode::from_u16(code.class().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let Rejection { code, field, message, details } = rejection;
        let errors =
            field.map(|field| FieldError::new(field, code, message.clone())).into_iter().collect();
        Self { detail: Some(message), errors, details, ..Self::of(code) }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let again = fault.trouble().is_tried_again().then_some(RETRY_AFTER_FAULT);
        Self { cause: Some(fault.to_string()), retry_after: again, ..Self::of(fault.code()) }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Refused(rejection) => rejection.into(),
            ReadError::Fault(fault) => fault.into(),
        }
    }
}

impl From<PostError> for Problem {
    fn from(error: PostError) -> Self {
        AppError::from(error).into()
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        match error {
            AppError::Rejected(rejection) => rejection.into(),
            AppError::Invalid(errors) => Self::fields(errors),
            AppError::TooMany { seconds } => {
                Self::new(Code::TooManyRequests, message).retry_after(seconds)
            }
            AppError::Fault(fault) => fault.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"mtm\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tried_too_often_is_told_how_long_to_wait() {
        let response = Problem::from(AppError::TooMany { seconds: 7 }).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    }

    #[test]
    fn every_code_is_answered_as_its_class_says() {
        for code in Code::ALL {
            let response = Problem::of(*code).into_response();
            assert_eq!(response.status().as_u16(), code.class().status(), "{code}");
            let body = serde_json::to_value(Problem::of(*code).into_body(None)).unwrap();
            assert_eq!(body["status"], code.class().status(), "{code}");
            assert_eq!(body["trouble"], code.trouble().as_str(), "{code}");
            assert_eq!(body["code"], code.as_str());
        }
    }

    #[test]
    fn a_fault_of_the_store_says_whether_to_try_again() {
        let text = || "the secret cause".to_owned();
        for (fault, code, again) in [
            (Fault::Transient(text()), Code::Unavailable, true),
            (Fault::Ambiguous(text()), Code::OutcomeUnknown, true),
            (Fault::Permanent(text()), Code::Internal, false),
            (Fault::Unusable(text()), Code::Internal, false),
        ] {
            let problem = Problem::from(fault);
            assert_eq!(problem.code(), code);
            let response = problem.into_response();
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), again, "{code}");
        }
    }
}
