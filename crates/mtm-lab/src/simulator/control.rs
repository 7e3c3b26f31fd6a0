//! `/control`: what goes wrong, what the systems know, and what was asked. The script does not touch it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::World;
use super::erp::{Erp, Masters};
use super::erpnext::ErpNext;
use super::fault::{Rule, Script};
use super::inventree::InvenTree;
use super::printer::{PrinterRule, PrinterSettings};
use super::reply::Reply;
use super::request::Call;
use super::token::Tokens;
use super::webhook::Inboxes;

/// What a receiver of webhooks is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    /// `whsec_…`
    secret: String,
}

/// What the identity provider is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// Addresses that people may be sent back to.
    redirects: Vec<String>,
}

/// Answers `call`, whose path below `/control/` is `path`.
pub(super) fn answer(world: &mut World, path: &str, call: &Call) -> Reply {
    let done = match (call.method.as_str(), path) {
        ("GET", "faults") => Ok(Reply::json(200, &json!({ "items": world.script.rules() }))),
        ("POST", "faults") => read::<Vec<Rule>>(call).map(|rules| {
            world.script.add(rules);
            Reply::empty()
        }),
        ("DELETE", "faults") => {
            world.script.clear();
            Ok(Reply::empty())
        }
        ("PUT", "erp") => read::<Masters>(call).map(|masters| {
            world.identities.know(masters.people.clone());
            world.know(&masters);
            Reply::empty()
        }),
        ("PUT", "oidc") => read::<Registration>(call).map(|it| {
            world.identities.register(it.redirects);
            Reply::empty()
        }),
        ("GET", "printer") => Ok(Reply::json(200, &json!(world.printer.report()))),
        ("PUT", "printer") => read::<PrinterSettings>(call).map(|settings| {
            world.printer.set(settings);
            Reply::empty()
        }),
        ("POST", "printer/faults") => read::<Vec<PrinterRule>>(call).map(|rules| {
            world.printer.fail(rules);
            Reply::empty()
        }),
        ("GET", "tokens") => Ok(Reply::json(200, &json!({ "given": world.tokens.given() }))),
        ("POST", "tokens/revoke") => {
            world.tokens.revoke();
            Ok(Reply::empty())
        }
        ("GET", "requests") => Ok(Reply::json(200, &json!({ "items": world.asked }))),
        ("POST", "reset") => {
            world.script = Script::default();
            world.erp = Erp::default();
            world.inventree = InvenTree::default();
            world.erpnext = ErpNext::default();
            let masters = world.settings.masters.clone();
            world.know(&masters);
            world.tokens = Tokens::default();
            world.identities.know(world.settings.masters.people.clone());
            world.identities.register(world.settings.redirects.clone());
            world.identities.forget();
            world.inboxes = Inboxes::default();
            world.printer.reset();
            world.mtconnect.reset();
            world.asked.clear();
            Ok(Reply::empty())
        }
        (_, path) if path.starts_with("mtconnect") => {
            let path = path.trim_start_matches("mtconnect");
            world.mtconnect.control(path, call).ok_or_else(unknown)
        }
        ("PUT", path) => match path.strip_prefix("webhooks/") {
            Some(name) => read::<Trust>(call).and_then(|trust| {
                let trusted = world.inboxes.trust(name, &trust.secret);
                trusted.map(|()| Reply::empty()).map_err(|error| wrong(&error))
            }),
            None => Err(unknown()),
        },
        _ => Err(unknown()),
    };
    done.unwrap_or_else(|refusal| refusal)
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    serde_json::from_slice(&call.body).map_err(|error| wrong(&error.to_string()))
}

fn wrong(detail: &str) -> Reply {
    Reply::problem(400, "invalid_body", detail)
}

fn unknown() -> Reply {
    Reply::problem(404, "not_found", "there is no such thing to control")
}
