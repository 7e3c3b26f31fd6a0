//! The plant's identity provider, as the configuration has it now.

use std::time::Duration;

use mtm_app::auth::SignInProvider;
use mtm_connect::oidc::Provider;
use mtm_connect::outgoing::{Client, ClientError, Deadlines};

use crate::config::{Config, Oidc};
use crate::failure::Outcome;

/// Somebody waits for each of these calls.
const DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_secs(3), whole: Duration::from_secs(8) };

/// The way to a provider. Nobody is asked yet: one that is away keeps no server from starting.
pub(crate) fn reach(oidc: &Oidc) -> Result<Provider, ClientError> {
    Ok(Provider::new(oidc.client(), Client::trusting(DEADLINES, oidc.ca_file())?))
}

/// The provider of a configuration, where there is one, with the rules for its people.
pub(super) fn provider(config: &Config) -> Outcome<Option<SignInProvider>> {
    let Some(oidc) = &config.oidc else { return Ok(None) };
    Ok(Some(SignInProvider::new(oidc.rules(), reach(oidc)?)))
}
