//! Requests of the agent, by the paths and parameters of the standard, and what is done to it.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::device::{NAME, UUID};
use super::follow::{BOUNDARY, Follow};
use super::{MtconnectAgent, MtconnectRefusal, MtconnectSettings, State, document};
use crate::simulator::reply::Reply;
use crate::simulator::request::{Call, decoded};

/// What the standard says where `count` and `heartbeat` are left out.
const COUNT: usize = 100;
const HEARTBEAT: u64 = 10_000;

/// Why a request is not answered: status, code of the standard, words.
type Refused = (u16, &'static str, String);

/// Pieces that are made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    tag: String,
    pieces: u64,
}

/// What a data item shows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Show {
    tag: String,
    value: String,
    #[serde(default)]
    began_again: bool,
}

impl MtconnectAgent {
    /// Answers `call`, whose path below `/mtconnect/` is `path`.
    pub(in crate::simulator) fn answer(&self, path: &str, call: &Call) -> Reply {
        let mut state = self.lock();
        asked(&mut state, path, call).unwrap_or_else(|(status, code, text)| {
            xml(status, document::error(&state.header(), code, &text))
        })
    }

    /// Does what `call` wants, whose path below `/control/mtconnect` is `path`; `None` where there is no such thing.
    pub(in crate::simulator) fn control(&self, path: &str, call: &Call) -> Option<Reply> {
        let done = match (call.method.as_str(), path) {
            ("GET", "") => return Some(Reply::json(200, &json!(self.report()))),
            ("PUT", "") => read::<MtconnectSettings>(call).and_then(|it| given(self.set(it))),
            ("POST", "/count") => {
                read::<Count>(call).and_then(|it| given(self.count(&it.tag, it.pieces)))
            }
            ("POST", "/value") => read::<Show>(call)
                .and_then(|it| given(self.show(&it.tag, &it.value, it.began_again))),
            ("POST", "/unavailable") => {
                self.unavailable();
                Ok(())
            }
            ("POST", "/available") => {
                self.available();
                Ok(())
            }
            ("POST", "/restart") => {
                self.restart();
                Ok(())
            }
            _ => return None,
        };
        Some(match done {
            Ok(()) => Reply::empty(),
            Err(why) => Reply::problem(400, "invalid_body", why),
        })
    }
}

fn given(done: Result<(), MtconnectRefusal>) -> Result<(), String> {
    done.map_err(|refusal| refusal.to_string())
}

fn read<'b, T: Deserialize<'b>>(call: &'b Call) -> Result<T, String> {
    serde_json::from_slice(&call.body).map_err(|error| error.to_string())
}

fn xml(status: u16, body: String) -> Reply {
    let media_type = "text/xml".to_owned();
    Reply { status, media_type, body: body.into_bytes(), ..Reply::empty() }
}

fn asked(state: &mut State, path: &str, call: &Call) -> Result<Reply, Refused> {
    if call.method != "GET" {
        let text = format!("{} is not answered", call.method);
        return Err((405, "UNSUPPORTED", text));
    }
    let request = match path.split_once('/') {
        Some((device, request)) => {
            let device = decoded(device);
            if device != NAME && device != UUID {
                let text = format!("Could not find the device '{device}'");
                return Err((404, "NO_DEVICE", text));
            }
            request
        }
        None => path,
    };
    if call.query.contains_key("path") {
        return Err((400, "UNSUPPORTED", "'path' is not answered here".to_owned()));
    }
    match request {
        "" | "probe" => Ok(xml(200, document::devices(&state.header()))),
        "current" => current(state, call),
        "sample" => sample(state, call),
        _ => Err((404, "INVALID_URI", format!("'{request}' is no request"))),
    }
}

fn current(state: &State, call: &Call) -> Result<Reply, Refused> {
    let (first, next) = (state.buffer.first(), state.buffer.next());
    let at = number::<u64>(call, "at")?;
    if let Some(at) = at {
        within("at", at, first, next.saturating_sub(1))?;
    }
    let observations = state.buffer.state(at.unwrap_or(u64::MAX));
    let numbers = (first, next - 1, next);
    Ok(xml(200, document::streams(&state.header(), numbers, &observations)))
}

fn sample(state: &mut State, call: &Call) -> Result<Reply, Refused> {
    let (first, next) = (state.buffer.first(), state.buffer.next());
    let from = number(call, "from")?.unwrap_or(first);
    within("from", from, first, next)?;
    let count = number(call, "count")?.unwrap_or(COUNT.min(state.buffer.size()));
    within("count", count as u64, 1, state.buffer.size() as u64)?;
    let interval = number::<u64>(call, "interval")?;
    let heartbeat = number(call, "heartbeat")?.unwrap_or(HEARTBEAT);
    within("heartbeat", heartbeat, 2, u64::from(u32::MAX))?;
    let Some(interval) = interval.filter(|_| state.settings.streams) else {
        return Ok(xml(200, told(state, from, count).0));
    };
    within("interval", interval, 0, u64::from(u32::MAX))?;
    state.streams += 1;
    let follow = Follow {
        instance: state.instance,
        from,
        count,
        interval: Duration::from_millis(interval),
        heartbeat: Duration::from_millis(heartbeat),
    };
    let media_type = format!("multipart/x-mixed-replace;boundary={BOUNDARY}");
    Ok(Reply { status: 200, media_type, follow: Some(follow), ..Reply::empty() })
}

/// A document of what was observed from `from` on, and where to go on.
pub(super) fn told(state: &State, from: u64, count: usize) -> (String, u64) {
    let (observations, next) = state.buffer.since(from, count);
    let numbers = (state.buffer.first(), state.buffer.next() - 1, next);
    (document::streams(&state.header(), numbers, &observations), next)
}

fn number<T: FromStr>(call: &Call, name: &str) -> Result<Option<T>, Refused> {
    let Some(text) = call.query.get(name) else { return Ok(None) };
    let number = text.parse();
    let wrong = |_| (400, "INVALID_REQUEST", format!("'{name}' is no number: {text}"));
    number.map(Some).map_err(wrong)
}

/// As the agent says it that most machines have.
fn within(name: &str, value: u64, least: u64, most: u64) -> Result<(), Refused> {
    let text = if value < least {
        format!("'{name}' must be greater than {}", least.saturating_sub(1))
    } else if value > most {
        format!("'{name}' must be less than {}", most.saturating_add(1))
    } else {
        return Ok(());
    };
    Err((400, "OUT_OF_RANGE", text))
}
