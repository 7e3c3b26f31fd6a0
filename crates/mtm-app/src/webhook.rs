//! Webhooks: who may make them, and what is done about what could not be delivered.

use std::time::Duration;

use mtm_connect::outgoing::Target;
use mtm_core::code::Code;
use mtm_core::event::EventType;
use mtm_core::policy::Deed;
use mtm_store::record::{DeliveryRecord, NewWebhook, WebhookChanges, WebhookRecord};
use mtm_store::{IdempotencyKey, Once};
use uuid::Uuid;

use crate::App;
use crate::bus::Channel;
use crate::error::AppError;
use crate::principal::Principal;
use crate::relay::{DeliveryDue, WebhooksChanged};

/// A webhook to make.
#[derive(Debug, Clone)]
pub struct WebhookRequest {
    /// What it is for.
    pub name: String,
    /// Where events are sent.
    pub url: String,
    /// Short names of the event types it is told; every type where it is empty.
    pub types: Vec<String>,
}

/// Changes of a webhook.
#[derive(Debug, Clone, Default)]
pub struct WebhookEdit {
    /// What it is for.
    pub name: Option<String>,
    /// Where events are sent.
    pub url: Option<String>,
    /// Short names of the event types it is told; every type where it is empty.
    pub types: Option<Vec<String>>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

impl App {
    /// Makes a webhook that is told what happens from now on. The secret is shown now and never again.
    pub async fn create_webhook(
        &self,
        who: &Principal,
        request: WebhookRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<(WebhookRecord, String), AppError> {
        who.require(Deed::Administer)?;
        let url = checked_url(&request.url)?;
        let types = checked_types(&request.types)?;
        let id = self.clock().fresh_uuid();
        let (secret, sealed_secret) = self.fresh_secret(id)?;
        let new = NewWebhook { id, name: request.name, url, types, sealed_secret };
        let record = self.ledger().create_webhook(who.user, new, key).await?;
        self.bus().send(&WebhooksChanged);
        Ok((record, secret.reveal()))
    }

    /// Changes a webhook. One that is enabled again is told at once what waited for it.
    pub async fn edit_webhook(
        &self,
        who: &Principal,
        id: Uuid,
        version: Option<i64>,
        edit: WebhookEdit,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<WebhookRecord>, AppError> {
        who.require(Deed::Administer)?;
        let changes = WebhookChanges {
            name: edit.name,
            url: edit.url.as_deref().map(checked_url).transpose()?,
            types: edit.types.as_deref().map(checked_types).transpose()?,
            enabled: edit.enabled,
        };
        let record = self.ledger().edit_webhook(who.user, id, version, changes, key).await?;
        self.tell(id);
        Ok(record)
    }

    /// Gives a webhook another secret, shown now and never again. For `keep` longer requests are signed
    /// with the present one as well, so that its receiver need not change it in the same moment.
    pub async fn rotate_webhook_secret(
        &self,
        who: &Principal,
        id: Uuid,
        keep: Duration,
        key: Option<IdempotencyKey>,
    ) -> Result<(WebhookRecord, String), AppError> {
        who.require(Deed::Administer)?;
        let (secret, rotated) = self.rotated_secret(id, keep)?;
        let record = self.ledger().rotate_webhook_secret(who.user, id, rotated, key).await?;
        Ok((record, secret.reveal()))
    }

    /// Removes a webhook; what waits for it is not sent.
    pub async fn remove_webhook(
        &self,
        who: &Principal,
        id: Uuid,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<WebhookRecord>, AppError> {
        who.require(Deed::Administer)?;
        let removed = self.ledger().remove_webhook(who.user, id, key).await?;
        self.tell(id);
        Ok(removed)
    }

    /// Sends a delivery again, from the beginning of its schedule.
    pub async fn resend_delivery(
        &self,
        who: &Principal,
        id: i64,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DeliveryRecord>, AppError> {
        who.require(Deed::Administer)?;
        let resent = self.ledger().resend_delivery(who.user, id, key).await?;
        self.tell(resent.value.webhook);
        Ok(resent)
    }

    /// Puts another body in a dead letter's place; it is sent when it is resent.
    pub async fn edit_dead_letter(
        &self,
        who: &Principal,
        id: i64,
        body: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DeliveryRecord>, AppError> {
        who.require(Deed::Administer)?;
        Ok(self.ledger().edit_dead_letter(who.user, id, body, key).await?)
    }

    /// Gives a dead letter up for good, and says why.
    pub async fn drop_dead_letter(
        &self,
        who: &Principal,
        id: i64,
        reason: String,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<DeliveryRecord>, AppError> {
        who.require(Deed::Administer)?;
        Ok(self.ledger().drop_dead_letter(who.user, id, reason, key).await?)
    }

    /// Wakes whoever serves a webhook.
    fn tell(&self, id: Uuid) {
        self.bus().send(&WebhooksChanged);
        self.bus().send_on(&Channel::named(id), &DeliveryDue);
    }
}

fn checked_url(url: &str) -> Result<String, AppError> {
    Target::parse(url)
        .map(|target| target.as_str().to_owned())
        .map_err(|error| AppError::field("url", Code::InvalidBody, error.to_string()))
}

fn checked_types(names: &[String]) -> Result<Vec<EventType>, AppError> {
    let known = |name: &String| {
        EventType::from_name(name).ok_or_else(|| {
            let names: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("there are no {name} events; known are {}", names.join(", "));
            AppError::field("types", Code::InvalidBody, message)
        })
    };
    names.iter().map(known).collect()
}
