//! Booking by forms: what is said is what the ledger booked, once per key.
#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use axum::http::StatusCode;
use mtm_core::policy::Role;

use crate::pages::{Visitor, answer, hidden, on_hand};
use crate::plant::{Plant, Reply};

async fn receive(visitor: &Visitor<'_>, key: &str, csrf: &str, more: &[(&str, &str)]) -> Reply {
    let mut fields = vec![
        ("csrf", csrf),
        ("idempotency_key", key),
        ("part", "11058-1779"),
        ("operation", "19"),
        ("location", "R-E4-18"),
    ];
    fields.extend(more);
    visitor.post("/in", &fields).await
}

#[tokio::test]
async fn a_receipt_is_booked_once_per_key_and_undone_by_its_button() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let input = [("quantity", "500"), ("containers", "3")];
    let first = receive(&operator, "k-1", &csrf, &input).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    assert!(answer(&first.text).contains("Booked in"), "{}", first.text);
    assert!(answer(&first.text).contains("1,500"), "{}", answer(&first.text));
    assert_ne!(hidden(&first.text, "idempotency_key"), "k-1", "the next form has a new key");
    assert_eq!(on_hand(&plant).await, 1_500);

    let again = receive(&operator, "k-1", &csrf, &input).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(answer(&again.text).contains("This was booked before."), "{}", answer(&again.text));
    assert_eq!(on_hand(&plant).await, 1_500);

    let reused = receive(&operator, "k-1", &csrf, &[("quantity", "7")]).await;
    assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reused.text.contains("value=\"7\""), "the input is kept");
    assert_ne!(
        hidden(&reused.text[reused.text.find("id=\"receive\"").unwrap()..], "idempotency_key"),
        "k-1"
    );
    assert_eq!(on_hand(&plant).await, 1_500);

    let panel = answer(&first.text);
    let (command, key) = (hidden(panel, "command_id"), hidden(panel, "idempotency_key"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", &key),
        ("command_id", &command),
        ("screen", "in"),
    ];
    let undone = operator.post("/undo", &fields).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert!(answer(&undone.text).contains("Undone"), "{}", undone.text);
    assert_eq!(on_hand(&plant).await, 0);
    let twice = operator.post("/undo", &fields).await;
    assert!(answer(&twice.text).contains("This was booked before."), "{}", twice.text);
    assert_eq!(on_hand(&plant).await, 0);
}

#[tokio::test]
async fn a_refused_receipt_keeps_its_input_and_its_key() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("quantity", "1,200"), ("notes", "blue bins")], "digits only"),
        (&[("notes", "blue bins")], "quantity is needed"),
        (&[("quantity", "5"), ("containers", "0"), ("notes", "blue bins")], "1 to 1000"),
        (&[("quantity", "25002500"), ("notes", "blue bins")], "not between 1 and"),
    ];
    for (input, words) in cases {
        let reply = receive(&operator, "k-2", &csrf, input).await;
        assert!(reply.status.is_client_error(), "{input:?}: {}", reply.status);
        assert!(reply.text.to_lowercase().contains(words), "{input:?}: {}", reply.text);
        assert!(reply.text.contains("value=\"blue bins\""), "{input:?}: the input is kept");
        assert!(reply.text.contains("aria-invalid=\"true\""), "{input:?}: {}", reply.text);
        assert_eq!(hidden(&reply.text, "idempotency_key"), "k-2", "{input:?}");
        assert!(!answer(&reply.text).contains("Booked in"), "{input:?}");
    }
    assert_eq!(on_hand(&plant).await, 0);
    let reply = receive(&operator, "k-2", &csrf, &[("quantity", "5")]).await;
    assert_eq!(reply.status, StatusCode::OK, "the key is still good: {}", reply.text);
    assert_eq!(on_hand(&plant).await, 5);
}

#[tokio::test]
async fn an_equal_booking_is_questioned_and_then_booked_under_its_key() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    receive(&operator, "k-1", &csrf, &[("quantity", "500")]).await;
    let asked = receive(&operator, "k-2", &csrf, &[("quantity", "500")]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.text.contains("data-answer=\"question\""), "{}", asked.text);
    assert!(asked.text.contains("value=\"possible_duplicate\""), "{}", asked.text);
    assert_eq!(hidden(&asked.text, "idempotency_key"), "k-2");
    assert_eq!(on_hand(&plant).await, 500);
    let sure = [("quantity", "500"), ("confirm", "possible_duplicate")];
    let booked = receive(&operator, "k-2", &csrf, &sure).await;
    assert_eq!(booked.status, StatusCode::OK, "{}", booked.text);
    assert_eq!(on_hand(&plant).await, 1_000);
}

/// Two lots of 40 and 60 on the plant.
async fn two_lots(plant: &Plant) -> [String; 2] {
    let mut lots = [String::new(), String::new()];
    for (lot, (key, quantity)) in lots.iter_mut().zip([("a", 40), ("b", 60)]) {
        plant.receive(key, quantity).await["lots"][0].as_str().unwrap().clone_into(lot);
    }
    lots
}

fn rows<'f>(lots: &'f [String; 2], quantities: [&'f str; 2]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (index, (lot, on_hand)) in lots.iter().zip(["40", "60"]).enumerate() {
        for (column, value) in [
            ("pick", "1"),
            ("lot", lot.as_str()),
            ("part", "11058-1779"),
            ("operation", "19"),
            ("location", "R-E4-18"),
            ("on_hand", on_hand),
            ("quantity", quantities[index]),
        ] {
            fields.push((format!("row.{index}.{column}"), value.to_owned()));
        }
    }
    fields
}

