//! Asking for a label.

use mtm_core::policy::Deed;
use mtm_core::word::StationName;
use mtm_store::IdempotencyKey;
use mtm_store::once::Once;
use mtm_store::print::{NewJob, PrintJob};
use serde::{Deserialize, Serialize};

use super::label::{kept, key_of, spelled};
use super::worker::PrintDue;
use crate::App;
use crate::bus::Channel;
use crate::error::AppError;
use crate::principal::Principal;

/// A label that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrintBody {
    /// The template; the printer's own, for lots, where it is left out.
    #[serde(default)]
    pub template: Option<String>,
    /// Which lot, location, part, user (by login) or count (by identity): whatever the template is about.
    pub of: String,
    /// The printer; that of the station, or the only one, where it is left out.
    #[serde(default)]
    pub printer: Option<String>,
}

impl App {
    /// Has a label printed. It waits until the printer is ready.
    pub async fn print(
        &self,
        who: &Principal,
        body: &PrintBody,
        station: Option<&StationName>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PrintJob>, AppError> {
        who.require(Deed::Book)?;
        let station = station.map(ToString::to_string);
        let printer = self.printer_for(body.printer.as_deref(), station.as_deref())?;
        let named = body.template.clone().filter(|it| !it.trim().is_empty());
        let template = named.unwrap_or_else(|| printer.template.clone());
        let made = self.label_template_named(&template).await?;
        let fields = self.label_fields(who, made.of, &body.of).await?;
        // Whether it can be made is told now, where it can be told.
        let subject = made.of;
        spelled(made, fields.clone(), printer.spelling()).await?;
        let job = NewJob {
            printer: printer.name.clone(),
            template,
            subject: subject.as_str().to_owned(),
            key: key_of(&fields),
            fields: kept(&fields),
            movement: None,
            station,
        };
        let asked = self.ledger().print(job, who.user, key).await?;
        self.bus().send_on(&Channel::named(&asked.value.printer), &PrintDue);
        Ok(asked)
    }
}
