//! Days as a question names them.

use mtm_app::report::Days;
use mtm_core::code::Code;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;

/// Which days, and as what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Period {
    /// First day, such as `2026-11-23`; the last one where omitted.
    pub(super) from: Option<String>,
    /// Last day; today where omitted. At most 92 days.
    pub(super) to: Option<String>,
    /// `json`, `csv` or `xlsx`.
    pub(super) format: Option<String>,
}

impl Period {
    /// The days.
    pub(super) fn days(&self) -> Result<Days, Problem> {
        days(self.from.as_deref(), self.to.as_deref())
    }
}

/// Two days, as they stand in a question.
pub(super) fn days(from: Option<&str>, to: Option<&str>) -> Result<Days, Problem> {
    let day = |name: &'static str, text: Option<&str>| {
        let parse = |text: &str| {
            text.parse().map_err(|_| {
                let message = format!("{name} is a day such as 2026-11-23, not {text:?}");
                Problem::field(Code::InvalidParameter, name, message)
            })
        };
        text.map(parse).transpose()
    };
    Ok(Days { from: day("from", from)?, to: day("to", to)? })
}
