//! How the words look in an OpenAPI document.
//!
//! Only schemas, behind the `openapi` feature: the document is made by the web crate. Words are
//! texts and integers on the wire, whatever holds them in memory, so each says its own schema.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::catalogue::{LocationKind, OffRouting, ReasonKind};
use crate::code::Code;
use crate::movement::{MovementType, Outside};
use crate::policy::Role;
use crate::shift::{ShiftKey, TimeOfDay, Weekday};
use crate::trouble::Trouble;
use crate::word::{
    ColorCode, CommandId, CountId, Delta, EventId, HoldId, ImportId, ItemType, LocationCode,
    LotNumber, MovementId, Note, OperationCode, PartCode, Quantity, ReasonCode, ReservationId,
    SessionId, ShiftName, StationName, Timestamp, UserName, WorkOrder, Yield,
};

macro_rules! schemas {
    ($($type:ident => $schema:expr;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($type))
            }
        }
    )*};
}

fn text(description: &str, most: usize) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .min_length(Some(1))
        .max_length(Some(most))
        .into()
}

fn formatted(description: &str, format: KnownFormat) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .description(Some(description))
        .into()
}

fn whole(description: &str, least: i64) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some(description))
        .minimum(Some(least))
        .maximum(Some(Quantity::MAX_PIECES))
        .into()
}

fn one_of<'n>(description: &str, names: impl IntoIterator<Item = &'n str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names))
        .into()
}

schemas! {
    PartCode => text("Part number; compared without regard to case.", PartCode::MAX);
    OperationCode => text("Routing step of the part; `N/A` for parts without one.", OperationCode::MAX);
    LocationCode => text("Place in a building.", LocationCode::MAX);
    LotNumber => text("Lot number: ten digits when the system gives it.", LotNumber::MAX);
    WorkOrder => text("Work order: `WO-` and six digits, or a longer ERP id.", WorkOrder::MAX);
    ItemType => text("What kind of material a lot is.", ItemType::MAX);
    ColorCode => text("Colour a lot is marked with.", ColorCode::MAX);
    ReasonCode => text("Code of a reason.", ReasonCode::MAX);
    UserName => text("Login name.", UserName::MAX);
    StationName => text("Name of a terminal.", StationName::MAX);
    ShiftName => text("Name of a shift.", ShiftName::MAX);
    ShiftKey => text("Shift as movements keep it: `2026-11-23/1`.", 11 + ShiftName::MAX);
    TimeOfDay => text("Time of the day at the site, on a quarter of an hour: `06:00`.", 5);
    Weekday => one_of("Day of the week.", Weekday::ALL.map(Weekday::as_str));
    Note => text("Free text.", Note::MAX);
    Quantity => whole("Whole pieces.", 0);
    Delta => whole("Whole pieces more, or fewer when negative.", -Quantity::MAX_PIECES);
    Timestamp => formatted("Moment, RFC 3339 UTC.", KnownFormat::DateTime);
    CommandId => formatted("One command.", KnownFormat::Uuid);
    MovementId => formatted("One movement.", KnownFormat::Uuid);
    EventId => formatted("One event.", KnownFormat::Uuid);
    HoldId => formatted("One hold.", KnownFormat::Uuid);
    ReservationId => formatted("One reservation.", KnownFormat::Uuid);
    ImportId => formatted("One import.", KnownFormat::Uuid);
    CountId => formatted("One cycle count.", KnownFormat::Uuid);
    SessionId => formatted("One scan session.", KnownFormat::Uuid);
    Trouble => one_of(
        "Kind of trouble: only `transient` and `ambiguous` are sent again by a program, under the same key.",
        Trouble::ALL.into_iter().map(Trouble::as_str)
    );
    Code => one_of("Stable problem code.", Code::ALL.iter().map(|code| code.as_str()));
    MovementType => one_of("Type of a movement.", MovementType::ALL.map(MovementType::as_str));
    Outside => one_of("Account outside the plant's stock.", Outside::ALL.map(Outside::as_str));
    Role => one_of("Role of a person, scope of a token; weakest first.", Role::ALL.map(Role::as_str));
    LocationKind => one_of("Kind of place.", LocationKind::ALL.map(LocationKind::as_str));
    OffRouting => one_of(
        "What happens to an entry outside its part's routing.",
        OffRouting::ALL.map(OffRouting::as_str)
    );
    Yield => text("Share of pieces expected to come out good: `98.5%`, or `0.985`.", 10);
    ReasonKind => one_of("What a reason explains.", ReasonKind::ALL.map(ReasonKind::as_str));
}
