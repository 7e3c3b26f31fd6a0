//! `mtm report throughput`: what moved, per day, shift or hour.

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use mtm_app::report::{Days, Period, ThroughputAsk};

use crate::cli::Call;
use crate::door::{Door, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/reports/throughput";

const EXAMPLES: &str = "Examples:
  mtm report throughput
  mtm report throughput --from 2026-11-16 --to 2026-11-22 --by shift
  mtm report throughput --operation 90 --by hour --json

Undone movements are taken off what they undid, at its time. Days are those of the plant.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// First day, such as 2026-11-23; the last one where omitted
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day; today where omitted
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// How the days are cut
    #[arg(long, value_enum, default_value_t = By::Day)]
    by: By,
    /// Of this operation only
    #[arg(long)]
    operation: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Day,
    Shift,
    Hour,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    let ask = it.ask()?;
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(PATH, &it.parameters()),
        Door::Local(local) => match local.app.throughput(&local.who, ask).await {
            Ok(figures) => super::json_of(&figures),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text(it.by.heading()),
            Column::text("TYPE"),
            Column::text("OPERATION"),
            Column::number("MOVEMENTS"),
            Column::number("PIECES"),
        ]);
        for row in super::items(&answer) {
            let text = |name: &str| super::cell(row, name);
            let period = match it.by {
                By::Day => text("day"),
                By::Shift if row["shift"].is_null() => format!("{} / none", text("day")),
                By::Shift => format!("{} / {}", text("day"), text("shift")),
                By::Hour => super::moment(row, "begins"),
            };
            table.row([
                period,
                text("type"),
                text("operation"),
                text("movements"),
                text("quantity"),
            ]);
        }
        if table.is_empty() { "Nothing moved.".to_owned() } else { call.console.table(&table) }
    })
}

impl Arguments {
    fn ask(&self) -> Outcome<ThroughputAsk> {
        Ok(ThroughputAsk {
            days: Days {
                from: day("--from", self.from.as_deref())?,
                to: day("--to", self.to.as_deref())?,
            },
            period: match self.by {
                By::Day => Period::Day,
                By::Shift => Period::Shift,
                By::Hour => Period::Hour,
            },
            operation: super::word("--operation", self.operation.as_ref())?,
        })
    }

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("from", self.from.as_ref());
        parameters.add("to", self.to.as_ref());
        parameters.add("period", Some(self.by.key()));
        parameters.add("operation", self.operation.as_ref());
        parameters
    }
}

impl By {
    const fn key(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Shift => "shift",
            Self::Hour => "hour",
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Shift => "DAY / SHIFT",
            Self::Hour => "HOUR",
        }
    }
}

/// The day that an option names.
pub(super) fn day(option: &str, text: Option<&str>) -> Outcome<Option<Date>> {
    text.map(|text| {
        text.parse().map_err(|_| {
            Failure::usage(format!("{option} takes a day such as 2026-11-23, not {text:?}"))
        })
    })
    .transpose()
}
