//! `/metrics`: what Prometheus scrapes.

use axum::extract::State;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use mtm_app::integration::IntegrationKind;
use mtm_app::query::Counts;
use mtm_core::code::Code;
use mtm_core::policy::Deed;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::metrics::Gauge;
use crate::problem::Problem;
use crate::request::principal;
use crate::server::Peer;
use crate::web::Shared;
use crate::{
    edge_node_metrics, erp_metrics, flow_metrics, guard_metrics, machine_metrics,
    master_sync_metrics, notice_metrics, peer_metrics, pool_metrics, printer_metrics,
    reconcile_metrics, relay_metrics, task_metrics, truth_metrics,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Counters and latencies in the Prometheus text format.
///
/// From the server's own machine without credentials; from elsewhere with a token of scope
/// `lead`.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, description = "All series.", body = String,
        content_type = "text/plain; version=0.0.4")))]
async fn metrics(State(web): State<Shared>, peer: Peer, parts: Parts) -> Result<Response, Problem> {
    if !peer.is_local() {
        let who = principal(&parts, &web).await?.ok_or(Problem::of(Code::Unauthenticated))?;
        who.require(Deed::ReadAdministration)?;
    }
    let ledger = web.app().ledger();
    // A database that is away is what somebody looks at metrics for.
    let counts = ledger.counts().await;
    let up = u64::from(counts.is_ok());
    let mut gauges =
        vec![Gauge { name: "mtm_database_up", help: "Whether the database answers.", value: up }];
    if let Ok(counts) = counts {
        gauges.extend(of_ledger(&counts));
    }
    let slow = mtm_app::slow::statements();
    gauges.push(Gauge {
        name: "mtm_slow_statements",
        help: "How often a statement of the database took long; the log has their texts.",
        value: slow.iter().map(|statement| statement.times).sum(),
    });
    // A database server says how big it is by itself.
    let file = ledger.path().and_then(|path| std::fs::metadata(path).ok());
    gauges.push(Gauge {
        name: "mtm_database_bytes",
        help: "Size of the embedded ledger's file.",
        value: file.map_or(0, |file| file.len()),
    });
    let mut text = web.metrics().render(&gauges);
    text.push_str(&pool_metrics::render(&ledger.pools(), ledger.servers().as_ref()));
    text.push_str(&truth_metrics::render(&web.app().truth().verdicts()));
    text.push_str(&task_metrics::render(&web.app().tasks().states()));
    if let Ok(mut integrations) = web.app().integrations().await {
        text.push_str(&guard_metrics::render(&web.app().guards().views(), &integrations));
        text.push_str(&erp_metrics::render(&integrations));
        text.push_str(&peer_metrics::render(&integrations, web.app().clock().now()));
        text.push_str(&edge_node_metrics::render(&integrations));
        // The mail server, ERPs, systems that are called and edge nodes have series of their own.
        let is_told = |kind| {
            use IntegrationKind::{EdgeNode, Erp, Mail, Peer};
            !matches!(kind, Mail | Erp | Peer | EdgeNode)
        };
        integrations.retain(|it| is_told(it.kind));
        text.push_str(&relay_metrics::render(&integrations));
    }
    if let Ok(telling) = web.app().telling().await {
        text.push_str(&notice_metrics::render(&telling));
    }
    if let Ok(flows) = ledger.flows().await
        && !flows.is_empty()
    {
        text.push_str(&flow_metrics::render(&flows, web.app().clock().now()));
    }
    if let (Ok(machines), Ok(waiting)) = (ledger.machines().await, ledger.proposal_totals().await)
        && !machines.is_empty()
    {
        text.push_str(&machine_metrics::render(&machines, &waiting));
    }
    if let Ok(printers) = ledger.printers().await
        && !printers.is_empty()
    {
        text.push_str(&printer_metrics::render(&printers));
    }
    if let Ok(syncs) = ledger.master_syncs().await
        && !syncs.is_empty()
    {
        text.push_str(&master_sync_metrics::render(&syncs));
    }
    if let Ok(standing) = web.app().standing().await
        && !standing.items.is_empty()
    {
        text.push_str(&reconcile_metrics::render(&standing, web.app().clock().now()));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn of_ledger(counts: &Counts) -> [Gauge; 5] {
    let gauge = |name, help, value| Gauge { name, help, value };
    [
        gauge("mtm_outbox_newest", "Newest event.", counts.newest_event),
        gauge("mtm_movement_newest", "Feed position.", counts.newest_sequence),
        gauge("mtm_buckets", "Buckets with pieces.", counts.buckets),
        gauge("mtm_lots", "Lots, also empty ones.", counts.lots),
        gauge("mtm_holds_active", "Holds not released.", counts.active_holds),
    ]
}
