//! Other systems: how the way to each stands, what waits for it, and what somebody decided about it.

use maud::{Markup, html};

use super::integrations_files::{self, Files};
use super::routings::answer;
use super::webhooks::Health;
use crate::ui::components::{
    acknowledgement::Refused,
    field::{Entry, Field, Kind, guards, hidden},
    icon::{Icon, icon},
    layout::{self, Shell, heading},
    state::{self, Empty, Message},
    table::{Column, Row, Table, link, text},
};
use crate::ui::format::{pieces, time};

/// What the page of the other systems shows.
#[derive(Clone, Debug, Default)]
pub struct IntegrationsPage {
    /// Frame.
    pub shell: Shell,
    /// What the last change did.
    pub message: Option<Message>,
    /// Why the last change was refused.
    pub refused: Option<Refused>,
    /// Whether this person may decide anything.
    pub may_change: bool,
    /// The systems.
    pub peers: Vec<Peer>,
    /// The folder by which files are exchanged.
    pub files: Option<Files>,
}

/// Another system.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// How forms name it.
    pub id: String,
    /// Key of the next decision about it.
    pub idempotency_key: String,
    /// Its name.
    pub name: String,
    /// What it is, in words.
    pub what: String,
    /// How it stands.
    pub health: Health,
    /// The same in words.
    pub state: String,
    /// Since when.
    pub since: String,
    /// When it is tried again, where that is known.
    pub next_try: String,
    /// How calls of the last while ended, in words.
    pub calls: String,
    /// What somebody decided, in words.
    pub decided: String,
    /// When.
    pub decided_at: String,
    /// What waits for it.
    pub waiting: i64,
    /// When the oldest of it happened.
    pub oldest_waiting: String,
    /// What was given up or refused for good.
    pub dead: i64,
    /// When something was last taken.
    pub taken_at: String,
    /// What was answered last, where that was no.
    pub last_error: String,
    /// What may be decided now.
    pub choices: Vec<Choice>,
    /// Of one that is called: how it is told who asks. Nothing waits for it here.
    pub called: Option<Called>,
}

/// How a system that is called is told who asks.
#[derive(Clone, Debug, Default)]
pub struct Called {
    /// What counts until when: words, and the moment.
    pub facts: Vec<(String, String)>,
    /// What somebody should look at, in words.
    pub remarks: Vec<String>,
    /// What to do about the last answer that was no.
    pub next_step: String,
}

/// What may be decided about a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Nothing is sent.
    Pause,
    /// It is called however it answers.
    Force,
    /// It goes by how it answers.
    Resume,
}

impl Choice {
    /// The value of its button.
    pub const fn value(self) -> &'static str {
        match self {
            Self::Pause => "open",
            Self::Force => "closed",
            Self::Resume => "automatic",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Pause => "Pause",
            Self::Force => "Send all the same",
            Self::Resume => "Let it go by itself",
        }
    }
}

/// The document.
pub fn page(model: &IntegrationsPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &IntegrationsPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &IntegrationsPage) -> Markup {
    html! {
        (heading("Other systems", "Who is told what happens here, who is called or read, and how that goes"))
        (answer(model.message.as_ref(), model.refused.as_ref()))
        @if model.peers.is_empty() {
            (state::empty(&Empty {
                title: "No other system is told of anything.".to_owned(),
                text: "Webhooks are made on their own page; brokers, the mail server, an ERP and systems that are called are in the server's configuration.".to_owned(),
                action: None,
            }))
        } @else {
            p class="quiet" {
                "One that does not answer, or is slow, is left alone for a while and then tried by one call. Nothing is lost meanwhile: what is for it waits, and bookings go on."
            }
            (peers(model))
        }
        @if let Some(files) = &model.files { (integrations_files::section(files)) }
        p { a href="/webhooks" { "Make and change webhooks, and settle dead letters" } }
        p { a href="/reconciliation" { "Reconciliation: our stock beside the books of other systems" } }
    }
}

