//! What of a machine is counted, and as what.

use mtm_core::code::Code;
use mtm_core::machine::{Booking, Rules, TOLD_WITHIN};
use mtm_core::policy::Deed;
use mtm_store::IdempotencyKey;
use mtm_store::machine::{CounterChange, CounterRow, CounterSetting, NewCounter};
use mtm_store::once::Once;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::movement::Fields;
use crate::principal::Principal;

/// A counter as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CounterBody {
    /// The machine's tag that shows the total.
    pub tag: Option<String>,
    /// What its pieces are booked as: `receive`, a new lot; `complete`, the operation is finished and good pieces go on;
    /// `scrap`.
    pub booking: Option<Booking>,
    /// The part.
    pub part: Option<String>,
    /// The operation: where receipts stand, what is completed, or where scrap comes from.
    pub operation: Option<String>,
    /// The location of the same.
    pub location: Option<String>,
    /// The work order of lots that are received.
    #[serde(default)]
    pub work_order: Option<String>,
    /// Why pieces are scrapped, for `scrap`.
    #[serde(default)]
    pub scrap_reason: Option<String>,
    /// Pieces for each count; 1 where omitted.
    #[serde(default)]
    pub pieces: Option<u32>,
    /// The most counts that the machine can make in an hour.
    pub per_hour: Option<u32>,
    /// The largest total, after which the counter goes on at zero; null where it never gets there.
    #[serde(default)]
    pub rollover: Option<u64>,
    /// Whether somebody or something sets it to zero now and then; true where omitted.
    #[serde(default)]
    pub resets: Option<bool>,
    /// Seconds within which a count is told; 60 where omitted. More for what is asked seldom: for so long a counter that
    /// shows the same is not believed to stand still.
    #[serde(default)]
    pub told_within: Option<u32>,
    /// Pieces that fill a container, each of which is a proposal; null where somebody decides how many that are.
    #[serde(default)]
    pub container: Option<u64>,
    /// Whether full containers are confirmed without a person; false where omitted.
    #[serde(default)]
    pub by_rule: Option<bool>,
}

impl CounterBody {
    /// What it says, or everything that is wrong with it.
    fn parse(&self) -> Result<CounterSetting, AppError> {
        let mut fields = Fields::default();
        let tag = fields.required::<String>("tag", self.tag.as_deref());
        if self.booking.is_none() {
            fields.wrong("booking", Code::InvalidBody, "booking is needed here");
        }
        let part = fields.required("part", self.part.as_deref());
        let operation = fields.required("operation", self.operation.as_deref());
        let location = fields.required("location", self.location.as_deref());
        let work_order = fields.optional("work_order", self.work_order.as_deref());
        let scrap_reason = fields.optional("scrap_reason", self.scrap_reason.as_deref());
        if self.per_hour.is_none() {
            let message = "say how many counts the machine can make in an hour at most";
            fields.wrong("per_hour", Code::InvalidBody, message);
        }
        let rules = self.per_hour.map(|per_hour| Rules {
            pieces: self.pieces.unwrap_or(1),
            per_hour,
            rollover: self.rollover,
            resets: self.resets.unwrap_or(true),
            told_within: self.told_within.unwrap_or(TOLD_WITHIN),
        });
        let setting = || {
            Some(CounterSetting {
                tag: tag?.trim().to_owned(),
                booking: self.booking?,
                part: part?,
                operation: operation?,
                location: location?,
                work_order,
                scrap_reason,
                rules: rules?,
                container: self.container,
                by_rule: self.by_rule.unwrap_or(false),
            })
        };
        Ok(fields.finish(setting())?)
    }
}

impl App {
    /// Counts a tag of a machine. It begins with what it shows, where this server hears it; else with the first total
    /// that is heard.
    pub async fn add_counter(
        &self,
        who: &Principal,
        machine: &str,
        body: &CounterBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CounterRow>, AppError> {
        who.require(Deed::EditMaster)?;
        if !self.machine_set().contains_key(machine) {
            let message = format!("no machine {machine} is configured");
            return Err(AppError::field("machine", Code::NotFound, message));
        }
        let setting = body.parse()?;
        let first = self.machines_seen().now(machine, &setting.tag);
        let counter = NewCounter { machine: machine.to_owned(), setting, first };
        Ok(self.ledger().add_counter(counter, who.user, key).await?)
    }

    /// Counts otherwise from now on. What was counted stays what it was counted as.
    pub async fn change_counter(
        &self,
        who: &Principal,
        (id, version): (i64, Option<i64>),
        body: &CounterBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CounterRow>, AppError> {
        who.require(Deed::EditMaster)?;
        let change = CounterChange { setting: body.parse()?, version };
        Ok(self.ledger().change_counter(id, change, who.user, key).await?)
    }

    /// Counts no more. What was counted stays to be decided.
    pub async fn retire_counter(
        &self,
        who: &Principal,
        (id, version): (i64, Option<i64>),
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CounterRow>, AppError> {
        who.require(Deed::EditMaster)?;
        Ok(self.ledger().retire_counter(id, version, who.user, key).await?)
    }
}
