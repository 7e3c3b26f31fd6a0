//! What is answered, and how it goes over the wire.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::json;
use tokio::time::Sleep;

use super::mtconnect::{Follow, Parts};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// An answer as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) media_type: String,
    pub(super) body: Vec<u8>,
    /// What comes after the body, part by part.
    pub(super) follow: Option<Follow>,
}

impl Reply {
    pub(super) fn json(status: u16, value: &impl Serialize) -> Self {
        // What is answered here is made of texts and numbers.
        let body = serde_json::to_vec(value).unwrap_or_default();
        let media_type = JSON.to_owned();
        Self { status, headers: Vec::new(), media_type, body, follow: None }
    }

    /// A refusal (RFC 9457).
    pub(super) fn problem(status: u16, code: &str, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        let body = json!({ "status": status, "code": code, "title": code, "detail": detail });
        Self { media_type: PROBLEM.to_owned(), ..Self::json(status, &body) }
    }

    pub(super) fn empty() -> Self {
        let media_type = String::new();
        Self { status: 204, headers: Vec::new(), media_type, body: Vec::new(), follow: None }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// On its way: all at once, or as `manner` says.
    pub(super) fn send(self, manner: Manner) -> Response<Wire> {
        self.send_with(manner, None)
    }

    /// The same, and then `parts`.
    pub(super) fn send_with(self, manner: Manner, parts: Option<Parts>) -> Response<Wire> {
        let mut response = Response::new(Wire::new(self.body, manner, parts));
        if let Ok(status) = self.status.try_into() {
            *response.status_mut() = status;
        }
        let headers = response.headers_mut();
        if let Ok(media_type) = HeaderValue::from_str(&self.media_type)
            && !self.media_type.is_empty()
        {
            headers.insert(CONTENT_TYPE, media_type);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// How a body goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// All at once.
    Whole,
    /// Half of it, and then the connection is gone.
    Half,
    /// Some bytes at a time, with pauses.
    Drip(usize, Duration),
    /// It never ends.
    Endless,
}

/// A body on its way.
#[derive(Debug)]
pub(super) struct Wire {
    pieces: VecDeque<Bytes>,
    pause: Option<Duration>,
    sleep: Option<Pin<Box<Sleep>>>,
    breaks: bool,
    endless: Option<Bytes>,
    /// What follows the pieces, and how many bytes of it go at a time.
    parts: Option<Parts>,
    at_a_time: usize,
}

impl Wire {
    fn new(body: Vec<u8>, manner: Manner, parts: Option<Parts>) -> Self {
        let mut wire = Self {
            pieces: VecDeque::new(),
            pause: None,
            sleep: None,
            breaks: false,
            endless: None,
            parts,
            at_a_time: usize::MAX,
        };
        match manner {
            Manner::Whole => wire.pieces.push_back(body.into()),
            Manner::Half => {
                let half = body.len() / 2;
                wire.pieces.push_back(Bytes::from(body).slice(..half));
                wire.breaks = true;
            }
            Manner::Drip(bytes, pause) => {
                let pieces = body.chunks(bytes.max(1)).map(Bytes::copy_from_slice);
                wire.pieces.extend(pieces);
                wire.pause = Some(pause);
                wire.at_a_time = bytes.max(1);
            }
            Manner::Endless => {
                wire.endless = Some(Bytes::from(vec![b' '; 16 * 1024]));
                wire.pieces.push_back(body.into());
            }
        }
        wire.pieces.retain(|piece| !piece.is_empty());
        wire
    }

    fn is_plain(&self) -> bool {
        self.pause.is_none() && !self.breaks && self.endless.is_none() && self.parts.is_none()
    }
}

impl Body for Wire {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(sleep) = &mut self.sleep {
            std::task::ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if self.pieces.is_empty() && self.endless.is_none() && !self.breaks {
            let at_a_time = self.at_a_time;
            if let Some(parts) = &mut self.parts
                && let Some(part) = std::task::ready!(parts.poll(context))
            {
                self.pieces.extend(part.chunks(at_a_time).map(Bytes::copy_from_slice));
            }
        }
        if let Some(piece) = self.pieces.pop_front() {
            self.sleep = self.pause.map(|pause| Box::pin(tokio::time::sleep(pause)));
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        if let Some(piece) = &self.endless {
            return Poll::Ready(Some(Ok(Frame::data(piece.clone()))));
        }
        if self.breaks {
            let error = io::Error::new(io::ErrorKind::ConnectionReset, "cut by the script");
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.is_plain() && self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if !self.is_plain() {
            return SizeHint::default();
        }
        let size = self.pieces.iter().map(|piece| piece.len() as u64).sum();
        SizeHint::with_exact(size)
    }
}