fn peers(model: &IntegrationsPage) -> Markup {
    let mut columns = vec![
        Column::lead("System"),
        Column::notes("How it stands"),
        Column::number("Waiting"),
        Column::number("Refused"),
        Column::text("Last taken"),
        Column::notes("Last answer that was no"),
    ];
    if model.may_change {
        columns.push(Column::text("Decide"));
    }
    let row = |peer: &Peer| {
        let mut cells = vec![
            Some(name(peer)),
            Some(standing(peer)),
            peer.called.is_none().then(|| waiting(peer)),
            dead(peer).filter(|_| peer.called.is_none()),
            (!peer.taken_at.is_empty()).then(|| time(&peer.taken_at)),
            last_error(peer),
        ];
        if model.may_change {
            cells.push(Some(decide(model, peer)));
        }
        Row::of(cells)
    };
    html! {
        (Table {
            id: "systems",
            caption: "Other systems".to_owned(),
            columns,
            rows: model.peers.iter().map(row).collect(),
            ..Table::default()
        })
    }
}

fn name(peer: &Peer) -> Markup {
    html! {
        strong { (peer.name) }
        br;
        span class="small quiet" { (peer.what) }
    }
}

fn standing(peer: &Peer) -> Markup {
    let picture = match peer.health {
        Health::Well => Icon::Check,
        Health::Failing => Icon::Warning,
        Health::Off => Icon::Hold,
    };
    html! {
        (icon(picture)) " " (peer.state)
        @if !peer.since.is_empty() { br; "Since " (time(&peer.since)) }
        @if !peer.next_try.is_empty() { br; "Next try " (time(&peer.next_try)) }
        @if !peer.calls.is_empty() { br; span class="small quiet" { (peer.calls) } }
        @if let Some(called) = &peer.called {
            @for (words, at) in &called.facts {
                br;
                span class="small quiet" { (words) " " (time(at)) }
            }
            @for remark in &called.remarks {
                br;
                span class="small" { (icon(Icon::Warning)) " " (remark) }
            }
        }
        @if !peer.decided.is_empty() {
            br;
            span class="small" { (peer.decided) }
            @if !peer.decided_at.is_empty() { " " span class="small quiet" { (time(&peer.decided_at)) } }
        }
    }
}

fn last_error(peer: &Peer) -> Option<Markup> {
    let shown = text(&peer.last_error)?;
    let next = peer.called.as_ref().map_or("", |called| &called.next_step);
    Some(html! {
        (shown)
        @if !next.is_empty() { br; span class="small" { (next) } }
    })
}

fn waiting(peer: &Peer) -> Markup {
    html! {
        (pieces(peer.waiting))
        @if !peer.oldest_waiting.is_empty() {
            br;
            span class="small quiet" { "since " (time(&peer.oldest_waiting)) }
        }
    }
}

fn dead(peer: &Peer) -> Option<Markup> {
    if peer.dead == 0 {
        return text(&pieces(0));
    }
    link(&pieces(peer.dead), "/webhooks")
}

fn decide(model: &IntegrationsPage, peer: &Peer) -> Markup {
    let id = format!("decide-{}", peer.id.replace(':', "-"));
    let reason = Entry::default();
    let reason = Field::new(&id, "reason", "Reason", Kind::Text, &reason);
    // Whoever has a system go by itself again need not say why.
    let is_held = peer.choices.first() == Some(&Choice::Resume);
    let reason = if is_held { reason.optional() } else { reason };
    html! {
        form id=(id) class="stack" method="post" action="/integrations" data-book aria-label={ "Decide about " (peer.name) } {
            (guards(&model.shell.csrf, &peer.idempotency_key, &[]))
            (hidden("system", &peer.id))
            (reason.draw())
            div class="form-actions" {
                @for choice in &peer.choices {
                    button class="button" type="submit" name="override" value=(choice.value()) { (choice.words()) }
                }
            }
        }
    }
}
