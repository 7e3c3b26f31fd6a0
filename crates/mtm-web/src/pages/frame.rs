//! What every page answer has in common: HTML with its headers, and errors as pages.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use mtm_core::code::Code;

use super::visit::{FRAGMENT, Manner};
use crate::problem::Problem;
use crate::request::{Trace, principal};
use crate::ui::page::error::{self, ErrorPage};
use crate::web::Shared;

/// A drawn page.
#[derive(Debug)]
pub(super) struct Page {
    status: StatusCode,
    markup: Markup,
    fragment: bool,
}

impl Page {
    /// Draws `model`, as a whole document or as its main part.
    pub(super) fn draw<M>(
        manner: &Manner,
        model: &M,
        page: impl Fn(&M) -> Markup,
        fragment: impl Fn(&M) -> Markup,
    ) -> Self {
        let markup = if manner.fragment { fragment(model) } else { page(model) };
        Self { status: StatusCode::OK, markup, fragment: manner.fragment }
    }

    /// The same page with another status.
    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.markup.into_string().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::VARY, HeaderValue::from_static("x-fragment, cookie"));
        if self.fragment {
            headers.insert(FRAGMENT, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Only a path of this server may be gone to after signing in: never another site, whatever a
/// link says.
pub(super) fn local_path(text: &str) -> &str {
    let own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(char::is_control);
    if own { text } else { "/" }
}

/// The layer around all pages: problems become pages, and nobody signed in becomes the way to the
/// sign-in. The outermost layer logs and counts the problem, and leaves the page as it is.
pub(super) async fn dress(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let seen = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    if problem.code() == Code::Unauthenticated {
        return to_sign_in(&seen.method, &seen.uri);
    }
    let mut page = as_page(&web, &seen, problem).await;
    if let Some(after) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    page
}

/// The answer where no route matches: a page for a browser, a problem for everybody else.
pub(crate) async fn not_found(State(web): State<Shared>, request: Request) -> Response {
    let (seen, _) = request.into_parts();
    let problem = Problem::of(Code::NotFound);
    let accepted = seen.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_page = !seen.uri.path().starts_with("/api/")
        && accepted.is_some_and(|kinds| kinds.contains("text/html"));
    if is_page { as_page(&web, &seen, problem).await } else { problem.into_response() }
}

async fn as_page(web: &Shared, seen: &Parts, problem: Problem) -> Response {
    let manner = Manner::of(seen);
    let who = principal(seen, web).await.ok().flatten();
    let title = problem.code().title().trim_end_matches('.').to_owned();
    let shell = match &who {
        Some(who) => manner.shell_for(web, who, &title, None),
        None => manner.shell(web, &title),
    };
    let trace = seen.extensions.get::<Trace>().map(ToString::to_string).unwrap_or_default();
    let model = ErrorPage {
        shell,
        status: problem.status().as_u16(),
        text: words_of(&problem),
        title,
        next: Some(("Go on".to_owned(), "/".to_owned())),
        trace_id: if problem.status().is_server_error() { trace } else { String::new() },
    };
    let mut page = Page::draw(&manner, &model, error::page, error::fragment)
        .status(problem.status())
        .into_response();
    page.extensions_mut().insert(problem);
    page
}

fn words_of(problem: &Problem) -> String {
    let (detail, cure) = (problem.detail(), problem.code().cure());
    if detail == problem.code().title() {
        return cure.to_owned();
    }
    format!("{} {cure}", sentence(detail))
}

/// To the sign-in, with the way back: the page itself, or the screen whose form was sent.
fn to_sign_in(method: &Method, uri: &axum::http::Uri) -> Response {
    let back = match (method, uri.path()) {
        (&Method::GET, _) => uri.path_and_query().map_or("/", |path| path.as_str()),
        (_, screen @ ("/in" | "/out" | "/move" | "/complete" | "/quick-buttons")) => screen,
        _ => "/",
    };
    let mut address = "/sign-in".to_owned();
    if back != "/" {
        let back = percent_encoding::utf8_percent_encode(back, percent_encoding::NON_ALPHANUMERIC);
        address = format!("{address}?next={back}");
    }
    Redirect::to(&address).into_response()
}

/// A refusal's first letter as sentences have it.
pub(super) fn sentence(text: &str) -> String {
    let mut words = text.chars();
    let first: String = words.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{stop}", words.as_str())
}

/// Whether `problem` is for an error page rather than for an answer beside the form.
pub(super) fn is_ours(problem: &Problem) -> bool {
    problem.status().is_server_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to() {
        for own in ["/", "/in?part=a%20b", "/lot/7"] {
            assert_eq!(local_path(own), own);
        }
        for other in ["", "in", "//evil.example", "/\\evil.example", "https://evil.example", "/\n"]
        {
            assert_eq!(local_path(other), "/", "{other}");
        }
    }
}
