//! `mtm routing list`.

use clap::Args;
use mtm_app::query::{PageRequest, Pattern};
use mtm_app::routing::{RoutingQuery, RoutingState};
use serde_json::Value;

use crate::cli::Call;
use crate::cli::look::{self, Question, Rows};
use crate::door::{Door, Local, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm routing list
  mtm routing list bracket --operation 90
  mtm routing list --all --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// In the part's number or description
    text: Option<String>,
    /// Only routings that go through this operation
    #[arg(long)]
    operation: Option<String>,
    /// Also routings that ended
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    rows: Rows,
}

impl Question for Arguments {
    const PATH: &'static str = "/api/v1/routings";

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("q", self.text.as_ref());
        parameters.add("operation", self.operation.as_ref());
        parameters.add("state", self.all.then_some("all"));
        parameters
    }

    async fn ask(&self, door: &Local, page: PageRequest) -> Outcome<Value> {
        let query = RoutingQuery {
            q: self.text.as_deref().map(Pattern::containing),
            operation: look::word("--operation", self.operation.as_ref())?,
            state: if self.all { RoutingState::All } else { RoutingState::Active },
            page,
        };
        look::json_of(&door.app.routings(&door.who, &query)?)
    }
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = look::ask(&door, &it, &it.rows).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("PART"),
            Column::number("VERSION"),
            Column::text("SINCE"),
            Column::text("OPERATIONS"),
        ]);
        for row in look::items(&answer) {
            let steps = if row["retired"] == true { "ended".to_owned() } else { super::steps(row) };
            table.row([
                look::cell(row, "part"),
                look::cell(row, "version"),
                look::moment(row, "effective_from"),
                steps,
            ]);
        }
        if table.is_empty() {
            return "No part has such a routing.".to_owned();
        }
        call.console.table(&table) + &look::more(&answer)
    })
}
