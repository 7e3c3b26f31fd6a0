//! Sign-in by user name and password; by the plant's identity provider, where there is one; on the demo
//! plant also by one click.

use maud::{Markup, html};

use crate::ui::components::{
    field::{Entry, Field, Kind, hidden},
    layout::{self, Shell, heading},
    state,
};

/// What the sign-in page shows.
#[derive(Clone, Debug, Default)]
pub struct SignInPage {
    /// Frame, without a user.
    pub shell: Shell,
    /// User name, kept after a refusal.
    pub login: Entry,
    /// Password; only its error is ever shown.
    pub password: Entry,
    /// Why the last try was refused, or why the person was sent here.
    pub message: Option<state::Message>,
    /// Local path to go to afterwards.
    pub next: String,
    /// The plant's identity provider.
    pub provider: Option<ProviderLink>,
    /// People of the demo plant; empty outside `--demo` and beyond loopback.
    pub demo: Vec<DemoUser>,
}

/// The way to an identity provider.
#[derive(Clone, Debug, Default)]
pub struct ProviderLink {
    /// What people call it.
    pub name: String,
    /// Local address that leads there.
    pub address: String,
}

/// Somebody of the demo plant.
#[derive(Clone, Debug, Default)]
pub struct DemoUser {
    /// User name.
    pub login: String,
    /// Display name.
    pub name: String,
    /// Role in words.
    pub role: String,
}

/// The document.
pub fn page(model: &SignInPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &SignInPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &SignInPage) -> Markup {
    html! {
        div class="narrow center-page" {
            form class="panel" method="post" action="/sign-in" {
                (hidden("csrf", &model.shell.csrf))
                (hidden("next", &model.next))
                (heading("Sign in", ""))
                @if let Some(message) = &model.message { div role="alert" { (state::message(message)) } }
                (Field::new("sign-in", "login", "User name", Kind::Login, &model.login).first(true).draw())
                (Field::new("sign-in", "password", "Password", Kind::Password, &model.password).draw())
                div class="form-actions" { button class="button primary" type="submit" { "Sign in" } }
            }
            @if let Some(provider) = &model.provider {
                // A link: a form may not lead to another site.
                div class="panel" {
                    a class="button" id="sign-in-provider" href=(provider.address) { "Sign in with " (provider.name) }
                }
            }
            @if !model.demo.is_empty() { (demo(model)) }
        }
    }
}

fn demo(model: &SignInPage) -> Markup {
    html! {
        form class="panel" method="post" action="/sign-in" {
            (hidden("csrf", &model.shell.csrf))
            (hidden("next", &model.next))
            div {
                h2 { "Demo plant" }
                p class="quiet" { "Made-up data on this computer. Choose who you want to be." }
            }
            ul class="menu-list" {
                @for user in &model.demo {
                    li {
                        button type="submit" name="demo" value=(user.login) {
                            strong { (user.name) } span class="quiet" { (user.role) }
                        }
                    }
                }
            }
        }
    }
}
