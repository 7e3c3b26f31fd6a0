//! `mtm history`: the movement log.

use clap::Args;
use mtm_app::query::{HistoryQuery, PageRequest, Pattern, SortOrder};
use mtm_core::movement::MovementType;
use mtm_core::shift::ShiftKey;
use mtm_core::word::{CommandId, ImportId, SessionId};
use serde_json::Value;

use super::{Question, Rows};
use crate::cli::Call;
use crate::door::{Door, Local, Parameters};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const EXAMPLES: &str = "Examples:
  mtm history --lot 4711
  mtm history --part 11058-1779 --type in,out --from 2026-11-01T00:00:00Z
  mtm history --user anna --limit 200 --json";

#[derive(Debug, Default, Args)]
pub(crate) struct Filter {
    /// The part; `%` and `*` stand for anything, here and below
    #[arg(long)]
    part: Option<String>,
    /// Operation at either end
    #[arg(long)]
    operation: Option<String>,
    /// Location at either end
    #[arg(long)]
    location: Option<String>,
    /// The lot
    #[arg(long)]
    lot: Option<String>,
    /// Types: in, out, transfer, adjust, scrap, opening, reversal
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',')]
    kinds: Vec<String>,
    /// Who booked it
    #[arg(long)]
    user: Option<String>,
    /// Terminal
    #[arg(long)]
    station: Option<String>,
    /// Work order of the lot
    #[arg(long)]
    work_order: Option<String>,
    /// Recorded at or after (RFC 3339)
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Recorded before (RFC 3339)
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// In the notes
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Only what was undone (true), or was not (false)
    #[arg(long, value_name = "BOOL")]
    reversed: Option<bool>,
    /// Of this import
    #[arg(long, value_name = "ID")]
    import: Option<ImportId>,
    /// Of this command
    #[arg(long, value_name = "ID")]
    command: Option<CommandId>,
    /// Of this scan session
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// Booked in this shift, such as 2026-11-23/1
    #[arg(long)]
    shift: Option<ShiftKey>,
    /// Oldest first
    #[arg(long)]
    oldest_first: bool,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    rows: Rows,
}

pub(crate) async fn run(call: &Call, it: Arguments) -> Outcome {
    it.filter.query()?;
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = super::ask(&door, &it.filter, &it.rows).await;
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || match super::items(&answer) {
        [] => "No movement matches.".to_owned(),
        rows => call.console.table(&table(rows)) + &super::more(&answer),
    })
}

/// Movements, a line each.
pub(super) fn table(rows: &[Value]) -> Table {
    let mut table = Table::new([
        Column::number("SEQUENCE"),
        Column::text("RECORDED"),
        Column::text("TYPE"),
        Column::text("PART"),
        Column::text("LOT"),
        Column::number("PIECES"),
        Column::text("AT"),
        Column::text("TO"),
        Column::text("USER"),
        Column::text("NOTES"),
        Column::text("MOVEMENT"),
    ]);
    for row in rows {
        let text = |name: &str| super::cell(row, name);
        let undone = if row["reversed_by"].is_null() { "" } else { " (undone)" };
        table.row([
            text("sequence"),
            super::moment(row, "recorded_at"),
            format!("{}{undone}", text("type")),
            text("part"),
            text("lot"),
            text("quantity"),
            super::place(row, "operation", "location"),
            match row["to_lot"].as_str() {
                Some(lot) => format!("lot {lot}"),
                None => super::place(row, "to_operation", "to_location"),
            },
            text("user"),
            text("notes"),
            text("id"),
        ]);
    }
    table
}

impl Filter {
    /// The question as the ledger takes it.
    pub(crate) fn query(&self) -> Outcome<HistoryQuery> {
        let kinds = self.kinds.iter().map(|name| {
            MovementType::from_name(name.trim()).ok_or_else(|| {
                Failure::usage(format!("--type: there is no type {name}"))
                    .next("Types are in, out, transfer, adjust, scrap, opening and reversal.")
            })
        });
        Ok(HistoryQuery {
            part: super::pattern(self.part.as_ref()),
            operation: super::pattern(self.operation.as_ref()),
            location: super::pattern(self.location.as_ref()),
            lot: super::lot_pattern(self.lot.as_ref()),
            kinds: kinds.collect::<Result<_, _>>()?,
            user: super::pattern(self.user.as_ref()),
            station: super::pattern(self.station.as_ref()),
            work_order: super::order_pattern(self.work_order.as_ref()),
            from: super::time("--from", self.from.as_ref())?,
            to: super::time("--to", self.to.as_ref())?,
            text: self.notes.as_deref().map(Pattern::containing),
            reversed: self.reversed,
            import: self.import,
            command: self.command,
            session: self.session,
            shift: self.shift.clone(),
            after_sequence: None,
            sort: if self.oldest_first { SortOrder::Oldest } else { SortOrder::Newest },
            page: PageRequest::default(),
        })
    }
}

impl Question for Filter {
    const PATH: &'static str = "/api/v1/movements";

    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::default();
        let texts = [
            ("part", &self.part),
            ("operation", &self.operation),
            ("location", &self.location),
            ("lot", &self.lot),
            ("user", &self.user),
            ("station", &self.station),
            ("work_order", &self.work_order),
            ("from", &self.from),
            ("to", &self.to),
            ("q", &self.notes),
        ];
        for (name, text) in texts {
            parameters.add(name, text.as_ref());
        }
        parameters.add("type", Some(self.kinds.join(",")).filter(|kinds| !kinds.is_empty()));
        parameters.add("reversed", self.reversed);
        parameters.add("import_id", self.import);
        parameters.add("command_id", self.command);
        parameters.add("session_id", self.session);
        parameters.add("shift", self.shift.as_ref());
        parameters.add("sort", self.oldest_first.then_some("recorded_at"));
        parameters
    }

    async fn ask(&self, local: &Local, page: PageRequest) -> Outcome<Value> {
        let query = HistoryQuery { page, ..self.query()? };
        super::json_of(&local.app.ledger().history(query).await?)
    }
}
