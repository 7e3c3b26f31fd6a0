//! Labels over HTTP and from their pages.

use axum::http::{Method, StatusCode};
use mtm_core::label::built_in;
use mtm_core::policy::Role;
use serde_json::{Value, json};

use crate::pages::{Visitor, hidden};
use crate::plant::{Plant, Reply};

const PATH: &str = "/api/v1/labels";

fn brought(name: &str) -> &'static str {
    built_in().iter().find(|it| it.name == name).unwrap().text
}

async fn put(plant: &Plant, role: Role, key: &str, tag: &str, text: Value) -> Reply {
    let path = format!("{PATH}/lot");
    plant.write(Method::PUT, role, &path, key, tag, &json!({ "text": text })).await
}

async fn ask(plant: &Plant, role: Role, path: &str, body: &Value) -> Reply {
    plant.post(role, &format!("{PATH}/{path}"), "", body).await
}

#[tokio::test]
async fn an_administrator_writes_a_template_and_puts_it_back() {
    let plant = Plant::new().await;
    let listed = plant.get(Role::Viewer, PATH).await.json();
    let names: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["badge", "commands", "count", "location", "lot", "lot-small", "operation", "part"]
    );
    let shown = plant.get(Role::Viewer, &format!("{PATH}/lot")).await;
    assert_eq!(shown.header("etag"), "\"0\"");
    assert_eq!(shown.json()["text"], brought("lot"));
    assert_eq!(plant.get(Role::Viewer, &format!("{PATH}/none")).await.status, 404);

    let text = brought("lot").replace("title = \"Lot\"", "title = \"Container\"");
    let lead = put(&plant, Role::Lead, "l", "\"0\"", json!(text)).await;
    assert_eq!(lead.status, StatusCode::FORBIDDEN);
    let wrong = text.replace("{part}", "{prat}");
    let wrong = put(&plant, Role::Admin, "w", "\"0\"", json!(wrong)).await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (422, "invalid_template"));
    assert!(wrong.json()["detail"].as_str().unwrap().contains("element 1"), "{}", wrong.text);
    let made = put(&plant, Role::Admin, "m", "\"0\"", json!(text)).await;
    assert_eq!((made.status, made.header("etag")), (StatusCode::OK, "\"1\""), "{}", made.text);
    let again = put(&plant, Role::Admin, "m", "\"0\"", json!(text)).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    let path = format!("{PATH}/lot");
    let empty = plant.write(Method::PUT, Role::Admin, &path, "e", "\"1\"", &json!({})).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST, "nothing is taken away by saying nothing");
    let stale = put(&plant, Role::Admin, "s", "\"0\"", json!(text)).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let kept = plant.get(Role::Viewer, &format!("{PATH}/lot")).await.json();
    assert_eq!((&kept["title"], &kept["edited"]), (&json!("Container"), &json!(true)));
    let back = put(&plant, Role::Admin, "b", "\"1\"", Value::Null).await;
    assert_eq!(back.json()["number"], 2, "{}", back.text);
    let kept = plant.get(Role::Viewer, &format!("{PATH}/lot")).await.json();
    assert_eq!((&kept["title"], &kept["version"]), (&json!("Lot"), &json!(2)));
    let versions = plant.get(Role::Viewer, &format!("{PATH}/lot/versions")).await.json();
    assert_eq!(versions["items"][1]["text"], json!(text));
}

