//! Each request is signed by a shared secret.
//!
//! Covered are method, host, path, query and, where there is a body, its digest and type: whoever is on
//! the way can neither change the request nor send it somewhere else, and its moment bounds for how long it
//! can be sent again.

use mtm_core::word::Timestamp;

use super::signature::{Covered, content_digest, quoted};
use super::{CredentialError, Proof};
use crate::outgoing::{Header, Message};
use crate::secret::Kept;

/// The label of our signature among others.
const LABEL: &str = "mtm";

/// Signs requests.
#[derive(Debug)]
pub struct Hmac {
    key_id: String,
    kept: Kept,
}

impl Hmac {
    pub(super) const fn new(key_id: String, kept: Kept) -> Self {
        Self { key_id, kept }
    }

    pub(super) const fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(super) fn prove(
        &self,
        message: &Message,
        now: Timestamp,
    ) -> Result<Proof, CredentialError> {
        let (secret, number) = self.kept.current()?;
        let url = message.target.url();
        let authority = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let query = url.query().map(|query| format!("?{query}"));
        let digest = (!message.body.is_empty()).then(|| content_digest(&message.body));
        let content_type =
            message.headers.iter().find(|it| it.name.eq_ignore_ascii_case("content-type"));
        let mut components = vec![
            ("@method", message.method.as_str()),
            ("@authority", &*authority),
            ("@path", url.path()),
        ];
        components.extend(query.as_deref().map(|query| ("@query", query)));
        components.extend(digest.as_deref().map(|digest| ("content-digest", digest)));
        components.extend(content_type.map(|it| ("content-type", &*it.value)));
        let key_id = quoted(&self.key_id)
            .ok_or(CredentialError::Key("its name holds characters that a signature cannot"))?;
        let seconds = now.micros().div_euclid(1_000_000);
        let parameters = format!("created={seconds};keyid={key_id};alg=\"hmac-sha256\"");
        let covered = Covered { components: &components, parameters: &parameters };
        let mut headers = vec![
            Header::open("signature-input", format!("{LABEL}={}", covered.input())),
            Header::secret("signature", format!("{LABEL}=:{}:", covered.sign(secret.bytes()))),
        ];
        headers.extend(digest.map(|digest| Header::open("content-digest", digest)));
        Ok(Proof { headers, number })
    }
}
