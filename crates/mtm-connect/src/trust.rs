//! Whose certificates are believed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme,
    WantsVerifier,
};
use rustls_platform_verifier::Verifier;

use crate::certificate::Validity;

/// Certificates between a server's own and its authority, of which more are not remembered.
const LONGEST_CHAIN: usize = 8;

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
    /// The certificate that says who we are cannot be used, or its key.
    #[error("{file} cannot be used to say who this server is: {why}")]
    Own {
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
    let (builder, verifier) = judged(ca_file)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Believes nobody: for calls that are not encrypted, which a machine without certificates of authorities can make as well.
pub(crate) fn nobody() -> Result<ClientConfig, TrustError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TrustError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The same, where the other side asks who we are and is shown `identity`, and where `shown` keeps what it
/// shows itself.
pub(crate) fn mutual(
    ca_file: Option<&Path>,
    identity: Option<&Identity>,
    shown: &Arc<Shown>,
) -> Result<ClientConfig, TrustError> {
    let (builder, judge) = judged(ca_file)?;
    let verifier = Arc::new(Witness { judge, shown: Arc::clone(shown) });
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let Some(Identity { certificate, key }) = identity else {
        return Ok(builder.with_no_client_auth());
    };
    let unusable =
        |file: &Path, why: String| TrustError::Own { file: file.display().to_string(), why };
    let chain = certificates(certificate).map_err(|why| unusable(certificate, why))?;
    let secret =
        PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
    // Also where the key is another one's.
    builder
        .with_client_auth_cert(chain, secret)
        .map_err(|error| unusable(certificate, error.to_string()))
}

/// Until when the certificate in `file` counts.
pub(crate) fn validity(file: &Path) -> Option<Validity> {
    Validity::of(certificates(file).ok()?.first()?)
}

/// A certificate of ours with its key: who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those between it and its authority, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

/// The certificates that the other side showed last, its own first; believed or not.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Vec<CertificateDer<'static>>>);

impl Shown {
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Judges as `judge` does, and remembers what was judged.
#[derive(Debug)]
struct Witness {
    judge: Arc<dyn ServerCertVerifier>,
    shown: Arc<Shown>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates.iter().take(LONGEST_CHAIN));
        let chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        *self.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

type Builder = ConfigBuilder<ClientConfig, WantsVerifier>;

/// Who judges certificates: by the authority in `ca_file` alone, or as the system does.
fn judged(ca_file: Option<&Path>) -> Result<(Builder, Arc<dyn ServerCertVerifier>), TrustError> {
    let tls = |error: &dyn std::fmt::Display| TrustError::Tls(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(&error))?;
    let Some(file) = ca_file else {
        let verifier = Verifier::new(provider).map_err(|error| tls(&error))?;
        return Ok((builder, Arc::new(verifier)));
    };
    let unusable = |why: String| TrustError::Authority { file: file.display().to_string(), why };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file).map_err(unusable)? {
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    Ok((builder, verifier.map_err(|error| unusable(error.to_string()))?))
}

/// At least one certificate.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = |file: &Path| CertificateDer::pem_file_iter(file)?.collect::<Result<Vec<_>, _>>();
    let found: Result<Vec<_>, rustls::pki_types::pem::Error> = read(file);
    match found {
        Ok(found) if found.is_empty() => Err("it holds none".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(error.to_string()),
    }
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
