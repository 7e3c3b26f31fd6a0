//! What scripts ask for: suggestions, what a scan is; and the palette.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use mtm_app::scan::{ScanCandidate, ScanWarning, Scanned as Asked};
use mtm_app::search::{Suggestion, SuggestionKind};
use mtm_core::code::Code;
use mtm_core::word::{OperationCode, PartCode};
use serde::{Deserialize, Serialize};

use super::form::Form;
use super::frame::local_path;
use super::route;
use super::visit::{Knock, THEME};
use crate::answer::{Answer, Handled};
use crate::problem::Problem;
use crate::request::{Caller, Json, need};
use crate::ui::components::layout::Theme;
use crate::web::{Shared, Web};

const MOST: u16 = 20;

#[derive(Debug, Serialize)]
pub(super) struct Suggestions {
    items: Vec<Suggestion>,
}

/// `GET /ui/suggest`.
pub(super) async fn suggest(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    uri: axum::http::Uri,
) -> Handled<Suggestions> {
    let query = Form::of_query(&uri)?;
    let kind = SuggestionKind::from_name(query.text("kind"))
        .ok_or_else(|| Problem::new(Code::InvalidParameter, "kind is not one of ours"))?;
    let typed = query.text("q");
    let mut items = web.app().suggest(&who, kind, typed, MOST).await?;
    if kind == SuggestionKind::Operation {
        routing_first(&web, query.text("part"), typed, &mut items);
    }
    Ok(Answer::ok(Suggestions { items }))
}

/// The operations of the part's routing come before all others; with nothing typed only they do.
fn routing_first(web: &Web, part: &str, typed: &str, items: &mut Vec<Suggestion>) {
    let catalogue = web.app().catalogue();
    let Some(part) = PartCode::parse(part).ok().and_then(|code| catalogue.part(&code).cloned())
    else {
        return;
    };
    let operations = route::operations(&catalogue, &part, web.app().clock().now());
    let step = |operation: &OperationCode| operations.iter().position(|step| step == operation);
    if typed.is_empty() && !operations.is_empty() {
        let draw = |operation: &OperationCode| Suggestion {
            value: operation.to_string(),
            label: operation.to_string(),
            detail: catalogue
                .operation(operation)
                .and_then(|record| record.header.description.clone())
                .or_else(|| Some("in the routing".to_owned())),
        };
        *items = operations.iter().take(usize::from(MOST)).map(draw).collect();
        return;
    }
    let typed = mtm_core::word::fold(typed);
    items.sort_by_key(|item| {
        let rank = OperationCode::parse(&item.value).ok().and_then(|code| step(&code));
        (mtm_core::word::fold(&item.value) != typed, rank.is_none())
    });
}

/// What a script read from a scanner.
#[derive(Debug, Deserialize)]
pub(super) struct Scanned {
    data: String,
    #[serde(default, rename = "screen")]
    _screen: String,
    #[serde(default)]
    part: String,
    #[serde(default)]
    same_label: Vec<String>,
}

/// One thing a scan can be.
#[derive(Debug, Serialize)]
struct Candidate {
    kind: &'static str,
    value: String,
    label: String,
    detail: String,
    #[serde(skip)]
    is_identified: bool,
}

impl From<ScanCandidate> for Candidate {
    fn from(candidate: ScanCandidate) -> Self {
        Self {
            kind: candidate.kind,
            label: candidate.value.clone(),
            value: candidate.value,
            detail: candidate.detail.unwrap_or_default(),
            is_identified: candidate.identifier.is_some(),
        }
    }
}

/// What somebody should know about a scan.
#[derive(Debug, Serialize)]
struct Warning {
    code: &'static str,
    message: String,
}

impl From<ScanWarning> for Warning {
    fn from(warning: ScanWarning) -> Self {
        Self { code: warning.code, message: warning.message }
    }
}

