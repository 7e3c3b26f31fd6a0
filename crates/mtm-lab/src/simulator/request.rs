//! A request as the systems see it.

use std::collections::BTreeMap;

use http_body_util::{BodyExt as _, Limited};
use hyper::Request;
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde::Serialize;

/// Most bytes of a request.
const MOST: usize = 1 << 20;

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// One line of the account of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Asked {
    method: String,
    path: String,
    /// How it was answered; none where it was not.
    pub(super) status: Option<u16>,
    /// What the script did with it.
    pub(super) faults: Vec<&'static str>,
}

impl Call {
    /// Reads a request; `None` where its body is too long or broke off.
    pub(super) async fn read(request: Request<Incoming>) -> Option<Self> {
        let (head, body) = request.into_parts();
        let text = |value: &hyper::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
        let body = Limited::new(body, MOST).collect().await.ok()?.to_bytes().to_vec();
        Some(Self {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: pairs(head.uri.query().unwrap_or_default()),
            headers: headers.collect(),
            body,
        })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The pairs of a form.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    pub(super) fn account(&self) -> Asked {
        let (method, path) = (self.method.clone(), self.path.clone());
        Asked { method, path, status: None, faults: Vec::new() }
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

/// Without percent signs and plus signs.
pub(super) fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}
