//! `/status`: how the server and its ledger are. Everybody sees how things are; who may read the audit
//! log sees what breaks them, and administrators what the server does.

use axum::extract::State;
use mtm_app::slow::{self, SlowStatement};
use mtm_app::truth::{Board, Finding, Light, OffendingKey, Verdict};
use mtm_core::policy::{self, Deed};

use super::frame::Page;
use super::visit::Visit;
use crate::problem::Problem;
use crate::request::need;
use crate::ui::components::state::{Message, Tone};
use crate::ui::components::truth::Lamp;
use crate::ui::format::pieces;
use crate::ui::page::status::{self, InvariantRow, SlowRow, Statements, StatusPage};
use crate::web::{Shared, Web};

/// Statements shown; the API has more.
const SHOWN: usize = 20;

/// `GET /status`.
pub(super) async fn show(
    State(web): State<Shared>,
    visit: Visit<need::Look>,
) -> Result<Page, Problem> {
    let may = |deed| policy::allows(visit.who.role, deed);
    let truth = web.app().truth();
    let draw = |verdict| invariant(verdict, may(Deed::Audit));
    let administers = may(Deed::Administer);
    let model = StatusPage {
        shell: visit.shell(&web, "Server", None),
        light: light(truth),
        invariants: truth.verdicts().into_iter().map(draw).collect(),
        facts: if administers { facts(&web).await } else { Vec::new() },
        statements: administers.then(|| Statements {
            told_from_ms: slow::bound().map(|bound| number(bound.as_millis())),
            slow: slow::statements().into_iter().take(SHOWN).map(row).collect(),
        }),
    };
    Ok(Page::draw(&visit.manner, &model, status::page, status::fragment))
}

/// The lamp of a light.
pub(super) const fn lamp(light: Light) -> Lamp {
    match light {
        Light::Green => Lamp::Green,
        Light::Unknown => Lamp::Unknown,
        Light::Yellow => Lamp::Yellow,
        Light::Red => Lamp::Red,
    }
}

/// How everything is together.
fn light(truth: &Board) -> Message {
    let verdicts = truth.verdicts();
    let many = |light| verdicts.iter().filter(|it| it.light() == light).count();
    let (tone, text) = match truth.light() {
        Light::Green => (Tone::Note, "Everything holds that must.".to_owned()),
        Light::Unknown => (Tone::Warn, format!("{} were not looked at yet.", many(Light::Unknown))),
        Light::Yellow => {
            (Tone::Warn, format!("Everything holds; look at {}.", many(Light::Yellow)))
        }
        Light::Red => {
            let text = format!("{} of {} do not hold.", many(Light::Red), verdicts.len());
            (Tone::Bad, text)
        }
    };
    Message { tone, text, action: None }
}

fn invariant(verdict: Verdict, details: bool) -> InvariantRow {
    let row = InvariantRow {
        lamp: lamp(verdict.light()),
        title: verdict.invariant.title.to_owned(),
        since: verdict.since.map(|since| since.to_string()).unwrap_or_default(),
        ..InvariantRow::default()
    };
    if !details {
        return row;
    }
    let Finding { message, keys, next_step, .. } = verdict.finding;
    InvariantRow {
        found: message,
        keys: keys.into_iter().map(key).collect(),
        next: next_step.unwrap_or_default(),
        ..row
    }
}

/// What has a page of its own leads there.
fn key(OffendingKey { kind, key }: OffendingKey) -> status::OffendingKey {
    let address = match kind.as_str() {
        "lot" => {
            let lot =
                percent_encoding::utf8_percent_encode(&key, percent_encoding::NON_ALPHANUMERIC);
            format!("/lot/{lot}")
        }
        "webhook" => "/webhooks".to_owned(),
        _ => String::new(),
    };
    status::OffendingKey { kind: kind.replace('_', " "), key, address }
}

/// How much there is; the page is there also where the database is not.
async fn facts(web: &Web) -> Vec<(String, String)> {
    let fact = |word: &str, value: String| (word.to_owned(), value);
    let mut facts = vec![fact("Program", env!("CARGO_PKG_VERSION").to_owned())];
    if let Ok(counts) = web.app().ledger().counts().await {
        facts.extend([
            fact("Movements", count(counts.movements)),
            fact("Audit entries", count(counts.audit_entries)),
            fact("Lots", count(counts.lots)),
            fact("Places with stock", count(counts.buckets)),
            fact("Parts", count(counts.parts)),
        ]);
    }
    facts
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
