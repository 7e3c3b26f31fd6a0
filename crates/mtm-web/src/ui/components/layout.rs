//! The frame of every page: document head, top bar with tabs, who books, theme, main part.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, html};
use mtm_core::scan::Wedges;

use super::{
    bell::bell,
    icon::{Icon, icon},
    keys, state,
    truth::{self, Lamp},
};
use crate::ui::assets;

/// A screen of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Receive.
    In,
    /// Take.
    Out,
    /// Change place or operation.
    Move,
    /// An operation is done.
    Complete,
    /// What is on hand.
    Stock,
    /// What happened.
    History,
}

impl Screen {
    /// All screens, in the order of the tabs.
    pub const ALL: [Self; 6] =
        [Self::In, Self::Out, Self::Move, Self::Complete, Self::Stock, Self::History];

    /// The digit of its key; keys stay what they were when screens are added.
    pub const fn digit(self) -> u8 {
        match self {
            Self::In => 1,
            Self::Out => 2,
            Self::Move => 3,
            Self::Stock => 4,
            Self::History => 5,
            Self::Complete => 6,
        }
    }

    /// The word on the tab.
    pub const fn label(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::Out => "Out",
            Self::Move => "Move",
            Self::Complete => "Complete",
            Self::Stock => "Stock",
            Self::History => "History",
        }
    }

    /// The address.
    pub const fn path(self) -> &'static str {
        match self {
            Self::In => "/in",
            Self::Out => "/out",
            Self::Move => "/move",
            Self::Complete => "/complete",
            Self::Stock => "/stock",
            Self::History => "/history",
        }
    }

    /// The name that scripts and forms use.
    pub const fn key(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Move => "move",
            Self::Complete => "complete",
            Self::Stock => "stock",
            Self::History => "history",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::In => Icon::In,
            Self::Out => Icon::Out,
            Self::Move => Icon::Move,
            Self::Complete => Icon::Complete,
            Self::Stock => Icon::Stock,
            Self::History => Icon::History,
        }
    }
}

/// Which palette the person chose; kept in the cookie `mtm_theme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the operating system says.
    #[default]
    System,
    /// Dark ink on light ground.
    Light,
    /// Light ink on dark ground.
    Dark,
    /// White, yellow and black.
    Contrast,
}

impl Theme {
    /// All themes, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::Contrast];

    /// The value of the cookie, the form field and `data-theme`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Contrast => "contrast",
        }
    }

    /// Reads a cookie or form value; anything unknown is [`Theme::System`].
    pub fn parse(value: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.key() == value).unwrap_or_default()
    }

    const fn label(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::Contrast => "High contrast",
        }
    }
}

/// The person under whose name everything is booked.
#[derive(Clone, Debug, Default)]
pub struct SignedIn {
    /// Display name.
    pub name: String,
    /// Role in words: viewer, operator, lead, admin.
    pub role: String,
    /// The enrolled station, if this is one.
    pub station: String,
    /// The current shift, if the site has shifts.
    pub shift: String,
    /// The screens this person may use.
    pub screens: Vec<Screen>,
    /// Whether this person looks after the server.
    pub administers: bool,
    /// Whether this person may look at how the plant is administered.
    pub office: bool,
}

/// What every page needs to draw its frame.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// Title of the document, without the product's name.
    pub title: String,
    /// Name of the site; empty before setup.
    pub site: String,
    /// IANA time zone of the site, in which scripts show moments; empty for the browser's own.
    pub time_zone: String,
    /// Path and query of this page, for forms that come back to it.
    pub path: String,
    /// The tab that is open.
    pub screen: Option<Screen>,
    /// Who is signed in; `None` on sign-in, setup and their errors.
    pub user: Option<SignedIn>,
    /// The session's token against forged forms.
    pub csrf: String,
    /// The palette.
    pub theme: Theme,
    /// How scanners that type are told from a person.
    pub wedges: Arc<Wedges>,
    /// How everything is that must always hold.
    pub lamp: Lamp,
    /// Notifications that the person has not read.
    pub unread: u64,
    /// One line above the page that concerns everything, such as "demo plant".
    pub notice: Option<state::Message>,
}

/// The whole document.
pub fn page(shell: &Shell, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=(shell.theme.key()) {
            (head(shell))
            body data-screen=(shell.screen.map_or("", Screen::key))
                data-events=[shell.user.as_ref().map(|_| "/api/v1/events")]
                data-time-zone=[(!shell.time_zone.is_empty()).then_some(&shell.time_zone)]
                data-wedges=(told(&shell.wedges))
            {
                a class="skip" href="#main" { "Skip to the work" }
                (bar(shell))
                (main_part(shell, content))
                div id="announce" class="visually-hidden" role="status" aria-live="polite" {}
                (keys::dialog())
            }
        }
    }
}

/// Profiles as the script reads them.
fn told(wedges: &Wedges) -> String {
    // Keys are texts, so that nothing of them cannot be written.
    serde_json::to_string(wedges).unwrap_or_default()
}

/// Only the title and the main part, for a script that swaps it in (`X-Fragment: 1`), and how things are.
pub fn fragment(shell: &Shell, content: &Markup) -> Markup {
    html! {
        title { (title(shell)) }
        (main_part(shell, content))
        @if shell.user.is_some() {
            (bell(shell.unread))
            (truth::light(shell.lamp))
        }
    }
}

