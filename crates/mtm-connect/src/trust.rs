//! Whose certificates are believed.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Why nobody's certificate can be judged.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file of the authority cannot be used.
    #[error("the certificates of {file} cannot be used: {why}")]
    Authority {
        /// Which.
        file: String,
        /// Why.
        why: String,
    },
    /// TLS is not to be had on this machine.
    #[error("no TLS on this machine: {0}")]
    Tls(String),
}

/// The rules of an encrypted connection: believe the authority in `ca_file` alone, or, without one,
/// whom the system believes.
pub(crate) fn rules(ca_file: Option<&Path>) -> Result<ClientConfig, TrustError> {
    let tls = |error: &dyn std::fmt::Display| TrustError::Tls(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(&error))?;
    let Some(file) = ca_file else {
        let builder = builder.with_platform_verifier().map_err(|error| tls(&error))?;
        return Ok(builder.with_no_client_auth());
    };
    let unusable = |why: String| TrustError::Authority { file: file.display().to_string(), why };
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("it holds none".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_told() {
        let error = rules(Some(Path::new("Cargo.toml"))).unwrap_err();
        assert!(error.to_string().contains("it holds none"), "{error}");
        let error = rules(Some(Path::new("/no/such/file"))).unwrap_err();
        assert!(error.to_string().contains("/no/such/file"), "{error}");
    }
}
