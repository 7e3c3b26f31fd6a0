//! Who may do what, for every route of the document: a new route without a line here fails.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::StatusCode;
use mtm_core::policy::Role;
use serde_json::Value;

use crate::plant::Plant;

/// Routes that need no credentials.
const PUBLIC: [&str; 5] = [
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "POST /api/v1/sessions",
    // Its signature is its credential.
    "POST /api/v1/inbound/{source}",
];

/// The weakest role that may use each route; what its body asks for may need more.
const LEAST: &str = "
viewer   GET    /api/v1/approval-policy
admin    PUT    /api/v1/approval-policy
viewer   GET    /api/v1/approvals
viewer   GET    /api/v1/approvals/{id}
lead     POST   /api/v1/approvals/{id}/approve
lead     POST   /api/v1/approvals/{id}/refuse
viewer   GET    /api/v1/audit
lead     GET    /api/v1/audit/checkpoint
viewer   GET    /api/v1/audit/verification
viewer   GET    /api/v1/audit/verify
viewer   GET    /api/v1/color-codes
lead     POST   /api/v1/color-codes
viewer   GET    /api/v1/color-codes/{key}
lead     PATCH  /api/v1/color-codes/{key}
admin    POST   /api/v1/color-codes/{key}/retire
admin    POST   /api/v1/color-codes/{key}/unretire
viewer   GET    /api/v1/counts
lead     POST   /api/v1/counts
viewer   GET    /api/v1/counts/{id}
lead     POST   /api/v1/counts/{id}/cancel
operator POST   /api/v1/counts/{id}/entries
viewer   GET    /api/v1/counts/{id}/lines
viewer   GET    /api/v1/counts/{id}/places
lead     POST   /api/v1/counts/{id}/post
lead     POST   /api/v1/counts/{id}/recount
admin    GET    /api/v1/dead-letters
admin    GET    /api/v1/dead-letters/{id}
admin    PATCH  /api/v1/dead-letters/{id}
admin    POST   /api/v1/dead-letters/{id}/drop
admin    POST   /api/v1/dead-letters/{id}/resend
viewer   GET    /api/v1/events
viewer   GET    /api/v1/holds
lead     POST   /api/v1/holds
lead     POST   /api/v1/holds/{id}/release
viewer   GET    /api/v1/exports/b2mml/material-information
viewer   GET    /api/v1/exports/b2mml/operations-performance
lead     GET    /api/v1/imports
lead     POST   /api/v1/imports
lead     GET    /api/v1/imports/{id}
lead     POST   /api/v1/imports/{id}/commit
lead     POST   /api/v1/imports/{id}/undo
lead     GET    /api/v1/inbound-sources
admin    POST   /api/v1/inbound-sources
lead     GET    /api/v1/inbound-sources/{id}
admin    PATCH  /api/v1/inbound-sources/{id}
admin    DELETE /api/v1/inbound-sources/{id}
admin    POST   /api/v1/inbound-sources/{id}/rotate-secret
lead     GET    /api/v1/integrations
admin    GET    /api/v1/integrations/dead-letters
admin    POST   /api/v1/integrations/dead-letters/{id}/drop
admin    POST   /api/v1/integrations/dead-letters/{id}/resend
admin    POST   /api/v1/integrations/{name}/guard
viewer   GET    /api/v1/item-types
lead     POST   /api/v1/item-types
viewer   GET    /api/v1/item-types/{key}
lead     PATCH  /api/v1/item-types/{key}
admin    POST   /api/v1/item-types/{key}/retire
admin    POST   /api/v1/item-types/{key}/unretire
viewer   GET    /api/v1/labels
viewer   GET    /api/v1/labels/{template}
admin    PUT    /api/v1/labels/{template}
viewer   POST   /api/v1/labels/{template}/check
viewer   POST   /api/v1/labels/{template}/render
viewer   GET    /api/v1/labels/{template}/versions
viewer   GET    /api/v1/locations
lead     POST   /api/v1/locations
viewer   GET    /api/v1/locations/{key}
lead     PATCH  /api/v1/locations/{key}
admin    POST   /api/v1/locations/{key}/retire
admin    POST   /api/v1/locations/{key}/unretire
operator POST   /api/v1/lots/merge
viewer   GET    /api/v1/lots/{lot}
lead     PATCH  /api/v1/lots/{lot}
viewer   PUT    /api/v1/lots/{lot}/follow
viewer   DELETE /api/v1/lots/{lot}/follow
viewer   GET    /api/v1/lots/{lot}/lineage
operator POST   /api/v1/lots/{lot}/split
viewer   GET    /api/v1/machine-counters
viewer   GET    /api/v1/machine-counters/{id}
lead     PUT    /api/v1/machine-counters/{id}
lead     POST   /api/v1/machine-counters/{id}/retire
viewer   GET    /api/v1/machine-proposals
viewer   GET    /api/v1/machine-proposals/{id}
operator POST   /api/v1/machine-proposals/{id}/decide
viewer   GET    /api/v1/machines
viewer   GET    /api/v1/machines/{machine}
lead     POST   /api/v1/machines/{machine}/counters
viewer   GET    /api/v1/me
viewer   PUT    /api/v1/me/password
viewer   GET    /api/v1/movements
operator POST   /api/v1/movements
operator POST   /api/v1/movements/batch
operator POST   /api/v1/movements/complete-operation
viewer   GET    /api/v1/movements/export
operator POST   /api/v1/movements/reverse
viewer   GET    /api/v1/movements/{id}
operator POST   /api/v1/movements/{id}/reverse
viewer   GET    /api/v1/operations
lead     POST   /api/v1/operations
viewer   GET    /api/v1/operations/{key}
lead     PATCH  /api/v1/operations/{key}
admin    POST   /api/v1/operations/{key}/retire
admin    POST   /api/v1/operations/{key}/unretire
viewer   GET    /api/v1/parts
lead     POST   /api/v1/parts
viewer   GET    /api/v1/parts/{key}
lead     PATCH  /api/v1/parts/{key}
admin    POST   /api/v1/parts/{key}/retire
admin    POST   /api/v1/parts/{key}/unretire
viewer   GET    /api/v1/periods
lead     PUT    /api/v1/periods
viewer   GET    /api/v1/print-jobs
operator POST   /api/v1/print-jobs
viewer   GET    /api/v1/print-jobs/{id}
operator POST   /api/v1/print-jobs/{id}/decide
viewer   GET    /api/v1/printers
viewer   GET    /api/v1/quick-buttons
viewer   POST   /api/v1/quick-buttons/reorder
viewer   PUT    /api/v1/quick-buttons/{slot}
viewer   DELETE /api/v1/quick-buttons/{slot}
viewer   GET    /api/v1/reasons
lead     POST   /api/v1/reasons
viewer   GET    /api/v1/reasons/{key}
lead     PATCH  /api/v1/reasons/{key}
admin    POST   /api/v1/reasons/{key}/retire
admin    POST   /api/v1/reasons/{key}/unretire
viewer   GET    /api/v1/notifications
viewer   GET    /api/v1/notifications/choices
viewer   PUT    /api/v1/notifications/choices
viewer   GET    /api/v1/notifications/lots
viewer   POST   /api/v1/notifications/read
viewer   GET    /api/v1/notifications/ways
viewer   PUT    /api/v1/notifications/ways/{way}
viewer   DELETE /api/v1/notifications/ways/{way}
viewer   GET    /api/v1/flows
viewer   GET    /api/v1/flows/postings
viewer   GET    /api/v1/flows/postings/{id}
lead     POST   /api/v1/flows/postings/{id}/decide
admin    POST   /api/v1/flows/{name}
viewer   GET    /api/v1/master-sync
admin    POST   /api/v1/master-sync/{erp}
admin    POST   /api/v1/master-sync/{erp}/decide
viewer   GET    /api/v1/master-sync/differences
viewer   GET    /api/v1/master-sync/differences/{id}
admin    POST   /api/v1/master-sync/differences/{id}/decide
viewer   GET    /api/v1/reconciliation
viewer   GET    /api/v1/reconciliation/breaks
viewer   GET    /api/v1/reconciliation/breaks/{id}
lead     POST   /api/v1/reconciliation/breaks/{id}/assign
lead     POST   /api/v1/reconciliation/breaks/{id}/close
lead     POST   /api/v1/reconciliation/breaks/{id}/note
lead     POST   /api/v1/reconciliation/breaks/{id}/reopen
lead     POST   /api/v1/reconciliation/breaks/{id}/take
viewer   GET    /api/v1/reconciliation/runs
lead     POST   /api/v1/reconciliation/runs
viewer   GET    /api/v1/reconciliation/runs/{id}
viewer   GET    /api/v1/reports/accuracy
viewer   GET    /api/v1/reports/ageing
viewer   GET    /api/v1/reports/dashboard
viewer   GET    /api/v1/reports/dwell
viewer   GET    /api/v1/reports/flow
viewer   GET    /api/v1/reports/minimum
viewer   GET    /api/v1/reports/occupancy
viewer   GET    /api/v1/reports/scrap
viewer   GET    /api/v1/reports/shift
viewer   GET    /api/v1/reports/throughput
viewer   GET    /api/v1/reports/wip
viewer   GET    /api/v1/reservations
operator POST   /api/v1/reservations
operator POST   /api/v1/reservations/{id}/release
viewer   GET    /api/v1/routing-policy
admin    PUT    /api/v1/routing-policy
viewer   GET    /api/v1/routings
lead     POST   /api/v1/routings
viewer   GET    /api/v1/routings/{part}
lead     PUT    /api/v1/routings/{part}
admin    POST   /api/v1/routings/{part}/retire
viewer   POST   /api/v1/scan
viewer   DELETE /api/v1/sessions/current
viewer   GET    /api/v1/shifts
admin    PUT    /api/v1/shifts
admin    GET    /api/v1/slow-statements
viewer   GET    /api/v1/status
viewer   GET    /api/v1/stock
viewer   GET    /api/v1/stock/explain
viewer   GET    /api/v1/suggest
lead     GET    /api/v1/tokens
admin    POST   /api/v1/tokens
admin    DELETE /api/v1/tokens/{id}
lead     GET    /api/v1/users
admin    POST   /api/v1/users
lead     GET    /api/v1/users/{id}
admin    PATCH  /api/v1/users/{id}
lead     GET    /api/v1/webhooks
admin    POST   /api/v1/webhooks
lead     GET    /api/v1/webhooks/{id}
admin    PATCH  /api/v1/webhooks/{id}
admin    DELETE /api/v1/webhooks/{id}
admin    GET    /api/v1/webhooks/{id}/deliveries
admin    POST   /api/v1/webhooks/{id}/deliveries/{delivery}/resend
admin    POST   /api/v1/webhooks/{id}/rotate-secret
viewer   GET    /api/v1/work-orders
viewer   GET    /api/v1/work-orders/{code}
";

