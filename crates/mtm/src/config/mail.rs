//! By which server people are written to, and what else holds for telling them.

use mtm_app::notice::NoticeRules;
use mtm_connect::mail::{Address, Mailbox, Server};

use super::error::ConfigError;
use super::layers::Settings;
use super::secret;

const URL: &str = "mail.url";
const FROM: &str = "mail.from";

/// The mail server, where there is one.
pub(super) fn server(settings: &Settings) -> Result<Option<Server>, ConfigError> {
    let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
    let password = secret(settings, "mail.password", "mail.password_file")?;
    let (url, from) = match (text(URL), text(FROM)) {
        (Some(url), Some(from)) => (url, from),
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(ConfigError::Halves { one: URL, other: FROM }),
        (None, Some(_)) => return Err(ConfigError::Halves { one: FROM, other: URL }),
    };
    let wrong = |key: &str, message: String| ConfigError::WrongValue {
        origin: settings.setting(key).map(|it| it.source.to_string()).unwrap_or_default(),
        key: key.to_owned(),
        message,
    };
    let address = Address::parse(&url).map_err(|error| wrong(URL, error.to_string()))?;
    let from = Mailbox::parse(&from).map_err(|error| wrong(FROM, error.to_string()))?;
    let password = password.map(|it| it.reveal().to_owned());
    let ca_file = text("mail.ca_file").map(Into::into);
    Ok(Some(Server::new(address, password, ca_file, from)))
}

/// What else holds for telling people.
pub(super) fn rules(settings: &Settings) -> NoticeRules {
    let text = |name: &str| settings.setting(name).map(|setting| setting.value.clone());
    let hosts = text("notices.webhook_hosts").unwrap_or_default();
    let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
    NoticeRules {
        webhook_hosts: hosts.map(str::to_owned).collect(),
        public_url: text("server.public_url").map(|url| url.trim_end_matches('/').to_owned()),
    }
}
