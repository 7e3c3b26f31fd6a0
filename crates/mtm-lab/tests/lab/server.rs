//! A server that books what it is told into a small memory, misbehaves as scripted, and shows
//! afterwards what it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It is booked and answered.
    Answer,
    /// It is booked, and the connection is cut before the answer.
    BookAndCut,
    /// The connection is cut at once.
    Cut,
    /// It is booked, and the answer never comes.
    BookAndHang,
    /// It is refused with this status and code, unless it was booked before.
    Refuse(u16, &'static str),
    /// It is turned away with 503, without a look at its key.
    TurnAway,
}

/// Decides on the `nth` request (from 0) of all connections together.
type Script = Box<dyn Fn(usize) -> Behaviour + Send>;

/// What the server holds and saw.
#[derive(Default)]
pub(crate) struct Books {
    script: Option<Script>,
    requests: usize,
    /// First answers by key.
    answers: BTreeMap<String, Value>,
    /// Repetitions that were answered as before.
    pub(crate) replays: usize,
    pub(crate) movements: u64,
    pub(crate) pieces: i64,
    /// Pieces by lot and location.
    pub(crate) stock: BTreeMap<(String, String), i64>,
    pub(crate) bodies: Vec<Value>,
    pub(crate) paths: Vec<String>,
    pub(crate) keys: BTreeSet<String>,
    pub(crate) tokens: BTreeSet<String>,
    pub(crate) connections: usize,
}

/// A running server; it ends with this value.
pub(crate) struct Server {
    pub(crate) url: String,
    books: Arc<Mutex<Books>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(script: impl Fn(usize) -> Behaviour + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let books =
            Arc::new(Mutex::new(Books { script: Some(Box::new(script)), ..Books::default() }));
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&books);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                let books = Arc::clone(&shared);
                connections.spawn(async move {
                    let service = service_fn(move |request| serve(Arc::clone(&books), request));
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, books, _tasks: tasks }
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }
}

type Answer = Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>>;

fn refusal(status: u16, code: &str) -> Answer {
    let problem = json!({ "status": status, "code": code, "detail": "as scripted" });
    Ok(Response::builder().status(status).body(problem.to_string().into())?)
}

async fn serve(books: Arc<Mutex<Books>>, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let header = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let (behaviour, answer, replayed) = {
        let mut books = books.lock().unwrap();
        let nth = books.requests;
        books.requests += 1;
        books.tokens.extend(header("authorization"));
        let mut behaviour = books.script.as_ref().map_or(Behaviour::Answer, |script| script(nth));
        let known = |key: &String| books.answers.contains_key(key);
        if matches!(behaviour, Behaviour::Refuse(..))
            && header("idempotency-key").as_ref().is_some_and(known)
        {
            behaviour = Behaviour::Answer;
        }
        books.paths.push(path.clone());
        let (answer, replayed) = match (behaviour, header("idempotency-key")) {
            (Behaviour::Cut | Behaviour::Refuse(..) | Behaviour::TurnAway, _) => {
                (Value::Null, false)
            }
            (_, None) => (json!({ "items": [], "next_cursor": null }), false),
            (_, Some(key)) => books.once(&path, key, &body),
        };
        (behaviour, answer, replayed)
    };
    match behaviour {
        Behaviour::Answer => {}
        Behaviour::Cut | Behaviour::BookAndCut => return Err("cut as scripted".into()),
        Behaviour::BookAndHang => {
            let never: Infallible = std::future::pending().await;
            match never {}
        }
        Behaviour::TurnAway => return refusal(503, "unavailable"),
        Behaviour::Refuse(status, code) => return refusal(status, code),
    }
    let mut response = Response::new(Full::from(answer.to_string()));
    if path == "/api/v1/movements" && head.method == "POST" {
        *response.status_mut() = StatusCode::CREATED;
    }
    if replayed {
        books.lock().unwrap().replays += 1;
        response.headers_mut().insert("idempotent-replayed", "true".parse()?);
    }
    Ok(response)
}

impl Books {
    /// Books under a key, or finds the answer given before.
    fn once(&mut self, path: &str, key: String, body: &Bytes) -> (Value, bool) {
        if let Some(answer) = self.answers.get(&key) {
            return (answer.clone(), true);
        }
        self.keys.insert(key.clone());
        let body: Value = serde_json::from_slice(body).unwrap();
        let answer = if let Some(items) = body["items"].as_array() {
            assert_eq!(path, "/api/v1/movements/batch");
            assert_eq!(body["atomic"], true);
            let items: Vec<Value> = items.iter().map(|item| self.book(item)).collect();
            json!({ "items": items })
        } else {
            assert_eq!(path, "/api/v1/movements");
            self.book(&body)
        };
        self.answers.insert(key, answer.clone());
        (answer, false)
    }

    fn book(&mut self, body: &Value) -> Value {
        self.movements += 1;
        self.bodies.push(body.clone());
        let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        let quantity = body["quantity"].as_i64();
        let lot = match body["lot"].as_str() {
            Some(lot) => lot.to_owned(),
            None => format!("{:010}", self.movements),
        };
        let here = (lot.clone(), text("location"));
        match body["type"].as_str().unwrap() {
            "in" => {
                self.pieces += quantity.unwrap();
                self.stock.insert(here, quantity.unwrap());
            }
            "adjust" => {
                self.pieces += body["delta"].as_i64().unwrap();
                *self.stock.get_mut(&here).unwrap() += body["delta"].as_i64().unwrap();
            }
            "transfer" => {
                let pieces = self.stock.remove(&here).unwrap();
                self.stock.insert((lot.clone(), text("to_location")), pieces);
            }
            "out" => {
                let place = self.stock.keys().find(|place| place.0 == lot).unwrap().clone();
                if body["location"].is_string() {
                    assert_eq!(place, here, "taken from elsewhere");
                }
                let there = self.stock.get_mut(&place).unwrap();
                let taken = quantity.unwrap_or(*there);
                *there -= taken;
                if *there == 0 {
                    self.stock.remove(&place);
                }
                self.pieces -= taken;
            }
            other => panic!("{other} is not sent by any scenario"),
        }
        json!({ "id": "x", "type": body["type"], "lots": [lot] })
    }
}
