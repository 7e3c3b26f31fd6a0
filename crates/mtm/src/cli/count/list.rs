//! `mtm count list`.

use clap::Args;
use mtm_app::query::PageRequest;
use mtm_core::count::CountState;
use serde_json::Value;

use crate::cli::Call;
use crate::cli::look::{self, Question, Rows};
use crate::door::{Door, Local, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm count list
  mtm count list --state open --json";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Only those that stand so: open, posted, cancelled
    #[arg(long, value_parser = state, value_name = "STATE")]
    state: Option<CountState>,
    #[command(flatten)]
    rows: Rows,
}

fn state(text: &str) -> Result<CountState, String> {
    CountState::from_name(text).ok_or_else(|| {
        let known: Vec<&str> = CountState::ALL.iter().map(|state| state.as_str()).collect();
        format!("one of {}", known.join(", "))
    })
}

impl Question for Arguments {
    const PATH: &'static str = super::PATH;

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("state", self.state.map(CountState::as_str));
        parameters
    }

    async fn ask(&self, door: &Local, page: PageRequest) -> Outcome<Value> {
        look::json_of(&door.app.stock_counts(&door.who, self.state, page).await?)
    }
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = look::ask(&door, &it, &it.rows).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("COUNT"),
            Column::text("STATE"),
            Column::text("PLANNED"),
            Column::number("LINES"),
            Column::number("LEFT"),
            Column::number("POSTED"),
            Column::text("ID"),
        ]);
        for row in look::items(&answer) {
            let progress = &row["progress"];
            let number = |name: &str| progress[name].as_u64().unwrap_or(0);
            table.row([
                look::cell(row, "name"),
                look::cell(row, "state"),
                look::moment(row, "planned_at"),
                number("lines").to_string(),
                (number("open") + number("recount")).to_string(),
                number("posted").to_string(),
                look::cell(row, "id"),
            ]);
        }
        if table.is_empty() {
            return "No such count.".to_owned();
        }
        call.console.table(&table) + &look::more(&answer)
    })
}
