//! Names become addresses, and only those that may be reached.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Refused, admit};

/// Looks a name up; the system does it, a test says what is answered.
pub(super) type Lookup = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>
        + Send
        + Sync,
>;

/// Gives a connection the addresses that were checked, and no others.
pub(super) struct Resolver(pub(super) Lookup);

impl Resolver {
    /// Names as the system knows them.
    pub(super) fn of_the_system() -> Self {
        Self(Arc::new(|name| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        }))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let looked_up = (self.0)(name.as_str().to_owned());
        Box::pin(async move {
            let admitted = admitted(looked_up.await?)?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// Those that may be reached; where none may, why.
fn admitted(found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refused> {
    let mut refused = None;
    let mut admitted = Vec::with_capacity(found.len());
    for address in found {
        match admit(address.ip()) {
            Ok(()) => admitted.push(address),
            Err(why) => refused = Some(why),
        }
    }
    match refused {
        Some(why) if admitted.is_empty() => Err(why),
        _ => Ok(admitted),
    }
}
