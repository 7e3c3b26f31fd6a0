//! Asking an agent: one document, or a stream of them.

use std::fmt;

use tokio::time::timeout;

use super::address::Request;
use super::document::{self, Devices, Document, Wanted};
use super::stream::{Parts, boundary};
use super::{Away, Settings};
use crate::outgoing::{CallError, Client, Rotating, Stream};

/// XML alone: agents can say the same as JSON.
const HEADERS: [(&str, &str); 1] =
    [("accept", "text/xml, application/xml, multipart/x-mixed-replace, multipart/mixed")];

/// The way to an agent.
pub(super) struct Line {
    pub(super) settings: Settings,
    client: Client,
}

/// What comes of asking for a stream.
pub(super) enum Answer {
    Stream(Box<Feed>),
    /// It does not stream.
    Whole(Document),
}

/// A stream that is being read.
pub(super) struct Feed {
    stream: Stream,
    parts: Parts,
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feed({:?})", self.stream)
    }
}

impl Line {
    pub(super) fn new(settings: Settings) -> Result<Self, Away> {
        let client = Rotating::new(settings.deadlines, settings.papers.clone()).client()?;
        Ok(Self { settings, client })
    }

    /// What there is.
    pub(super) async fn probe(&self) -> Result<Devices, Away> {
        match self.document(Request::Probe).await? {
            Document::Devices(devices) => Ok(devices),
            other => Err(self.unexpected(other)),
        }
    }

    /// The answer to a request, in one document.
    pub(super) async fn document(&self, request: Request) -> Result<Document, Away> {
        let Settings { address, limits, .. } = &self.settings;
        let whole = self.client.fetch(&address.of(request)?, &HEADERS, limits.document).await?;
        self.judge(whole.status, &whole.content_type, &whole.body)
    }

    /// Asks for a stream.
    pub(super) async fn follow(&self, request: Request) -> Result<Answer, Away> {
        let Settings { address, limits, .. } = &self.settings;
        let target = address.of(request)?;
        let stream = self.client.stream(&target, &HEADERS, self.settings.patience()).await?;
        let is_success = (200..300).contains(&stream.status());
        match boundary(stream.content_type()) {
            Some(boundary) if is_success => {
                let parts = Parts::new(&boundary?, limits.document);
                Ok(Answer::Stream(Box::new(Feed { stream, parts })))
            }
            _ => {
                let whole = self.settings.deadlines.whole;
                let read = timeout(whole, self.read_whole(stream)).await;
                read.unwrap_or(Err(Away::Call(CallError::TimedOut(whole.as_secs()))))
            }
        }
    }

    async fn read_whole(&self, mut stream: Stream) -> Result<Answer, Away> {
        let most = self.settings.limits.document;
        let mut body = Vec::new();
        while let Some(piece) = stream.piece().await? {
            if body.len() + piece.len() > most {
                return Err(Away::TooLarge(most));
            }
            body.extend_from_slice(&piece);
        }
        self.judge(stream.status(), stream.content_type(), &body).map(Answer::Whole)
    }

    /// The document of a part of a stream.
    pub(super) fn part(&self, part: &[u8]) -> Result<Document, Away> {
        self.judge(200, "", part)
    }

    /// What an answer is. One that says no in the agent's own words is a document.
    fn judge(&self, status: u16, content_type: &str, body: &[u8]) -> Result<Document, Away> {
        let Settings { wanted: tags, limits, .. } = &self.settings;
        let wanted = Wanted { tags, observations: limits.observations };
        let read = document::read(body, wanted);
        match read {
            Ok(Document::Errors(errors)) => Ok(Document::Errors(errors)),
            _ if !(200..300).contains(&status) => Err(Away::Refused(status)),
            Ok(Document::Other(root)) => Err(Away::NotMtconnect(format!("<{root}>"))),
            Ok(document) => Ok(document),
            Err(_) if !is_xml(content_type, body) => Err(Away::no_document(content_type)),
            Err(unreadable) => Err(unreadable.into()),
        }
    }

    /// What a document means where another kind was asked for.
    pub(super) fn unexpected(&self, document: Document) -> Away {
        match document {
            Document::Errors(errors) => Away::said(errors, self.settings.address.device()),
            Document::Devices(_) => {
                Away::NotMtconnect("devices where streams are asked for".into())
            }
            Document::Streams(_) => {
                Away::NotMtconnect("streams where devices are asked for".into())
            }
            Document::Other(root) => Away::NotMtconnect(format!("<{root}>")),
        }
    }
}

impl Feed {
    /// The next part. Nothing is lost where this is dropped before it is done.
    pub(super) async fn next(&mut self) -> Result<Vec<u8>, Away> {
        loop {
            match self.parts.next()? {
                // Some keep a connection alive with nothing.
                Some(part) if part.trim_ascii().is_empty() => continue,
                Some(part) => return Ok(part),
                None if self.parts.is_over() => return Err(Away::Ended),
                None => {}
            }
            let piece = self.stream.piece().await?.ok_or(Away::Ended)?;
            self.parts.push(&piece);
        }
    }
}

/// Whether something is meant to be XML, and not the page of something else that answers there.
fn is_xml(content_type: &str, body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let start = start.get(..start.len().min(14)).unwrap_or_default().to_ascii_lowercase();
    let is_page = content_type.to_ascii_lowercase().contains("html")
        || start.starts_with(b"<html")
        || start.starts_with(b"<!doctype html");
    !is_page && (start.starts_with(b"<") || start.starts_with("\u{feff}".as_bytes()))
}
