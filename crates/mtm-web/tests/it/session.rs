//! People in browsers: signing in, proving where a request comes from, signing out.

use axum::body::Body;
use axum::http::StatusCode;
use mtm_app::auth::NewPerson;
use mtm_core::policy::Role;
use serde_json::json;

use crate::plant::{Plant, Reply, receipt};

async fn sign_in(plant: &Plant, password: &str) -> Reply {
    let body = json!({ "name": "jmiller", "password": password }).to_string();
    let headers = [("content-type", "application/json")];
    plant.send(plant.request(None, "POST", "/api/v1/sessions", &headers, body)).await
}

async fn with_person() -> Plant {
    let plant = Plant::new().await;
    let person = NewPerson {
        name: "jmiller".to_owned(),
        display_name: None,
        role: Role::Operator,
        password: Some("correct horse".to_owned()),
    };
    plant.app.create_user(&plant.admin, person, None).await.unwrap();
    plant
}

#[tokio::test]
async fn a_session_changes_things_only_from_our_own_pages() {
    let plant = with_person().await;
    let signed_in = sign_in(&plant, "correct horse").await;
    assert_eq!(signed_in.status, StatusCode::CREATED, "{}", signed_in.text);
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let csrf = signed_in.json()["csrf"].as_str().unwrap().to_owned();

    let send = async |method: &str, path: &str, more: &[(&str, &str)]| {
        let mut headers = vec![
            ("cookie", cookie.as_str()),
            ("host", "wip.plant"),
            ("content-type", "application/json"),
        ];
        headers.extend(more);
        let body = if method == "POST" { receipt(5).to_string() } else { String::new() };
        plant.send(plant.request(None, method, path, &headers, body)).await
    };
    let me = send("GET", "/api/v1/me", &[]).await;
    assert_eq!(me.json()["csrf"], csrf.as_str(), "{}", me.text);
    let path = "/api/v1/movements";
    let own = ("origin", "https://wip.plant");
    let proof = ("x-csrf-token", csrf.as_str());
    for unproved in [
        &[][..],
        &[proof],
        &[own],
        &[own, ("x-csrf-token", "guess")],
        &[("origin", "https://evil.example"), proof],
        &[("sec-fetch-site", "cross-site"), own, proof],
    ] {
        let reply = send("POST", path, unproved).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{unproved:?}: {}", reply.text);
        assert_eq!(reply.code(), "csrf_failed");
    }
    let booked = send("POST", path, &[own, proof]).await;
    assert_eq!(booked.status, StatusCode::CREATED, "{}", booked.text);
    let twin = send("POST", path, &[own, proof]).await;
    assert_eq!(twin.code(), "possible_duplicate", "{}", twin.text);
    assert_eq!(twin.json()["twin"]["command_id"], booked.json()["id"]);

    let out = send("DELETE", "/api/v1/sessions/current", &[own, proof]).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT, "{}", out.text);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(send("GET", "/api/v1/me", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let plant = with_person().await;
    for _ in 0..10 {
        let reply = sign_in(&plant, "wrong horse").await;
        assert_eq!(reply.code(), "unauthenticated", "{}", reply.text);
    }
    let reply = sign_in(&plant, "correct horse").await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.text);
    let seconds: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let words = format!("wait {seconds} seconds");
    assert!(reply.text.contains(&words), "the header says what the words say: {}", reply.text);
}

#[tokio::test]
async fn a_proof_that_does_not_hold_is_never_ignored() {
    let plant = with_person().await;
    let headers = [("authorization", "Bearer nonsense")];
    let request = plant.request(None, "GET", "/api/v1/me", &headers, Body::empty());
    assert_eq!(plant.send(request).await.status, StatusCode::UNAUTHORIZED);
}