#[tokio::test]
async fn a_viewer_makes_labels_of_what_there_is_in_every_format() {
    let plant = Plant::new().await;
    let empty = ask(&plant, Role::Viewer, "lot/check", &json!({})).await.json();
    assert_eq!(empty, json!({ "subject": "lot", "of": null, "findings": [] }));
    plant.receive("r", 500).await;
    let checked = ask(&plant, Role::Viewer, "lot/check", &json!({ "dpi": 300 })).await.json();
    let lot = checked["of"].as_str().unwrap().to_owned();
    assert_eq!(checked["findings"], json!([]), "{checked:#}");
    let render = |format: &str, more: Value| {
        let mut body = json!({ "format": format });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let zpl = ask(&plant, Role::Viewer, "lot/render", &render("zpl", json!({ "of": lot }))).await;
    assert_eq!(zpl.header("content-type"), "application/vnd.zebra-zpl");
    assert!(zpl.text.contains(&format!("LOT:{lot}")) && zpl.text.contains("^FD500 pcs^FS"));
    for (format, kind, begins) in [("png", "image/png", "PNG"), ("pdf", "application/pdf", "%PDF-")]
    {
        let of = json!({ "of": lot, "copy": true });
        let made = ask(&plant, Role::Viewer, "lot/render", &render(format, of)).await;
        assert_eq!((made.status, made.header("content-type")), (StatusCode::OK, kind));
        assert!(made.text.get(..8).is_none_or(|head| head.contains(begins)), "{format}");
    }
    let given = json!({ "fields": { "lot": "7", "part": "A^XZ" } });
    let given = ask(&plant, Role::Viewer, "lot/render", &render("zpl", given)).await;
    assert!(given.text.contains("^FDA\\5EXZ^FS"), "{}", given.text);
    for (more, status, code) in [
        (json!({}), 400, "invalid_body"),
        (json!({ "of": "1", "fields": {} }), 400, "invalid_body"),
        (json!({ "of": "99" }), 404, "not_found"),
        (json!({ "fields": { "prat": "x" } }), 422, "label_unprintable"),
        (json!({ "fields": {} }), 422, "label_unprintable"),
        (json!({ "of": lot, "text": "x" }), 422, "invalid_template"),
    ] {
        let refused = ask(&plant, Role::Viewer, "lot/render", &render("zpl", more.clone())).await;
        let found = (refused.status.as_u16(), refused.code());
        assert_eq!(found, (status, code.to_owned()), "{more}: {}", refused.text);
    }
    for dpi in ["0", "204", "\"203\""] {
        let body: Value =
            serde_json::from_str(&format!("{{\"format\":\"zpl\",\"of\":\"1\",\"dpi\":{dpi}}}"))
                .unwrap();
        assert_eq!(ask(&plant, Role::Viewer, "lot/render", &body).await.status, 400, "{dpi}");
    }
    let other = json!({ "format": "zpl", "of": "operator" });
    let viewer = ask(&plant, Role::Viewer, "badge/render", &other).await;
    assert_eq!(viewer.status, StatusCode::FORBIDDEN, "whose badges there are is for leads");
}

#[tokio::test]
async fn a_template_is_tried_on_its_page_before_it_is_kept() {
    let plant = Plant::new().await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    assert!(admin.get("/stock").await.text.contains("href=\"/labels\""));
    assert!(admin.get("/labels").await.text.contains("href=\"/labels/lot\""));
    assert!(admin.get("/labels/lot").await.text.contains("There is no lot yet"));
    plant.receive("r", 500).await;
    let page = admin.get("/labels/lot").await.text;
    let picture = |page: &str| {
        let from = page.split("class=\"label-preview\" src=\"").nth(1).unwrap();
        from.split('"').next().unwrap().replace("&amp;", "&")
    };
    let kept = picture(&page);
    assert!(kept.starts_with("/labels/lot/render?format=png&of=") && !kept.contains("draft"));
    let shown = admin.get(&kept).await;
    assert_eq!((shown.status, shown.header("content-type")), (StatusCode::OK, "image/png"));

    let csrf = admin.csrf().await;
    let send = async |key: &str, text: &str, seen: &str, action: &str| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("idempotency_key", key),
            ("text", text),
            ("seen", seen),
            ("dpi", "300"),
            ("action", action),
        ];
        admin.post("/labels/lot", &fields).await
    };
    let near = brought("lot").replace("at = [75, 6]", "at = [70.5, 6]").replace('\n', "\r\n");
    let tried = send("k", &near, "0", "preview").await;
    assert!(tried.text.contains("keeps free") || tried.text.contains("Nothing was found"));
    let drawn = admin.get(&picture(&tried.text)).await;
    assert_eq!((drawn.status, drawn.header("content-type")), (StatusCode::OK, "image/png"));
    let untouched = plant.get(Role::Viewer, &format!("{PATH}/lot")).await;
    assert_eq!(untouched.header("etag"), "\"0\"", "a preview keeps nothing");

    let wrong = send("k", "title = ", "0", "save").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("id=\"label-text-error\""), "{}", wrong.text);
    let saved = send("k", &near, "0", "save").await;
    assert!(saved.text.contains("Kept: version 1."), "{}", saved.text);
    assert_eq!(hidden(&saved.text, "seen"), "1");
    let late = send("l", brought("lot"), "0", "save").await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);
    // Looking at one's own text does not make it one about what somebody else kept.
    let looked = send("m", brought("lot"), "0", "preview").await;
    assert_eq!(hidden(&looked.text, "seen"), "0");
    let unsaid = send("n", brought("lot"), "", "save").await;
    assert_eq!(unsaid.status, StatusCode::BAD_REQUEST, "{}", unsaid.text);
    let back = send("b", &near, "1", "put_back").await;
    assert!(back.text.contains("Put back: version 2."), "{}", back.text);
}

#[tokio::test]
async fn a_new_template_begins_like_another_and_only_administrators_write() {
    let plant = Plant::new().await;
    plant.receive("r", 5).await;
    let admin = Visitor::of(&plant, Role::Admin).await;
    let led = admin.get("/labels?name=mine&like=lot-small").await;
    assert_eq!(led.header("location"), "/labels/mine?like=lot%2Dsmall");
    let page = admin.get("/labels/mine?like=lot-small").await.text;
    assert!(page.contains("50 by 25 millimetres") && page.contains("draft="), "{page}");
    let viewer = Visitor::of(&plant, Role::Viewer).await;
    assert_eq!(viewer.get("/labels/mine").await.status, StatusCode::NOT_FOUND);
    let page = viewer.get("/labels/lot").await.text;
    assert!(page.contains("readonly") && !page.contains("Keep it"));
    let csrf = viewer.csrf().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("idempotency_key", "k"),
        ("text", brought("lot")),
        ("seen", "0"),
        ("action", "save"),
    ];
    assert_eq!(viewer.post("/labels/lot", &fields).await.status, StatusCode::FORBIDDEN);
}
