//! `/notifications`: what somebody is told of.

use axum::extract::State;
use mtm_app::notice::{NoticeChoice, NoticeItem, WayRequest, WayState, WaysOpen};
use mtm_app::{AppError, once};
use mtm_core::code::Code;
use mtm_core::notice::{NoticeKind, NoticeWay};
use mtm_core::word::LotNumber;

use super::answer::{Asked, Reply, refused};
use super::filter;
use super::form::Form;
use super::frame::Page;
use super::routing::told;
use super::visit::{Posted, Visit};
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::field::Entry;
use crate::ui::components::state::Message;
use crate::ui::page::notifications::{self, Chosen, Follows, NewsItem, NotificationsPage, Way};
use crate::web::{Shared, Web};

const PATH: &str = "/notifications";

/// What a form did: words for the page, and a secret that was just made.
struct Did {
    words: String,
    secret: String,
}

impl Did {
    fn just(words: impl Into<String>) -> Self {
        Self { words: words.into(), secret: String::new() }
    }
}

/// `GET /notifications`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Own>,
) -> Result<Page, Problem> {
    Ok(draw(&visit, &model(&web, &visit).await?))
}

/// `POST /notifications`: everything so far was read, or somebody wants to be told of other things, by
/// other ways, or follows a lot no more.
pub(super) async fn change(
    State(web): State<Shared>,
    posted: Posted<need::Own>,
) -> Result<Page, Problem> {
    let visit = &posted.visit;
    match apply(&web, &posted).await {
        Ok(did) => {
            let mut page = model(&web, visit).await?;
            page.message = Some(Message { text: did.words, ..Message::default() });
            page.secret = did.secret;
            Ok(draw(visit, &page))
        }
        Err(error) => {
            let asked = Asked { form: "", yes: "", back: PATH, role: visit.who.role };
            let reply = refused(error.into(), asked)?;
            let mut page = model(&web, visit).await?;
            keep(&mut page, &posted.form, &reply);
            page.refused = Some(told(reply.answer));
            Ok(draw(visit, &page).status(reply.status))
        }
    }
}

async fn apply(web: &Web, posted: &Posted<need::Own>) -> Result<Did, AppError> {
    let (app, who, form) = (web.app(), &posted.visit.who, &posted.form);
    let fields: Vec<_> = form.iter().filter(|(name, _)| *name != "csrf").collect();
    let key = once::key_of(who, posted.route(), form.given("idempotency_key"), &fields)?;
    match form.text("action") {
        "read" => {
            let up_to = form.text("up_to").parse().map_err(|_| {
                AppError::field("up_to", Code::InvalidBody, "this form says not what was read")
            })?;
            app.notices_read(who, up_to).await?;
            Ok(Did::just("You have read everything so far."))
        }
        "choose" => {
            let ticked = ticked(form);
            let choice = |kind| NoticeChoice { kind, told: ticked.contains(&kind) };
            let choices = NoticeKind::ALL.map(choice);
            app.choose_notices(who, &choices, key).await?;
            Ok(Did::just("That is kept."))
        }
        "way" | "new-secret" => {
            let request = WayRequest {
                way: way(form)?,
                address: form.text("address").to_owned(),
                kinds: ticked(form),
                new_secret: form.text("action") == "new-secret",
            };
            let (_, secret) = app.choose_notice_way(who, request, key).await?.value;
            let words = "That is kept: you are told there from now on.".to_owned();
            Ok(Did { words, secret: secret.unwrap_or_default() })
        }
        "drop-way" => {
            app.drop_notice_way(who, way(form)?, key).await?;
            Ok(Did::just("Nothing is sent there any more."))
        }
        "unfollow" => {
            let lot = form.text("lot");
            let lot = LotNumber::parse(lot)
                .map_err(|error| AppError::field("lot", Code::InvalidBody, error.to_string()))?;
            app.follow_lot(who, lot.clone(), false, key).await?;
            Ok(Did::just(format!("You do not follow lot {lot} any more.")))
        }
        _ => Err(AppError::refused(Code::InvalidBody, "this form does nothing")),
    }
}

fn ticked(form: &Form) -> Vec<NoticeKind> {
    form.values("told").filter_map(NoticeKind::from_name).collect()
}

fn way(form: &Form) -> Result<NoticeWay, AppError> {
    NoticeWay::from_name(form.text("way"))
        .ok_or_else(|| AppError::field("way", Code::InvalidBody, "this form names no way"))
}

