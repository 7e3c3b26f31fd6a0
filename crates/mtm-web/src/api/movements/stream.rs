//! `POST /movements/batch` as a stream: lines in, lines out, in order, in bounded memory.
//!
//! Lines that have arrived together are submitted together, at most [`CHUNK`] at a time; the
//! ledger's writer takes them into one transaction. Each line stands for itself: a refused one
//! does not stop the stream.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use mtm_app::movement::{Circumstances, MovementBody};
use mtm_core::code::Code;
use serde::Serialize;
use utoipa::ToSchema;

use super::batch::ItemAnswer;
use crate::problem::Problem;
use crate::request::{Booking, Caller, need, parse};
use crate::web::Shared;

/// Most lines submitted together.
const CHUNK: usize = 1000;

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineAnswer {
    /// Which line, from 1.
    line: u64,
    /// Whether it was booked before, under the same key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    /// Its answer.
    #[serde(flatten)]
    answer: ItemAnswer,
}

impl LineAnswer {
    fn refused(line: u64, problem: Problem) -> Self {
        Self { line, replayed: false, answer: ItemAnswer::refused(problem) }
    }
}

/// Answers a stream of lines with a stream of lines.
pub(super) fn answer(web: Shared, who: Booking<need::Book>, body: Body) -> Response {
    let Booking { caller, around } = who;
    let lines = Lines {
        body: body.into_data_stream(),
        rest: BytesMut::new(),
        longest: web.limits().stream.line,
        pause: web.limits().stream.pause,
        next: 1,
        ended: false,
    };
    let state = Stream { booker: Booker { web, caller, around }, lines };
    let answers = stream::unfold(state, async |mut state| {
        let bytes = state.step().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), state))
    });
    let kind = HeaderValue::from_static("application/x-ndjson");
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(answers)).into_response()
}

struct Stream {
    booker: Booker,
    lines: Lines,
}

impl Stream {
    /// The answers to the next lines; `None` at the end.
    async fn step(&mut self) -> Option<Bytes> {
        let chunk = tokio::select! {
            biased;
            () = self.booker.web.closed() => self.lines.stop(Problem::of(Code::Unavailable)),
            chunk = self.lines.chunk() => chunk,
        };
        if chunk.is_empty() {
            return None;
        }
        let booked: Vec<LineAnswer> = stream::iter(chunk)
            .map(|(line, text)| self.booker.book(line, text))
            .buffered(CHUNK)
            .collect()
            .await;
        let mut text = Vec::with_capacity(booked.len() * 512);
        for answer in &booked {
            // Strings, numbers and lists of them always serialise.
            let _ = serde_json::to_writer(&mut text, answer);
            text.push(b'\n');
        }
        Some(text.into())
    }
}

/// Who books the lines.
struct Booker {
    web: Shared,
    caller: Caller<need::Book>,
    around: Circumstances,
}

impl Booker {
    async fn book(&self, line: u64, text: Result<Bytes, Problem>) -> LineAnswer {
        match self.try_book(line, text).await {
            Ok(answer) => answer,
            Err(problem) => {
                self.web.metrics().refusal(problem.code());
                LineAnswer::refused(line, problem)
            }
        }
    }

    async fn try_book(
        &self,
        line: u64,
        text: Result<Bytes, Problem>,
    ) -> Result<LineAnswer, Problem> {
        let body: MovementBody = parse(&text?)?;
        let key = self.around.key.as_ref().map(|key| format!("{key}#{line}"));
        let around = Circumstances { key, ..self.around.clone() };
        let done = self.web.app().book_line(&self.caller, around, &body).await?;
        if !done.replayed {
            for movement in &done.outcome.movements {
                self.web.metrics().movement(movement.kind);
            }
        }
        let answer = ItemAnswer::booked(done.outcome);
        Ok(LineAnswer { line, replayed: done.replayed, answer })
    }
}

/// A line and its number, or why it cannot be read.
type Numbered = (u64, Result<Bytes, Problem>);

