//! By whom people may be signed in besides passwords.

use std::path::PathBuf;

use mtm_app::auth::{ProviderRules, RoleMap};
use mtm_connect::oidc::{self, is_private_way};

use super::error::ConfigError;
use super::layers::{Settings, Source};
use super::{Hidden, secret};

const ISSUER: &str = "oidc.issuer";
const CLIENT_ID: &str = "oidc.client_id";
const ROLES: &str = "oidc.roles";
const PUBLIC_URL: &str = "server.public_url";

/// Longest name of an issuer, as the ledger keeps it.
const LONGEST_ISSUER: usize = 500;

/// The identity provider of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Oidc {
    issuer: String,
    client_id: String,
    client_secret: Option<Hidden>,
    scopes: String,
    rules: ProviderRules,
    ca_file: Option<PathBuf>,
}

impl Oidc {
    /// The provider, where there is one.
    pub(super) fn of(
        settings: &Settings,
        on_this_machine: bool,
    ) -> Result<Option<Self>, ConfigError> {
        let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
        let client_secret = secret(settings, "oidc.client_secret", "oidc.client_secret_file")?;
        let issuer = match (text(ISSUER), text(CLIENT_ID), text(ROLES)) {
            (None, None, None) if client_secret.is_none() => return Ok(None),
            (None, Some(_), _) => {
                return Err(ConfigError::Halves { one: CLIENT_ID, other: ISSUER });
            }
            (None, None, Some(_)) => return Err(ConfigError::Halves { one: ROLES, other: ISSUER }),
            (None, None, None) => {
                return Err(ConfigError::Halves { one: "oidc.client_secret", other: ISSUER });
            }
            (Some(issuer), _, _) => issuer,
        };
        let needed =
            |name: &'static str| text(name).ok_or(ConfigError::Halves { one: ISSUER, other: name });
        let wrong = |key: &str, message: String| ConfigError::WrongValue {
            origin: origin(settings, key),
            key: key.to_owned(),
            message,
        };
        if !is_private_way(&issuer) || issuer.contains(['?', '#']) {
            let message = "not an https:// address without ? and # (http:// only on this machine)";
            return Err(wrong(ISSUER, message.to_owned()));
        }
        if issuer.len() > LONGEST_ISSUER {
            return Err(wrong(ISSUER, format!("longer than {LONGEST_ISSUER} characters")));
        }
        let public_url = text(PUBLIC_URL).map(|url| url.trim_end_matches('/').to_owned());
        if public_url.is_none() && !on_this_machine {
            // The provider sends browsers back there, and takes no other address.
            return Err(ConfigError::Halves { one: ISSUER, other: PUBLIC_URL });
        }
        let scopes = text("oidc.scopes").unwrap_or_default();
        if !scopes.split(' ').any(|scope| scope == "openid") {
            return Err(wrong("oidc.scopes", "without openid".to_owned()));
        }
        let roles = RoleMap::parse(&needed(ROLES)?);
        let roles = roles.map_err(|error| wrong(ROLES, format!("no map of groups: {error}")))?;
        let rules = ProviderRules {
            name: text("oidc.name").unwrap_or_default(),
            public_url,
            role_claim: text("oidc.role_claim").unwrap_or_default(),
            roles,
            login_claim: text("oidc.login_claim").unwrap_or_default(),
            link: text("oidc.link").as_deref() == Some("on"),
        };
        Ok(Some(Self {
            issuer,
            client_id: needed(CLIENT_ID)?,
            client_secret,
            scopes,
            rules,
            ca_file: text("oidc.ca_file").map(PathBuf::from),
        }))
    }

    /// What holds for its people.
    pub(crate) fn rules(&self) -> ProviderRules {
        self.rules.clone()
    }

    /// The authority behind its certificate, where the usual ones do not know it.
    pub(crate) fn ca_file(&self) -> Option<&std::path::Path> {
        self.ca_file.as_deref()
    }

    /// How it is reached, and what is asked of it.
    pub(crate) fn client(&self) -> oidc::Client {
        let rules = &self.rules;
        oidc::Client {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.as_ref().map(|secret| secret.reveal().to_owned()),
            scopes: self.scopes.clone(),
            claims: vec![rules.role_claim.clone(), rules.login_claim.clone()],
        }
    }
}

fn origin(settings: &Settings, key: &str) -> String {
    settings.setting(key).map(|it| &it.source).map(Source::to_string).unwrap_or_default()
}
