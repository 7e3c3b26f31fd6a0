//! `/setup/{secret}`: the one-time link of a fresh ledger makes the first administrator.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use mtm_core::code::Code;

use super::form::Form;
use super::frame::{Page, is_ours, sentence};
use super::sign_in::begin;
use super::visit::{Knock, Manner};
use crate::problem::Problem;
use crate::ui::components::field::Entry;
use crate::ui::components::state::{Message, Tone};
use crate::ui::page::setup::{self, SetupPage};
use crate::web::{Shared, Web};

const HINT: &str = "At least 10 characters. A sentence is easiest to remember.";

/// `GET /setup/{secret}`.
pub(super) async fn show(
    State(web): State<Shared>,
    manner: Manner,
    Path(secret): Path<String>,
) -> Result<Page, Problem> {
    if !web.app().setup_link_works(&secret).await? {
        return Err(used_up());
    }
    Ok(draw(&manner, &blank(&web, &manner, &secret)))
}

/// `POST /setup/{secret}`.
pub(super) async fn set_up(
    State(web): State<Shared>,
    Path(secret): Path<String>,
    knock: Knock,
) -> Result<Response, Problem> {
    let Knock { manner, form, peer, agent } = knock;
    let (login, password) = (form.text("login"), form.raw("password"));
    if password != form.raw("password_again") {
        let mut model = filled(&web, &manner, &secret, &form);
        model.password_again = Entry::default().refused("The two passwords differ.");
        return Ok(refused(&manner, &model, StatusCode::UNPROCESSABLE_ENTITY));
    }
    match web.app().set_up(&secret, login, password, agent).await.map_err(Problem::from) {
        Ok(grant) => begin(&grant, peer.secure, "/"),
        Err(problem) if is_ours(&problem) => Err(problem),
        Err(problem) if problem.code() == Code::NotFound => Err(used_up()),
        Err(problem) => {
            let mut model = filled(&web, &manner, &secret, &form);
            let words = sentence(problem.detail());
            match problem.errors().first().map(|error| error.field.as_str()) {
                Some("name") => model.login = model.login.refused(words),
                Some("password") => model.password = model.password.refused(words),
                _ if problem.code() == Code::WeakPassword => {
                    model.password = model.password.refused(words);
                }
                _ => {
                    model.message = Some(Message { tone: Tone::Bad, text: words, action: None });
                }
            }
            Ok(refused(&manner, &model, problem.status()))
        }
    }
}

fn used_up() -> Problem {
    Problem::new(
        Code::NotFound,
        "the setup link was used or is too old; start the server again for a new one",
    )
}

fn blank(web: &Web, manner: &Manner, secret: &str) -> SetupPage {
    SetupPage {
        shell: manner.shell(web, "Set up"),
        token: secret.to_owned(),
        password: Entry::default().hinted(HINT),
        ..SetupPage::default()
    }
}

fn filled(web: &Web, manner: &Manner, secret: &str, form: &Form) -> SetupPage {
    SetupPage { login: Entry::holding(form.text("login")), ..blank(web, manner, secret) }
}

fn refused(manner: &Manner, model: &SetupPage, status: StatusCode) -> Response {
    draw(manner, model).status(status).into_response()
}

fn draw(manner: &Manner, model: &SetupPage) -> Page {
    Page::draw(manner, model, setup::page, setup::fragment)
}
