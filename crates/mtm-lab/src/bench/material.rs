//! What can be booked with: codes that the server's master data has.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde::Deserialize;

use super::connection::{Connection, Reply};
use super::target::{BenchError, Target};

/// Codes to book with and search for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Material {
    /// Part numbers.
    pub parts: Vec<String>,
    /// Operations.
    pub operations: Vec<String>,
    /// Locations.
    pub locations: Vec<String>,
    /// Lots with stock, to look at; there may be none.
    pub lots: Vec<String>,
}

#[derive(Deserialize)]
struct Listing {
    items: Vec<Master>,
}

#[derive(Deserialize)]
struct Master {
    code: String,
    #[serde(default)]
    retired_at: Option<serde_json::Value>,
}

/// How many codes of each kind a run uses at most.
const MOST: u16 = 1_000;

impl Material {
    /// Asks the server for codes that are not retired.
    pub async fn discover(target: &Target) -> Result<Self, BenchError> {
        let mut connection = open(target).await?;
        let material = Self {
            parts: codes(target, &mut connection, "parts").await?,
            operations: codes(target, &mut connection, "operations").await?,
            locations: codes(target, &mut connection, "locations").await?,
            lots: lots(target, &mut connection).await?,
        };
        material.check()?;
        Ok(material)
    }

    /// Refuses material that nothing can be booked with.
    pub(super) fn check(&self) -> Result<(), BenchError> {
        for (what, codes) in [
            ("parts", &self.parts),
            ("operations", &self.operations),
            ("locations", &self.locations),
        ] {
            if codes.is_empty() {
                return Err(BenchError::NoMaterial { what });
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Stock {
    items: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    lot: String,
}

async fn lots(target: &Target, connection: &mut Connection) -> Result<Vec<String>, BenchError> {
    let path = format!("/api/v1/stock?limit={MOST}");
    let request = prepared(target, "GET", &path, Bytes::new())?;
    let stock: Stock = read(&ask(connection, request, &path).await?, &path)?;
    Ok(stock.items.into_iter().map(|bucket| bucket.lot).collect())
}

async fn codes(
    target: &Target,
    connection: &mut Connection,
    what: &'static str,
) -> Result<Vec<String>, BenchError> {
    let path = format!("/api/v1/{what}?limit={MOST}");
    let request = prepared(target, "GET", &path, Bytes::new())?;
    let reply = ask(connection, request, &path).await?;
    let listing: Listing = read(&reply, &path)?;
    let usable = listing.items.into_iter().filter(|item| item.retired_at.is_none());
    Ok(usable.map(|item| item.code).collect())
}

pub(super) async fn open(target: &Target) -> Result<Connection, BenchError> {
    Connection::open(target)
        .await
        .map_err(|source| BenchError::Unreachable { address: target.address.clone(), source })
}

/// A request outside the measurement.
pub(super) fn prepared(
    target: &Target,
    method: &str,
    path: &str,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, BenchError> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", &target.host)
        .header("authorization", &target.authorization)
        .header("content-type", "application/json")
        .body(Full::new(body))
        .map_err(|error| BenchError::Answer { what: path.to_owned(), detail: error.to_string() })
}

/// Sends a request that must succeed.
pub(super) async fn ask(
    connection: &mut Connection,
    request: Request<Full<Bytes>>,
    what: &str,
) -> Result<Reply, BenchError> {
    let what = what.to_owned();
    let Ok(reply) = connection.exchange(request, true).await else {
        return Err(BenchError::Answer { what, detail: "the connection was cut".to_owned() });
    };
    if reply.status.is_success() {
        return Ok(reply);
    }
    let problem: Problem = serde_json::from_slice(&reply.body).unwrap_or_default();
    let Problem { code, detail } = problem;
    Err(BenchError::Refused { what, status: reply.status.as_u16(), code, detail })
}

pub(super) fn read<T: for<'de> Deserialize<'de>>(
    reply: &Reply,
    what: &str,
) -> Result<T, BenchError> {
    serde_json::from_slice(&reply.body)
        .map_err(|error| BenchError::Answer { what: what.to_owned(), detail: error.to_string() })
}

/// What a refusal says, as far as counting needs it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) detail: String,
}
