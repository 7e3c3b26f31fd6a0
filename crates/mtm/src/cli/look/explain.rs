//! `mtm explain`: the movements that make a number.

use clap::Args;
use mtm_app::query::{ExplainQuery, PageRequest};
use serde_json::Value;

use super::{Question, Rows};
use crate::cli::Call;
use crate::door::{Door, Local, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm explain --part 11058-1779
  mtm explain --lot 4711 --as-of 2026-11-01T06:00:00Z";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    number: Number,
    #[command(flatten)]
    rows: Rows,
}

/// Which number.
#[derive(Debug, Args)]
struct Number {
    /// The part; needed unless a lot is named
    #[arg(long, required_unless_present = "lot")]
    part: Option<String>,
    /// Operation
    #[arg(long)]
    operation: Option<String>,
    /// Location
    #[arg(long)]
    location: Option<String>,
    /// The lot
    #[arg(long)]
    lot: Option<String>,
    /// As it was at this moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    it.number.query()?;
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = super::ask(&door, &it.number, &it.rows).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::number("SEQUENCE"),
            Column::text("RECORDED"),
            Column::text("TYPE"),
            Column::text("LOT"),
            Column::text("OTHER LOT"),
            Column::number("CHANGE"),
            Column::number("THEN"),
            Column::text("USER"),
            Column::text("MOVEMENT"),
        ]);
        for row in super::items(&answer) {
            let text = |name: &str| super::cell(row, name);
            let delta = row["delta"].as_i64().map(|delta| format!("{delta:+}")).unwrap_or_default();
            table.row([
                text("sequence"),
                super::moment(row, "recorded_at"),
                text("type"),
                text("lot"),
                text("other_lot"),
                delta,
                text("balance"),
                text("user"),
                text("movement_id"),
            ]);
        }
        let (quantity, opening) = (&answer["quantity"], &answer["opening"]);
        let moment = super::moment(&answer, "as_of");
        let head =
            format!("{quantity} pieces at {moment}; {opening} before the oldest line below.");
        if table.is_empty() {
            return head;
        }
        format!("{head}\n{}{}", call.console.table(&table), super::more(&answer))
    })
}

impl Number {
    fn query(&self) -> Outcome<ExplainQuery> {
        Ok(ExplainQuery {
            part: super::word("--part", self.part.as_ref())?,
            operation: super::word("--operation", self.operation.as_ref())?,
            location: super::word("--location", self.location.as_ref())?,
            lot: super::word("--lot", self.lot.as_ref())?,
            as_of: super::time("--as-of", self.as_of.as_ref())?,
            page: PageRequest::default(),
        })
    }
}

impl Question for Number {
    const PATH: &'static str = "/api/v1/stock/explain";

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("part", self.part.as_ref());
        parameters.add("operation", self.operation.as_ref());
        parameters.add("location", self.location.as_ref());
        parameters.add("lot", self.lot.as_ref());
        parameters.add("as_of", self.as_of.as_ref());
        parameters
    }

    async fn ask(&self, local: &Local, page: PageRequest) -> Outcome<Value> {
        let query = ExplainQuery { page, ..self.query()? };
        super::json_of(&local.app.ledger().explain(query).await?)
    }
}