fn least() -> BTreeMap<String, Role> {
    LEAST
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            (format!("{} {}", words[1], words[2]), Role::from_name(words[0]).unwrap())
        })
        .collect()
}

/// Every route of the document: method and path.
fn documented() -> Vec<String> {
    let document: Value = serde_json::from_str(mtm_web::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// A route's path with something in the place of its variables, and its method.
fn concrete(route: &str) -> (&str, String) {
    let (method, path) = route.split_once(' ').unwrap();
    let path = path
        .replace("{id}", "01930000-0000-7000-8000-000000000001")
        .replace("{lot}", "7")
        .replace("{slot}", "1")
        .replace("{delivery}", "1")
        .replace("{key}", "NOTHING");
    (method, path)
}

#[test]
fn the_table_names_every_route_and_no_other() {
    let mut documented = documented();
    documented.sort();
    let mut known: Vec<_> = least().into_keys().chain(PUBLIC.map(str::to_owned)).collect();
    known.sort();
    assert_eq!(documented, known);
}

#[tokio::test]
async fn nobody_gets_in_without_credentials() {
    let plant = Plant::new().await;
    for route in least().keys() {
        let (method, path) = concrete(route);
        for credentials in [
            &[][..],
            &[("authorization", "Bearer mtm_guess")],
            &[("authorization", "Basic YWRtaW46YWRtaW4=")],
            &[("cookie", "mtm_session=guess")],
        ] {
            let reply =
                plant.send(plant.request(None, method, &path, credentials, Body::empty())).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{route} {credentials:?}");
            assert_eq!(reply.code(), "unauthenticated");
            assert_eq!(reply.header("content-type"), "application/problem+json");
            assert_eq!(reply.header("cache-control"), "no-store");
            assert!(reply.header("www-authenticate").starts_with("Bearer"));
        }
    }
}

/// Permission is judged before key and body: an empty request tells.
#[tokio::test]
async fn every_role_can_do_what_it_may_and_no_more() {
    let plant = Plant::new().await;
    for (route, least) in least() {
        let (method, path) = concrete(&route);
        for role in Role::ALL {
            let request = plant.request(role, method, &path, &[], Body::empty());
            // The stream of events never ends: only its head is looked at.
            let status = if route == "GET /api/v1/events" {
                tower::ServiceExt::oneshot(plant.router.clone(), request).await.unwrap().status()
            } else {
                plant.send(request).await.status
            };
            let forbidden = status == StatusCode::FORBIDDEN;
            assert_eq!(forbidden, role < least, "{role}: {route} answered {status}");
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{role}: {route}");
            assert!(!status.is_server_error(), "{role}: {route} answered {status}");
        }
    }
}

/// What a body asks for may need more than its route.
#[tokio::test]
async fn the_body_decides_where_the_route_does_not() {
    let plant = Plant::new().await;
    let booked = plant.receive("in", 10).await;
    let cases = [
        (
            Role::Operator,
            serde_json::json!({
                "type": "adjust", "lot": booked["lots"][0], "counted": 9, "reason": "count",
            }),
            "forbidden",
        ),
        (
            Role::Operator,
            {
                let mut own = crate::plant::receipt(1);
                own["lot"] = "MINE-1".into();
                own
            },
            "forbidden",
        ),
    ];
    for (role, body, code) in cases {
        let reply = plant.post(role, "/api/v1/movements", "k", &body).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.text);
    }
    for much in ["full=true", "from=1", "to=2"] {
        let verify = plant.get(Role::Lead, &format!("/api/v1/audit/verify?{much}")).await;
        assert_eq!(verify.code(), "forbidden", "{much}");
    }
}
