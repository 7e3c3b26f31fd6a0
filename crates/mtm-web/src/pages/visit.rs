//! Who looks at a page, and how: the extractors of page handlers.
//!
//! Pages are for people with a session. A form is taken only from a page of this server that
//! belongs to the same session.

use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use mtm_app::movement::Circumstances;
use mtm_app::{Principal, PrincipalKind};
use mtm_core::code::Code;
use mtm_core::policy::{self, Deed};

use super::form::Form;
use super::status;
use crate::problem::Problem;
use crate::request::{Need, Trace, cookie, matching_csrf, principal, route, same_origin};
use crate::server::Peer;
use crate::ui::components::layout::{Screen, Shell, SignedIn, Theme};
use crate::ui::components::state::Message;
use crate::web::{Shared, Web};

/// With this header a script asks for the main part of a page only.
pub(super) const FRAGMENT: HeaderName = HeaderName::from_static("x-fragment");
/// The cookie that names the palette.
pub(super) const THEME: &str = "mtm_theme";

/// How a page is to be drawn, whoever looks at it.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    /// Only the main part.
    pub(super) fragment: bool,
    theme: Theme,
    path: String,
}

impl Manner {
    pub(super) fn of(parts: &Parts) -> Self {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Self {
            fragment: wants_fragment(&parts.headers),
            theme: cookie::find(&parts.headers, THEME).map(Theme::parse).unwrap_or_default(),
            path: path.to_owned(),
        }
    }

    /// The same for a page that stands at another address than it was asked for at.
    pub(super) fn at(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// The frame of a page for nobody in particular.
    pub(super) fn shell(&self, web: &Web, title: &str) -> Shell {
        let site = web.app().site();
        Shell {
            title: title.to_owned(),
            site: site.name.clone(),
            time_zone: site.zone.iana_name().unwrap_or_default().to_owned(),
            path: self.path.clone(),
            theme: self.theme,
            wedges: web.app().wedges(),
            ..Shell::default()
        }
    }

    /// The frame of a page for `who`.
    pub(super) fn shell_for(
        &self,
        web: &Web,
        who: &Principal,
        title: &str,
        screen: Option<Screen>,
    ) -> Shell {
        let demo = web.app().site().demo;
        Shell {
            screen,
            user: Some(SignedIn {
                name: who.display_name.clone(),
                role: who.role.to_string(),
                station: String::new(),
                shift: web
                    .app()
                    .shift_now()
                    .map(|it| format!("shift {}", it.name))
                    .unwrap_or_default(),
                screens: screens(who),
                administers: policy::allows(who.role, Deed::Administer),
                office: policy::allows(who.role, Deed::ReadAdministration),
            }),
            csrf: csrf_of(who).unwrap_or_default().to_owned(),
            lamp: status::lamp(web.app().truth().light()),
            notice: demo.then(|| Message {
                text: "Demo plant: the data is made up.".to_owned(),
                ..Message::default()
            }),
            ..self.shell(web, title)
        }
    }
}

impl FromRequestParts<Shared> for Manner {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _web: &Shared) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// The screens that `who` may use, in the order of the tabs.
pub(super) fn screens(who: &Principal) -> Vec<Screen> {
    let books = policy::allows(who.role, Deed::Book);
    let open = |screen: &Screen| books || matches!(screen, Screen::Stock | Screen::History);
    Screen::ALL.into_iter().filter(open).collect()
}

fn wants_fragment(headers: &HeaderMap) -> bool {
    headers.get(FRAGMENT).is_some_and(|value| value == "1")
}

fn csrf_of(who: &Principal) -> Option<&str> {
    match &who.kind {
        PrincipalKind::Session { csrf, .. } => Some(csrf),
        PrincipalKind::Token { .. } | PrincipalKind::Local => None,
    }
}

/// A person with a session who may do at least `N`.
#[derive(Debug, Clone)]
pub(super) struct Visit<N> {
    /// Who.
    pub(super) who: Principal,
    /// How the page is drawn.
    pub(super) manner: Manner,
    /// The query of the address; what is not known in it is ignored.
    pub(super) query: Form,
    /// Notifications that they have not read.
    unread: u64,
    need: PhantomData<N>,
}

impl<N> Visit<N> {
    /// The frame of a page.
    pub(super) fn shell(&self, web: &Web, title: &str, screen: Option<Screen>) -> Shell {
        Shell { unread: self.unread, ..self.manner.shell_for(web, &self.who, title, screen) }
    }

    /// What forms of this session carry.
    pub(super) fn csrf(&self) -> &str {
        csrf_of(&self.who).unwrap_or_default()
    }
}

impl<N: Need> FromRequestParts<Shared> for Visit<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Shared) -> Result<Self, Problem> {
        let who = principal(parts, web).await?.ok_or(Problem::of(Code::Unauthenticated))?;
        if csrf_of(&who).is_none() {
            return Err(Problem::new(Code::Unauthenticated, "pages are for people with a session"));
        }
        who.require(N::DEED)?;
        let query = Form::of_query(&parts.uri)?;
        // A page is there also where its bell cannot be asked for.
        let unread = web.app().unread_notices(&who).await.unwrap_or_default();
        Ok(Self { who, manner: Manner::of(parts), query, unread, need: PhantomData })
    }
}

/// A form that a [`Visit`]or sent from a page of this server.
#[derive(Debug, Clone)]
pub(super) struct Posted<N> {
    /// Who sent it.
    pub(super) visit: Visit<N>,
    /// What it says.
    pub(super) form: Form,
    route: String,
    trace: Trace,
}

impl<N> Posted<N> {
    /// Everything around a booking by this form, under its key.
    pub(super) fn around(&self, key: &str) -> Circumstances {
        Circumstances {
            route: self.route.clone(),
            key: Some(key.to_owned()),
            traceparent: Some(self.trace.context()),
            ..Circumstances::default()
        }
    }

    /// Method and path, part of what a key stands for.
    pub(super) fn route(&self) -> &str {
        &self.route
    }
}

impl<N: Need> FromRequest<Shared> for Posted<N> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, web).await?;
        same_origin(&parts.headers)?;
        let route = route(&parts);
        let Ok(trace) = Trace::from_request_parts(&mut parts, web).await;
        let form = Form::from_request(Request::from_parts(parts, body), web).await?;
        matching_csrf(visit.csrf(), form.raw("csrf").as_bytes())?;
        Ok(Self { visit, form, route, trace })
    }
}

/// A form sent before anybody is signed in: from a page of this server.
#[derive(Debug, Clone)]
pub(super) struct Knock {
    /// How the answer is drawn.
    pub(super) manner: Manner,
    /// What the form says.
    pub(super) form: Form,
    /// Who is at the other end.
    pub(super) peer: Peer,
    /// The program they use.
    pub(super) agent: Option<String>,
}

impl FromRequest<Shared> for Knock {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Shared) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        same_origin(&parts.headers)?;
        let Ok(peer) = Peer::from_request_parts(&mut parts, web).await;
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let manner = Manner::of(&parts);
        let form = Form::from_request(Request::from_parts(parts, body), web).await?;
        Ok(Self { manner, form, peer, agent })
    }
}
