//! TLS from a certificate chain and a key in PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, followed by its intermediates.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why TLS cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or holds no PEM of the right kind.
    #[error("failed to read {what} from {}: {source}", path.display())]
    File {
        /// "the certificate" or "the private key".
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// Certificate and key do not work together.
    #[error("the certificate in {} and its key cannot be used: {source}", path.display())]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
}

/// A certificate with its key that can be shown to clients.
#[derive(Clone)]
pub struct TlsIdentity(TlsAcceptor);

impl std::fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsIdentity")
    }
}

/// Shows a server's clients another certificate, while it serves. Connections that are open stay as
/// they are.
#[derive(Debug, Clone)]
pub struct TlsHandle(Arc<ArcSwap<TlsIdentity>>);

impl TlsHandle {
    pub(super) fn new(identity: TlsIdentity) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(identity)))
    }

    /// New connections are shown this one.
    pub fn replace(&self, identity: TlsIdentity) {
        self.0.store(Arc::new(identity));
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.0.load().0.clone()
    }
}

impl TlsFiles {
    /// Reads both files, and checks that they belong together.
    pub fn read(&self) -> Result<TlsIdentity, TlsError> {
        let chain = self.chain().map_err(|source| {
            let path = self.certificate.clone();
            TlsError::File { what: "the certificate", path, source }
        })?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|source| {
            let path = self.key.clone();
            TlsError::File { what: "the private key", path, source }
        })?;
        let config = configure(chain, key).map_err(|source| {
            let path = self.certificate.clone();
            TlsError::Unusable { path, source }
        })?;
        Ok(TlsIdentity(TlsAcceptor::from(Arc::new(config))))
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
        let path: &Path = &self.certificate;
        let chain: Vec<_> = CertificateDer::pem_file_iter(path)?.collect::<Result<_, _>>()?;
        if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) }
    }
}

fn configure(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
