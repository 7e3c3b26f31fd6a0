//! A system, and the mapping by which it is spoken with.

use std::sync::Arc;

use serde_json::Value;

use super::answer::{Found, Posted, name};
use super::json::text_of;
use super::list::{ListFailed, Page};
use super::mapping::Mapping;
use super::paging::End;
use super::posting::{Known, Missing, Posting, Search};
use super::walk::{self, Hit, NoAnswer};
use crate::outgoing::Method;
use crate::peer::{CallFailed, Peer, Request};

const JSON: &str = "application/json";

/// Speaks with one system by its mapping. Clones are the same.
#[derive(Debug, Clone)]
pub struct Connector {
    peer: Peer,
    mapping: Arc<Mapping>,
}

/// Why a posting is not ready to be sent. Nothing was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// A look-up there says no.
    #[error("{detail}")]
    Refused {
        /// A stable name: `not_found_there`, `several_there`, `too_few_there`, `posting_unusable`.
        code: &'static str,
        /// What was looked for.
        detail: String,
    },
    /// A look-up was not answered.
    #[error(transparent)]
    Failed(#[from] CallFailed),
}

impl From<Unready> for Posted {
    fn from(unready: Unready) -> Self {
        match unready {
            Unready::Refused { code, detail } => {
                Self::Refused { status: 0, code: Some(code.to_owned()), detail: Some(detail) }
            }
            Unready::Failed(failed) => Self::NotNow { failed, retry_after: None },
        }
    }
}

impl Connector {
    /// Speaks with `peer` by `mapping`.
    pub fn new(peer: Peer, mapping: Arc<Mapping>) -> Self {
        Self { peer, mapping }
    }

    /// The system.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The posting with everything in it that is to be looked up; only reads. `otherwise` is left out
    /// where it is not what would be sent, and stands in its place where it is.
    pub async fn prepared(&self, posting: &Posting) -> Result<Posting, Unready> {
        let mut known = Known::new();
        let mut chosen = posting;
        loop {
            match self.looked_up(chosen, &mut known).await? {
                Wanted::Known => break,
                Wanted::Otherwise(name) => match &chosen.otherwise {
                    Some(otherwise) => chosen = otherwise,
                    None => return Err(not_found(&name)),
                },
            }
        }
        let (path, body) = chosen.with(&known);
        let ready = Posting {
            key: posting.key.clone(),
            method: chosen.method.clone(),
            path,
            body,
            lookups: posting.lookups.clone(),
            find: posting.find.clone(),
            otherwise: None,
        };
        match ready.named().first() {
            None => Ok(ready),
            Some(name) => Err(unusable(format!("there is no look-up {name} in the posting"))),
        }
    }

    /// Sends a posting under `key`, which is its own, once: what becomes of it is told, and nothing is sent
    /// again by itself.
    pub async fn post(&self, posting: &Posting, key: &str) -> Posted {
        if posting.key != key {
            return unusable("the posting is another movement's".to_owned()).into();
        }
        let ready = match self.prepared(posting).await {
            Ok(ready) => ready,
            Err(unready) => return unready.into(),
        };
        let method = match &*ready.method {
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            other => return unusable(format!("{other} is no method that posts")).into(),
        };
        let rules = &self.mapping.rules;
        let headers: Vec<(&str, &str)> =
            rules.key.header.as_deref().map(|header| (header, key)).into_iter().collect();
        let body = ready.body.to_string().into_bytes();
        let request = Request {
            method,
            path: &ready.path,
            headers: &headers,
            body: Some((JSON, &body)),
            wanted: Some(JSON),
            // One attempt, so that the failure that is told is the only one there was.
            repeatable: None,
        };
        rules.answers.judge(&self.peer, self.peer.call(&request).await)
    }

    /// Looks whether `key` was posted there, and under which document.
    pub async fn find(&self, posting: &Posting, key: &str) -> Result<Found, CallFailed> {
        if posting.find.is_empty() || posting.key != key {
            return Ok(Found::CannotTell);
        }
        let mut known = Known::new();
        for look in &posting.find {
            match self.known(posting, look.named(), &mut known).await {
                Ok(Wanted::Known) => {}
                // What it is looked for by is not there: neither is the posting.
                Ok(Wanted::Otherwise(_))
                | Err(Unready::Refused { code: "not_found_there", .. }) => {
                    continue;
                }
                Err(Unready::Refused { .. }) => return Ok(Found::CannotTell),
                Err(Unready::Failed(failed)) => return told(failed),
            }
            match self.hit(&look.with(&known)).await {
                Ok(Hit::Value(value)) => {
                    return Ok(Found::Posted { document: self.document(&value) });
                }
                Ok(Hit::None) => {}
                Ok(Hit::Several | Hit::TooLittle) => return Ok(Found::CannotTell),
                Err(none) => return told(none.into()),
            }
        }
        Ok(Found::Nothing)
    }

