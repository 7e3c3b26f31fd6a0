//! What must stand before a run: the bucket that everybody takes from.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::material::{self, Material};
use super::tally::{Effect, Tally};
use super::target::{BenchError, Target};
use super::work::HotBucket;

/// Most pieces of one receipt or upward correction.
const MOST_AT_ONCE: u32 = 100_000;

#[derive(Deserialize)]
struct Booked {
    lots: Vec<String>,
}

/// Receives a lot and corrects it upwards until it holds `pieces`. Needs a lead's token.
pub(super) async fn hot_bucket(
    target: &Target,
    material: &Material,
    pieces: u32,
    run: &str,
    tally: &mut Tally,
) -> Result<HotBucket, BenchError> {
    let confirm = ["possible_duplicate", "implausible_quantity"];
    let (part, operation, location) =
        (&material.parts[0], &material.operations[0], &material.locations[0]);
    let mut connection = material::open(target).await?;
    let mut left = pieces.max(1);
    let mut lot: Option<String> = None;
    for nth in 0.. {
        let some = left.min(MOST_AT_ONCE);
        let body = match &lot {
            None => json!({
                "type": "in", "part": part, "operation": operation, "location": location,
                "quantity": some, "confirm": confirm,
            }),
            Some(lot) => json!({
                "type": "adjust", "lot": lot, "part": part, "operation": operation,
                "location": location, "delta": some, "reason": "count", "confirm": confirm,
            }),
        };
        let what = "filling the hot bucket";
        let body = Bytes::from(body.to_string());
        let mut request = material::prepared(target, "POST", "/api/v1/movements", body)?;
        let key = format!("bench-{run}-hot-{nth}");
        if let Ok(key) = key.parse() {
            request.headers_mut().insert("idempotency-key", key);
        }
        let reply = material::ask(&mut connection, request, what).await?;
        tally.acknowledge(Effect { movements: 1, pieces: some.into() });
        if lot.is_none() {
            let booked: Booked = material::read(&reply, what)?;
            lot = booked.lots.into_iter().next();
        }
        left -= some;
        if left == 0 {
            break;
        }
    }
    lot.map(|lot| HotBucket { lot }).ok_or_else(|| BenchError::Answer {
        what: "filling the hot bucket".to_owned(),
        detail: "no lot was named".to_owned(),
    })
}
