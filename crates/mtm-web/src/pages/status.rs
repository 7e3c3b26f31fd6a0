//! `/status`: how the server and its ledger are, for administrators.

use axum::extract::State;
use mtm_app::slow::{self, SlowStatement};

use super::frame::Page;
use super::visit::Visit;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::state::{Message, Tone};
use crate::ui::format::pieces;
use crate::ui::page::status::{self, SlowRow, StatusPage};
use crate::web::{Shared, Web};

/// Statements shown; the API has more.
const SHOWN: usize = 20;

/// `GET /status`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Administer>,
) -> Result<Page, Problem> {
    let counts = web.app().ledger().counts().await?;
    let fact = |word: &str, value: String| (word.to_owned(), value);
    let (light, checked_at) = light(&web);
    let model = StatusPage {
        shell: visit.shell(&web, "Server", None),
        light,
        checked_at,
        facts: vec![
            fact("Program", env!("CARGO_PKG_VERSION").to_owned()),
            fact("Movements", count(counts.movements)),
            fact("Audit entries", count(counts.audit_entries)),
            fact("Lots", count(counts.lots)),
            fact("Places with stock", count(counts.buckets)),
            fact("Parts", count(counts.parts)),
        ],
        told_from_ms: slow::bound().map(|bound| number(bound.as_millis())),
        slow: slow::statements().into_iter().take(SHOWN).map(row).collect(),
    };
    Ok(Page::draw(&visit.manner, &model, status::page, status::fragment))
}

/// What the last verification found, and when.
fn light(web: &Web) -> (Message, String) {
    let message = |tone, text: String| Message { tone, text, action: None };
    match web.verified() {
        None => {
            let text = "Nobody verified the ledger since the server started.".to_owned();
            (message(Tone::Warn, text), String::new())
        }
        Some(report) => {
            let at = report.verified_at.to_string();
            let light = match report.first_bad {
                None => message(Tone::Note, "Log, audit chain, stock and lots agree.".to_owned()),
                Some(bad) => {
                    let text = format!("The ledger is not what it was told: {}", bad.message);
                    message(Tone::Bad, text)
                }
            };
            (light, at)
        }
    }
}

fn row(it: SlowStatement) -> SlowRow {
    SlowRow {
        statement: it.text,
        times: number(it.times.into()),
        longest_ms: number(it.longest.as_millis()),
        rows: number(it.rows.into()),
        longest_at: it.longest_at.to_string(),
    }
}

fn count(count: u64) -> String {
    pieces(number(count.into()))
}

fn number(count: u128) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
