//! One at work for each of several, whichever there are just now.

use std::collections::HashSet;
use std::hash::Hash;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::Stop;
use crate::bus::{Follower, Message};

/// How often it is looked whether there are others, which nobody here told of.
const LOOK: Duration = Duration::from_secs(5);

/// Has `serve` work for each name that `names` gives, beside each other, until `stop` is wanted and all of them ended.
/// One that ended by itself begins anew as long as its name is given. Names are asked for again when `changed` says so,
/// and now and then.
pub(crate) async fn serve_each<N, M, Names, Work>(
    stop: &Stop,
    mut changed: Follower<M>,
    names: impl Fn() -> Names,
    serve: impl Fn(N) -> Work,
) where
    N: Clone + Eq + Hash,
    M: Message + Clone,
    Names: Future<Output = Vec<N>>,
    Work: Future<Output = ()>,
{
    let mut serving = FuturesUnordered::new();
    let mut served = HashSet::new();
    while !stop.is_wanted() {
        for name in names().await {
            if served.insert(name.clone()) {
                let work = serve(name.clone());
                serving.push(async move {
                    work.await;
                    name
                });
            }
        }
        tokio::select! {
            Some(name) = serving.next() => { served.remove(&name); }
            _ = changed.next() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = stop.wanted() => {}
        }
    }
    while serving.next().await.is_some() {}
}