    /// Reads the page of a list that begins at `after`, which is the `next` of the page before; the first
    /// without.
    pub async fn list(&self, name: &str, after: Option<&str>) -> Result<Page, ListFailed> {
        let list = self.mapping.list(name);
        let (list, paging) = list.ok_or_else(|| ListFailed::NoSuchList(name.to_owned()))?;
        let leaf =
            walk::page(&self.peer, paging, &list.path, Some(&list.items), (after, End::Empty));
        let leaf = leaf.await;
        list.rows(leaf.map_err(CallFailed::from)?)
    }

    async fn hit(&self, search: &Search) -> Result<Hit, NoAnswer> {
        walk::search(&self.peer, &self.mapping.rules.paging, search).await
    }

    /// The number of a document that was found.
    fn document(&self, value: &Value) -> Option<String> {
        text_of(value).and_then(|text| name(&self.peer, &text))
    }

    async fn looked_up(&self, posting: &Posting, known: &mut Known) -> Result<Wanted, Unready> {
        self.known(posting, posting.named(), known).await
    }

    /// Makes the look-ups that are named and those that they need, each once, each after what it needs.
    async fn known(
        &self,
        posting: &Posting,
        named: Vec<&str>,
        known: &mut Known,
    ) -> Result<Wanted, Unready> {
        let mut wanted: Vec<&str> = Vec::new();
        let mut seen = named;
        while let Some(name) = seen.pop() {
            if !wanted.contains(&name) {
                wanted.push(name);
                let search = posting.lookups.get(name);
                let search = search.ok_or_else(|| {
                    unusable(format!("there is no look-up {name} in the posting"))
                })?;
                seen.extend(search.named());
            }
        }
        loop {
            wanted.retain(|name| !known.contains_key(*name));
            let Some(any) = wanted.first() else { return Ok(Wanted::Known) };
            let mut next =
                wanted.iter().filter_map(|name| Some((*name, posting.lookups.get(*name)?)));
            let is_next =
                |it: &(&str, &Search)| it.1.named().iter().all(|it| known.contains_key(*it));
            let Some((name, search)) = next.rfind(is_next) else {
                return Err(unusable(format!("the look-up {any} needs itself")));
            };
            match self.hit(&search.with(known)).await.map_err(CallFailed::from)? {
                Hit::Value(value) if text_of(&value).is_some() => {
                    known.insert(name.to_owned(), value);
                }
                Hit::Value(_) => {
                    let why = "what was looked up is no text or number";
                    return Err(CallFailed::Unreadable(why).into());
                }
                Hit::None if search.missing == Missing::Otherwise => {
                    return Ok(Wanted::Otherwise(name.to_owned()));
                }
                Hit::None => return Err(not_found(name)),
                Hit::TooLittle => {
                    let detail = format!("the other system has not enough of {name}");
                    return Err(Unready::Refused { code: "too_few_there", detail });
                }
                Hit::Several => {
                    let detail = format!("the other system has several of {name}");
                    return Err(Unready::Refused { code: "several_there", detail });
                }
            }
        }
    }
}

/// What came of looking up.
enum Wanted {
    /// Everything is known.
    Known,
    /// This was not found, and may be missing.
    Otherwise(String),
}

/// An answer that is not as it should be says nothing; no answer is a failure.
fn told(failed: CallFailed) -> Result<Found, CallFailed> {
    match failed {
        CallFailed::Unreadable(_) => Ok(Found::CannotTell),
        failed => Err(failed),
    }
}

fn not_found(name: &str) -> Unready {
    let detail = format!("the other system has no {name} that fits");
    Unready::Refused { code: "not_found_there", detail }
}

fn unusable(detail: String) -> Unready {
    Unready::Refused { code: "posting_unusable", detail }
}
