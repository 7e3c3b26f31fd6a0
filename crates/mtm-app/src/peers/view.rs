//! How a system that is called is told who asks, for whoever looks.

use mtm_connect::certificate::Validity;
use mtm_connect::peer::Standing;
use mtm_core::word::Timestamp;
use serde::Serialize;

/// How a system that is called is told who asks, and how that goes. Nothing of it is a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CredentialView {
    /// `none`, `api_key`, `basic`, `hmac`, `oauth2` or `private_key_jwt`.
    pub auth: String,
    /// When the token that is used was asked for.
    pub token_obtained_at: Option<Timestamp>,
    /// Until when it is used.
    pub token_valid_until: Option<Timestamp>,
    /// Requests for tokens that this server made since it began.
    pub token_requests: Option<u64>,
    /// When a token was last asked for in vain, where the last request was.
    pub token_failed_at: Option<Timestamp>,
    /// Why.
    pub token_failure: Option<String>,
    /// A stable name of why the last call was not answered as it should.
    pub failure: Option<String>,
    /// What to do about it.
    pub next_step: Option<String>,
    /// Until when the other system's certificate counts.
    pub certificate_until: Option<Timestamp>,
    /// Until when the certificate counts that this server shows.
    pub own_certificate_until: Option<Timestamp>,
    /// Why a rotated secret or certificate is not used; the one before counts on.
    pub not_rotated: Option<String>,
}

impl CredentialView {
    /// Of a standing.
    pub(crate) fn of(standing: &Standing) -> Self {
        let token = standing.token.as_ref();
        let failed = token.and_then(|token| token.failed.as_ref());
        let until = |validity: Option<Validity>| validity.map(|it| it.until);
        let why = standing.failed.as_ref();
        Self {
            auth: standing.auth.to_owned(),
            token_obtained_at: token.and_then(|token| token.obtained_at),
            token_valid_until: token.and_then(|token| token.valid_until),
            token_requests: token.map(|token| token.requests),
            token_failed_at: failed.map(|(_, at)| *at),
            token_failure: failed.map(|(error, _)| error.to_string()),
            failure: why.map(|failed| failed.code().to_owned()),
            next_step: why.map(|failed| failed.next_step().to_owned()),
            certificate_until: until(standing.their_certificate),
            own_certificate_until: until(standing.our_certificate),
            not_rotated: standing.not_rotated.clone(),
        }
    }
}
