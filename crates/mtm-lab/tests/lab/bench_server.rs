//! The load generator against a server that keeps books and misbehaves on demand: every request
//! is counted once, whatever happens to it.

use std::time::Duration;

use mtm_lab::bench::{
    Audit, AuditVerdict, Baseline, BenchError, BenchPlan, BenchReport, DataSize, Machine, Material,
    Pace, RunResult, Scenario, Stop, Target, run,
};

use crate::server::{Behaviour, Server};

fn material() -> Material {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    Material {
        parts: codes(&["11058-1779", "24 126 251", "CARDBOARD (39X39)"]),
        operations: codes(&["19", "N/A"]),
        locations: codes(&["R-E4-18", "FLOOR - WIP AISLE", "NCM"]),
        lots: codes(&["0000000001"]),
    }
}

fn plan(scenario: Scenario, requests: u64) -> BenchPlan {
    BenchPlan {
        clients: 4,
        warm_up: Duration::ZERO,
        stop: Stop::Requests(requests),
        ..BenchPlan::of(scenario)
    }
}

async fn load(server: &Server, plan: &BenchPlan) -> RunResult {
    let target = Target::new(&server.url, "secret").unwrap();
    run(&target, plan, &material()).await.unwrap()
}

/// What the server booked is what the result says, as an audit would find it.
#[track_caller]
fn books_agree(server: &Server, result: &RunResult) {
    let books = server.books();
    let audit = Audit::of(std::slice::from_ref(result), books.movements, books.pieces, Some(true));
    assert_eq!(audit.verdict(), AuditVerdict::Exact, "{audit:?}");
    assert_eq!(books.pieces, books.stock.values().sum::<i64>());
}

#[tokio::test]
async fn receipts_are_counted_once_each_under_a_key_of_their_own() {
    let server = Server::start(|_| Behaviour::Answer).await;
    let result = load(&server, &plan(Scenario::Receive, 200)).await;
    books_agree(&server, &result);
    assert_eq!(result.requests, 200);
    assert_eq!(result.movements, 200);
    assert_eq!(result.statuses, [(201, 200)].into());
    assert_eq!(result.service.count, 200);
    let books = server.books();
    assert_eq!(books.keys.len(), 200);
    assert_eq!(books.connections, 4, "connections are kept alive");
    assert_eq!(books.tokens, ["Bearer secret".to_owned()].into());
    for body in &books.bodies {
        assert_eq!(
            body["confirm"],
            serde_json::json!(["possible_duplicate", "implausible_quantity"])
        );
        assert!((1..=1_000).contains(&body["quantity"].as_i64().unwrap()), "{body}");
    }
}

#[tokio::test]
async fn mixed_work_moves_and_takes_what_was_received() {
    let server = Server::start(|_| Behaviour::Answer).await;
    let result = load(&server, &plan(Scenario::Mixed, 600)).await;
    books_agree(&server, &result);
    let books = server.books();
    let count = |kind| books.bodies.iter().filter(|body| body["type"] == kind).count();
    assert!(count("in") > 200 && count("transfer") > 60 && count("out") > 80, "{}", count("in"));
    assert_eq!(count("in") + count("transfer") + count("out"), 600);
}

#[tokio::test]
async fn everybody_takes_from_one_bucket() {
    let server = Server::start(|_| Behaviour::Answer).await;
    let plan = BenchPlan { hot_pieces: 250_000, ..plan(Scenario::HotTake, 100) };
    let result = load(&server, &plan).await;
    books_agree(&server, &result);
    assert_eq!(result.movements, 100);
    let books = server.books();
    assert_eq!(books.pieces, 250_000 - 100);
    assert_eq!(books.stock.len(), 1);
    let first: Vec<_> = books.bodies[..3].iter().map(|body| body["type"].as_str()).collect();
    assert_eq!(first, [Some("in"), Some("adjust"), Some("adjust")]);
}

#[tokio::test]
async fn batches_count_their_movements() {
    let server = Server::start(|_| Behaviour::Answer).await;
    let plan = BenchPlan { batch: 50, ..plan(Scenario::Batch, 10) };
    let result = load(&server, &plan).await;
    books_agree(&server, &result);
    assert_eq!((result.requests, result.movements, result.group), (10, 500, 50));
    assert_eq!(result.statuses, [(200, 10)].into());
}

