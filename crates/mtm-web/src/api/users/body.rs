//! Bodies about users.

use mtm_app::auth::{NewPerson, PersonChanges};
use mtm_core::command::Patch;
use mtm_core::policy::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::master::sent;

/// A user to add.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUserBody {
    /// Login name, unique without regard to case.
    name: String,
    /// Name people know them by.
    #[serde(default)]
    display_name: Option<String>,
    /// What they may do.
    role: Role,
    /// Their first password, at least ten characters; they cannot sign in without one.
    #[serde(default)]
    password: Option<String>,
}

impl NewUserBody {
    /// What may be hashed and kept.
    pub(super) fn without_password(&self) -> Self {
        Self { password: self.password.as_ref().map(|_| String::new()), ..self.clone() }
    }

    pub(super) fn into_person(self) -> NewPerson {
        let Self { name, display_name, role, password } = self;
        NewPerson { name, display_name, role, password }
    }
}

/// Changes of a user.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditUserBody {
    /// Name people know them by.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    display_name: Patch<String>,
    /// What they may do.
    #[serde(default)]
    role: Option<Role>,
    /// A new password.
    #[serde(default)]
    password: Option<String>,
    /// Seconds within which an equal booking is questioned; 0 never, `null` the default.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<u32>)]
    intent_window: Patch<u32>,
    /// Whether they may no longer come in.
    #[serde(default)]
    disabled: Option<bool>,
}

impl EditUserBody {
    /// What may be hashed and kept.
    pub(super) fn without_password(&self) -> Self {
        Self { password: self.password.as_ref().map(|_| String::new()), ..self.clone() }
    }

    pub(super) fn into_changes(self) -> PersonChanges {
        let Self { display_name, role, password, intent_window, disabled } = self;
        PersonChanges { display_name, role, password, intent_window, disabled }
    }
}
