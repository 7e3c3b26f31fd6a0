//! One connection: handshake, requests in turn, and a polite end.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tower::Service;

use super::leftover::Lent;
use super::patience::Patience;
use crate::web::Shared;

/// Who is at the other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Their address.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
}

impl Peer {
    /// Whether they are on this machine.
    pub fn is_local(&self) -> bool {
        self.address.ip().to_canonical().is_loopback()
    }
}

/// The accept loop put it there. A request without one never came over a network.
impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let nobody = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let peer = parts.extensions.get::<Self>().copied();
        Ok(peer.unwrap_or(Self { address: nobody, secure: false }))
    }
}

/// Answers the requests of one connection until it ends.
pub(super) async fn talk(
    stream: TcpStream,
    peer: Peer,
    tls: Option<TlsAcceptor>,
    router: Router,
    web: Shared,
) {
    // An answer is one small write: waiting for more to send only adds latency.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before its first request");
        return;
    }
    web.metrics().connected();
    match tls {
        None => requests(stream, peer, router, &web).await,
        Some(tls) => {
            let handshake = tls.accept(stream);
            match tokio::time::timeout(web.limits().header_time, handshake).await {
                Ok(Ok(stream)) => requests(stream, peer, router, &web).await,
                Ok(Err(error)) => tracing::debug!(%error, peer = %peer.address, "no TLS handshake"),
                Err(_) => tracing::debug!(peer = %peer.address, "the TLS handshake took too long"),
            }
        }
    }
    web.metrics().disconnected();
}

async fn requests<S>(stream: S, peer: Peer, router: Router, web: &Shared)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = web.limits();
    let service = service_fn(move |request| answer(router.clone(), peer, request));
    let stream = TokioIo::new(Patience::new(stream, limits.write_time));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_buf_size(limits.header_size.max(8 * 1024))
            .serve_connection(stream, service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = web.closed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, peer = %peer.address, "a connection broke off");
    }
}

async fn answer(
    mut router: Router,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if request.body().is_end_stream() {
        let mut request = request.map(|_| Body::empty());
        request.extensions_mut().insert(peer);
        return router.call(request).await;
    }
    // Whoever asks before sending a body is not made to send it for nothing.
    let asks_first = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let lent = Lent::new(body);
    let mut request = Request::from_parts(parts, Body::new(lent.clone()));
    request.extensions_mut().insert(peer);
    let response = router.call(request).await?;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    if refused && !asks_first && response.status() != StatusCode::REQUEST_TIMEOUT {
        lent.discard().await;
    }
    Ok(response)
}
