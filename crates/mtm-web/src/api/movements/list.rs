//! `GET /movements`: the log.

use axum::extract::State;
use mtm_app::query::{HistoryQuery, LegacyQuery, LegacyRow, MovementRow, Page, SortOrder};
use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::shift::ShiftKey;
use mtm_core::word::{CommandId, ImportId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::{Answer, Handled};
use crate::api::pattern::{exact, lot, text, work_order};
use crate::problem::Problem;
use crate::request::{Caller, Listing, Paging, need};
use crate::web::Shared;

/// Whose log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// The ledger's.
    #[default]
    Ledger,
    /// That of the system before, verbatim.
    Legacy,
}

/// Order of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub(super) enum Sort {
    /// Newest first.
    #[default]
    #[serde(rename = "-recorded_at")]
    Newest,
    /// Oldest first.
    #[serde(rename = "recorded_at")]
    Oldest,
}

/// What the log is narrowed by. Codes match exactly, or with `%` and `*` as wildcards.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Part.
    part: Option<String>,
    /// Operation at either end.
    operation: Option<String>,
    /// Location at either end.
    location: Option<String>,
    /// Lot.
    lot: Option<String>,
    /// Types; repeat or separate with commas.
    #[serde(rename = "type")]
    kinds: Vec<MovementType>,
    /// Login name of who booked it.
    user: Option<String>,
    /// Terminal.
    station: Option<String>,
    /// Work order of the lot.
    work_order: Option<String>,
    /// Recorded at or after.
    from: Option<Timestamp>,
    /// Recorded before.
    to: Option<Timestamp>,
    /// In the notes.
    q: Option<String>,
    /// Only undone, or only not undone.
    reversed: Option<bool>,
    /// Of this import.
    import_id: Option<ImportId>,
    /// Of this command.
    command_id: Option<CommandId>,
    /// Of this scan session.
    session_id: Option<SessionId>,
    /// Booked in this shift, as movements keep it: `2026-11-23/1`.
    #[param(inline)]
    shift: Option<ShiftKey>,
    /// Order.
    #[param(inline)]
    sort: Option<Sort>,
    /// Whose log; `legacy` knows `part` and `lot` only.
    #[param(inline)]
    source: Option<Source>,
}

impl Filter {
    /// The filter on the ledger's own log, whatever `source` says.
    pub(super) fn history(&self) -> Result<HistoryQuery, Problem> {
        Ok(HistoryQuery {
            part: exact(self.part.as_deref()),
            operation: exact(self.operation.as_deref()),
            location: exact(self.location.as_deref()),
            lot: lot(self.lot.as_deref())?,
            kinds: self.kinds.clone(),
            user: exact(self.user.as_deref()),
            station: exact(self.station.as_deref()),
            work_order: work_order(self.work_order.as_deref())?,
            from: self.from,
            to: self.to,
            text: text(self.q.as_deref()),
            reversed: self.reversed,
            import: self.import_id,
            command: self.command_id,
            session: self.session_id,
            shift: self.shift.clone(),
            sort: match self.sort.unwrap_or_default() {
                Sort::Newest => SortOrder::Newest,
                Sort::Oldest => SortOrder::Oldest,
            },
            ..HistoryQuery::default()
        })
    }

    /// Whether the log of the system before is meant.
    pub(super) fn is_legacy(&self) -> bool {
        self.source == Some(Source::Legacy)
    }

    /// The filter on the log of the system before, which knows less.
    fn legacy(&self) -> Result<LegacyQuery, Problem> {
        let other = [
            ("operation", self.operation.is_some()),
            ("location", self.location.is_some()),
            ("type", !self.kinds.is_empty()),
            ("user", self.user.is_some()),
            ("station", self.station.is_some()),
            ("work_order", self.work_order.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("q", self.q.is_some()),
            ("reversed", self.reversed.is_some()),
            ("import_id", self.import_id.is_some()),
            ("command_id", self.command_id.is_some()),
            ("session_id", self.session_id.is_some()),
            ("shift", self.shift.is_some()),
            ("sort", self.sort.is_some()),
        ];
        if let Some((name, _)) = other.into_iter().find(|(_, given)| *given) {
            let message = format!("{name} means nothing with source=legacy");
            return Err(Problem::field(Code::InvalidParameter, name, message));
        }
        Ok(LegacyQuery {
            lot: lot(self.lot.as_deref())?,
            part: exact(self.part.as_deref()),
            ..LegacyQuery::default()
        })
    }
}

/// A page of one log or the other.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum LogPage {
    /// The ledger's.
    Ledger(Page<MovementRow>),
    /// That of the system before.
    Legacy(Page<LegacyRow>),
}

/// List movements.
///
/// Newest first, one row for each movement; reversals are listed at their own time. A page of a
/// narrow filter may hold fewer rows than asked for and still name a next one.
#[utoipa::path(get, path = "/api/v1/movements", tag = "movements", params(Filter, Paging),
    responses((status = 200, description = "A page of the log.", body = LogPage)))]
pub(super) async fn list(
    State(web): State<Shared>,
    _who: Caller<need::Look>,
    Listing { filter, page }: Listing<Filter>,
) -> Handled<LogPage> {
    let ledger = web.app().ledger();
    if filter.is_legacy() {
        let query = LegacyQuery { page, ..filter.legacy()? };
        return Ok(Answer::ok(LogPage::Legacy(ledger.legacy_movements(query).await?)));
    }
    let query = HistoryQuery { page, ..filter.history()? };
    Ok(Answer::ok(LogPage::Ledger(ledger.history(query).await?)))
}
