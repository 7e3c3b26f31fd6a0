//! What may become a version of a routing: the rules, away from where routings are kept.
//!
//! A version names operations and places that exist, each operation once, in growing positions.
//! It begins now, later, or as far back as the version in force did, never before: what held
//! until then, and what people booked by it, stays as it was. Only a part's first version may
//! begin at any moment.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, PartRecord, Routing, RoutingStep, RoutingVersion};
use crate::code::Code;
use crate::rejection::Rejection;
use crate::word::{LocationCode, OperationCode, PartCode, Timestamp, Yield};

/// Most operations of one routing.
pub const MOST_STEPS: usize = 200;
/// How far positions lie apart where nobody says which: there is room between them.
const APART: u16 = 10;

/// An operation as somebody writes it into a routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepDraft {
    /// Its place in the sequence; ten after the one before where it is not said.
    pub position: Option<u16>,
    /// The operation.
    pub operation: OperationCode,
    /// Where pieces go that come to it.
    pub location: Option<LocationCode>,
    /// How many of them are expected to come out good.
    pub yields: Option<Yield>,
}

/// A version as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingDraft {
    /// The part.
    pub part: PartCode,
    /// From when on it shall hold; from now on where it is not said.
    pub effective_from: Option<Timestamp>,
    /// The operations, in their order.
    pub steps: Vec<StepDraft>,
}

/// What is wrong with a draft: with one of its steps, counted from 0, or with the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFault {
    /// The step.
    pub step: Option<usize>,
    /// What is wrong with it.
    pub rejection: Rejection,
}

impl DraftFault {
    fn whole(rejection: Rejection) -> Self {
        Self { step: None, rejection }
    }

    /// The refusal with the step in its field: `steps[2].operation`.
    pub fn named(self) -> Rejection {
        let Some(step) = self.step else { return self.rejection };
        let field = match self.rejection.field {
            Some(field) => format!("steps[{step}].{field}"),
            None => format!("steps[{step}]"),
        };
        Rejection { field: Some(field.into()), ..self.rejection }
    }
}

/// The version that `draft` becomes at `now`; everything that is wrong with it at once.
pub fn version(
    catalogue: &Catalogue,
    now: Timestamp,
    draft: &RoutingDraft,
) -> Result<(Arc<PartRecord>, RoutingVersion), Vec<DraftFault>> {
    let mut faults = Vec::new();
    if draft.steps.is_empty() {
        let message = "a routing has at least one operation; retire it to end it";
        faults.push(DraftFault::whole(Rejection::new(Code::InvalidBody, "steps", message)));
    }
    if draft.steps.len() > MOST_STEPS {
        let message = format!("a routing has at most {MOST_STEPS} operations");
        faults.push(DraftFault::whole(Rejection::new(Code::InvalidBody, "steps", message)));
    }
    let part = match part(catalogue, &draft.part) {
        Ok(part) => Some(part),
        Err(rejection) => {
            faults.push(DraftFault::whole(rejection));
            None
        }
    };
    let steps = steps(catalogue, &draft.steps, &mut faults);
    let begun = part.as_ref().map(|part| begin(catalogue, now, part, draft.effective_from));
    match (part, begun) {
        (Some(part), Some(Ok((number, effective_from)))) if faults.is_empty() => {
            Ok((part, RoutingVersion { number, effective_from, steps: steps.into() }))
        }
        (_, Some(Err(rejection))) => {
            faults.push(DraftFault::whole(rejection));
            Err(faults)
        }
        _ => Err(faults),
    }
}

/// The version with which the routing of `code` ends at `from`, or now.
pub fn end(
    catalogue: &Catalogue,
    now: Timestamp,
    code: &PartCode,
    from: Option<Timestamp>,
) -> Result<(Arc<PartRecord>, RoutingVersion), Rejection> {
    let part = known(catalogue, code)?;
    if catalogue.routings.of(part.row).is_none() {
        return Err(missing(&part));
    }
    let (number, effective_from) = begin(catalogue, now, &part, from)?;
    Ok((part, RoutingVersion { number, effective_from, steps: Arc::default() }))
}

/// The version of `routing` that says what `version` would: the same operations, from the moment
/// that was asked for, or in force where none was. Then there is nothing to add.
pub fn stands<'r>(
    routing: &'r Routing,
    version: &RoutingVersion,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Option<&'r RoutingVersion> {
    let held = routing.at(from.unwrap_or(now))?;
    let begins = from.is_none_or(|from| from == held.effective_from);
    (begins && held.steps == version.steps).then_some(held)
}

