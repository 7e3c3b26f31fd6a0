//! What people decide about a print job.

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::print::JobDeed;
use mtm_core::word::{Note, StationName};
use mtm_store::IdempotencyKey;
use mtm_store::once::Once;
use mtm_store::print::{JobDecision, PrintJob};
use serde::{Deserialize, Serialize};

use super::worker::PrintDue;
use crate::App;
use crate::bus::Channel;
use crate::error::AppError;
use crate::principal::Principal;

/// What is decided about a print job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobBody {
    /// `send`: it is printed now, on `printer`; as a copy where one may be out already. `came_out`: somebody saw it.
    /// `cancel`: it is not wanted any more.
    pub deed: JobDeed,
    /// Where it is printed; where it waits or failed, if that is left out.
    #[serde(default)]
    pub printer: Option<String>,
    /// Why, in words.
    #[serde(default)]
    pub note: String,
    /// The version that this was decided on; whatever it is where it is left out.
    #[serde(default)]
    pub version: Option<i64>,
}

impl App {
    /// Decides what becomes of a print job.
    pub async fn decide_print(
        &self,
        who: &Principal,
        id: i64,
        body: &JobBody,
        station: Option<&StationName>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PrintJob>, AppError> {
        who.require(Deed::Book)?;
        if !body.deed.is_somebodys() {
            let message = "a deed is send, came_out or cancel";
            return Err(AppError::field("deed", Code::InvalidBody, message));
        }
        if body.printer.is_some() && body.deed != JobDeed::Send {
            let message = "only what is sent goes to a printer";
            return Err(AppError::field("printer", Code::InvalidBody, message));
        }
        let note = body.note.trim();
        let note =
            if note.is_empty() {
                None
            } else {
                let parsed = Note::parse(note);
                Some(parsed.map_err(|error| {
                    AppError::field("note", Code::InvalidBody, error.to_string())
                })?)
            };
        let sheet = self.print_job(who, id).await?;
        Self::may_see(who, &sheet.row)?;
        let printer = match body.deed {
            JobDeed::Send => {
                let named = body.printer.as_deref().unwrap_or(&sheet.row.printer);
                Some(self.printer_for(Some(named), station.map(StationName::as_str))?.name)
            }
            _ => None,
        };
        let decision = JobDecision { deed: body.deed, printer, note, version: body.version };
        let decided = self.ledger().decide_print(id, decision, who.user, key).await?;
        for printer in [&sheet.row.printer, &decided.value.printer] {
            self.bus().send_on(&Channel::named(printer), &PrintDue);
        }
        Ok(decided)
    }
}
