//! The one of a server's endpoints that is wanted, and none that is weaker.
//!
//! What a server offers is asked over a channel that nothing protects, as the standard has it: whoever sits between may
//! say what he likes. So the list decides nothing. The security is the one that was configured, or none; and the
//! certificate in the list is compared with those that somebody trusted before it is used.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mtm_core::opcua::protocol::{Failed, FailedKind, Security, Server};
use opcua::client::{AsyncSecureChannel, Client, ClientBuilder, IdentityToken};
use opcua::crypto::{CertificateStore, SecurityPolicy, X509};
use opcua::sync::RwLock;
use opcua::types::{EndpointDescription, MessageSecurityMode, UserTokenType};
use tokio::time::timeout;

use crate::failure::{failed, failure};
use crate::own::{NAME, Own};
use crate::trust::Trusted;

/// Longest message of a server, in octets.
pub(crate) const MESSAGE_MAX: u32 = 8 * 1024 * 1024;
/// How long a channel lives without being renewed, in milliseconds.
const CHANNEL: u32 = 600_000;

/// What a line is made of.
pub(crate) struct Chosen {
    pub(crate) channel: AsyncSecureChannel,
    pub(crate) endpoint: EndpointDescription,
    pub(crate) store: Arc<RwLock<CertificateStore>>,
    pub(crate) own: Option<Own>,
    pub(crate) identity: IdentityToken,
    pub(crate) thumbprint: String,
}

/// Asks the server what it offers, and takes what is wanted.
pub(crate) async fn choose(server: &Server) -> Result<Chosen, Failed> {
    if server.security == Security::None && server.login.is_some() {
        let message = "a password is not sent where nothing is protected";
        return Err(failed(FailedKind::Question, message));
    }
    let protects = server.security != Security::None;
    let own = protects.then(|| Own::open(&server.certificates)).transpose()?;
    let trusted = if protects { Trusted::read(&server.trusted)? } else { Trusted::read(&[])? };
    let client = client(server, own.as_ref())?;
    let within = Duration::from_secs(u64::from(server.timeout));
    let asked = timeout(within, client.get_server_endpoints_from_url(server.url.as_str())).await;
    let Ok(offered) = asked else {
        return Err(failed(FailedKind::Away, "the server does not answer"));
    };
    let endpoint = pick(offered.map_err(|error| failure(&error))?, server)?;
    let shown = endpoint.server_certificate.value.as_deref().unwrap_or_default();
    let certificate = protects.then(|| trusted.judge(shown, &server.certificates)).transpose()?;
    let store = store(&server.certificates, certificate.as_ref(), own.as_ref())?;
    let identity = server.login.as_ref().map_or(IdentityToken::Anonymous, |login| {
        IdentityToken::UserName(login.user.clone(), login.password.as_str().into())
    });
    let channel = client
        .session_builder()
        .user_identity_token(identity.clone())
        .connect_to_endpoint_directly(endpoint.clone())
        .and_then(|it| it.build_channel(Arc::clone(&store)))
        .map_err(|error| failure(&error))?;
    let thumbprint = certificate.map_or_else(String::new, |it| it.thumbprint().as_hex_string());
    Ok(Chosen { channel, endpoint, store, own, identity, thumbprint })
}

fn wanted(security: Security) -> (SecurityPolicy, MessageSecurityMode) {
    let policy = match security {
        Security::Basic256Sha256 | Security::Basic256Sha256Sign => SecurityPolicy::Basic256Sha256,
        Security::Aes128Sha256RsaOaep | Security::Aes128Sha256RsaOaepSign => {
            SecurityPolicy::Aes128Sha256RsaOaep
        }
        Security::Aes256Sha256RsaPss | Security::Aes256Sha256RsaPssSign => {
            SecurityPolicy::Aes256Sha256RsaPss
        }
        Security::None => return (SecurityPolicy::None, MessageSecurityMode::None),
    };
    let mode = if security.encrypts() {
        MessageSecurityMode::SignAndEncrypt
    } else {
        MessageSecurityMode::Sign
    };
    (policy, mode)
}

