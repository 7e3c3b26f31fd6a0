//! What an error of the server, or of the way to it, is.

use mtm_core::opcua::protocol::{Failed, FailedKind};
use opcua::types::{Error, StatusCode};

/// Most characters of a message.
const MESSAGE_MAX: usize = 400;

/// A failure of this kind.
pub(crate) fn failed(trouble: FailedKind, message: &str) -> Failed {
    Failed { trouble, message: message.chars().take(MESSAGE_MAX).collect() }
}

/// The failure that an error is.
pub(crate) fn failure(error: &Error) -> Failed {
    failed(kind(error.status()), &error.to_string())
}

/// What says that the server, or the way to it, is away.
const AWAY: [StatusCode; 22] = [
    StatusCode::BadCommunicationError,
    StatusCode::BadConnectionClosed,
    StatusCode::BadConnectionRejected,
    StatusCode::BadDisconnect,
    StatusCode::BadEndOfStream,
    StatusCode::BadMaxConnectionsReached,
    StatusCode::BadNoCommunication,
    StatusCode::BadNotConnected,
    StatusCode::BadOutOfMemory,
    StatusCode::BadRequestTimeout,
    StatusCode::BadResourceUnavailable,
    StatusCode::BadSecureChannelClosed,
    StatusCode::BadServerHalted,
    StatusCode::BadServerNotConnected,
    StatusCode::BadShutdown,
    StatusCode::BadTcpEndpointUrlInvalid,
    StatusCode::BadTcpInternalError,
    StatusCode::BadTcpNotEnoughResources,
    StatusCode::BadTcpServerTooBusy,
    StatusCode::BadTimeout,
    StatusCode::BadTooManySessions,
    StatusCode::BadTooManySubscriptions,
];

/// What says that the server does not let us in.
const DENIED: [StatusCode; 14] = [
    StatusCode::BadApplicationSignatureInvalid,
    StatusCode::BadCertificateInvalid,
    StatusCode::BadCertificateRevoked,
    StatusCode::BadCertificateTimeInvalid,
    StatusCode::BadCertificateUntrusted,
    StatusCode::BadCertificateUriInvalid,
    StatusCode::BadCertificateUseNotAllowed,
    StatusCode::BadIdentityChangeNotSupported,
    StatusCode::BadIdentityTokenInvalid,
    StatusCode::BadIdentityTokenRejected,
    StatusCode::BadSecurityChecksFailed,
    StatusCode::BadUserAccessDenied,
    StatusCode::BadUserSignatureInvalid,
    StatusCode::BadCertificateChainIncomplete,
];

/// What says that the security that is asked for is none of the server's.
const SECURITY: [StatusCode; 2] =
    [StatusCode::BadSecurityPolicyRejected, StatusCode::BadSecurityModeRejected];

/// Whether an error is one of the way, and not the server's word.
pub(crate) fn is_gone(status: StatusCode) -> bool {
    let gone = [
        StatusCode::BadTimeout,
        StatusCode::BadNotConnected,
        StatusCode::BadConnectionClosed,
        StatusCode::BadCommunicationError,
        StatusCode::BadEndOfStream,
    ];
    gone.contains(&status)
}

fn kind(status: StatusCode) -> FailedKind {
    let is_one_of = |codes: &[StatusCode]| codes.contains(&status);
    if is_one_of(&AWAY) {
        FailedKind::Away
    } else if is_one_of(&DENIED) {
        FailedKind::Denied
    } else if is_one_of(&SECURITY) {
        FailedKind::Security
    } else {
        FailedKind::Other
    }
}
