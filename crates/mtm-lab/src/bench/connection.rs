//! One kept-alive HTTP/1.1 connection, driven by the task that uses it: no second task, no
//! wake-up across threads, as little work as possible on cores that the server needs.

use std::io;
use std::pin::Pin;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::target::Target;

/// Longest answer that is read.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

type Driver = http1::Connection<TokioIo<TcpStream>, Full<Bytes>>;

pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Pin<Box<Driver>>,
    ended: bool,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) replayed: bool,
    /// Empty unless asked for.
    pub(super) body: Bytes,
}

/// The connection broke before the answer was there.
#[derive(Debug)]
pub(super) struct Dropped;

impl Connection {
    pub(super) async fn open(target: &Target) -> io::Result<Self> {
        let stream = TcpStream::connect(&target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        Ok(Self { sender, driver: Box::pin(driver), ended: false })
    }

    /// Sends a request and reads its answer to the end. A success's body is kept where `keep`,
    /// a refusal's always.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        keep: bool,
    ) -> Result<Reply, Dropped> {
        if self.ended {
            return Err(Dropped);
        }
        let sender = &mut self.sender;
        let answer = async move {
            sender.ready().await.map_err(|_| Dropped)?;
            let response = sender.send_request(request).await.map_err(|_| Dropped)?;
            let (head, body) = response.into_parts();
            let replayed = head.headers.contains_key("idempotent-replayed");
            let mut body = Limited::new(body, LONGEST_ANSWER);
            let body = if keep || !head.status.is_success() {
                body.collect().await.map_err(|_| Dropped)?.to_bytes()
            } else {
                while let Some(frame) = body.frame().await {
                    frame.map_err(|_| Dropped)?;
                }
                Bytes::new()
            };
            Ok(Reply { status: head.status, replayed, body })
        };
        tokio::pin!(answer);
        tokio::select! {
            biased;
            answered = &mut answer => answered,
            _ = &mut self.driver => {
                // The server hung up, perhaps right after a complete answer.
                self.ended = true;
                answer.await
            }
        }
    }
}