/// The lines of a body.
struct Lines {
    body: BodyDataStream,
    rest: BytesMut,
    longest: usize,
    pause: Duration,
    next: u64,
    ended: bool,
}

impl Lines {
    /// The lines that have arrived, at least one; none at the end.
    async fn chunk(&mut self) -> Vec<Numbered> {
        let mut chunk = Vec::new();
        loop {
            self.take_complete(&mut chunk);
            if self.ended || chunk.len() >= CHUNK {
                return chunk;
            }
            let more = if chunk.is_empty() {
                match tokio::time::timeout(self.pause, self.body.next()).await {
                    Ok(more) => more,
                    Err(_) => return self.stop(Problem::of(Code::TooSlow)),
                }
            } else {
                match self.body.next().now_or_never() {
                    Some(more) => more,
                    None => return chunk,
                }
            };
            match more {
                Some(Ok(bytes)) => self.rest.extend_from_slice(&bytes),
                Some(Err(_)) => {
                    let problem = Problem::new(Code::InvalidBody, "the stream broke off");
                    chunk.extend(self.stop(problem));
                }
                None => {
                    self.ended = true;
                    let last = self.rest.split().freeze();
                    self.put(&mut chunk, last);
                }
            }
        }
    }

    /// Moves complete lines out of what was read. A line that is too long ends the stream: where
    /// the next one starts may be far away.
    fn take_complete(&mut self, chunk: &mut Vec<Numbered>) {
        while chunk.len() < CHUNK && !self.ended {
            match self.rest.iter().position(|byte| *byte == b'\n') {
                Some(end) if end <= self.longest => {
                    let mut line = self.rest.split_to(end + 1);
                    line.truncate(end);
                    self.put(chunk, line.freeze());
                }
                None if self.rest.len() <= self.longest => return,
                _ => {
                    let message = format!("a line has at most {} bytes", self.longest);
                    chunk.extend(self.stop(Problem::new(Code::TooLarge, message)));
                }
            }
        }
    }

    /// Numbers a line; blank ones count, but ask for nothing.
    fn put(&mut self, chunk: &mut Vec<Numbered>, line: Bytes) {
        if !line.iter().all(u8::is_ascii_whitespace) {
            chunk.push((self.next, Ok(line)));
        }
        self.next += 1;
    }

    /// Ends the stream with a line that says why, unless it has ended.
    fn stop(&mut self, problem: Problem) -> Vec<Numbered> {
        if self.ended {
            return Vec::new();
        }
        self.ended = true;
        self.rest.clear();
        vec![(self.next, Err(problem))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&'static str], longest: usize) -> Lines {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, std::io::Error>(*piece)).collect();
        Lines {
            body: Body::from_stream(stream::iter(pieces)).into_data_stream(),
            rest: BytesMut::new(),
            longest,
            pause: Duration::from_secs(30),
            next: 1,
            ended: false,
        }
    }

    async fn all(mut lines: Lines) -> Vec<(u64, Result<Bytes, Code>)> {
        let mut read = Vec::new();
        loop {
            let chunk = lines.chunk().await;
            if chunk.is_empty() {
                return read;
            }
            read.extend(chunk.into_iter().map(|(line, text)| (line, text.map_err(|p| p.code()))));
        }
    }

    #[tokio::test]
    async fn lines_are_found_wherever_the_pieces_are_cut() {
        let read = all(lines(&["{\"a\"", ":1}\n\n{\"b\":", "2}\r\n{}"], 20)).await;
        let text = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        assert_eq!(read, [(1, text("{\"a\":1}")), (3, text("{\"b\":2}\r")), (4, text("{}"))]);
        assert_eq!(all(lines(&[], 20)).await, []);
        assert_eq!(all(lines(&["1\n"], 20)).await, [(1, text("1"))]);
    }

    #[tokio::test]
    async fn a_line_without_end_ends_the_stream() {
        for pieces in [&["1\n123456", "789"][..], &["1\n123456789\n2\n"]] {
            let read = all(lines(pieces, 5)).await;
            assert_eq!(read.len(), 2);
            assert_eq!(read[1], (2, Err(Code::TooLarge)));
        }
    }
}