#[tokio::test]
async fn reads_ask_encoded_questions_and_book_nothing() {
    for scenario in [Scenario::Stock, Scenario::History, Scenario::Suggest, Scenario::Explain] {
        let server = Server::start(|_| Behaviour::Answer).await;
        let result = load(&server, &plan(scenario, 60)).await;
        assert_eq!((result.requests, result.movements), (60, 0));
        assert_eq!(result.tally, mtm_lab::bench::Tally::default());
        let books = server.books();
        assert_eq!(books.movements, 0);
        assert!(books.keys.is_empty(), "reads carry no key");
        assert!(books.paths.iter().all(|path| path.starts_with("/api/v1/")), "{:?}", books.paths);
        assert!(
            books.paths.iter().any(|path| path.contains("24%20126%20251")
                || path.contains("24%201")
                || path.contains("24%2012")),
            "{:?}",
            books.paths
        );
    }
}

#[tokio::test]
async fn a_cut_connection_is_resumed_under_the_same_key_and_counts_once() {
    // Every seventh request is booked but never answered, every eleventh not even booked.
    let server = Server::start(|nth| match nth {
        _ if nth % 7 == 3 => Behaviour::BookAndCut,
        _ if nth % 11 == 5 => Behaviour::Cut,
        _ => Behaviour::Answer,
    })
    .await;
    let result = load(&server, &plan(Scenario::Mixed, 300)).await;
    books_agree(&server, &result);
    assert_eq!(result.requests, 300);
    assert_eq!(result.tally.unresolved, 0);
    let books = server.books();
    assert_eq!(books.keys.len(), 300, "a repetition got a key of its own");
    assert!(result.faults.cut > 40, "{:?}", result.faults);
    assert_eq!(result.faults.cut, result.faults.resent, "{:?}", result.faults);
    assert_eq!(result.faults.replayed, books.replays as u64);
    assert!(books.replays > 20, "{}", books.replays);
}

#[tokio::test]
async fn an_answer_that_never_comes_ends_the_clients_patience_not_the_run() {
    let server = Server::start(|nth| match nth {
        2 => Behaviour::BookAndHang,
        _ => Behaviour::Answer,
    })
    .await;
    let plan = BenchPlan { patience: Duration::from_millis(200), ..plan(Scenario::Receive, 20) };
    let result = load(&server, &plan).await;
    books_agree(&server, &result);
    assert_eq!(result.requests, 20);
    assert!(result.faults.timed_out >= 1, "{:?}", result.faults);
    assert!(result.faults.replayed >= 1, "{:?}", result.faults);
}