/// The endpoint of that security, for that kind of login.
fn pick(offered: Vec<EndpointDescription>, server: &Server) -> Result<EndpointDescription, Failed> {
    let (policy, mode) = wanted(server.security);
    let login =
        if server.login.is_some() { UserTokenType::UserName } else { UserTokenType::Anonymous };
    let mut others = Vec::new();
    let mut is_secured = false;
    for endpoint in offered {
        let is_tcp = endpoint.endpoint_url.as_ref().starts_with("opc.tcp://");
        let offers = SecurityPolicy::from_uri(endpoint.security_policy_uri.as_ref());
        if is_tcp && offers == policy && endpoint.security_mode == mode {
            is_secured = true;
            if endpoint.find_policy(login).is_some() {
                return Ok(endpoint);
            }
        }
        let other = format!("{offers}/{:?}", endpoint.security_mode);
        if !others.contains(&other) {
            others.push(other);
        }
    }
    if is_secured {
        let message = match login {
            UserTokenType::UserName => "the server takes no user and password there",
            _ => "the server takes nobody without a login",
        };
        return Err(failed(FailedKind::Denied, message));
    }
    let message = format!("the server does not offer {policy}/{mode:?}, but {}", others.join(", "));
    Err(failed(FailedKind::Security, &message))
}

fn client(server: &Server, own: Option<&Own>) -> Result<Client, Failed> {
    let mut builder = ClientBuilder::new()
        .application_name(NAME)
        .application_uri(own.map_or(NAME, |it| it.uri.as_str()))
        .pki_dir(session_folder(&server.certificates))
        .channel_lifetime(CHANNEL)
        .max_message_size(usize::try_from(MESSAGE_MAX).unwrap_or(usize::MAX))
        .max_chunk_count(256)
        .max_string_length(1024 * 1024)
        .max_byte_string_length(1024 * 1024)
        .max_array_length(100_000)
        // Who asks decides when it is tried again.
        .session_retry_limit(0)
        .request_timeout(Duration::from_secs(u64::from(server.timeout)));
    if let Some(own) = own {
        let (certificate, key) = (own.certificate_file.clone(), own.key_file.clone());
        builder = builder.certificate_path(certificate).private_key_path(key);
    }
    builder.client().map_err(|errors| failed(FailedKind::Question, &errors.join("; ")))
}

/// The library judges the certificate, too, by a folder of its own; only one that was judged comes in there. It compares
/// names as well, which controllers seldom have right: not here, because octet by octet is more.
fn store(
    folder: &Path,
    certificate: Option<&X509>,
    own: Option<&Own>,
) -> Result<Arc<RwLock<CertificateStore>>, Failed> {
    let folder = session_folder(folder);
    let files = |why: String| failed(FailedKind::Files, &format!("{}: {why}", folder.display()));
    let (mut store, _, _) = CertificateStore::new_with_x509_data::<opcua::crypto::X509Data>(
        &folder,
        false,
        own.map(|it| it.certificate_file.as_path()),
        own.map(|it| it.key_file.as_path()),
        None,
    );
    store.set_skip_verify_certs(true);
    if let Some(certificate) = certificate {
        store.ensure_pki_path().map_err(&files)?;
        let name = CertificateStore::cert_file_name(certificate);
        let place = store.trusted_certs_dir().join(&name);
        if !place.is_file() {
            let der = certificate.to_der().map_err(|_| files("it cannot be written".to_owned()))?;
            // In one piece: another program may read it at this moment.
            let fresh = folder.join(format!("{name}.{}", std::process::id()));
            let laid = fs::write(&fresh, der).and_then(|()| fs::rename(&fresh, &place));
            laid.map_err(|why| files(why.to_string()))?;
        }
    }
    Ok(Arc::new(RwLock::new(store)))
}

fn session_folder(folder: &Path) -> PathBuf {
    folder.join("session")
}
