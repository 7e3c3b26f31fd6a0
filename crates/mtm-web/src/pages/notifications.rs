//! `/notifications`: what somebody is told of.

use axum::extract::State;
use mtm_app::notice::{NoticeChoice, NoticeItem};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::notice::NoticeKind;

use super::answer::{Asked, refused};
use super::filter;
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::state::Message;
use crate::ui::page::notifications::{self, Chosen, NewsItem, NotificationsPage};
use crate::web::{Shared, Web};

const PATH: &str = "/notifications";

/// `GET /notifications`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Own>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /notifications`: everything so far was read, or somebody wants to be told of other things.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Own>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    match apply(&web, &posted).await {
        Ok(text) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text, ..Message::default() });
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(web: &Web, posted: &Posted<need::Own>) -> Result<String, AppError> {
    let (who, form) = (&posted.visit.who, &posted.form);
    match form.text("action") {
        "read" => {
            let up_to = form.text("up_to").parse().map_err(|_| {
                AppError::field("up_to", Code::InvalidBody, "this form says not what was read")
            })?;
            web.app().notices_read(who, up_to).await?;
            Ok("You have read everything so far.".to_owned())
        }
        "choose" => {
            let ticked: Vec<&str> = form.values("told").collect();
            let choice =
                |kind: NoticeKind| NoticeChoice { kind, told: ticked.contains(&kind.as_str()) };
            let choices = NoticeKind::ALL.map(choice);
            let key = form.given("idempotency_key");
            let key = once::key_of(who, posted.route(), key, &choices)?;
            web.app().choose_notices(who, &choices, key).await?;
            Ok("That is kept.".to_owned())
        }
        _ => Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    }
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<NotificationsPage, Problem> {
    let before = visit.query.text("cursor").parse().ok();
    let found = web.app().notices(&visit.who, before, filter::ROWS).await?;
    let mut shell = visit.shell(web, "Notifications", None);
    shell.unread = found.unread;
    let choices = web.app().notice_choices(&visit.who).await?;
    let shown = match found.items.len() {
        1 => "1 notification".to_owned(),
        many => format!("{many} notifications on this page"),
    };
    Ok(NotificationsPage {
        shell,
        up_to: found.items.first().map_or_else(|| "0".to_owned(), |it| it.sequence.to_string()),
        items: found.items.into_iter().map(item).collect(),
        pager: filter::pager(PATH, &visit.query, shown, found.next_cursor.as_deref()),
        choices: choices.into_iter().map(chosen).collect(),
        idempotency_key: web.app().clock().fresh_uuid().to_string(),
        ..NotificationsPage::default()
    })
}

fn item(item: NoticeItem) -> NewsItem {
    NewsItem {
        kind: match item.kind {
            NoticeKind::Truth => "Truth light",
            NoticeKind::Integration => "Other systems",
            NoticeKind::Minimum => "Minimum stock",
            NoticeKind::Hold => "Hold",
        },
        text: item.text,
        address: item.address,
        at: item.at.to_string(),
        unread: item.unread,
    }
}

const fn chosen(choice: NoticeChoice) -> Chosen {
    Chosen {
        kind: choice.kind.as_str(),
        label: match choice.kind {
            NoticeKind::Truth => "The truth light is red",
            NoticeKind::Integration => {
                "Another system is not told, or does not take what it is told"
            }
            NoticeKind::Minimum => "A part fell below its minimum stock",
            NoticeKind::Hold => "A lot that you received is on hold",
        },
        told: choice.told,
    }
}

fn draw<N>(visit: &Visit<N>, page: &NotificationsPage) -> Page {
    Page::draw(&visit.manner, page, notifications::page, notifications::fragment)
}
