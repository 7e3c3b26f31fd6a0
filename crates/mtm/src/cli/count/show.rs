//! `mtm count show`.

use clap::Args;
use mtm_app::query::PageRequest;
use mtm_app::record::LineFilter;
use mtm_core::count::LineState;
use mtm_core::word::CountId;
use serde_json::Value;

use super::{PATH, find, record, sentence};
use crate::cli::Call;
use crate::cli::look::{self, Question, Rows};
use crate::door::{Door, Local, Parameters};
use crate::failure::Outcome;
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm count show \"Rack R-E4\"
  mtm count show 019ac0de-0000-7000-8000-000000000001 --waiting --location R-E4-18
  mtm count show Dock --different --json

A line that waits to be counted shows no numbers to whoever does not decide about it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The count: its id, or its name while it is open
    count: String,
    /// Only lines that stand so: open, recount, counted, posted, left
    #[arg(long, value_parser = state, value_name = "STATE")]
    state: Option<LineState>,
    /// Only lines at this location
    #[arg(long)]
    location: Option<String>,
    /// Only lines that wait for somebody to count
    #[arg(long)]
    waiting: bool,
    /// Only lines that were counted with a difference
    #[arg(long)]
    different: bool,
    #[command(flatten)]
    rows: Rows,
}

fn state(text: &str) -> Result<LineState, String> {
    LineState::from_name(text).ok_or_else(|| {
        let known: Vec<&str> = LineState::ALL.iter().map(|state| state.as_str()).collect();
        format!("one of {}", known.join(", "))
    })
}

/// The lines of one count.
struct Lines<'a> {
    id: CountId,
    it: &'a Arguments,
}

impl Question for Lines<'_> {
    fn path(&self) -> String {
        format!("{PATH}/{}/lines", self.id)
    }

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        parameters.add("state", self.it.state.map(LineState::as_str));
        parameters.add("location", self.it.location.as_ref());
        parameters.add("waiting", self.it.waiting.then_some("true"));
        parameters.add("different", self.it.different.then_some("true"));
        parameters
    }

    async fn ask(&self, door: &Local, page: PageRequest) -> Outcome<Value> {
        let filter = LineFilter {
            state: self.it.state,
            location: look::word("--location", self.it.location.as_ref())?,
            waiting: self.it.waiting,
            different: self.it.different,
        };
        look::json_of(&door.app.count_lines(&door.who, self.id, filter, page).await?)
    }
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = ask(&door, &it).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let lines = &answer["lines"];
        let mut table = Table::new([
            Column::number("LINE"),
            Column::text("LOCATION"),
            Column::text("PART"),
            Column::text("OPERATION"),
            Column::text("LOT"),
            Column::text("STATE"),
            Column::number("EXPECTED"),
            Column::number("COUNTED"),
            Column::number("DIFFERENCE"),
        ]);
        for row in look::items(lines) {
            table.row([
                look::cell(row, "line"),
                look::cell(row, "location"),
                look::cell(row, "part"),
                look::cell(row, "operation"),
                look::cell(row, "lot"),
                look::cell(row, "state"),
                look::cell(row, "expected"),
                look::cell(row, "counted"),
                look::cell(row, "variance"),
            ]);
        }
        let shown = if table.is_empty() {
            "No such line.".to_owned()
        } else {
            call.console.table(&table) + &look::more(lines)
        };
        format!("{}\n\n{shown}", sentence(&answer))
    })
}

/// The count with its lines beside it.
async fn ask(door: &Door, it: &Arguments) -> Outcome<Value> {
    let id = find(door, &it.count).await?;
    let mut count = match door {
        Door::Remote(client) => client.get(&format!("{PATH}/{id}"), &Parameters::default())?,
        Door::Local(local) => record(&local.app.stock_count(&local.who, id).await?)?,
    };
    count["lines"] = look::ask(door, &Lines { id, it }, &it.rows).await?;
    Ok(count)
}
