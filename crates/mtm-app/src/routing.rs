//! Routings: who may change them, what a form or a body of one says, and how one is shown.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use mtm_core::catalogue::{OffRouting, PartRecord};
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::rejection::Rejection;
use mtm_core::routing::{RoutingDraft, StepDraft};
use mtm_core::word::{OperationCode, PartCode, Timestamp};
use mtm_store::master::MasterKey;
use mtm_store::query::Page;
use mtm_store::routing::{self, RoutingChange};
pub use mtm_store::routing::{RoutingLine, RoutingQuery, RoutingRow, RoutingState, RoutingStepRow};
use mtm_store::{IdempotencyKey, Once};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, FieldError};
use crate::principal::Principal;

/// An operation of a routing, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RoutingStepBody))]
pub struct StepBody {
    /// Its place in the sequence; ten after the one before where omitted.
    #[serde(default)]
    pub position: Option<u16>,
    /// The operation.
    pub operation: String,
    /// Where pieces go that come to it, unless a booking says otherwise.
    #[serde(default)]
    pub location: Option<String>,
    /// How many of them are expected to come out good: `98.5%`, or `0.985`.
    #[serde(default, rename = "yield")]
    pub yields: Option<String>,
}

/// A version of a routing, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingBody {
    /// From when on it holds: RFC 3339, or a day or local time of the site; from now on where
    /// omitted. No earlier than the version in force began.
    #[serde(default)]
    pub effective_from: Option<String>,
    /// The operations in their order, each once.
    pub steps: Vec<StepBody>,
}

impl RoutingBody {
    /// The draft that it says; everything wrong with it at once.
    pub fn parse(&self, part: PartCode, zone: &TimeZone) -> Result<RoutingDraft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let effective_from = moment("effective_from", self.effective_from.as_deref(), zone);
        let effective_from = effective_from.map_err(|error| errors.push(error)).ok().flatten();
        let mut steps = Vec::with_capacity(self.steps.len());
        for (at, step) in self.steps.iter().enumerate() {
            match step.parse() {
                Ok(step) => steps.push(step),
                Err(wrong) => errors.extend(wrong.into_iter().map(|error| FieldError {
                    field: format!("steps[{at}].{}", error.field),
                    ..error
                })),
            }
        }
        if errors.is_empty() {
            Ok(RoutingDraft { part, effective_from, steps })
        } else {
            Err(errors)
        }
    }
}

impl StepBody {
    /// The step that it says.
    pub(crate) fn parse(&self) -> Result<StepDraft, Vec<FieldError>> {
        let mut errors = Vec::new();
        let wrong =
            |field: &str, message: String| FieldError::new(field, Code::InvalidBody, message);
        let operation = OperationCode::parse(&self.operation)
            .map_err(|error| errors.push(wrong("operation", error.to_string())));
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let location = given(&self.location).map(|text| text.parse()).transpose();
        let location = location.map_err(|error: mtm_core::word::WordError| {
            errors.push(wrong("location", error.to_string()));
        });
        let yields = given(&self.yields).map(|text| text.parse()).transpose();
        let yields = yields.map_err(|error: mtm_core::word::YieldError| {
            errors.push(wrong("yield", error.to_string()));
        });
        match (operation, location, yields) {
            (Ok(operation), Ok(location), Ok(yields)) => {
                Ok(StepDraft { position: self.position, operation, location, yields })
            }
            _ => Err(errors),
        }
    }
}

/// A moment as people write one: with an offset, or a day or time of the site.
pub fn moment(
    field: &str,
    text: Option<&str>,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if let Ok(moment) = Timestamp::parse(text) {
        return Ok(Some(moment));
    }
    let day = || text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0));
    // A time is a day too, of which the time would be lost: times first.
    let local = if text.contains(':') { text.parse::<DateTime>().ok() } else { day() };
    let zoned = local.and_then(|local| local.to_zoned(zone.clone()).ok());
    zoned.map(|zoned| Some(zoned.timestamp().into())).ok_or_else(|| {
        let message = format!(
            "{text:?} is no moment; write it like 2026-12-01, 2026-12-01T06:00 or \
             2026-12-01T06:00:00Z"
        );
        FieldError::new(field, Code::InvalidBody, message)
    })
}

/// Everything about a part's routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoutingSheet {
    /// The part.
    pub part: PartCode,
    /// The number of its newest version; the `ETag`. 0 where it never had one.
    pub version: u32,
    /// The moment that was asked about.
    pub as_of: Timestamp,
    /// The version that holds at that moment; null where the part has no routing then.
    pub in_force: Option<RoutingRow>,
    /// When the next version begins, where one does.
    pub until: Option<Timestamp>,
    /// Every version, the newest first.
    pub versions: Vec<RoutingRow>,
}

