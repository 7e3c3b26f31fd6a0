//! `mtm reservation list`.

use clap::Args;
use mtm_app::query::{PageRequest, ReservationQuery};
use serde_json::Value;

use super::look::{self, Question, Rows};
use crate::cli::Call;
use crate::door::{Door, Local, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm reservation list
  mtm reservation list --work-order 60723
  mtm reservation list --lot 4711 --all --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// Of this lot
    #[arg(long)]
    lot: Option<String>,
    /// For this work order
    #[arg(long)]
    work_order: Option<String>,
    /// Also those that count no longer
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    rows: Rows,
}

impl Question for Arguments {
    const PATH: &'static str = "/api/v1/reservations";

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("lot", self.lot.as_ref());
        parameters.add("work_order", self.work_order.as_ref());
        parameters.add("active", (!self.all).then_some(true));
        parameters
    }

    async fn ask(&self, local: &Local, page: PageRequest) -> Outcome<Value> {
        let lot = look::word("--lot", self.lot.as_ref())?;
        let work_order = look::word("--work-order", self.work_order.as_ref())?;
        let query = ReservationQuery { lot, work_order, active: !self.all, page };
        look::json_of(&local.app.ledger().reservations(query).await?)
    }
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = look::ask(&door, &it, &it.rows).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("LOT"),
            Column::text("PART"),
            Column::number("PIECES"),
            Column::number("TAKEN"),
            Column::text("FOR"),
            Column::text("BY"),
            Column::text("UNTIL"),
            Column::text("STATE"),
            Column::text("ID"),
        ]);
        for row in look::items(&answer) {
            let text = |name: &str| look::cell(row, name);
            let pieces = text("quantity");
            let what = [text("work_order"), text("purpose")];
            let what: Vec<String> = what.into_iter().filter(|it| !it.is_empty()).collect();
            table.row([
                text("lot"),
                text("part"),
                if pieces.is_empty() { "all".to_owned() } else { pieces },
                text("used"),
                what.join(", "),
                text("placed_by"),
                look::moment(row, "ends_at"),
                text("state"),
                text("id"),
            ]);
        }
        if table.is_empty() {
            return "Nothing is reserved.".to_owned();
        }
        call.console.table(&table) + &look::more(&answer)
    })
}
