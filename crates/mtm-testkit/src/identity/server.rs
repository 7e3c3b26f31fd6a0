//! A provider without manners: a real HTTP server whose every answer a test chooses.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};

use super::Signer;
use crate::listener::Listener;

/// Where its document is.
const DOCUMENT: &str = "/.well-known/openid-configuration";

/// What is answered at a path.
#[derive(Debug, Clone)]
pub enum Said {
    /// This status and JSON.
    Json(u16, Value),
    /// JSON that calls itself something else.
    Labelled(&'static str, Value),
    /// Elsewhere.
    Elsewhere(String),
    /// Blanks without an end.
    Endless,
    /// Nothing; the connection is held open.
    Silence,
}

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Its path, without a query.
    pub path: String,
    /// `Authorization`.
    pub authorization: String,
    /// The body.
    pub body: String,
}

#[derive(Default)]
struct Shared {
    says: Mutex<HashMap<String, Said>>,
    asked: Mutex<Vec<Asked>>,
}

/// A provider on a free port of this machine.
pub struct IdentityServer {
    listener: Listener,
    shared: Arc<Shared>,
}

impl IdentityServer {
    /// Starts one that publishes a document and the public parts of `keys`, and knows nothing else.
    pub fn start(keys: &[&Signer]) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let conversing = Arc::clone(&shared);
        let listener = Listener::start(move |stream| conversing.converse(&stream))?;
        let server = Self { listener, shared };
        server.document(&json!({}));
        server.publish(keys);
        Ok(server)
    }

    /// Its name for itself.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.listener.address())
    }

    /// Publishes its document with `changes`.
    pub fn document(&self, changes: &Value) {
        let issuer = self.issuer();
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/keys"),
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            document[name] = value.clone();
        }
        self.say(DOCUMENT, Said::Json(200, document));
    }

    /// Publishes these keys.
    pub fn publish(&self, keys: &[&Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
        self.say("/keys", Said::Json(200, json!({ "keys": keys })));
    }

    /// Answers at `path` so from now on.
    pub fn say(&self, path: &str, said: Said) {
        lock(&self.shared.says).insert(path.to_owned(), said);
    }

    /// Gives `token` for every code from now on.
    pub fn give(&self, token: &str) {
        let tokens = json!({
            "id_token": token, "access_token": "an-access-token", "token_type": "Bearer",
            "expires_in": 300,
        });
        self.say("/token", Said::Json(200, tokens));
    }

    /// What it was asked at `path`.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        lock(&self.shared.asked).iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

impl Shared {
    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some(asked) = read(&mut reader)? {
            let said = lock(&self.says).get(&asked.path).cloned();
            lock(&self.asked).push(asked);
            let mut stream = stream;
            let reply = match said.unwrap_or(Said::Json(404, json!({}))) {
                Said::Json(status, value) => {
                    labelled(status, "application/json; charset=utf-8", &value)
                }
                Said::Labelled(kind, value) => labelled(200, kind, &value),
                Said::Elsewhere(place) => {
                    format!("HTTP/1.1 302 There\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n")
                }
                Said::Endless => {
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                                connection: close\r\n\r\n";
                    stream.write_all(head.as_bytes())?;
                    // Until the other side has enough of it.
                    loop {
                        stream.write_all(&[b' '; 4096])?;
                    }
                }
                Said::Silence => {
                    let _ = reader.read(&mut [0])?;
                    return Ok(());
                }
            };
            stream.write_all(reply.as_bytes())?;
        }
        Ok(())
    }
}

fn labelled(status: u16, kind: &str, value: &Value) -> String {
    let body = value.to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status} So\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// The next request on a connection; `None` at its end.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    let mut asked = Asked { path, ..Asked::default() };
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.clone_into(&mut asked.authorization),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Ok(Some(asked))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
