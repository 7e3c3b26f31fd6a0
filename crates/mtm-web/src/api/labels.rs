//! `/labels`: templates of labels, and labels made from them.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mtm_app::label::{
    CheckBody, Checked, Label, LabelTemplate, RenderBody, TemplateBody, TemplateVersion,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, IfMatch, Json, Key, NoParameters, Path, need};
use crate::web::Shared;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, set))
        .routes(routes!(versions))
        .routes(routes!(check))
        .routes(routes!(render))
}

/// Templates in order of their names.
#[derive(Debug, Serialize, ToSchema)]
struct LabelTemplates {
    /// All of them: a site has a handful.
    items: Vec<LabelTemplate>,
}

/// Versions of a template, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct TemplateVersions {
    /// The newest two hundred.
    items: Vec<TemplateVersion>,
}

/// List templates of labels.
#[utoipa::path(get, path = "/api/v1/labels", tag = "labels",
    responses((status = 200, description = "Every template.", body = LabelTemplates)))]
async fn list(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    _: NoParameters,
) -> Handled<LabelTemplates> {
    Ok(Answer::ok(LabelTemplates { items: web.app().label_templates(&who).await? }))
}

/// Show a template.
#[utoipa::path(get, path = "/api/v1/labels/{template}", tag = "labels",
    params(("template" = String, Path, description = "The name of the template.")),
    responses((status = 200, description = "The template.", body = LabelTemplate)))]
async fn show(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(name): Path<String>,
    _: NoParameters,
) -> Handled<LabelTemplate> {
    let template = web.app().label_template(&who, &name).await?;
    let version = i64::from(template.version);
    Ok(Answer::ok(template).version(version))
}

/// Write a template, or put back what the program brings.
///
/// Each change is a version that stays. A text that is no template is refused with the line and element
/// that is wrong; what scanners will have trouble with, `check` says.
#[utoipa::path(put, path = "/api/v1/labels/{template}", tag = "labels",
    request_body = TemplateBody,
    params(
        ("template" = String, Path, description = "The name of the template."),
        ("If-Match" = String, Header,
            description = "The `ETag` that was read; `\"0\"` for a template that is new."),
    ),
    responses((status = 200, description = "The version that counts now.", body = TemplateVersion)))]
async fn set(
    State(web): State<Shared>,
    who: Caller<need::Administer>,
    key: Key,
    Path(name): Path<String>,
    IfMatch(seen): IfMatch,
    Json(body): Json<TemplateBody>,
) -> Handled<TemplateVersion> {
    let key = key.of(&who, &(&body, seen))?;
    let made = web.app().set_label_template(&who, &name, Some(seen), &body, key).await?;
    let number = i64::from(made.value.number);
    Ok(Answer::ok(made.value).version(number).replayed(made.replayed))
}

/// List the versions of a template.
#[utoipa::path(get, path = "/api/v1/labels/{template}/versions", tag = "labels",
    params(("template" = String, Path, description = "The name of the template.")),
    responses((status = 200, description = "What people wrote, the newest first.",
        body = TemplateVersions)))]
async fn versions(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(name): Path<String>,
    _: NoParameters,
) -> Handled<TemplateVersions> {
    let items = web.app().label_template_versions(&who, &name).await?;
    Ok(Answer::ok(TemplateVersions { items }))
}

/// Check a template.
///
/// Changes nothing. The template, or a text to be tried, is laid out as a label of something of the plant;
/// the answer says what scanners or people will have trouble with.
#[utoipa::path(post, path = "/api/v1/labels/{template}/check", tag = "labels",
    request_body = CheckBody,
    params(("template" = String, Path, description = "The name of the template.")),
    responses((status = 200, description = "What was found.", body = Checked)))]
async fn check(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(name): Path<String>,
    Json(body): Json<CheckBody>,
) -> Handled<Checked> {
    Ok(Answer::ok(web.app().check_label(&who, &name, &body).await?))
}

/// Make a label.
///
/// Changes nothing and prints nothing: the answer is the label, as ZPL II, PNG or PDF.
#[utoipa::path(post, path = "/api/v1/labels/{template}/render", tag = "labels",
    request_body = RenderBody,
    params(("template" = String, Path, description = "The name of the template.")),
    responses((status = 200, description = "The label.", content(
        (String = "application/vnd.zebra-zpl"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "application/pdf")))))]
async fn render(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Path(name): Path<String>,
    Json(body): Json<RenderBody>,
) -> Result<Response, Problem> {
    let label = web.app().render_label(&who, &name, &body).await?;
    Ok(sent(&name, label))
}

/// A label as an answer, to be shown where it can be.
pub(crate) fn sent(name: &str, label: Label) -> Response {
    let kind = HeaderValue::from_static(label.format.media_type());
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let file = format!("inline; filename=\"{name}.{}\"", label.format.as_str());
    let file = HeaderValue::try_from(file).unwrap_or(HeaderValue::from_static("inline"));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, file),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, label.bytes).into_response()
}
