//! Printers and print jobs, for whoever looks.

use mtm_connect::printer::Language;
use mtm_core::code::Code;
use mtm_core::label::Subject;
use mtm_core::policy::Deed;
use mtm_store::print::{JobQuery, JobSheet, PrintJob, PrinterRow};
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::error::AppError;
use crate::label::LabelFormat;
use crate::principal::Principal;

/// Printers by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Printers {
    /// The printers.
    pub items: Vec<PrinterView>,
}

/// A printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrinterView {
    /// How it stands.
    #[serde(flatten)]
    pub row: PrinterRow,
    /// The same for whoever stands before it, and what they can do; null before it was asked.
    pub words: Option<&'static str>,
    /// Whether this server is configured with it.
    pub configured: bool,
    /// Where it is.
    pub address: Option<String>,
    /// What it is sent: `zpl` or `pdf`.
    pub format: Option<LabelFormat>,
    /// How fine it prints, in dots per inch; null for one of documents.
    pub dpi: Option<u16>,
    /// Whether it prints labels of receipts by itself.
    pub receipts: bool,
}

/// Print jobs, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrintJobs {
    /// The jobs.
    pub items: Vec<PrintJob>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
}

impl App {
    /// Every printer, by name: those of the configuration, and those that have labels that nobody saw to.
    pub async fn printers(&self, who: &Principal) -> Result<Printers, AppError> {
        who.require(Deed::Look)?;
        let set = self.printer_set();
        let mut rows = self.ledger().printers().await?;
        rows.retain(|row| set.contains_key(&row.name) || row.waiting + row.needs_somebody > 0);
        for name in set.keys() {
            // One that nobody worked for yet.
            if !rows.iter().any(|row| row.name == *name) {
                rows.push(PrinterRow::unmet(name.clone()));
            }
        }
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        let items = rows.into_iter().map(|row| self.printer_view(row)).collect();
        Ok(Printers { items })
    }

    fn printer_view(&self, row: PrinterRow) -> PrinterView {
        let set = self.printer_set();
        let settings = set.get(&row.name);
        PrinterView {
            words: row.standing.map(mtm_core::print::Condition::words),
            configured: settings.is_some(),
            address: settings.map(|it| it.address.to_string()),
            format: settings.map(|it| super::format(it.address.language())),
            dpi: settings
                .filter(|it| it.address.language() == Language::Zpl)
                .map(|it| it.dpi.number()),
            receipts: settings.is_some_and(|it| it.receipts_at != super::ReceiptsAt::None),
            row,
        }
    }

    /// A page of print jobs.
    pub async fn print_jobs(
        &self,
        who: &Principal,
        mut query: JobQuery,
    ) -> Result<PrintJobs, AppError> {
        who.require(Deed::Look)?;
        let limit = usize::from(query.limit);
        query.limit = query.limit.saturating_add(1);
        let mut items = self.ledger().print_jobs(query).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        for row in &mut items {
            if Self::may_see(who, row).is_err() {
                row.fields = Value::Null;
            }
        }
        let next_cursor = items.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(PrintJobs { items, next_cursor })
    }

    /// A print job, what is sent for it, and what became of it.
    pub async fn print_job(&self, who: &Principal, id: i64) -> Result<JobSheet, AppError> {
        who.require(Deed::Look)?;
        let sheet = self.ledger().print_job(id).await?;
        let none = || AppError::refused(Code::NotFound, format!("there is no print job {id}"));
        let mut sheet = sheet.ok_or_else(none)?;
        if Self::may_see(who, &sheet.row).is_err() {
            sheet.row.fields = Value::Null;
            sheet.label = None;
        }
        Ok(sheet)
    }

    /// Somebody else's badge is for those who may see who there is.
    pub(super) fn may_see(who: &Principal, job: &PrintJob) -> Result<(), AppError> {
        if job.subject != Subject::Badge.as_str() || job.key == who.name.as_str() {
            return Ok(());
        }
        who.require(Deed::ReadAdministration)
    }
}
