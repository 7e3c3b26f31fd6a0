//! What a counter may count, and as what.

use mtm_core::catalogue::ReasonKind;
use mtm_core::code::Code;
use mtm_core::machine::{Booking, TOLD_WITHIN, Value};
use mtm_core::rejection::Rejection;
use mtm_core::word::{LocationId, OperationId, PartId};

use super::MOST_PIECES;
use super::counter::CounterSetting;
use super::row::Target;
use crate::write::{Failure, WriteContext};

/// Longest name of a tag, in characters.
const TAG_MAX: usize = 300;
/// Most pieces of a count.
const MOST_A_COUNT: u32 = 100_000;
/// Most counts in an hour.
const MOST_AN_HOUR: u32 = 100_000_000;

/// Most seconds within which a count is told: a day.
const MOST_SECONDS: u32 = 86_400;

/// What a counter counts, in a line.
pub(super) fn summary(it: &CounterSetting) -> String {
    let mut text = format!(
        "{}: {} {} at {}, {}; {} a count, at most {} counts an hour",
        it.tag, it.booking, it.part, it.operation, it.location, it.rules.pieces, it.rules.per_hour
    );
    let more = [
        it.rules.rollover.map(|top| format!("runs over after {top}")),
        it.rules.resets.then(|| "begins again now and then".to_owned()),
        (it.rules.told_within != TOLD_WITHIN)
            .then(|| format!("told within {} s", it.rules.told_within)),
        it.container.map(|pieces| format!("full with {pieces}")),
        it.by_rule.then(|| "confirmed by itself".to_owned()),
    ];
    for it in more.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&it);
    }
    text
}

impl CounterSetting {
    fn refuse_out_of_bounds(&self) -> Result<(), Rejection> {
        if self.tag.is_empty() || self.tag.chars().count() > TAG_MAX {
            let message = format!("the name of a tag has 1 to {TAG_MAX} characters");
            return Err(Rejection::new(Code::InvalidBody, "tag", message));
        }
        let (rules, container) = (self.rules, self.container);
        let numbers = [
            ("pieces", Some(u64::from(rules.pieces)), u64::from(MOST_A_COUNT)),
            ("per_hour", Some(u64::from(rules.per_hour)), u64::from(MOST_AN_HOUR)),
            ("told_within", Some(u64::from(rules.told_within)), u64::from(MOST_SECONDS)),
            ("rollover", rules.rollover, Value::MOST),
            ("container", container, MOST_PIECES),
        ];
        for (field, number, most) in numbers {
            if number.is_some_and(|number| !(1..=most).contains(&number)) {
                let message = format!("{field} is between 1 and {most}");
                return Err(Rejection::new(Code::QuantityOutOfRange, field, message));
            }
        }
        if self.by_rule && container.is_none() {
            let message =
                "full proposals are confirmed by themselves: say how many pieces fill one";
            return Err(Rejection::new(Code::InvalidBody, "container", message));
        }
        match (self.booking, &self.scrap_reason) {
            (Booking::Scrap, None) => {
                let message = "say why these pieces are scrap";
                Err(Rejection::new(Code::ReasonRequired, "scrap_reason", message))
            }
            (Booking::Receive | Booking::Complete, Some(_)) => {
                let message = "these pieces are not scrap";
                Err(Rejection::new(Code::InvalidBody, "scrap_reason", message))
            }
            _ => Ok(()),
        }
    }
}

/// The rows that the setting names, where it is one that can be.
pub(super) fn judged(context: &WriteContext<'_>, it: &CounterSetting) -> Result<Target, Failure> {
    it.refuse_out_of_bounds()?;
    let catalogue = context.catalogue();
    let unknown = |code, field: &'static str, text: &str| {
        Failure::from(Rejection::new(code, field, format!("no {field} {text}, or it is retired")))
    };
    let part = catalogue.part(&it.part).filter(|part| part.header.retired_at.is_none());
    let part = part.ok_or_else(|| unknown(Code::UnknownPart, "part", it.part.as_str()))?;
    let operation = catalogue.operation(&it.operation);
    let operation = operation
        .filter(|operation| operation.header.retired_at.is_none())
        .ok_or_else(|| unknown(Code::UnknownOperation, "operation", it.operation.as_str()))?;
    let location = catalogue.location(&it.location);
    let location = location
        .filter(|location| location.header.retired_at.is_none())
        .ok_or_else(|| unknown(Code::UnknownLocation, "location", it.location.as_str()))?;
    if let Some(code) = &it.scrap_reason {
        catalogue
            .reason(ReasonKind::Scrap, code)
            .filter(|reason| reason.header.retired_at.is_none())
            .ok_or_else(|| unknown(Code::UnknownReason, "scrap_reason", code.as_str()))?;
    }
    let (PartId(part), OperationId(operation), LocationId(location)) =
        (part.row, operation.row, location.row);
    Ok(Target {
        booking: it.booking,
        part,
        operation,
        location,
        work_order: it.work_order.as_ref().map(|code| code.as_str().to_owned()),
        scrap_reason: it.scrap_reason.as_ref().map(|code| code.as_str().to_owned()),
    })
}
