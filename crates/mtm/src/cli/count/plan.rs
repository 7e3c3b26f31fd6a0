//! `mtm count plan`.

use clap::Args;
use mtm_app::count::PlanBody;
use mtm_app::record::CountFilter;

use super::{Change, PATH, record, sentence};
use crate::cli::Call;
use crate::cli::look;
use crate::door::Door;
use crate::failure::Outcome;

const EXAMPLES: &str = "Examples:
  mtm count plan \"Rack R-E4\" --location 'R-E4-%'
  mtm count plan \"Top parts\" --part 11058-1779 --part A0003892000 --tolerance 2
  mtm count plan Dock --building DC --tolerance-percent 1 --same-person

Bookings go on while people count: what moves is no difference.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What people call it
    name: String,
    /// Everything in this building
    #[arg(long)]
    building: Option<String>,
    /// At this location; repeat it for several, % and * are wildcards
    #[arg(long = "location", value_name = "LOCATION")]
    locations: Vec<String>,
    /// Of this part; repeat it for several
    #[arg(long = "part", value_name = "PART")]
    parts: Vec<String>,
    /// At this operation; repeat it for several
    #[arg(long = "operation", value_name = "OPERATION")]
    operations: Vec<String>,
    /// So many pieces off, a first count is believed
    #[arg(long, value_name = "PIECES", default_value_t = 0)]
    tolerance: i64,
    /// So many hundredths off, a first count is believed
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    tolerance_percent: u8,
    /// Whoever counted may count again what is further off
    #[arg(long)]
    same_person: bool,
    /// Key of this change; the same key again plans nothing twice
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) async fn run(call: &Call, it: Arguments) -> Outcome {
    let body = PlanBody {
        name: it.name,
        filter: CountFilter {
            building: it.building,
            locations: it.locations,
            parts: it.parts,
            operations: it.operations,
            buckets: Vec::new(),
        },
        tolerance_pieces: it.tolerance,
        tolerance_percent: it.tolerance_percent,
        other_person: !it.same_person,
    };
    let change = Change::new(PATH.to_owned(), it.key, &body);
    let door = Door::for_booking(&call.globals.config()?).await?;
    let planned = match &door {
        Door::Remote(client) => change.send(client),
        Door::Local(local) => match change.key(local) {
            Ok(key) => match local.app.plan_count(&local.who, &body, key).await {
                Ok(planned) => record(&planned.value),
                Err(error) => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let planned = planned?;
    call.console.answer(&planned, || {
        let id = look::cell(&planned, "id");
        format!("{}\n\nmtm count show {id}", sentence(&planned))
    })
}
