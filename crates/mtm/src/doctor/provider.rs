//! The identity provider: whether it answers, and as whom.

use mtm_connect::oidc::{Attempt, OidcError};
use mtm_store::{Clock as _, SystemClock};
use mtm_web::SIGN_IN_CALLBACK;

use super::Finding;
use crate::config::{Config, Oidc};
use crate::failure::Failure;
use crate::serve::reach;

const CHECK: &str = "identity provider";

pub(super) async fn look(config: &Config, findings: &mut Vec<Finding>) {
    let Some(oidc) = &config.oidc else { return };
    let own = || format!("http://{}", config.listen);
    let back = oidc.rules().public_url.unwrap_or_else(own) + SIGN_IN_CALLBACK;
    findings.push(match ask(oidc, &back).await {
        Ok(issuer) => {
            Finding::ok(CHECK, format!("{issuer} answers; it sends people back to {back}"))
        }
        // Everybody who is signed in, and every password, works without it.
        Err(why) => Finding::warning(
            CHECK,
            why,
            "Check oidc.issuer (exactly as the provider writes it), oidc.ca_file, and the way there.",
        ),
    });
}

/// What a browser would be sent away with; nobody is.
async fn ask(oidc: &Oidc, back: &str) -> Result<String, String> {
    let provider = reach(oidc).map_err(|error| Failure::from(error).message)?;
    let told = |error: OidcError| error.to_string();
    let attempt = Attempt::fresh().map_err(told)?;
    provider.begin(back, &attempt, SystemClock.now()).await.map_err(told)?;
    Ok(provider.issuer().to_owned())
}