/// What a scan is.
#[derive(Debug, Serialize)]
pub(super) struct ScanReply {
    kind: &'static str,
    value: String,
    label: String,
    detail: String,
    candidates: Vec<Candidate>,
    /// What a label says, all of it at once.
    words: Vec<Candidate>,
    warnings: Vec<Warning>,
}

/// `POST /ui/scan`.
pub(super) async fn scan(
    State(web): State<Shared>,
    who: Caller<need::Look>,
    Json(scanned): Json<Scanned>,
) -> Handled<ScanReply> {
    let asked = Asked { data: &scanned.data, expected: None, same_label: &scanned.same_label };
    let answer = web.app().scan(&who, asked).await?;
    let warnings = answer.warnings.into_iter().map(Warning::from).collect();
    let words: Vec<Candidate> = answer.words.into_iter().map(Candidate::from).collect();
    let mut found: Vec<Candidate> = answer.candidates.into_iter().map(Candidate::from).collect();
    if answer.kind == "label" {
        let label = answer.text;
        let detail = answer.message.unwrap_or_default();
        let (kind, value, candidates) = (answer.kind, label.clone(), found);
        return Ok(Answer::ok(ScanReply {
            kind,
            value,
            label,
            detail,
            candidates,
            words,
            warnings,
        }));
    }
    // Work orders and quantities are taken at their word, so they only count where nothing that
    // exists has that text.
    if found.iter().any(is_known) && !found.iter().any(|one| one.kind == "operation") {
        found.retain(is_known);
    }
    // Behind an identifier they are meant, where nothing else is.
    if found.iter().all(|one| !is_known(one)) && found.iter().any(|one| one.is_identified) {
        found.retain(|one| one.is_identified);
    }
    if let Some(step) = found.iter().position(|one| is_step_of(&web, &scanned.part, one)) {
        found = vec![found.swap_remove(step)];
    }
    let text = answer.text;
    let reply = match found.as_slice() {
        [only] if is_known(only) || is_labelled(only, &text) => ScanReply {
            kind: only.kind,
            value: only.value.clone(),
            label: only.label.clone(),
            detail: only.detail.clone(),
            candidates: Vec::new(),
            words,
            warnings,
        },
        _ => ScanReply {
            kind: "unknown",
            value: text.clone(),
            label: text,
            detail: answer.message.unwrap_or_default(),
            candidates: found,
            words,
            warnings,
        },
    };
    Ok(Answer::ok(reply))
}

fn is_known(candidate: &Candidate) -> bool {
    !matches!(candidate.kind, "work_order" | "quantity")
}

/// A label said what it is, or the text has the shape of a work order: any other text may be
/// anything, so a person or the field in focus decides.
fn is_labelled(candidate: &Candidate, text: &str) -> bool {
    let text = mtm_core::word::fold(text);
    candidate.value != text || (candidate.kind == "work_order" && text.starts_with("WO-"))
}

/// An operation on the routing of the part that the form holds.
fn is_step_of(web: &Web, part: &str, candidate: &Candidate) -> bool {
    let catalogue = web.app().catalogue();
    let part = PartCode::parse(part).ok().and_then(|code| catalogue.part(&code).cloned());
    let operation = OperationCode::parse(&candidate.value).ok();
    candidate.kind == "operation"
        && part.zip(operation).is_some_and(|(part, operation)| {
            let now = web.app().clock().now();
            route::operations(&catalogue, &part, now).contains(&operation)
        })
}

/// `POST /ui/theme`: remembers the palette in a cookie. Nobody needs to be signed in for it.
pub(super) async fn theme(knock: Knock) -> Result<Response, Problem> {
    let theme = Theme::parse(knock.form.text("theme")).key();
    let secure = if knock.peer.secure { "; Secure" } else { "" };
    let cookie = format!("{THEME}={theme}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
    let cookie = HeaderValue::try_from(cookie)
        .map_err(|_| Problem::internal("the name of a palette does not fit into a cookie"))?;
    let back = local_path(knock.form.raw("return"));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response())
}
