//! The OpenAPI document: generated from the handlers, completed with what holds for all of them.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::ProblemBody;
use crate::request::NoParameters;
use crate::web::Shared;

const DESCRIPTION: &str = "\
Work in process, every piece accounted for.

Every write takes an `Idempotency-Key` (1 to 128 visible ASCII characters of the caller's own \
making): the same request under the same key has one effect and gets the first answer again, \
marked `Idempotent-Replayed: true`. Machines must send one with every booking.

Refusals are `application/problem+json` with a stable `code`; all codes and their cures are \
listed at `/docs/problems`. Lists are paged by `limit` and `cursor`; parameters and fields that \
do not exist are refused by name. Quantities are whole pieces, times RFC 3339 UTC.";

/// Where other systems send messages.
const INBOUND: &str = "/api/v1/inbound/{source}";

/// The document.
pub(crate) fn document() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> =
        LazyLock::new(|| complete(crate::api::routes().into_openapi()));
    &DOCUMENT
}

/// The document as it is sent.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_json().unwrap_or_default());
    &TEXT
}

/// `GET /api/v1/openapi.json`.
pub(crate) async fn show(State(_): State<Shared>, _: NoParameters) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

fn complete(generated: OpenApi) -> OpenApi {
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("MTM WIP")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(DESCRIPTION))
                .build(),
        )
        .paths(generated.paths)
        .components(generated.components)
        .security(Some([requirement("token"), requirement("session")]))
        .build();
    describe_components(&mut document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name_of(method, path));
            add_refusals(operation);
            // A message has an identity of its own.
            if method != "get" && path.starts_with("/api/") && path != INBOUND {
                add_key(operation);
            }
        }
    }
    document
}

fn requirement(name: &str) -> SecurityRequirement {
    SecurityRequirement::new::<_, [&str; 0], &str>(name, [])
}

fn describe_components(document: &mut OpenApi) {
    let mut nested = Vec::new();
    <ProblemBody as ToSchema>::schemas(&mut nested);
    let mut components = ComponentsBuilder::from(document.components.take().unwrap_or_default());
    for (name, schema) in nested {
        components = components.schema(name, schema);
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A machine's token."))
        .build();
    let cookie = ApiKeyValue::with_description(
        "mtm_session",
        "A person's session. Changes also need `X-CSRF-Token` and must come from our own pages. \
         Under TLS the cookie is `__Host-mtm_session`.",
    );
    let problem = ResponseBuilder::new()
        .description("Refused or failed; `code` says why, `cure` what to do.")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
        )
        .build();
    components = components
        .schema("Problem", ProblemBody::schema())
        .security_scheme("token", SecurityScheme::Http(bearer))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .response("Problem", problem);
    document.components = Some(components.build());
}

/// The operations of a path with the names of their methods.
pub(crate) fn operations(
    item: &mut PathItem,
) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [("get", get), ("post", post), ("put", put), ("patch", patch), ("delete", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// A name for generated clients: method and path in words.
fn name_of(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1");
    let words = path.split(['/', '-', '{', '}']).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn add_refusals(operation: &mut Operation) {
    let problem = RefOr::Ref(Ref::from_response_name("Problem"));
    operation.responses.responses.insert("default".to_owned(), problem);
}

fn add_key(operation: &mut Operation) {
    use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(128))
        .build();
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some("Of the caller's own making; the same again for a repetition."))
        .schema(Some(text))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(key));
}
