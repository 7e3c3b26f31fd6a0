//! Adding and changing people.

use mtm_core::code::Code;
use mtm_core::command::Patch;
use mtm_core::policy::{Deed, Role};
use mtm_core::word::UserName;
use mtm_store::IdempotencyKey;
use mtm_store::record::{NewUser, UserChanges, UserRecord};
use uuid::Uuid;

use super::password::check_strength;
use super::rights::RightsChanged;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Login name.
    pub name: String,
    /// Name people know them by.
    pub display_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Their first password; they cannot sign in without one.
    pub password: Option<String>,
}

/// Changes of a person.
#[derive(Debug, Clone, Default)]
pub struct PersonChanges {
    /// Name people know them by.
    pub display_name: Patch<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// A new password.
    pub password: Option<String>,
    /// Seconds within which an equal booking is questioned; 0 never.
    pub intent_window: Patch<u32>,
    /// Whether they may come in.
    pub disabled: Option<bool>,
}

impl App {
    /// Adds a person.
    pub async fn create_user(
        &self,
        who: &Principal,
        new: NewPerson,
        key: Option<IdempotencyKey>,
    ) -> Result<UserRecord, AppError> {
        who.require(Deed::Administer)?;
        let name = UserName::parse(&new.name)
            .map_err(|error| AppError::field("name", Code::InvalidBody, error.to_string()))?;
        let password_hash = match new.password {
            None => None,
            Some(password) => {
                check_strength(&password, name.as_str())?;
                Some(self.hash_password(password).await?)
            }
        };
        let user = NewUser { name, display_name: new.display_name, role: new.role, password_hash };
        Ok(self.ledger().create_user(who.user, user, key).await?.value)
    }

    /// Changes a person; everybody's remembered rights are asked for anew.
    pub async fn edit_user(
        &self,
        who: &Principal,
        id: Uuid,
        version: Option<i64>,
        changes: PersonChanges,
        key: Option<IdempotencyKey>,
    ) -> Result<UserRecord, AppError> {
        who.require(Deed::Administer)?;
        self.change(who, id, version, changes, key).await
    }

    /// Changes one's own password; the old one is asked for where there is one.
    pub async fn change_own_password(
        &self,
        who: &Principal,
        old: &str,
        new: String,
        remote: std::net::IpAddr,
    ) -> Result<(), AppError> {
        let known = self.ledger().user_to_sign_in(&who.name).await?;
        let Some((user, Some(_))) = known else {
            return Err(AppError::refused(Code::Forbidden, "this account has no password"));
        };
        // The same door as signing in: as slow, and as limited.
        let proof = self.sign_in(who.name.as_str(), old, remote, None).await?;
        self.sign_out(proof.secret.reveal()).await?;
        let changes = PersonChanges { password: Some(new), ..PersonChanges::default() };
        self.change(who, user.id, None, changes, None).await?;
        Ok(())
    }

    /// Takes the identity provider's name for a person away; they come in by their password, if they have
    /// one, and their sessions end.
    pub async fn unlink_identity(&self, who: &Principal, id: Uuid) -> Result<UserRecord, AppError> {
        who.require(Deed::Administer)?;
        let user = self.ledger().unlink_identity(who.user, id).await?;
        self.bus().send(&RightsChanged);
        Ok(user)
    }

    async fn change(
        &self,
        who: &Principal,
        id: Uuid,
        version: Option<i64>,
        changes: PersonChanges,
        key: Option<IdempotencyKey>,
    ) -> Result<UserRecord, AppError> {
        let password_hash = match changes.password {
            None => None,
            Some(password) => {
                let user = self.ledger().user(id).await?;
                check_strength(&password, user.as_ref().map_or("", |user| user.name.as_str()))?;
                Some(self.hash_password(password).await?)
            }
        };
        let changes = UserChanges {
            display_name: changes.display_name,
            role: changes.role,
            password_hash,
            intent_window: changes.intent_window,
            disabled: changes.disabled,
        };
        let user = self.ledger().edit_user(who.user, id, version, changes, key).await?;
        self.bus().send(&RightsChanged);
        Ok(user.value)
    }
}
