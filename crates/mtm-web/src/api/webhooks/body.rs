//! What is sent about webhooks.

use std::time::Duration;

use mtm_app::webhook::{WebhookEdit, WebhookRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a former secret counts where nobody says.
const KEEP_HOURS: u16 = 24;

/// A webhook to make.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhookBody {
    /// What it is for.
    name: String,
    /// Where events are sent: an `http` or `https` address without name and password.
    url: String,
    /// Short names such as `movement.recorded`; every type where it is left out or empty.
    #[serde(default)]
    types: Vec<String>,
}

impl NewWebhookBody {
    pub(super) fn into_request(self) -> WebhookRequest {
        WebhookRequest { name: self.name, url: self.url, types: self.types }
    }
}

/// Changes of a webhook.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditWebhookBody {
    /// What it is for.
    #[serde(default)]
    name: Option<String>,
    /// Where events are sent.
    #[serde(default)]
    url: Option<String>,
    /// Short names of event types; every type where it is empty.
    #[serde(default)]
    types: Option<Vec<String>>,
    /// Whether it is told anything.
    #[serde(default)]
    enabled: Option<bool>,
}

impl EditWebhookBody {
    pub(super) fn into_edit(self) -> WebhookEdit {
        let Self { name, url, types, enabled } = self;
        WebhookEdit { name, url, types, enabled }
    }
}

/// How a secret is changed.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct RotateBody {
    /// For so many hours the present secret counts as well: 24 where it is left out, 168 at most, and 0
    /// where it fell into wrong hands.
    #[serde(default)]
    #[schema(maximum = 168)]
    keep_hours: Option<u16>,
}

impl RotateBody {
    /// How long the present secret counts as well.
    pub(in crate::api) fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_hours.unwrap_or(KEEP_HOURS)) * 3_600)
    }
}