/// What somebody typed stays when it was refused.
fn keep(page: &mut NotificationsPage, form: &Form, reply: &Reply) {
    let refused = page.ways.iter_mut().find(|way| way.name == form.text("way"));
    if let Some(way) = refused.filter(|_| matches!(form.text("action"), "way" | "new-secret")) {
        way.address = reply.at("address", Entry::holding(form.text("address")));
        let ticked = ticked(form);
        for kind in &mut way.kinds {
            kind.told = ticked.iter().any(|it| it.as_str() == kind.kind);
        }
    }
}

async fn model<N>(web: &Web, visit: &Visit<N>) -> Result<NotificationsPage, Problem> {
    let (app, who) = (web.app(), &visit.who);
    let before = visit.query.text("cursor").parse().ok();
    let found = app.notices(who, before, filter::ROWS).await?;
    let mut shell = visit.shell(web, "Notifications", None);
    shell.unread = found.unread;
    let choices: Vec<Chosen> = app.notice_choices(who).await?.into_iter().map(chosen).collect();
    let ways = app.notice_ways(who).await?;
    let open = app.notice_ways_open(who).await?;
    let follows = app.followed_lots(who).await?.into_iter();
    let shown = match found.items.len() {
        1 => "1 notification".to_owned(),
        many => format!("{many} notifications on this page"),
    };
    let fresh = || app.clock().fresh_uuid().to_string();
    Ok(NotificationsPage {
        shell,
        up_to: found.items.first().map_or_else(|| "0".to_owned(), |it| it.sequence.to_string()),
        items: found.items.into_iter().map(item).collect(),
        pager: filter::pager(PATH, &visit.query, shown, found.next_cursor.as_deref()),
        ways: NoticeWay::ALL
            .into_iter()
            .map(|way| {
                let mine = ways.iter().find(|it| it.way == way);
                Way { idempotency_key: fresh(), ..of_way(way, mine, &open, &choices) }
            })
            .collect(),
        choices,
        follows: follows
            .map(|it| Follows {
                lot: it.lot.to_string(),
                part: it.part.to_string(),
                since: it.since.to_string(),
                idempotency_key: fresh(),
            })
            .collect(),
        idempotency_key: fresh(),
        ..NotificationsPage::default()
    })
}

/// A way as the page shows it.
fn of_way(way: NoticeWay, mine: Option<&WayState>, open: &WaysOpen, choices: &[Chosen]) -> Way {
    let told = |kind: &str| match mine {
        Some(mine) => mine.kinds.iter().any(|it| it.as_str() == kind),
        // Whoever begins wants what rings the bell.
        None => choices.iter().any(|it| it.kind == kind && it.told),
    };
    let kinds = choices.iter().map(|it| Chosen { told: told(it.kind), ..it.clone() }).collect();
    let moment = |at: Option<mtm_core::word::Timestamp>| at.map(|at| at.to_string());
    let is_open = match way {
        NoticeWay::Mail => open.mail,
        NoticeWay::Webhook => open.webhook,
    };
    Way {
        name: way.as_str(),
        open: is_open,
        hosts: if way == NoticeWay::Webhook { open.hosts.join(", ") } else { String::new() },
        set: mine.is_some(),
        address: Entry::holding(mine.map_or("", |it| it.address.as_str())),
        kinds,
        waiting: mine.map_or(0, |it| i64::try_from(it.waiting).unwrap_or(i64::MAX)),
        passed_over: mine.map_or(0, |it| i64::try_from(it.passed_over).unwrap_or(i64::MAX)),
        delivered_at: mine.and_then(|it| moment(it.delivered_at)).unwrap_or_default(),
        failing_since: mine.and_then(|it| moment(it.failing_since)).unwrap_or_default(),
        stopped: mine.is_some_and(|it| it.stopped_at.is_some()),
        last_error: mine.and_then(|it| it.last_error.clone()).unwrap_or_default(),
        ..Way::default()
    }
}

fn item(item: NoticeItem) -> NewsItem {
    NewsItem {
        kind: match item.kind {
            NoticeKind::Truth => "Truth light",
            NoticeKind::Integration => "Other systems",
            NoticeKind::Approval => "Approval",
            NoticeKind::Label => "Label",
            NoticeKind::Minimum => "Minimum stock",
            NoticeKind::Hold => "Hold",
            NoticeKind::Lot => "Lot you follow",
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
            NoticeKind::Approval => "An adjustment waits for a second person",
            NoticeKind::Label => "A label was not printed, or nobody knows whether it was",
            NoticeKind::Minimum => "A part fell below its minimum stock",
            NoticeKind::Hold => "A lot that you received or follow is on hold",
            NoticeKind::Lot => "A lot that you follow is free again, or used up",
        },
        told: choice.told,
    }
}

fn draw<N>(visit: &Visit<N>, page: &NotificationsPage) -> Page {
    Page::draw(&visit.manner, page, notifications::page, notifications::fragment)
}
