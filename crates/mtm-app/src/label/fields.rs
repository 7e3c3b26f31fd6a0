//! What is known of the thing a label is about: read from the ledger when the label is made.

use mtm_core::code::Code;
use mtm_core::label::{Fields, LabelError, Subject};
use mtm_core::policy::{self, Deed};
use mtm_core::scan::Sheet;
use mtm_core::word::{
    CountId, LocationCode, LotNumber, OperationCode, PartCode, Quantity, Timestamp, UserName,
};
use mtm_store::query::{HistoryQuery, LotSheet, PageRequest};
use mtm_store::record::{UserKind, UserRecord};

use crate::App;
use crate::error::AppError;
use crate::principal::{Principal, PrincipalKind};

/// A label that cannot be made, as every door tells it.
pub(crate) fn unprintable(error: &LabelError) -> AppError {
    let code = error.code();
    match error.field() {
        Some(field) => AppError::field(format!("fields.{field}"), code, error.to_string()),
        None => AppError::refused(code, error.to_string()),
    }
}

/// Values on their way into fields; what is not known stays empty.
struct Known(Fields);

impl Known {
    fn put(mut self, name: &str, value: impl AsRef<str>) -> Result<Self, AppError> {
        self.0.set(name, value).map_err(|error| unprintable(&error))?;
        Ok(self)
    }

    fn put_known<T: ToString>(self, name: &str, value: Option<T>) -> Result<Self, AppError> {
        match value {
            Some(value) => self.put(name, value.to_string()),
            None => Ok(self),
        }
    }
}

impl App {
    /// What is known now of the thing that `key` names: the number of a lot, the code of a location or
    /// part, the login of a user, the identity of a count.
    pub async fn label_fields(
        &self,
        who: &Principal,
        of: Subject,
        key: &str,
    ) -> Result<Fields, AppError> {
        who.require(Deed::Look)?;
        let known = Known(Fields::of(of)).put("site", &self.site().name)?;
        let filled = match of {
            Subject::Lot => self.lot_fields(known, key).await?,
            Subject::Location => self.location_fields(known, key)?,
            Subject::Part => self.part_fields(known, key)?,
            Subject::Operation => self.operation_fields(known, key)?,
            Subject::Badge => self.badge_fields(known, who, key).await?,
            Subject::Count => self.count_fields(known, who, key).await?,
        };
        Ok(filled.0)
    }

    /// What is known now of a lot, for what the server does by itself.
    pub(crate) async fn label_fields_of_lot(&self, lot: &LotNumber) -> Result<Fields, AppError> {
        let known = Known(Fields::of(Subject::Lot)).put("site", &self.site().name)?;
        Ok(self.lot_fields(known, lot.as_str()).await?.0)
    }

    /// A thing of the plant that a template about this can be tried with: the lot that moved last, the
    /// newest count, the first part and location by code, the caller. None where there is none yet.
    pub async fn label_sample(
        &self,
        who: &Principal,
        of: Subject,
    ) -> Result<Option<String>, AppError> {
        who.require(Deed::Look)?;
        let one = || PageRequest { limit: 1, ..PageRequest::default() };
        let catalogue = self.catalogue();
        Ok(match of {
            Subject::Lot => {
                let newest = HistoryQuery { page: one(), ..HistoryQuery::default() };
                let page = self.ledger().history(newest).await?;
                page.items.into_iter().next().map(|row| row.lot.to_string())
            }
            Subject::Location => {
                let codes = catalogue.locations.iter().filter(|it| it.header.retired_at.is_none());
                codes.map(|it| it.code.to_string()).min()
            }
            Subject::Part => {
                let codes = catalogue.parts.iter().filter(|it| it.header.retired_at.is_none());
                codes.map(|it| it.code.to_string()).min()
            }
            Subject::Operation => {
                let codes = catalogue.operations.iter().filter(|it| it.header.retired_at.is_none());
                codes.map(|it| it.code.to_string()).min()
            }
            Subject::Badge => self.somebody(who).await?,
            Subject::Count => {
                let page = self.ledger().stock_counts(None, one()).await?;
                page.items.into_iter().next().map(|count| count.id.to_string())
            }
        })
    }

    /// The caller, where that is a person; else the first one by login, as far as the caller may know.
    async fn somebody(&self, who: &Principal) -> Result<Option<String>, AppError> {
        if matches!(who.kind, PrincipalKind::Session { .. }) {
            return Ok(Some(who.name.to_string()));
        }
        if !policy::allows(who.role, Deed::ReadAdministration) {
            return Ok(None);
        }
        let users = self.ledger().users().await?;
        Ok(users.into_iter().find(has_badge).map(|user| user.name.to_string()))
    }

