//! The plant's identity provider, as the configuration has it now.

use std::time::Duration;

use mtm_app::auth::SignInProvider;
use mtm_connect::oidc::Provider;
use mtm_connect::outgoing::{Client, Deadlines};

use crate::config::Config;
use crate::failure::Outcome;

/// Somebody waits for each of these calls.
const DEADLINES: Deadlines =
    Deadlines { connect: Duration::from_secs(3), whole: Duration::from_secs(8) };

/// The provider of a configuration, where there is one. Nobody is asked: a provider that is away keeps no
/// server from starting.
pub(super) fn provider(config: &Config) -> Outcome<Option<SignInProvider>> {
    let Some(oidc) = &config.oidc else { return Ok(None) };
    let http = Client::trusting(DEADLINES, oidc.ca_file())?;
    Ok(Some(SignInProvider::new(oidc.rules(), Provider::new(oidc.client(), http))))
}
