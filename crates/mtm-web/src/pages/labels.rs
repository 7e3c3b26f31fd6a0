//! `/labels`: the templates of labels, each with its preview.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use mtm_app::label::{
    CheckBody, Checked, Dpi, LabelFormat, LabelTemplate, RenderBody, TemplateBody, TemplateVersion,
    is_template_name, pack, unpack,
};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};

use super::answer::{Asked, refused};
use super::form::Form;
use super::frame::{Page, sentence};
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::api::sent;
use crate::problem::Problem;
use crate::request::{Path, need};
use crate::ui::components::field::{Choice, Entry};
use crate::ui::components::state::Message;
use crate::ui::page::label::{self, LabelPage, Preview, VersionLine};
use crate::ui::page::labels::{self, LabelsPage, TemplateLine};
use crate::web::{Shared, Web};

const PATH: &str = "/labels";

/// `GET /labels`; with a name it leads on to that template.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Response, Problem> {
    if let Some(name) = visit.query.given("name") {
        let like = visit.query.text("like");
        let address = format!("{PATH}/{}?like={}", encoded(&name), encoded(like));
        return Ok(Redirect::to(&address).into_response());
    }
    let templates = web.app().label_templates(&visit.who).await?;
    let likes = templates.iter().map(|it| Choice::new(it.name.as_str(), it.title.as_str()));
    let model = LabelsPage {
        shell: visit.shell(&web, "Labels", None),
        likes: likes.collect(),
        lines: templates.into_iter().map(line).collect(),
        may_edit: may_edit(&visit),
    };
    Ok(Page::draw(&visit.manner, &model, labels::page, labels::fragment).into_response())
}

/// `GET /labels/{name}`: the template, tried with `of` at `dpi`; `like` begins a new one.
pub(super) async fn show_one(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
    Path(name): Path<String>,
) -> Result<Page, Problem> {
    let template = found_or_new(&web, &visit, &name).await?;
    let model = model(&web, &visit, &template, Tried::of(&visit.query, None)).await?;
    Ok(draw(&visit, &model))
}

