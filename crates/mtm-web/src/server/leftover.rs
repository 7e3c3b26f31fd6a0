//! The rest of a body that nobody wanted.
//!
//! A request may be refused before its body was read. To answer at once and hang up would reset
//! the connection of a client that is still sending, which then never sees the answer. So the rest
//! is taken and thrown away, within bounds, before a refusal is sent.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// Most bytes that are thrown away; who sends more is hung up on.
const MOST: usize = 8 * 1024 * 1024;

/// Longest time spent on it.
const LONGEST: Duration = Duration::from_secs(2);

/// A body that is lent to a handler and can be taken back.
#[derive(Debug, Clone)]
pub(super) struct Lent(Arc<Mutex<Incoming>>);

impl Lent {
    pub(super) fn new(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    /// Throws away what the handler left.
    pub(super) async fn discard(mut self) {
        let rest = async {
            let mut size = 0;
            while let Some(Ok(frame)) = self.frame().await {
                size += frame.data_ref().map_or(0, Bytes::len);
                if size > MOST {
                    break;
                }
            }
        };
        // Running out of time is as good an end as any.
        let _ = tokio::time::timeout(LONGEST, rest).await;
    }

    fn with<T>(&self, look: impl FnOnce(&mut Incoming) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
