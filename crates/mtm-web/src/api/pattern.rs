//! Filters of lists: parameters become patterns in the form in which codes are compared.

use mtm_app::query::Pattern;
use mtm_core::code::Code;
use mtm_core::word::{LotNumber, WordError, WorkOrder};

use crate::problem::Problem;

/// A filter on a code: exact, or with wildcards.
pub(super) fn exact(given: Option<&str>) -> Option<Pattern> {
    given.map(Pattern::parse)
}

/// A filter for texts that contain what was given.
pub(super) fn text(given: Option<&str>) -> Option<Pattern> {
    given.map(Pattern::containing)
}

/// A filter on lot numbers: digits are completed as on labels.
pub(super) fn lot(given: Option<&str>) -> Result<Option<Pattern>, Problem> {
    completed("lot", given, |text| LotNumber::parse(text).map(|lot| lot.as_str().to_owned()))
}

/// A filter on work orders: digits are completed as on labels.
pub(super) fn work_order(given: Option<&str>) -> Result<Option<Pattern>, Problem> {
    completed("work_order", given, |text| {
        WorkOrder::parse(text).map(|order| order.as_str().to_owned())
    })
}

fn completed(
    name: &str,
    given: Option<&str>,
    complete: impl Fn(&str) -> Result<String, WordError>,
) -> Result<Option<Pattern>, Problem> {
    let Some(given) = given else { return Ok(None) };
    match Pattern::parse(given) {
        Pattern::Exact(_) => complete(given).map(|text| Some(Pattern::Exact(text))),
        wildcard @ Pattern::Wildcard(_) => return Ok(Some(wildcard)),
    }
    .map_err(|error| Problem::field(Code::InvalidParameter, name, error.to_string()))
}
