//! An authority of a plant, and what it signs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// An authority.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Certified {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl Authority {
    /// A fresh one.
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }

    /// Its certificate, as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a server of this name, from the beginning of one year to the end of another.
    pub fn server(&self, name: &str, years: (i32, i32)) -> Result<Certified> {
        self.sign(name, years, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate by which a client of this name says who it is.
    pub fn client(&self, name: &str) -> Result<Certified> {
        self.sign(name, (2020, 2090), ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        name: &str,
        (from, until): (i32, i32),
        usage: ExtendedKeyUsagePurpose,
    ) -> Result<Certified> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        // Not everybody believes a certificate that seems to have signed itself.
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 12, 31);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        Ok(Certified { certificate, key: key.serialize_pem() })
    }

    /// A server that shows `shown` and asks its clients for certificates of this authority.
    pub fn asking(&self, shown: &Certified) -> Result<Arc<ServerConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        let builder = builder()?.with_client_cert_verifier(verifier);
        let (chain, key) = shown.parts()?;
        Ok(Arc::new(builder.with_single_cert(chain, key)?))
    }
}

impl Certified {
    /// One that vouches for itself.
    pub fn by_itself(name: &str) -> Result<Self> {
        let made = rcgen::generate_simple_self_signed([name.to_owned()])?;
        Ok(Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() })
    }

    /// A server that shows it and asks for nothing.
    pub fn serving(&self) -> Result<Arc<ServerConfig>> {
        let (chain, key) = self.parts()?;
        Ok(Arc::new(builder()?.with_no_client_auth().with_single_cert(chain, key)?))
    }

    /// Puts it into files of a directory, in one piece each; their paths.
    pub fn write(&self, directory: &Path, name: &str) -> Result<(PathBuf, PathBuf)> {
        let put = |ending: &str, text: &str| -> Result<PathBuf> {
            let path = directory.join(format!("{name}.{ending}"));
            let fresh = directory.join(format!("{name}.{ending}.new"));
            std::fs::write(&fresh, text)?;
            std::fs::rename(fresh, &path)?;
            Ok(path)
        };
        Ok((put("pem", &self.certificate)?, put("key", &self.key)?))
    }

    fn parts(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes())?;
        Ok((vec![certificate], PrivateKeyDer::from_pem_slice(self.key.as_bytes())?))
    }
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}
