//! The steps themselves.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Found, Report, network};
use crate::credential::{Credential, Settings};
use crate::outgoing::{Answered, CallError, Message, Papers, Rotating};
use crate::peer::call::judged_content;
use crate::peer::{CallFailed, Peer, Request};

/// Clocks may differ by so much: tokens and signatures count for little longer.
const SKEW: Duration = Duration::from_secs(30);

pub(super) async fn all(peer: &Peer, report: &mut Report) {
    let settings = peer.settings();
    let limit = settings.deadline;
    let request = Request::reading(&settings.health, settings.health_type.as_deref());
    let message = report
        .step(async {
            match peer.message(&request) {
                Ok(message) => (Found::ok(message.target.origin()), Some(message)),
                Err(failed) => (Found::of(&failed), None),
            }
        })
        .await;
    let target = message.as_ref().map_or(&settings.url, |message| &message.target);
    let addresses = report.step(within(limit, network::resolve(target))).await.unwrap_or_default();
    let stream = report.step(within(limit, network::connect(&addresses))).await;
    report
        .step(within(limit, async {
            match stream {
                Some(stream) => (network::secure(peer, stream).await, Some(())),
                None => (Found::not_needed("there is no connection"), None),
            }
        }))
        .await;
    report
        .step(within(limit, async { (credential(peer, message.as_ref()).await, Some(())) }))
        .await;
    let answer = report.step(within(limit, called(peer, message.as_ref()))).await;
    report.step(async { (content(&request, answer.as_ref()), Some(())) }).await;
    report.step(async { (clock(answer.as_ref()), Some(())) }).await;
    report.step(within(limit, async { (without(peer, message.as_ref()).await, Some(())) })).await;
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = (Found, Option<T>)>,
) -> (Found, Option<T>) {
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| (Found::of(&CallFailed::TimedOut(limit)), None))
}

/// Whether there is something to prove with.
async fn credential(peer: &Peer, message: Option<&Message>) -> Found {
    let Some(message) = message else { return Found::not_needed("there is nothing to call") };
    let (credential, now) = (&peer.parts.credential, (peer.parts.moments)());
    if matches!(credential, Credential::Nothing) {
        return Found::not_needed(match peer.settings().papers.identity {
            Some(_) => "this server's certificate alone says who asks",
            None => "nothing is shown (auth = \"none\")",
        });
    }
    match credential.prove(message, now).await {
        Ok(_) => Found::ok(match credential.token().and_then(|token| token.valid_until) {
            Some(until) => format!("a token that is used until {until}"),
            None => "the secret is there".to_owned(),
        }),
        Err(error) => Found::of(&CallFailed::Credential(error)),
    }
}

/// Whether it answers who proves who they are.
async fn called(peer: &Peer, message: Option<&Message>) -> (Found, Option<Answered>) {
    let Some(message) = message else {
        return (Found::not_needed("there is nothing to call"), None);
    };
    let client = match peer.parts.way.client() {
        Ok(client) => client,
        Err(error) => return (Found::of(&CallFailed::Certificates(error)), None),
    };
    match peer.proved(&client, message).await {
        Ok(answer) if (200..300).contains(&answer.status) => {
            let words = format!("status {}, {} bytes", answer.status, answer.body.len());
            (Found::ok(words), Some(answer))
        }
        Ok(answer) => (Found::of(&CallFailed::Unwell(answer.status)), None),
        Err(failed) => (Found::of(&failed), None),
    }
}

/// Whether it answers with what connectors read.
fn content(request: &Request<'_>, answer: Option<&Answered>) -> Found {
    let Some(answer) = answer else { return Found::not_needed("there is no answer") };
    match judged_content(request, answer) {
        Ok(()) if answer.body.is_empty() => Found::ok("no content"),
        Ok(()) => Found::ok(answer.media_type()),
        Err(failed) => Found::of(&failed),
    }
}

/// How far its clock is from ours.
fn clock(answer: Option<&Answered>) -> Found {
    let Some(date) = answer.and_then(|it| it.date) else {
        return Found::not_needed("it does not say what time it has (Date)");
    };
    let now = SystemTime::now();
    let apart = now.duration_since(date).unwrap_or_else(|error| error.duration());
    let seconds = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let words = match (seconds(now), seconds(date)) {
        (ours, theirs) if ours.abs_diff(theirs) <= 1 => "both clocks say the same".to_owned(),
        (ours, theirs) if ours > theirs => format!("its clock is {} s behind", apart.as_secs()),
        _ => format!("its clock is {} s ahead", apart.as_secs()),
    };
    if apart > SKEW {
        let next = "Set both clocks by one time server: tokens and signatures count by them.";
        return Found::warning("clocks_differ", words, next);
    }
    Found::ok(words)
}

/// Whether it lets nobody in who proves nothing: otherwise what was found before says nothing.
async fn without(peer: &Peer, message: Option<&Message>) -> Found {
    let settings = peer.settings();
    let shows_nothing = settings.auth == Settings::Nothing && settings.papers.identity.is_none();
    let Some(message) = message.filter(|_| !shows_nothing) else {
        return Found::not_needed("nothing is shown in any case");
    };
    let papers = Papers { identity: None, ..settings.papers.clone() };
    let way = Rotating::new(peer.parts.way.deadlines(), papers);
    let client = match way.client() {
        Ok(client) => client,
        Err(error) => return Found::of(&CallFailed::Certificates(error)),
    };
    match client.send(message.clone()).await {
        Ok(answer) if matches!(answer.status, 401 | 403) => {
            Found::ok(format!("it says no (status {})", answer.status))
        }
        Ok(answer) if (200..300).contains(&answer.status) => Found::warning(
            "everybody_is_answered",
            format!("it answers everybody (status {})", answer.status),
            "Choose a path for health that the other system protects; this one proves nothing.",
        ),
        Ok(answer) => Found::ok(format!("it says no (status {})", answer.status)),
        // Without a certificate of ours there is no connection; some hang up instead of saying so.
        Err(CallError::Tls(fault)) => Found::ok(format!("no connection: {fault}")),
        Err(CallError::Broken(_)) if settings.papers.identity.is_some() => {
            Found::ok("it hangs up on who shows no certificate")
        }
        Err(error) => Found::of(&CallFailed::Call(error)),
    }
}
