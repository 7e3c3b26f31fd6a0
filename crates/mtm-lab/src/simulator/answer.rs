//! From a request to its answer: what the script does with it, and what the system says.

use std::io;
use std::time::{Duration, SystemTime};

use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::Value;

use super::fault::Fault;
use super::mtconnect::MtconnectAgent;
use super::reply::{Manner, Reply, Wire};
use super::request::Call;
use super::{Shared, World, control};

/// Most requests that are accounted for, the newest.
const ACCOUNTED: usize = 10_000;

/// Answers a request. An error is a connection that is gone.
pub(super) async fn answer(
    world: Shared,
    request: Request<Incoming>,
) -> Result<Response<Wire>, io::Error> {
    let Some(call) = Call::read(request).await else {
        let refusal = Reply::problem(413, "too_large", "a request has at most 1 MiB");
        return Ok(refusal.send(Manner::Whole));
    };
    if let Some(path) = call.path.strip_prefix("/control/") {
        let reply = control::answer(&mut world.lock(), path, &call);
        return Ok(reply.send(Manner::Whole));
    }
    let faults = world.lock().script.meet(&call.method, &call.path);
    for delay in faults.iter().filter_map(Fault::delay) {
        tokio::time::sleep(delay).await;
    }
    let reply = answered(&mut world.lock(), &call, &faults);
    let agent = world.lock().mtconnect.clone();
    reply.map(|reply| dressed(reply, &faults, &agent)).ok_or_else(gone)
}

/// What the system says, unless the script keeps it from being asked or heard.
fn answered(world: &mut World, call: &Call, faults: &[Fault]) -> Option<Reply> {
    let mut asked = call.account();
    asked.faults = faults.iter().map(Fault::name).collect();
    let reply = match instead(faults) {
        Some(reply) => Some(reply),
        None if faults.contains(&Fault::Cut) => None,
        None => {
            if faults.contains(&Fault::Twice) {
                drop(told(world, call, faults));
            }
            let reply = told(world, call, faults);
            (!faults.contains(&Fault::LostAnswer)).then_some(reply)
        }
    };
    asked.status = reply.as_ref().map(|reply| reply.status);
    if world.asked.len() == ACCOUNTED {
        world.asked.remove(0);
    }
    world.asked.push(asked);
    reply
}

/// What the script answers in the system's place.
fn instead(faults: &[Fault]) -> Option<Reply> {
    faults.iter().find_map(|fault| match fault {
        Fault::Status { status, retry_after } => {
            let reply = Reply::problem(*status, "scripted", "the script says so");
            Some(match retry_after {
                Some(seconds) => reply.header("retry-after", seconds.to_string()),
                None => reply,
            })
        }
        Fault::Redirect { to } => {
            Some(Reply { status: 307, ..Reply::empty() }.header("location", to.clone()))
        }
        _ => None,
    })
}

/// What the system says by itself.
fn told(world: &mut World, call: &Call, faults: &[Fault]) -> Reply {
    if let Some(path) = call.path.strip_prefix("/erp/api/v1/") {
        let by_key = call.header("x-api-key") == Some(world.settings.client_secret.as_str());
        if !by_key && !world.tokens.admits(call) {
            let refusal =
                Reply::problem(401, "unauthenticated", "no token, or one that is not good");
            return refusal.header("www-authenticate", "Bearer");
        }
        return world.erp.answer(path, call);
    }
    let settings = &world.settings;
    if let Some(path) = call.path.strip_prefix("/inventree/") {
        return world.inventree.answer(path, call, &settings.client_secret);
    }
    if let Some(path) = call.path.strip_prefix("/erpnext/") {
        let token = format!("{}:{}", settings.client_id, settings.client_secret);
        return world.erpnext.answer(path, call, &token);
    }
    if let Some(path) = call.path.strip_prefix("/mtconnect/") {
        return world.mtconnect.answer(path, call);
    }
    if let Some(path) = call.path.strip_prefix("/oidc") {
        let World { settings, issuer, identities, .. } = world;
        return identities.answer(settings, issuer, path, call, faults);
    }
    match (call.method.as_str(), call.path.as_str()) {
        ("POST", "/oauth2/token") => world.tokens.give(&world.settings, call),
        (method, path) => match (method, path.strip_prefix("/webhooks/")) {
            ("POST", Some(name)) => world.inboxes.take(name, call),
            ("GET", Some(name)) => world.inboxes.account(name),
            _ => Reply::problem(404, "not_found", "no system is here"),
        },
    }
}

/// The answer as the script lets it go over the wire.
fn dressed(mut reply: Reply, faults: &[Fault], agent: &MtconnectAgent) -> Response<Wire> {
    let mut manner = Manner::Whole;
    for fault in faults {
        match fault {
            Fault::Half => manner = Manner::Half,
            Fault::Drip { bytes, ms } => manner = Manner::Drip(*bytes, Duration::from_millis(*ms)),
            Fault::Endless => manner = Manner::Endless,
            Fault::Garbage => reply.body = b"{\"items\": [{\"id\": 1,, \xff".to_vec(),
            Fault::MediaType { media_type } => reply.media_type.clone_from(media_type),
            Fault::DoubleItems => items(&mut reply, |all| {
                *all = all.iter().flat_map(|item| [item.clone(), item.clone()]).collect();
            }),
            Fault::ReverseItems => items(&mut reply, |all| all.reverse()),
            Fault::Clock { seconds } => {
                let off = Duration::from_secs(seconds.unsigned_abs());
                let now = SystemTime::now();
                let told = if *seconds < 0 { now.checked_sub(off) } else { now.checked_add(off) };
                if let Some(told) = told {
                    reply = reply.header("date", httpdate::fmt_http_date(told));
                }
            }
            _ => {}
        }
    }
    let parts = reply.follow.map(|follow| agent.parts(follow));
    reply.send_with(manner, parts)
}

fn items(reply: &mut Reply, change: impl FnOnce(&mut Vec<Value>)) {
    let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body) else { return };
    let name = ["items", "results", "data"].into_iter().find(|name| value[*name].is_array());
    if let Some(all) = name.and_then(|name| value.get_mut(name)).and_then(Value::as_array_mut) {
        change(all);
        reply.body = serde_json::to_vec(&value).unwrap_or_default();
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "cut by the script")
}
