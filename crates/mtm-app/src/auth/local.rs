//! Command lines on the machine of a running server.
//!
//! A server makes a secret for each of its runs and leaves it in its data directory, readable by
//! its own account only. Whoever can read that file can also read and write the database beside
//! it, so the secret gives no right that its reader lacks; it only lets bookings go through the
//! server, as the user who typed them. The credential is the secret and that user's name:
//! `mtm_local_<secret>.<name, base64url>`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mtm_store::Fault;

use super::secret::{Secret, digest};
use super::session::principal;
use crate::App;
use crate::error::AppError;
use crate::principal::{Principal, PrincipalKind};

const PREFIX: &str = "mtm_local_";

/// Whether a credential is that of a command line on the server's machine. A door that knows
/// where its caller is lets these in from the machine itself only.
pub fn is_local(credential: &str) -> bool {
    credential.starts_with(PREFIX)
}

/// The credential of `os_user` under the secret of a server's run.
pub fn local_credential(secret: &str, os_user: &str) -> String {
    format!("{}.{}", secret.trim(), URL_SAFE_NO_PAD.encode(os_user))
}

impl App {
    /// Opens the door for command lines on this machine. The first call makes the secret of this
    /// run; the caller stores it where only this account can read it.
    pub fn open_local_door(&self) -> Result<Secret, Fault> {
        let secret = Secret::fresh(PREFIX)?;
        match self.doorkeeper().local.set(secret.digest()) {
            Ok(()) => Ok(secret),
            Err(_) => Err(Fault::Permanent("the local door is open already".to_owned())),
        }
    }

    /// Who shows this credential, if the local door is open and the secret is right.
    pub(super) async fn principal_of_command_line(
        &self,
        credential: &str,
    ) -> Result<Option<Principal>, AppError> {
        let Some((secret, name)) = credential.split_once('.') else { return Ok(None) };
        // Hashes are compared, so the time taken tells nothing about the secret.
        if self.doorkeeper().local.get() != Some(&digest(secret)) {
            return Ok(None);
        }
        let name = URL_SAFE_NO_PAD.decode(name).ok().and_then(|name| String::from_utf8(name).ok());
        let Some(name) = name.filter(|name| !name.trim().is_empty()) else { return Ok(None) };
        let user = self.ledger().ensure_cli_user(&name).await?;
        if user.disabled_at.is_some() {
            return Ok(None);
        }
        Ok(Some(principal(user, PrincipalKind::Local)))
    }
}
