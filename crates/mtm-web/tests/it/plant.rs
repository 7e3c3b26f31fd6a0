//! A small plant: a ledger with a few masters, and one token for each role.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use mtm_app::auth::TokenRequest;
use mtm_app::checkpoint::Keeper;
use mtm_app::master::{MasterNoun, NewMaster};
use mtm_app::notice::NoticeRules;
use mtm_app::vault::Vault;
use mtm_app::{App, Principal};
use mtm_core::policy::Role;
use mtm_platform::DataDirectory;
use mtm_store::{Clock, Ledger, OpenOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A ledger, its use cases, and the routes over them.
pub(crate) struct Plant {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) admin: Principal,
    tokens: HashMap<Role, String>,
    _directory: TempDir,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The code of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Plant {
    pub(crate) async fn new() -> Self {
        Self::with(OpenOptions::default()).await
    }

    /// The same at the time of `clock`.
    pub(crate) async fn by(clock: Arc<dyn Clock>) -> Self {
        Self::with(OpenOptions { clock, ..OpenOptions::default() }).await
    }

    async fn with(options: OpenOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..options };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        let vault = Vault::open(&directory.path().join("secrets.key")).unwrap();
        let place = DataDirectory::existing(directory.path()).unwrap();
        let keeper = Arc::new(Keeper::new(&place, None));
        let app = App::serving(ledger, vault, NoticeRules::default(), keeper).await.unwrap();
        let admin = app.local_principal("tests").await.unwrap();
        let masters = [
            (MasterNoun::Part, "11058-1779"),
            (MasterNoun::Part, "24 126 251"),
            (MasterNoun::Operation, "19"),
            (MasterNoun::Operation, "20"),
            (MasterNoun::Location, "R-E4-18"),
            (MasterNoun::Location, "FLOOR"),
        ];
        let masters = masters.map(|(noun, code)| NewMaster::named(noun, code)).to_vec();
        app.ledger().create_masters(masters, admin.actor()).await.unwrap();
        let mut tokens = HashMap::new();
        for role in Role::ALL {
            let request = TokenRequest {
                name: format!("test {role}"),
                scope: role,
                owns_lots: false,
                intent_window: Some(0),
            };
            let (_, secret) = app.create_token(&admin, request, None).await.unwrap();
            tokens.insert(role, secret.reveal().to_owned());
        }
        let router = mtm_web::router(app.clone());
        Self { app, router, admin, tokens, _directory: directory }
    }

    /// The token of a role.
    pub(crate) fn token(&self, role: Role) -> &str {
        &self.tokens[&role]
    }

    /// A request of `role`; nobody's where `None`.
    pub(crate) fn request(
        &self,
        role: impl Into<Option<Role>>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(role) = role.into() {
            request = request.header("authorization", format!("Bearer {}", self.token(role)));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.into()).unwrap()
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, role: Role, path: &str) -> Reply {
        self.send(self.request(role, "GET", path, &[], Body::empty())).await
    }

    /// Posts JSON under `key`; without a key where it is empty.
    pub(crate) async fn post(&self, role: Role, path: &str, key: &str, body: &Value) -> Reply {
        self.write(Method::POST, role, path, key, "", body).await
    }

    /// Sends JSON under `key`, for the version `tag`.
    pub(crate) async fn write(
        &self,
        method: Method,
        role: Role,
        path: &str,
        key: &str,
        tag: &str,
        body: &Value,
    ) -> Reply {
        let mut headers = vec![("content-type", "application/json")];
        if !key.is_empty() {
            headers.push(("idempotency-key", key));
        }
        if !tag.is_empty() {
            headers.push(("if-match", tag));
        }
        self.send(self.request(role, method.as_str(), path, &headers, body.to_string())).await
    }

    /// Receives pieces of the first part as a lot of their own; gives the booking's answer.
    pub(crate) async fn receive(&self, key: &str, quantity: i64) -> Value {
        let reply = self.post(Role::Operator, "/api/v1/movements", key, &receipt(quantity)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        reply.json()
    }
}

/// The body of a receipt.
pub(crate) fn receipt(quantity: i64) -> Value {
    json!({
        "type": "in", "part": "11058-1779", "operation": "19", "location": "R-E4-18",
        "quantity": quantity,
    })
}
