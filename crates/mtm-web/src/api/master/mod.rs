//! Master data: parts, locations, operations, item types, colour codes, reasons.
//!
//! Six resources of one shape. Each is a line of the table at the end of this file; the handlers
//! are written once, by a macro, because the documentation needs a function for every path.

mod body;
mod list;
mod record;
mod write;

use axum::extract::State;
use mtm_app::master::{MasterNoun, MasterRow};
use mtm_app::query::Page;
use mtm_core::catalogue::{
    ColorRecord, ItemTypeRecord, LocationRecord, OperationRecord, PartRecord, ReasonRecord,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::body::{
    EditLocation, EditNamed, EditPart, EditReason, NewLocation, NewNamed, NewPart, NewReason,
};
use self::list::Filter;
use crate::answer::{Answer, Handled};
use crate::request::{
    Caller, IfMatch, Json, Key, Listing, MaybeIfMatch, NoParameters, Paging, Path, need,
};
use crate::web::Shared;

pub(in crate::api) use self::body::sent;

macro_rules! resources {
    ($($module:ident, $tag:literal: $record:ident, $noun:expr, $new:ident, $edit:ident,
        $all:literal, $one:literal, $retire:literal, $unretire:literal;)*) => {
        pub(super) fn routes() -> OpenApiRouter<Shared> {
            OpenApiRouter::new()$(
                .routes(routes!($module::list, $module::create))
                .routes(routes!($module::show, $module::edit))
                .routes(routes!($module::retire))
                .routes(routes!($module::unretire))
            )*
        }

        $(mod $module {
            use super::*;

            /// List records in order of their codes.
            #[utoipa::path(get, path = $all, tag = $tag, params(Filter, Paging),
                responses((status = 200, description = "A page.", body = Page<MasterRow>)))]
            pub(super) async fn list(
                State(web): State<Shared>,
                _who: Caller<need::Look>,
                Listing { filter, page }: Listing<Filter>,
            ) -> Handled<Page<MasterRow>> {
                super::list::page::<$record>(&web.app().catalogue(), &filter, &page).map(Answer::ok)
            }

            /// Add a record.
            #[utoipa::path(post, path = $all, tag = $tag, request_body = $new,
                responses((status = 201, description = "Added.", body = MasterRow)))]
            pub(super) async fn create(
                State(web): State<Shared>,
                who: Caller<need::EditMaster>,
                key: Key,
                Json(body): Json<$new>,
            ) -> Handled<MasterRow> {
                let noun: fn(&$new) -> MasterNoun = $noun;
                write::create(&web, &who, key, noun(&body), body).await
            }

            /// Show a record.
            #[utoipa::path(get, path = $one, tag = $tag,
                params(("key" = String, Path, description = "Its code, a former code, or its id.")),
                responses((status = 200, description = "The record.", body = MasterRow)))]
            pub(super) async fn show(
                State(web): State<Shared>,
                _who: Caller<need::Look>,
                Path(key): Path<String>,
                _: NoParameters,
            ) -> Handled<MasterRow> {
                let catalogue = web.app().catalogue();
                let row = record::Record::row(record::find::<$record>(&catalogue, &key)?);
                let version = row.version;
                Ok(Answer::ok(row).version(version))
            }

            /// Change a record. A new code leaves the old one as an alias.
            #[utoipa::path(patch, path = $one, tag = $tag, request_body = $edit,
                params(
                    ("key" = String, Path, description = "Its code, a former code, or its id."),
                    ("If-Match" = String, Header, description = "The `ETag` that was read."),
                ),
                responses((status = 200, description = "Changed.", body = MasterRow)))]
            pub(super) async fn edit(
                State(web): State<Shared>,
                who: Caller<need::EditMaster>,
                once: Key,
                IfMatch(version): IfMatch,
                Path(key): Path<String>,
                Json(body): Json<$edit>,
            ) -> Handled<MasterRow> {
                write::edit::<$record>(&web, &who, once, &key, version, body).await
            }

            /// Retire a record: it takes no new stock. Refused while stock exists.
            #[utoipa::path(post, path = $retire, tag = $tag,
                params(("key" = String, Path, description = "Its code, a former code, or its id.")),
                responses((status = 200, description = "Retired.", body = MasterRow)))]
            pub(super) async fn retire(
                State(web): State<Shared>,
                who: Caller<need::Retire>,
                once: Key,
                MaybeIfMatch(version): MaybeIfMatch,
                Path(key): Path<String>,
            ) -> Handled<MasterRow> {
                write::retire::<$record>(&web, &who, once, &key, version, true).await
            }

            /// Take a retired record into use again.
            #[utoipa::path(post, path = $unretire, tag = $tag,
                params(("key" = String, Path, description = "Its code, a former code, or its id.")),
                responses((status = 200, description = "In use.", body = MasterRow)))]
            pub(super) async fn unretire(
                State(web): State<Shared>,
                who: Caller<need::Retire>,
                once: Key,
                MaybeIfMatch(version): MaybeIfMatch,
                Path(key): Path<String>,
            ) -> Handled<MasterRow> {
                write::retire::<$record>(&web, &who, once, &key, version, false).await
            }
        })*
    };
}

resources! {
    parts, "parts": PartRecord, |_| MasterNoun::Part, NewPart, EditPart,
        "/api/v1/parts", "/api/v1/parts/{key}",
        "/api/v1/parts/{key}/retire", "/api/v1/parts/{key}/unretire";
    locations, "locations": LocationRecord, |_| MasterNoun::Location, NewLocation, EditLocation,
        "/api/v1/locations", "/api/v1/locations/{key}",
        "/api/v1/locations/{key}/retire", "/api/v1/locations/{key}/unretire";
    operations, "operations": OperationRecord, |_| MasterNoun::Operation, NewNamed, EditNamed,
        "/api/v1/operations", "/api/v1/operations/{key}",
        "/api/v1/operations/{key}/retire", "/api/v1/operations/{key}/unretire";
    item_types, "item-types": ItemTypeRecord, |_| MasterNoun::ItemType, NewNamed, EditNamed,
        "/api/v1/item-types", "/api/v1/item-types/{key}",
        "/api/v1/item-types/{key}/retire", "/api/v1/item-types/{key}/unretire";
    color_codes, "color-codes": ColorRecord, |_| MasterNoun::ColorCode, NewNamed, EditNamed,
        "/api/v1/color-codes", "/api/v1/color-codes/{key}",
        "/api/v1/color-codes/{key}/retire", "/api/v1/color-codes/{key}/unretire";
    reasons, "reasons": ReasonRecord, |new| MasterNoun::Reason(new.kind), NewReason, EditReason,
        "/api/v1/reasons", "/api/v1/reasons/{key}",
        "/api/v1/reasons/{key}/retire", "/api/v1/reasons/{key}/unretire";
}
