//! First start: the one-time link that makes the first administrator. Name and time zone of the
//! site are configuration, shown here so that a mistake is noticed before anything is booked.

use maud::{Markup, html};

use crate::ui::components::{
    field::{Entry, Field, Kind, hidden},
    layout::{self, Shell, heading},
    state,
};

/// What the setup page shows.
#[derive(Clone, Debug, Default)]
pub struct SetupPage {
    /// Frame, without a user.
    pub shell: Shell,
    /// The link's token, part of the form's address.
    pub token: String,
    /// Why the last try was refused as a whole.
    pub message: Option<state::Message>,
    /// The administrator's user name.
    pub login: Entry,
    /// Password; only its error and hint are shown.
    pub password: Entry,
    /// Password again.
    pub password_again: Entry,
}

/// The document.
pub fn page(model: &SetupPage) -> Markup {
    layout::page(&model.shell, &content(model))
}

/// The main part.
pub fn fragment(model: &SetupPage) -> Markup {
    layout::fragment(&model.shell, &content(model))
}

fn content(model: &SetupPage) -> Markup {
    let text = |name, label, kind, entry| Field::new("setup", name, label, kind, entry);
    html! {
        div class="narrow center-page" {
            form class="panel" method="post" action={ "/setup/" (model.token) } {
                (hidden("csrf", &model.shell.csrf))
                (heading("Set up this plant", "Once, by whoever started the server."))
                @if let Some(message) = &model.message { div role="alert" { (state::message(message)) } }
                dl class="facts" {
                    div { dt { "Plant" } dd { (model.shell.site) } }
                    div { dt { "Time zone" } dd { (model.shell.time_zone) } }
                }
                h2 { "First administrator" }
                (text("login", "User name", Kind::Login, &model.login).first(true).draw())
                (text("password", "Password", Kind::NewPassword, &model.password).draw())
                (text("password_again", "Password again", Kind::NewPassword, &model.password_again).draw())
                div class="form-actions" { button class="button primary" type="submit" { "Set up and sign in" } }
            }
        }
    }
}
