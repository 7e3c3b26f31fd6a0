//! `/`, `/sign-in` and `/sign-out`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use mtm_app::auth::SessionGrant;
use mtm_core::code::Code;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::frame::{Page, is_ours, local_path, sentence};
use super::visit::{Knock, Manner, Posted, Visit, screens};
use crate::problem::Problem;
use crate::request::{cookie, need};
use crate::server::Peer;
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::page::sign_in::{self, DemoUser, ProviderLink, SignInPage};
use crate::web::{Shared, Web};

/// The one person of the demo who can be chosen by a click.
const DEMO: &str = "demo";

/// `GET /`: to the first screen the person may use.
pub(super) async fn home(visit: Visit<need::Look>) -> Redirect {
    Redirect::to(screens(&visit.who).first().map_or("/stock", |screen| screen.path()))
}

/// `GET /sign-in`.
pub(super) async fn show(
    State(web): State<Shared>,
    manner: Manner,
    peer: Peer,
    uri: axum::http::Uri,
) -> Result<Page, Problem> {
    let query = super::form::Form::of_query(&uri)?;
    Ok(draw(&manner, &blank(&web, &manner, peer, local_path(query.raw("next")))))
}

/// `POST /sign-in`.
pub(super) async fn enter(State(web): State<Shared>, knock: Knock) -> Result<Response, Problem> {
    let Knock { manner, form, peer, agent } = knock;
    let next = local_path(form.raw("next")).to_owned();
    let app = web.app();
    let remote = peer.address.ip();
    let entered = if form.given("demo").is_some() {
        app.demo_sign_in(remote, agent).await
    } else {
        app.sign_in(form.text("login"), form.raw("password"), remote, agent).await
    };
    match entered.map_err(Problem::from) {
        Ok(grant) => begin(&grant, peer.secure, &next),
        Err(problem) if is_ours(&problem) => Err(problem),
        Err(problem) => {
            let model = SignInPage {
                login: Entry::holding(form.text("login")),
                ..refused(&web, &manner, peer, &next, sentence(problem.detail()))
            };
            // Not 401: that is for requests whose proof is missing, and this is the page to give it.
            let status = match problem.code() {
                Code::Unauthenticated => StatusCode::FORBIDDEN,
                _ => problem.status(),
            };
            Ok(draw(&manner, &model).status(status).into_response())
        }
    }
}

/// `POST /sign-out`.
pub(super) async fn leave(
    State(web): State<Shared>,
    peer: Peer,
    headers: HeaderMap,
    _posted: Posted<need::Look>,
) -> Result<Response, Problem> {
    if let Some(secret) = cookie::session(&headers, peer.secure) {
        web.app().sign_out(secret).await?;
    }
    Ok(([(header::SET_COOKIE, cookie::end(peer.secure))], Redirect::to("/sign-in")).into_response())
}

/// Gives the session's cookie to the browser and sends it on.
pub(super) fn begin(grant: &SessionGrant, secure: bool, next: &str) -> Result<Response, Problem> {
    let cookie = cookie::begin(grant.secret.reveal(), secure)
        .ok_or_else(|| Problem::internal("a session secret does not fit into a cookie"))?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

/// The page after a try that did not succeed, which says why.
pub(super) fn refused(
    web: &Web,
    manner: &Manner,
    peer: Peer,
    next: &str,
    text: String,
) -> SignInPage {
    let message = Some(Message { tone: Tone::Bad, text, action: None });
    SignInPage { message, ..blank(web, manner, peer, next) }
}

fn blank(web: &Web, manner: &Manner, peer: Peer, next: &str) -> SignInPage {
    let demo = web.app().site().demo && peer.is_local();
    let person = || DemoUser {
        login: DEMO.to_owned(),
        name: "Demo plant manager".to_owned(),
        role: "may do everything".to_owned(),
    };
    SignInPage {
        shell: manner.shell(web, "Sign in"),
        next: next.to_owned(),
        provider: web.app().provider().map(|provider| ProviderLink {
            name: provider.name().to_owned(),
            address: format!("/sign-in/oidc?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC)),
        }),
        demo: demo.then(person).into_iter().collect(),
        ..SignInPage::default()
    }
}

pub(super) fn draw(manner: &Manner, model: &SignInPage) -> Page {
    Page::draw(manner, model, sign_in::page, sign_in::fragment)
}