    async fn lot_fields(&self, known: Known, key: &str) -> Result<Known, AppError> {
        let lot = LotNumber::parse(key).map_err(|error| not_a(error.to_string()))?;
        let sheet = self.ledger().lot_sheet(lot.clone()).await?;
        let sheet = sheet.ok_or_else(|| none_such(format!("there is no lot {lot}")))?;
        let catalogue = self.catalogue();
        let part = catalogue.part(&sheet.part);
        let description = part.and_then(|part| part.header.description.clone());
        let day = self.day(sheet.received_at);
        known
            .put("lot", &sheet.lot)?
            .put("part", &sheet.part)?
            .put_known("description", description)?
            .put("quantity", pieces(&sheet).to_string())?
            .put("unit", "pcs")?
            .put_place(self, &sheet)?
            .put_known("work_order", sheet.work_order)?
            .put_known("item_type", sheet.item_type)?
            .put_known("color_code", sheet.color_code)?
            .put_known("notes", sheet.notes)?
            .put("received_yymmdd", day.get(2..).unwrap_or_default().replace('-', ""))?
            .put("received_date", day)?
            .put("received_at", self.minute(sheet.received_at))?
            .put_known("received_by", sheet.received_by)
    }

    fn location_fields(&self, known: Known, key: &str) -> Result<Known, AppError> {
        let code = LocationCode::parse(key).map_err(|error| not_a(error.to_string()))?;
        let catalogue = self.catalogue();
        let found = catalogue.location(&code);
        let record = found.ok_or_else(|| none_such(format!("there is no location {code}")))?;
        known
            .put("location", record.code.as_str())?
            .put_known("description", record.header.description.as_ref())?
            .put_known("building", record.building.as_ref())
    }

    fn part_fields(&self, known: Known, key: &str) -> Result<Known, AppError> {
        let code = PartCode::parse(key).map_err(|error| not_a(error.to_string()))?;
        let catalogue = self.catalogue();
        let found = catalogue.part(&code);
        let record = found.ok_or_else(|| none_such(format!("there is no part {code}")))?;
        known
            .put("part", record.code.as_str())?
            .put_known("description", record.header.description.as_ref())
    }

    fn operation_fields(&self, known: Known, key: &str) -> Result<Known, AppError> {
        let code = OperationCode::parse(key).map_err(|error| not_a(error.to_string()))?;
        let catalogue = self.catalogue();
        let found = catalogue.operation(&code);
        let record = found.ok_or_else(|| none_such(format!("there is no operation {code}")))?;
        known
            .put("operation", record.code.as_str())?
            .put_known("description", record.header.description.as_ref())
    }

    /// One's own badge is everybody's; whose else there are is for leads, as on the list of users.
    async fn badge_fields(
        &self,
        known: Known,
        who: &Principal,
        key: &str,
    ) -> Result<Known, AppError> {
        let login = UserName::parse(key).map_err(|error| not_a(error.to_string()))?;
        if login != who.name {
            who.require(Deed::ReadAdministration)?;
        }
        let found = self.ledger().user_by_name(&login).await?;
        let user = found
            .filter(has_badge)
            .ok_or_else(|| none_such(format!("there is no user {login}")))?;
        let name = user.display_name.unwrap_or_else(|| user.name.to_string());
        known.put("login", user.name.as_str())?.put("name", name)?.put("role", user.role.as_str())
    }

    async fn count_fields(
        &self,
        known: Known,
        who: &Principal,
        key: &str,
    ) -> Result<Known, AppError> {
        let count: CountId =
            key.parse().map_err(|_| not_a(format!("{key:?} is no identity of a count")))?;
        let record = self.stock_count(who, count).await?;
        known
            .put("count", record.id.to_string())?
            .put("name", record.name)?
            .put("code", Sheet { count, line: None }.text())?
            .put("lines", record.progress.lines.to_string())?
            .put("planned_date", self.day(record.planned_at))
    }

    /// The day of a moment at the plant.
    fn day(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d")
    }

    /// A moment at the plant, to the minute.
    fn minute(&self, at: Timestamp) -> String {
        self.local(at, "%Y-%m-%d %H:%M")
    }

    fn local(&self, at: Timestamp, format: &str) -> String {
        let zoned = at.civil().map(|moment| moment.to_zoned(self.site().zone.clone()));
        zoned.map_or_else(|| at.to_string(), |moment| moment.strftime(format).to_string())
    }
}

impl Known {
    /// Where the lot stands; nothing where it stands in several places, because none of them is its.
    fn put_place(self, app: &App, sheet: &LotSheet) -> Result<Self, AppError> {
        let [bucket] = sheet.buckets.as_slice() else { return Ok(self) };
        let catalogue = app.catalogue();
        let location = catalogue.location(&bucket.location);
        let building = location.and_then(|location| location.building.clone());
        self.put("operation", bucket.operation.as_str())?
            .put("location", bucket.location.as_str())?
            .put_known("building", building)
    }
}

/// All its pieces, wherever they stand.
fn pieces(sheet: &LotSheet) -> Quantity {
    let add = |sum: Quantity, next: Quantity| sum.plus(next).unwrap_or(sum);
    sheet.buckets.iter().map(|bucket| bucket.quantity).fold(Quantity::ZERO, add)
}

fn has_badge(user: &UserRecord) -> bool {
    user.kind == UserKind::Person && user.disabled_at.is_none()
}

fn not_a(message: String) -> AppError {
    AppError::field("of", Code::InvalidBody, message)
}

fn none_such(message: String) -> AppError {
    AppError::refused(Code::NotFound, message)
}