/// The heading of a page with one line of explanation.
pub fn heading(title: &str, line: &str) -> Markup {
    html! {
        div class="page-head" {
            h1 { (title) }
            @if !line.is_empty() { p { (line) } }
        }
    }
}

fn title(shell: &Shell) -> String {
    format!("{} · MTM WIP", shell.title)
}

fn main_part(shell: &Shell, content: &Markup) -> Markup {
    html! {
        main id="main" tabindex="-1" data-screen=(shell.screen.map_or("", Screen::key)) {
            @if let Some(notice) = &shell.notice { (state::message(notice)) }
            (content)
        }
    }
}

fn head(shell: &Shell) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
            meta name="color-scheme" content="light dark";
            meta name="csrf" content=(shell.csrf);
            title { (title(shell)) }
            link rel="icon" href=(assets::url("img/mark.svg")) type="image/svg+xml";
            link rel="stylesheet" href=(assets::url(assets::STYLE));
            @for module in assets::modules() { link rel="modulepreload" href=(module); }
            script type="module" src=(assets::url(assets::SCRIPT)) {}
        }
    }
}

fn bar(shell: &Shell) -> Markup {
    html! {
        header class="bar" {
            a class="brand" href="/" {
                img class="brand-mark" src=(assets::url("img/mark.svg")) alt="" width="28" height="28";
                span { "MTM WIP" }
                @if !shell.site.is_empty() { span class="brand-site" { (shell.site) } }
            }
            @if let Some(user) = &shell.user {
                (tabs(shell, user))
                div class="bar-end" {
                    (bell(shell.unread))
                    (truth::light(shell.lamp))
                    span id="live-state" class="live-state scripted" data-state="off" {
                        span class="live-words" { "Not live" }
                    }
                    (who(shell, user))
                }
            }
        }
    }
}

fn tabs(shell: &Shell, user: &SignedIn) -> Markup {
    html! {
        nav class="tabs" aria-label="Screens" {
            ul {
                @for screen in Screen::ALL {
                    @if user.screens.contains(&screen) {
                        li {
                            a href=(screen.path()) data-key=(screen.digit())
                                aria-current=[(shell.screen == Some(screen)).then_some("page")]
                            {
                                (icon(screen.icon()))
                                span { (screen.label()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn who(shell: &Shell, user: &SignedIn) -> Markup {
    let about = [&user.role, &user.station, &user.shift];
    html! {
        details class="who" id="who" {
            summary {
                (icon(Icon::Person))
                span {
                    span class="who-as" { "Booked as" }
                    span class="who-name" { (user.name) }
                }
            }
            div class="menu" {
                p class="small quiet" {
                    @for (index, part) in about.into_iter().filter(|part| !part.is_empty()).enumerate() {
                        @if index > 0 { " · " }
                        (part)
                    }
                }
                ul class="menu-list" {
                    li { a href="/dashboard" { (icon(Icon::Dashboard)) "Dashboard" } }
                    li { a href="/throughput" { (icon(Icon::Adjust)) "What moved" } }
                    li { a href="/minimum" { (icon(Icon::Warning)) "Minimum stock" } }
                    li { a href="/routings" { (icon(Icon::Route)) "Routings" } }
                    li { a href="/work-orders" { (icon(Icon::Note)) "Work orders" } }
                    li { a href="/shifts" { (icon(Icon::Clock)) "Shifts" } }
                    li { a href="/approvals" { (icon(Icon::Adjust)) "Approvals" } }
                    li { a href="/periods" { (icon(Icon::Hold)) "Periods" } }
                    li { a href="/labels" { (icon(Icon::Print)) "Labels" } }
                    li { a href="/counts" { (icon(Icon::Check)) "Counts" } }
                    li { a href="/reconciliation" { (icon(Icon::Check)) "Reconciliation" } }
                    li { a href="/print-jobs" { (icon(Icon::Print)) "Printing" } }
                    li { a href="/machines" { (icon(Icon::Adjust)) "Machines" } }
                    li { a href="/worklist" { (icon(Icon::Send)) "Worklist" } }
                    li { a href="/master-sync" { (icon(Icon::Check)) "Master data" } }
                    li { a href="/status" { (icon(Icon::Note)) "Server" } }
                    li { a href="/quick-buttons" { (icon(Icon::Quick)) "Quick buttons" } }
                    @if user.office {
                        li { a href="/integrations" { (icon(Icon::Send)) "Other systems" } }
                        li { a href="/webhooks" { (icon(Icon::Send)) "Webhooks" } }
                    }
                    li class="scripted" {
                        button type="button" data-open="keys" { (icon(Icon::Keyboard)) "Keys and scanner" }
                    }
                    li class="scripted" {
                        button type="button" data-sound aria-pressed="true" { (icon(Icon::Sound)) "Sound and vibration" }
                    }
                }
                (themes(shell))
                form class="menu-list" method="post" action="/sign-out" {
                    input type="hidden" name="csrf" value=(shell.csrf);
                    button type="submit" { (icon(Icon::Leave)) "Sign out" }
                }
            }
        }
    }
}

fn themes(shell: &Shell) -> Markup {
    html! {
        form method="post" action="/ui/theme" data-theme-form {
            input type="hidden" name="csrf" value=(shell.csrf);
            input type="hidden" name="return" value=(shell.path);
            fieldset class="themes" {
                legend { "Colours" }
                @for theme in Theme::ALL {
                    button class="button" type="submit" name="theme" value=(theme.key())
                        aria-pressed=(theme == shell.theme) { (theme.label()) }
                }
            }
        }
    }
}
