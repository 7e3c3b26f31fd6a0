//! Why a connection did not become a secure one, in words that say whose turn it is.

use std::io;

use rustls::{AlertDescription, CertificateError};

/// How `tokio-rustls` says that the other side hung up before there was a connection.
const HUNG_UP: &str = "tls handshake eof";

/// Why a connection did not become a secure one. Nothing was sent but a greeting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Its certificate is over.
    #[error("its certificate has expired")]
    Expired,
    /// Its certificate does not count yet, or our clock is behind.
    #[error("its certificate does not count yet")]
    NotYet,
    /// Its certificate is another host's.
    #[error("its certificate is for another name")]
    OtherName,
    /// Nobody whom we believe vouches for its certificate.
    #[error("its certificate comes from an authority that is not known here")]
    UnknownAuthority,
    /// Its authority took its certificate back.
    #[error("its certificate was revoked")]
    Revoked,
    /// Its certificate breaks another rule.
    #[error("its certificate cannot be believed: {0}")]
    Certificate(String),
    /// It wants a certificate of ours, and was shown none.
    #[error("it wants a certificate of this server")]
    OwnMissing,
    /// It does not take the certificate of ours that it was shown.
    #[error("it does not take this server's certificate: {0}")]
    OwnRefused(String),
    /// It speaks no TLS, or none that we speak too.
    #[error("there is no way of speaking TLS with it: {0}")]
    Protocol(String),
}

impl TlsFault {
    /// Whether the other side does not take who we are.
    pub(super) const fn is_of_our_certificate(&self) -> bool {
        matches!(self, Self::OwnMissing | Self::OwnRefused(_))
    }

    /// A stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired => "certificate_expired",
            Self::NotYet => "certificate_not_yet_valid",
            Self::OtherName => "certificate_for_another_name",
            Self::UnknownAuthority => "certificate_authority_unknown",
            Self::Revoked => "certificate_revoked",
            Self::Certificate(_) => "certificate_refused",
            Self::OwnMissing => "client_certificate_needed",
            Self::OwnRefused(_) => "client_certificate_refused",
            Self::Protocol(_) => "no_tls",
        }
    }

    /// What to do about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::Expired => {
                "Have the other system's certificate renewed, and compare both clocks."
            }
            Self::NotYet => "Compare this computer's clock with the other system's.",
            Self::OtherName => "Write the name that its certificate has into url.",
            Self::UnknownAuthority => {
                "Name the authority's certificate in ca_file (of a self-signed one: that certificate itself)."
            }
            Self::Revoked | Self::Certificate(_) => "Have the other system's certificate renewed.",
            Self::OwnMissing => "Set client_certificate_file and client_key_file.",
            Self::OwnRefused(_) => {
                "Have the other system know the certificate in client_certificate_file, or renew it."
            }
            Self::Protocol(_) => {
                "Look whether url names the right port, and TLS 1.2 or later is on there."
            }
        }
    }

    /// The fault that an error of a connection is, or wraps.
    pub(crate) fn within(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(Self::of(found));
        }
        let found = error.downcast_ref::<io::Error>()?;
        if found.kind() == io::ErrorKind::UnexpectedEof && found.to_string() == HUNG_UP {
            return Some(Self::Protocol("it hangs up when it is greeted".to_owned()));
        }
        // An error of the system's kind does not name what it wraps as its source.
        found.get_ref().and_then(|inner| Self::within(inner))
    }

    fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => Self::of_certificate(error),
            rustls::Error::AlertReceived(alert) => Self::of_alert(*alert),
            other => Self::Protocol(other.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYet
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::OtherName
            }
            // The signature is that of another authority of the same name: one that was made anew.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Self::UnknownAuthority
            }
            CertificateError::Revoked => Self::Revoked,
            other => Self::Certificate(other.to_string()),
        }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                Self::OwnMissing
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied => Self::OwnRefused(format!("{alert:?}")),
            other => Self::Protocol(format!("it answered {other:?}")),
        }
    }
}
