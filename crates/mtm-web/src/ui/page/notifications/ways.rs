//! How somebody is told beyond the program, and the lots that they follow.

use maud::{Markup, html};

use super::{Chosen, NotificationsPage};
use crate::ui::{
    components::{
        field::{Entry, Field, Kind, guards, hidden, tick},
        icon::{Icon, icon},
    },
    format::{counted, lot_link, pieces, time},
};

/// A way beyond the program: what somebody chose, and how it goes.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// `mail` or `webhook`.
    pub name: &'static str,
    /// Whether they may choose it.
    pub open: bool,
    /// Where their webhook may be; anywhere where it is empty.
    pub hosts: String,
    /// Whether they chose it.
    pub set: bool,
    /// Where they are told.
    pub address: Entry,
    /// Of what.
    pub kinds: Vec<Chosen>,
    /// News that wait.
    pub waiting: i64,
    /// News that were not sent.
    pub passed_over: i64,
    /// When something was last taken.
    pub delivered_at: String,
    /// Since when nothing is.
    pub failing_since: String,
    /// Whether nothing is sent any more.
    pub stopped: bool,
    /// What was answered last, where that was no.
    pub last_error: String,
    /// Key of the next change.
    pub idempotency_key: String,
}

/// A lot that somebody follows.
#[derive(Clone, Debug, Default)]
pub struct Follows {
    /// Its number.
    pub lot: String,
    /// Its part.
    pub part: String,
    /// Since when, RFC 3339 UTC.
    pub since: String,
    /// Key of the next change.
    pub idempotency_key: String,
}

pub(super) fn ways(model: &NotificationsPage) -> Markup {
    html! {
        h2 { "Where else you are told" }
        @if !model.secret.is_empty() { (secret(&model.secret)) }
        div class="ways" { @for way in &model.ways { (draw(way, &model.shell.csrf)) } }
    }
}

fn secret(secret: &str) -> Markup {
    html! {
        div class="panel" {
            h3 { "The secret of your webhook" }
            p { "Requests to it are signed with this. Give it to your receiver now; it is not shown again." }
            p { span class="code" { (secret) } }
        }
    }
}

fn draw(way: &Way, csrf: &str) -> Markup {
    let by_mail = way.name == "mail";
    let form = format!("way-{}", way.name);
    let title = if by_mail { "By e-mail" } else { "By a webhook of your own" };
    html! {
        form id=(form) class="panel" method="post" action="/notifications" data-book aria-label=(title) {
            h3 { (title) }
            (state(way))
            @if way.open {
                (guards(csrf, &way.idempotency_key, &[]))
                (hidden("way", way.name))
                (Field::new(&form, "address", if by_mail { "E-mail address" } else { "Address" }, Kind::Text, &way.address).draw())
                @if !way.hosts.is_empty() { p class="small quiet" { "It must be on " (way.hosts) "." } }
                ul class="choices" {
                    @for kind in &way.kinds { li { (tick(&form, "told", kind.kind, kind.label, kind.told)) } }
                }
                div class="form-actions" {
                    button class="button primary" type="submit" name="action" value="way" { "Save" }
                    @if way.set && !by_mail {
                        button class="button" type="submit" name="action" value="new-secret" { "Save with a new secret" }
                    }
                    @if way.set {
                        button class="button" type="submit" name="action" value="drop-way" { "Tell me nothing there" }
                    }
                }
            } @else {
                (closed(way, csrf, by_mail))
            }
        }
    }
}

/// What is said of a way that cannot be chosen now; one that was chosen before can be given up.
fn closed(way: &Way, csrf: &str, by_mail: bool) -> Markup {
    html! {
        p class="quiet" {
            @if by_mail { "This site sends no mail. An administrator can set it up." }
            @else { "An administrator says where webhooks of people may be; nowhere so far." }
        }
        @if way.set {
            (guards(csrf, &way.idempotency_key, &[]))
            (hidden("way", way.name))
            div class="form-actions" {
                button class="button" type="submit" name="action" value="drop-way" { "Tell me nothing there" }
            }
        }
    }
}

fn state(way: &Way) -> Markup {
    html! {
        @if way.set {
            p class="small" role="status" {
                @if way.stopped {
                    (icon(Icon::Hold)) " Nothing is sent there any more"
                    @if !way.last_error.is_empty() { ": " (way.last_error) }
                    ". Save to begin anew."
                } @else if !way.failing_since.is_empty() || !way.last_error.is_empty() {
                    (icon(Icon::Warning)) " Not taken"
                    @if !way.failing_since.is_empty() { " since " (time(&way.failing_since)) }
                    @if !way.last_error.is_empty() { ": " (way.last_error) }
                } @else if !way.delivered_at.is_empty() {
                    (icon(Icon::Check)) " Last taken " (time(&way.delivered_at))
                } @else {
                    "Nothing was sent there yet."
                }
            }
            @if way.waiting > 0 { p class="small quiet" { (counted(way.waiting, "notification waits", "notifications wait")) " to be sent." } }
            @if way.passed_over > 0 {
                p class="small quiet" { (pieces(way.passed_over)) " were not sent: too many waited, or they were given up. They stand above." }
            }
        }
    }
}

pub(super) fn follows(model: &NotificationsPage) -> Markup {
    html! {
        h2 { "Lots you follow" }
        @if model.follows.is_empty() {
            p class="quiet" { "None. A lot's page has the button." }
        } @else {
            ul class="follows" { @for lot in &model.follows { li { (followed(lot, &model.shell.csrf)) } } }
        }
    }
}

fn followed(lot: &Follows, csrf: &str) -> Markup {
    html! {
        form id={ "follows-" (lot.lot) } class="follows-row" method="post" action="/notifications" data-book aria-label={ "Lot " (lot.lot) } {
            (guards(csrf, &lot.idempotency_key, &[]))
            (hidden("lot", &lot.lot))
            a class="code row-link" href=(lot_link(&lot.lot)) { (lot.lot) }
            span { (lot.part) " " span class="small quiet" { "since " (time(&lot.since)) } }
            button class="button" type="submit" name="action" value="unfollow" aria-label={ "Do not follow lot " (lot.lot) " any more" } { "Do not follow" }
        }
    }
}