#[tokio::test]
async fn what_is_never_answered_stays_open_in_the_audit() {
    let server = Server::start(|nth| match nth {
        0..10 => Behaviour::Answer,
        _ => Behaviour::BookAndCut,
    })
    .await;
    let plan = BenchPlan { clients: 1, repetitions: 1, ..plan(Scenario::Receive, 12) };
    let result = load(&server, &plan).await;
    assert_eq!(result.requests, 10);
    assert_eq!(result.tally.unresolved, 2);
    let books = server.books();
    let audit = Audit::of(std::slice::from_ref(&result), books.movements, books.pieces, None);
    assert_eq!((audit.expected_movements, audit.read_movements), (10, 12));
    assert_eq!(audit.verdict(), AuditVerdict::Within);
    let lost = Audit { read_movements: 9, ..audit };
    assert_eq!(lost.verdict(), AuditVerdict::Wrong);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_settles_only_what_the_key_was_looked_up_for() {
    // Booked and cut, then turned away by an overload: nobody knows whether it was booked.
    let server = Server::start(|nth| match nth {
        0 => Behaviour::BookAndCut,
        1 => Behaviour::TurnAway,
        // Cut before anything was booked, then refused on its merits: it was not.
        2 => Behaviour::Cut,
        3 => Behaviour::Refuse(409, "insufficient_stock"),
        _ => Behaviour::Answer,
    })
    .await;
    let result = load(&server, &BenchPlan { clients: 1, ..plan(Scenario::Receive, 4) }).await;
    assert_eq!(result.statuses, [(201, 2), (409, 1), (503, 1)].into());
    assert_eq!((result.tally.movements, result.tally.unresolved), (2, 1));
    let books = server.books();
    let audit = Audit::of(std::slice::from_ref(&result), books.movements, books.pieces, None);
    assert_eq!((books.movements, audit.verdict()), (3, AuditVerdict::Within));
}

#[tokio::test]
async fn refusals_are_counted_by_status_and_code_and_are_not_work() {
    let server = Server::start(|nth| match nth % 5 {
        1 => Behaviour::Refuse(409, "insufficient_stock"),
        2 => Behaviour::Refuse(503, "unavailable"),
        _ => Behaviour::Answer,
    })
    .await;
    let result = load(&server, &plan(Scenario::Receive, 100)).await;
    books_agree(&server, &result);
    assert_eq!(result.statuses, [(201, 60), (409, 20), (503, 20)].into());
    let refusals: Vec<_> = result.refusals.into_iter().collect();
    assert_eq!(refusals, [("insufficient_stock".to_owned(), 20), ("unavailable".to_owned(), 20)]);
    assert_eq!((result.requests, result.movements), (100, 60));
}

#[tokio::test]
async fn an_open_pace_measures_from_planned_moments() {
    let server = Server::start(|_| Behaviour::Answer).await;
    let plan =
        BenchPlan { pace: Pace::Open { per_second: 100_000 }, ..plan(Scenario::Receive, 400) };
    let result = load(&server, &plan).await;
    books_agree(&server, &result);
    assert_eq!(result.response.count, 400);
    // Planned moments never lie after sending, so nobody's wait is shorter than the service.
    assert!(result.response.max_us >= result.service.max_us);
    assert!(result.response.p50_us >= result.service.p50_us);
    assert_eq!(result.generator_lag.map(|lag| lag.count), Some(400));
}

#[tokio::test]
async fn a_run_that_cannot_take_place_says_why() {
    let free = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let nobody = Target::new(&format!("http://{free}"), "t").unwrap();
    let refused = run(&nobody, &plan(Scenario::Receive, 1), &material()).await.unwrap_err();
    assert!(matches!(refused, BenchError::Unreachable { .. }), "{refused}");

    let server = Server::start(|_| Behaviour::Refuse(403, "forbidden")).await;
    let target = Target::new(&server.url, "t").unwrap();
    let refused = Material::discover(&target).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "/api/v1/parts?limit=1000 was answered with 403 forbidden: as scripted"
    );
    let refused = run(&target, &plan(Scenario::HotTake, 1), &material()).await.unwrap_err();
    assert!(matches!(refused, BenchError::Refused { status: 403, .. }), "{refused}");

    let empty = Server::start(|_| Behaviour::Answer).await;
    let target = Target::new(&empty.url, "t").unwrap();
    let refused = Material::discover(&target).await.unwrap_err();
    assert_eq!(refused.to_string(), "the server has no parts; generate a plant into it first");
    for wrong in [
        BenchPlan { clients: 0, ..plan(Scenario::Receive, 1) },
        BenchPlan { batch: 1_001, ..plan(Scenario::Batch, 1) },
        BenchPlan { pace: Pace::Open { per_second: 0 }, ..plan(Scenario::Receive, 1) },
    ] {
        let refused = run(&target, &wrong, &material()).await.unwrap_err();
        assert!(matches!(refused, BenchError::Plan { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_report_names_everything_a_figure_needs() {
    let server = Server::start(|nth| match nth % 10 {
        4 => Behaviour::BookAndCut,
        6 => Behaviour::Refuse(409, "insufficient_stock"),
        _ => Behaviour::Answer,
    })
    .await;
    let result = load(&server, &plan(Scenario::Receive, 100)).await;
    let (movements, pieces) = {
        let books = server.books();
        (books.movements, books.pieces)
    };
    let mut report = BenchReport {
        measured_at: "2026-11-23T06:00:00Z".to_owned(),
        version: "0.1.0".to_owned(),
        machine: Machine {
            cores: 2,
            cpu: "Quick 9000".to_owned(),
            os: "Some OS".to_owned(),
            architecture: "x86_64",
        },
        durability: "synchronous=FULL".to_owned(),
        data: DataSize { parts: 3_747, buckets: 869, movements: 15_000, bytes: Some(40 << 20) },
        baselines: vec![Baseline { name: "bare loop".to_owned(), per_second: 64_000, group: 32 }],
        audit: Some(Audit::of(std::slice::from_ref(&result), movements, pieces, Some(true))),
        runs: vec![result],
    };
    let text = report.to_string();
    for said in [
        "measured    2026-11-23T06:00:00Z, mtm 0.1.0",
        "machine     2 × Quick 9000 (x86_64), Some OS",
        "durability  synchronous=FULL",
        "data        3,747 parts, 869 buckets, 15,000 movements, 40 MiB",
        "4 clients, closed",
        "% of bare loop (groups of 32)",
        "  response  p50 ",
        "  service   p50 ",
        "× insufficient_stock",
        "cut, 0 timed out",
        "baseline    bare loop: 64,000/s in groups of 32",
        "audit       exact: every acknowledged movement is there, once",
        "log, stock and chain verified",
    ] {
        assert!(text.contains(said), "{said:?} is missing in\n{text}");
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["runs"][0]["scenario"], "receive");
    assert_eq!(json["runs"][0]["statuses"]["201"], json["runs"][0]["movements"]);
    assert_eq!(json["runs"][0]["pace"], "closed");
    assert!(json["runs"][0]["response"]["p99_us"].is_u64());
    report.audit = None;
    assert!(report.to_string().contains("these figures prove speed, not correctness"));
}