/// `POST /labels/{name}`: previews, keeps, or puts back what the program brings.
pub(super) async fn change(
    State(web): State<Shared>,
    Path(name): Path<String>,
    posted: Posted<need::Look>,
) -> Result<Page, Problem> {
    let (visit, form) = (&posted.visit, &posted.form);
    let action = form.text("action");
    let text = form.raw("text").replace("\r\n", "\n");
    if !matches!(action, "save" | "put_back") {
        let template = found_or_new(&web, visit, &name).await?;
        let mut model = model(&web, visit, &template, Tried::of(form, Some(text))).await?;
        // Looking at a text does not make it a text about what somebody else kept meanwhile.
        if let Some(seen) = form.given("seen") {
            model.seen = seen;
        }
        return Ok(draw(visit, &model));
    }
    let key = form.key()?;
    let body = TemplateBody { text: (action == "save").then(|| text.clone()) };
    match save(&web, &posted, &name, &body, key.clone()).await {
        Ok(made) => {
            let template = found_or_new(&web, visit, &name).await?;
            let mut page = model(&web, visit, &template, Tried::of(form, None)).await?;
            let what = if made.text.is_some() { "Kept" } else { "Put back" };
            let text = format!("{what}: version {}.", made.number);
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let back = format!("{PATH}/{name}");
            let asked = Asked { form: "label", yes: "", back: &back, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let template = found_or_new(&web, visit, &name).await?;
            let mut page = model(&web, visit, &template, Tried::of(form, Some(text))).await?;
            page.text = reply.at("text", Entry::holding(page.text.value));
            form.text("seen").clone_into(&mut page.seen);
            if reply.keeps_key {
                page.key = key;
            }
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

/// `GET /labels/{name}/render`: a label as `format`, of a template that is kept or of a `draft`.
pub(super) async fn render(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let query = &visit.query;
    let format = LabelFormat::from_name(query.text("format")).unwrap_or(LabelFormat::Png);
    let body = RenderBody {
        format,
        dpi: dpi(query),
        copy: query.text("copy") == "yes",
        of: query.given("of"),
        fields: None,
        text: query.given("draft").map(|piece| unpack(&piece)).transpose()?,
    };
    Ok(sent(&name, web.app().render_label(&visit.who, &name, &body).await?))
}

/// What the template is tried with.
struct Tried {
    /// A text that is not kept.
    draft: Option<String>,
    of: Option<String>,
    dpi: Dpi,
    copy: bool,
}

impl Tried {
    fn of(form: &Form, draft: Option<String>) -> Self {
        let copy = form.text("copy") == "yes";
        Self { draft, of: form.given("of"), dpi: dpi(form), copy }
    }
}

fn dpi(form: &Form) -> Dpi {
    form.text("dpi").parse().ok().and_then(Dpi::from_number).unwrap_or_default()
}

fn may_edit<N>(visit: &Visit<N>) -> bool {
    policy::allows(visit.who.role, Deed::Administer)
}

/// The template of this name; for who may write one, a new one that begins like another.
async fn found_or_new<N>(
    web: &Web,
    visit: &Visit<N>,
    name: &str,
) -> Result<LabelTemplate, Problem> {
    let app = web.app();
    // What is no name of a template is in no address either.
    if !is_template_name(name) {
        return Err(Problem::new(Code::NotFound, format!("there is no template {name:?}")));
    }
    match app.label_template(&visit.who, name).await {
        Err(error) if error.code() == Code::NotFound && may_edit(visit) => {
            let like = visit.query.given("like").unwrap_or_else(|| "lot".to_owned());
            let like = app.label_template(&visit.who, &like).await?;
            let versions = app.label_template_versions(&visit.who, name).await?;
            let version = versions.first().map_or(0, |newest| newest.number);
            Ok(LabelTemplate {
                name: name.to_owned(),
                title: name.to_owned(),
                version,
                built_in: false,
                edited: false,
                changed_at: None,
                changed_by: None,
                ..like
            })
        }
        other => Ok(other?),
    }
}

async fn save(
    web: &Web,
    posted: &Posted<need::Look>,
    name: &str,
    body: &TemplateBody,
    key: String,
) -> Result<TemplateVersion, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    let seen = form.text("seen").parse().map_err(|_| {
        let message = "the form does not say which version it is about: open the page again";
        AppError::field("seen", Code::InvalidBody, message)
    })?;
    let seen = Some(seen);
    let key = once::key_of(who, posted.route(), Some(key), &(body, seen))?;
    Ok(web.app().set_label_template(who, name, seen, body, key).await?.value)
}

async fn model<N>(
    web: &Web,
    visit: &Visit<N>,
    template: &LabelTemplate,
    tried: Tried,
) -> Result<LabelPage, Problem> {
    let app = web.app();
    let (who, name) = (&visit.who, template.name.as_str());
    let text = tried.draft.clone().unwrap_or_else(|| template.text.clone());
    let asked = CheckBody { dpi: tried.dpi, of: tried.of.clone(), text: Some(text.clone()) };
    let put_back = match (template.edited, template.built_in) {
        (false, _) => "",
        (true, true) => "Put back what the program brings",
        (true, false) => "Take it away",
    };
    let mut page = LabelPage {
        shell: visit.shell(web, &template.title, None),
        name: name.to_owned(),
        title: template.title.clone(),
        text: Entry::holding(text.clone()),
        seen: template.version.to_string(),
        key: app.clock().fresh_uuid().to_string(),
        may_edit: may_edit(visit),
        put_back: put_back.to_owned(),
        of: Entry::holding(tried.of.clone().unwrap_or_default()),
        dpi: Entry::holding(tried.dpi.number().to_string()),
        dpis: Dpi::ALL.iter().map(|dpi| resolution(*dpi)).collect(),
        copy: tried.copy,
        versions: app.label_template_versions(who, name).await?.iter().map(version).collect(),
        ..LabelPage::default()
    };
    match app.check_label(who, name, &asked).await {
        Ok(Checked { of: Some(of), findings, .. }) => {
            page.of.value.clone_from(&of);
            let findings = findings.iter().map(|finding| match finding.element {
                Some(element) => sentence(&format!("element {element}: {}", finding.message)),
                None => sentence(&finding.message),
            });
            let is_kept = tried.draft.is_none() && (template.edited || template.built_in);
            let draft = (!is_kept).then_some(text.as_str());
            let address = |format| address(&page.name, format, &of, &tried, draft);
            page.preview = Some(Preview {
                picture: address(LabelFormat::Png),
                pdf: address(LabelFormat::Pdf),
                zpl: address(LabelFormat::Zpl),
                shows: format!("The label of {of}"),
                findings: findings.collect(),
            });
        }
        Ok(Checked { subject, .. }) => {
            let subject = subject.as_str();
            page.no_preview = format!("There is no {subject} yet that it could be tried with.");
        }
        Err(AppError::Fault(fault)) => return Err(AppError::Fault(fault).into()),
        Err(AppError::Invalid(errors)) if errors.iter().any(|error| error.field == "text") => {
            let message = errors.first().map_or("", |error| error.message.as_str());
            page.text = page.text.refused(sentence(message));
            "The text is no template.".clone_into(&mut page.no_preview);
        }
        Err(error) => page.no_preview = sentence(&error.to_string()),
    }
    Ok(page)
}

/// Where the label is, as it is tried; a text that is not kept travels in the address.
fn address(
    name: &str,
    format: LabelFormat,
    of: &str,
    tried: &Tried,
    draft: Option<&str>,
) -> String {
    let (format, of, dpi) = (format.as_str(), encoded(of), tried.dpi.number());
    let mut address = format!("{PATH}/{name}/render?format={format}&of={of}&dpi={dpi}");
    if tried.copy {
        address.push_str("&copy=yes");
    }
    if let Some(draft) = draft {
        address.push_str("&draft=");
        address.push_str(&pack(draft));
    }
    address
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn resolution(dpi: Dpi) -> Choice {
    let number = dpi.number().to_string();
    Choice::new(number.clone(), format!("{number} dpi"))
}

fn line(template: LabelTemplate) -> TemplateLine {
    TemplateLine {
        name: template.name,
        title: template.title,
        of: template.of.map(|of| of.as_str().to_owned()).unwrap_or_default(),
        as_brought: !template.edited,
        changed_at: template.changed_at.map(|at| at.to_string()).unwrap_or_default(),
        changed_by: template.changed_by.unwrap_or_default(),
    }
}

fn version(row: &TemplateVersion) -> VersionLine {
    VersionLine {
        number: row.number,
        put_back: row.text.is_none(),
        recorded_at: row.recorded_at.to_string(),
        recorded_by: row.recorded_by.clone(),
    }
}

fn draw<N>(visit: &Visit<N>, page: &LabelPage) -> Page {
    Page::draw(&visit.manner, page, label::page, label::fragment)
}