/// The refusal of a version of a file that is there already.
pub fn stands_already(part: &PartRecord) -> Rejection {
    let message = format!("the routing of {} is so already", part.code);
    Rejection::new(Code::AlreadyExists, "part", message)
}

/// The refusal for a part without routing.
pub fn missing(part: &PartRecord) -> Rejection {
    Rejection::new(Code::NotFound, None, format!("part {} has no routing", part.code))
}

fn known(catalogue: &Catalogue, code: &PartCode) -> Result<Arc<PartRecord>, Rejection> {
    let found = catalogue.part(code).map(Arc::clone);
    found.ok_or_else(|| absent(Code::UnknownPart, "part", code.as_str()))
}

fn part(catalogue: &Catalogue, code: &PartCode) -> Result<Arc<PartRecord>, Rejection> {
    let part = known(catalogue, code)?;
    if part.header.retired_at.is_some() {
        return Err(retired(Code::UnknownPart, "part", code.as_str()));
    }
    Ok(part)
}

/// Number and beginning of the next version.
fn begin(
    catalogue: &Catalogue,
    now: Timestamp,
    part: &PartRecord,
    from: Option<Timestamp>,
) -> Result<(u32, Timestamp), Rejection> {
    let Some(routing) = catalogue.routings.of(part.row) else {
        return Ok((1, from.unwrap_or(now)));
    };
    let number = routing.newest().map_or(1, |newest| newest.number.saturating_add(1));
    let from = from.unwrap_or(now);
    match routing.at(now) {
        Some(held) if from < held.effective_from => Err(Rejection::new(
            Code::InvalidBody,
            "effective_from",
            format!(
                "version {} of the routing holds since {}; another cannot begin before it",
                held.number, held.effective_from
            ),
        )),
        _ => Ok((number, from)),
    }
}

/// The steps as far as they are right; what is wrong with the others.
fn steps(
    catalogue: &Catalogue,
    drafts: &[StepDraft],
    faults: &mut Vec<DraftFault>,
) -> Vec<RoutingStep> {
    let mut steps = Vec::with_capacity(drafts.len());
    let mut last = 0_u16;
    let mut seen = HashSet::new();
    for (at, draft) in drafts.iter().enumerate() {
        let mut wrong = |rejection| faults.push(DraftFault { step: Some(at), rejection });
        let position = draft.position.unwrap_or_else(|| last.saturating_add(APART));
        if position <= last {
            let message = format!("position {position} does not come after {last}");
            wrong(Rejection::new(Code::InvalidBody, "position", message));
        }
        last = last.max(position);
        let operation = operation(catalogue, &draft.operation).map_err(&mut wrong).ok();
        let location = draft.location.as_ref().map(|code| location(catalogue, code)).transpose();
        let location = location.map_err(&mut wrong).ok();
        let (Some(operation), Some(location)) = (operation, location) else { continue };
        if !seen.insert(operation) {
            let message = format!("operation {} stands in the routing twice", draft.operation);
            wrong(Rejection::new(Code::InvalidBody, "operation", message));
        }
        steps.push(RoutingStep { position, operation, location, yields: draft.yields });
    }
    steps
}

fn operation(
    catalogue: &Catalogue,
    code: &OperationCode,
) -> Result<crate::word::OperationId, Rejection> {
    let (unknown, field, text) = (Code::UnknownOperation, "operation", code.as_str());
    let record = catalogue.operation(code).ok_or_else(|| absent(unknown, field, text))?;
    match record.header.retired_at {
        None => Ok(record.row),
        Some(_) => Err(retired(unknown, field, text)),
    }
}

fn location(
    catalogue: &Catalogue,
    code: &LocationCode,
) -> Result<crate::word::LocationId, Rejection> {
    let (unknown, field, text) = (Code::UnknownLocation, "location", code.as_str());
    let record = catalogue.location(code).ok_or_else(|| absent(unknown, field, text))?;
    match record.header.retired_at {
        None => Ok(record.row),
        Some(_) => Err(retired(unknown, field, text)),
    }
}

fn absent(code: Code, field: &'static str, text: &str) -> Rejection {
    Rejection::new(code, field, format!("{text} is not in the master data"))
}

fn retired(code: Code, field: &'static str, text: &str) -> Rejection {
    Rejection::new(code, field, format!("{text} is retired"))
}