impl RoutingSheet {
    fn new(part: PartCode, as_of: Timestamp, versions: Vec<RoutingRow>) -> Self {
        let begun = versions.iter().filter(|version| version.effective_from <= as_of);
        let held = begun.max_by_key(|version| (version.effective_from, version.version));
        let later = versions.iter().map(|version| version.effective_from);
        Self {
            part,
            version: versions.first().map_or(0, |newest| newest.version),
            as_of,
            in_force: held.filter(|version| !version.retired).cloned(),
            until: later.filter(|from| *from > as_of).min(),
            versions,
        }
    }
}

impl App {
    /// A page of the routings, in order of the parts' numbers.
    pub fn routings(
        &self,
        who: &Principal,
        query: &RoutingQuery,
    ) -> Result<Page<RoutingLine>, AppError> {
        who.require(Deed::Look)?;
        Ok(routing::page(&self.catalogue(), self.clock().now(), query)?)
    }

    /// Everything about the routing of the part that `key` names, at `as_of` or now. A part that
    /// never had one is shown with no version.
    pub async fn routing(
        &self,
        who: &Principal,
        key: &str,
        as_of: Option<Timestamp>,
    ) -> Result<RoutingSheet, AppError> {
        who.require(Deed::Look)?;
        let part = self.part_named(key)?;
        let versions = self.ledger().routing_versions(part.row).await?;
        Ok(RoutingSheet::new(
            part.code.clone(),
            as_of.unwrap_or_else(|| self.clock().now()),
            versions,
        ))
    }

    /// Makes the first version of a part's routing.
    pub async fn create_routing(
        &self,
        who: &Principal,
        part: &str,
        body: &RoutingBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<RoutingRow>, AppError> {
        who.require(Deed::EditMaster)?;
        let part = PartCode::parse(part)
            .map_err(|error| AppError::field("part", Code::InvalidBody, error.to_string()))?;
        let draft = body.parse(part, &self.site().zone)?;
        self.change_routing(who, RoutingChange::Create(draft), key).await
    }

    /// Makes another version of a part's routing. `newest` is the number of the newest version
    /// that the caller saw.
    pub async fn revise_routing(
        &self,
        who: &Principal,
        part: &str,
        newest: Option<i64>,
        body: &RoutingBody,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<RoutingRow>, AppError> {
        who.require(Deed::EditMaster)?;
        let part = self.part_named(part)?;
        let draft = body.parse(part.code.clone(), &self.site().zone)?;
        self.change_routing(who, RoutingChange::Revise { draft, newest }, key).await
    }

    /// Ends a part's routing, now or at `from`.
    pub async fn retire_routing(
        &self,
        who: &Principal,
        part: &str,
        newest: Option<i64>,
        from: Option<&str>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<RoutingRow>, AppError> {
        who.require(Deed::Retire)?;
        let part = self.part_named(part)?.code.clone();
        let from = moment("effective_from", from, &self.site().zone);
        let from = from.map_err(|error| AppError::Invalid(vec![error]))?;
        self.change_routing(who, RoutingChange::Retire { part, from, newest }, key).await
    }

    /// Sets what happens to an entry outside its part's routing.
    pub async fn set_off_routing(
        &self,
        who: &Principal,
        choice: OffRouting,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<OffRouting>, AppError> {
        who.require(Deed::Administer)?;
        Ok(self.ledger().set_off_routing(choice, who.user, key).await?)
    }

    async fn change_routing(
        &self,
        who: &Principal,
        change: RoutingChange,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<RoutingRow>, AppError> {
        Ok(self.ledger().change_routing(change, who.actor(), key).await?)
    }

    /// The part that a code, a former code, or an id names.
    fn part_named(&self, key: &str) -> Result<std::sync::Arc<PartRecord>, AppError> {
        let catalogue = self.catalogue();
        let found = match MasterKey::parse(key) {
            MasterKey::Id(id) => catalogue.parts.iter().find(|part| part.header.id == id).cloned(),
            MasterKey::Code(code) => {
                catalogue.parts.by_folded(&mtm_core::word::fold(&code)).cloned()
            }
        };
        let missing = || Rejection::new(Code::NotFound, None, format!("there is no part {key}"));
        Ok(found.ok_or_else(missing)?)
    }
}
