//! The way as far as to a secure connection.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Host;

use super::{Found, State};
use crate::certificate::Validity;
use crate::outgoing::{CallError, Rotating, Target, TlsFault, admit};
use crate::peer::{CallFailed, Peer};

/// A certificate with fewer days left is worth a look.
const SOON: i64 = 30;

/// The addresses of the peer that may be called.
pub(super) async fn resolve(target: &Target) -> (Found, Option<Vec<SocketAddr>>) {
    let url = target.url();
    let port = url.port_or_known_default().unwrap_or(443);
    let found = match url.host() {
        Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
        Some(Host::Domain(name)) => match tokio::net::lookup_host((name, port)).await {
            Ok(found) => found.collect(),
            Err(error) => {
                let why = format!("{name} has no address: {error}");
                let next = "Correct the name in url, or this computer's name servers.";
                return (Found::failed("name_unknown", why, next), None);
            }
        },
        None => Vec::new(),
    };
    let mut refused = None;
    let mut admitted = Vec::new();
    for address in found {
        match admit(address.ip()) {
            Ok(()) => admitted.push(address),
            Err(why) => refused = Some(why),
        }
    }
    match (admitted.is_empty(), refused) {
        (true, Some(why)) => (Found::of(&CallFailed::Call(CallError::Refused(why))), None),
        (true, None) => {
            let next = "Correct the name in url, or this computer's name servers.";
            (Found::failed("name_unknown", "the name has no address", next), None)
        }
        (false, refused) => {
            let words: Vec<_> = admitted.iter().map(|it| it.ip().to_string()).collect();
            let mut words = words.join(", ");
            if let Some(why) = refused {
                // Writing to a string cannot fail.
                let _ = write!(words, " (not used: {why})");
            }
            (Found::ok(words), Some(admitted))
        }
    }
}

/// A connection to the first of the addresses that takes one.
pub(super) async fn connect(addresses: &[SocketAddr]) -> (Found, Option<TcpStream>) {
    let mut why = "there is no address".to_owned();
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return (Found::ok(address.to_string()), Some(stream)),
            Err(error) => why = format!("{address}: {error}"),
        }
    }
    (Found::of(&CallFailed::Call(CallError::Unreachable(why))), None)
}

/// Makes the connection a secure one; what is found are its version and the certificates.
pub(super) async fn secure(peer: &Peer, stream: TcpStream) -> Found {
    let (target, way) = (&peer.settings().url, &peer.parts.way);
    let url = target.url();
    if url.scheme() != "https" {
        return Found::not_needed(
            "url begins with http://, so that everybody on the way can read along",
        );
    }
    let rules = match way.rules() {
        Ok(rules) => rules,
        Err(error) => return Found::of(&CallFailed::Certificates(error)),
    };
    let name = match url.host() {
        Some(Host::Ipv4(ip)) => Ok(ServerName::from(std::net::IpAddr::V4(ip))),
        Some(Host::Ipv6(ip)) => Ok(ServerName::from(std::net::IpAddr::V6(ip))),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()),
        None => return Found::of(&CallFailed::Elsewhere),
    };
    let Ok(name) = name else { return Found::of(&CallFailed::Elsewhere) };
    match TlsConnector::from(Arc::new(rules)).connect(name, stream).await {
        Ok(stream) => {
            let version = stream.get_ref().1.protocol_version();
            let version =
                version.and_then(|it| it.as_str()).unwrap_or("TLS").replace("TLSv", "TLS ");
            judged(peer, way, &version.replace('_', "."))
        }
        Err(error) => {
            let fault = TlsFault::within(&error)
                .map_or_else(|| CallError::Broken(error.to_string()), CallError::Tls);
            let mut found = Found::of(&CallFailed::Call(fault));
            if let Some(Validity { until, vouches_for_itself, .. }) = way.theirs() {
                let own = if vouches_for_itself { "; it is self-signed" } else { "" };
                let _ = write!(found.words, " (it counts until {until}{own})");
            }
            found
        }
    }
}

fn judged(peer: &Peer, way: &Rotating, version: &str) -> Found {
    let now = (peer.parts.moments)();
    let chain = way.their_chain();
    let Some(Some(theirs)) = chain.first() else {
        return Found::ok(version);
    };
    let days = theirs.days_left(now);
    let mut words = format!("{version}, {} certificates, {days} days left", chain.len());
    let mut found = Found::ok("");
    if days < SOON {
        let next = "Have the other system's certificate renewed before it is over.";
        found = Found::warning("certificate_ends_soon", "", next);
    }
    if let Some(ours) = way.ours() {
        let left = ours.days_left(now);
        let _ = write!(words, "; ours has {left} days left");
        if left < SOON && found.state == State::Ok {
            let next = "Renew the certificate in client_certificate_file before it is over.";
            found = Found::warning("client_certificate_ends_soon", "", next);
        }
    }
    found.words = words;
    found
}