async fn send(
    visitor: &Visitor<'_>,
    path: &str,
    key: &str,
    rows: &[(String, String)],
    more: &[(&str, &str)],
) -> Reply {
    let csrf = visitor.csrf().await;
    let mut fields = vec![("csrf", csrf.as_str()), ("idempotency_key", key)];
    fields.extend(rows.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    fields.extend(more);
    visitor.post(path, &fields).await
}

#[tokio::test]
async fn rows_are_reviewed_taken_together_and_undone_together() {
    let plant = Plant::new().await;
    let lots = two_lots(&plant).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let found = operator.get(&format!("/out?lot={}&lot={}", lots[0], lots[1])).await.text;
    assert_eq!(found.matches(" checked>").count(), 2, "named lots are ticked: {found}");

    let fields = rows(&lots, ["", "25"]);
    let review = send(&operator, "/out", "k-1", &fields, &[]).await;
    assert!(review.text.contains("value=\"review\""), "{}", review.text);
    assert!(review.text.contains("Take 2 rows, 65 pieces?"), "{}", review.text);
    assert_eq!(on_hand(&plant).await, 100);

    let sure = [("confirm", "review")];
    for _ in 0..2 {
        let taken = send(&operator, "/out", "k-1", &fields, &sure).await;
        assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
        assert!(answer(&taken.text).contains("Taken out"), "{}", taken.text);
        assert_eq!(on_hand(&plant).await, 35, "twice the same form is one effect");
    }
    let taken = send(&operator, "/out", "k-1", &fields, &sure).await;
    let panel = answer(&taken.text);
    let (session, key) = (hidden(panel, "session_id"), hidden(panel, "idempotency_key"));
    let csrf = operator.csrf().await;
    let undo = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", &key),
        ("session_id", &session),
        ("screen", "out"),
    ];
    let undone = operator.post("/undo", &undo).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert_eq!(on_hand(&plant).await, 100);
}

#[tokio::test]
async fn one_impossible_row_refuses_them_all() {
    let plant = Plant::new().await;
    let lots = two_lots(&plant).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let fields = rows(&lots, ["", "61"]);
    let reply = send(&operator, "/out", "k-1", &fields, &[("confirm", "review")]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.text);
    assert!(
        reply.text.contains("value=\"61\"") && reply.text.contains("aria-invalid"),
        "{}",
        reply.text
    );
    assert_eq!(on_hand(&plant).await, 100);
    let nothing = send(&operator, "/out", "k-2", &[], &[]).await;
    assert!(nothing.text.contains("Nothing is ticked."), "{}", nothing.text);
}

#[tokio::test]
async fn pieces_move_to_another_place() {
    let plant = Plant::new().await;
    let lots = two_lots(&plant).await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let fields: Vec<_> = rows(&lots, ["", ""]).into_iter().take(7).collect();
    let nowhere = send(&operator, "/move", "k-1", &fields, &[]).await;
    assert!(
        nowhere.text.contains("Name a new location, a new operation, or both."),
        "{}",
        nowhere.text
    );
    let wrong = send(&operator, "/move", "k-1", &fields, &[("to_location", "R-E4-81")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    let moved = send(&operator, "/move", "k-1", &fields, &[("to_location", "floor")]).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert!(answer(&moved.text).contains("to FLOOR · operation 19"), "{}", answer(&moved.text));
    let stock = operator.get("/stock?location=FLOOR").await.text;
    assert!(stock.contains(&lots[0]) && !stock.contains(&lots[1]), "{stock}");
}

#[tokio::test]
async fn a_movement_is_undone_after_its_consequences_were_shown() {
    let plant = Plant::new().await;
    let booked = plant.receive("a", 40).await;
    let movement = booked["movements"][0]["id"].as_str().unwrap();
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    let lead = Visitor::of(&plant, Role::Lead).await;
    let address = format!("/history?movement={movement}&undo=preview");
    assert!(!viewer.get(&address).await.text.contains("Undoing it would change"));
    let shown = lead.get(&address).await.text;
    assert!(shown.contains("40 → 0"), "{shown}");
    assert_eq!(on_hand(&plant).await, 40, "a preview changes nothing");
    let form = &shown[shown.find("id=\"undo\"").unwrap()..];
    let (csrf, key) = (hidden(form, "csrf"), hidden(form, "idempotency_key"));
    let send = async |reason: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", &key),
            ("movement_id", movement),
            ("screen", "history"),
            ("reason", reason),
        ];
        lead.post("/undo", &fields).await
    };
    let silent = send("").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("Say why it is undone."), "{}", silent.text);
    assert_eq!(on_hand(&plant).await, 40);
    let undone = send("wrong part").await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert_eq!(on_hand(&plant).await, 0);
}

#[tokio::test]
async fn quick_buttons_are_ones_own() {
    let plant = Plant::new().await;
    let operator = Visitor::of(&plant, Role::Operator).await;
    let csrf = operator.csrf().await;
    let change = async |key: &str, action: &str, slot: &str, part: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("slot", slot),
            ("action", action),
            ("part", part),
            ("operation", "19"),
            ("quantity", "500"),
            ("location", ""),
        ];
        operator.post("/quick-buttons", &fields).await
    };
    let wrong = change("q-1", "save", "2", "11058-1797").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    assert!(wrong.text.contains("value=\"11058-1797\""), "{}", wrong.text);
    let saved = change("q-1", "save", "2", "11058-1779").await;
    assert!(saved.text.contains("F2 is saved."), "{}", saved.text);
    assert!(operator.get("/in").await.text.contains("data-quick=\"2\""));
    let moved = change("q-2", "up", "2", "").await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert!(operator.get("/in").await.text.contains("data-quick=\"1\""));
    change("q-3", "remove", "1", "").await;
    assert!(!operator.get("/in").await.text.contains("data-quick="));
    let nonsense = change("q-4", "save", "11", "11058-1779").await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}
