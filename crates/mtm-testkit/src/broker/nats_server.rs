//! `nats-server` with `JetStream`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::{Running, broker, consumer::Consumer, nats, place};
use crate::skip::Fixture;

/// A running server; stopped and removed on drop.
#[derive(Debug)]
pub struct NatsServer {
    running: Running,
    scheme: &'static str,
}

impl NatsServer {
    /// Starts a server of its own for the caller.
    pub fn start() -> Result<Fixture<Self>> {
        Self::start_as("", None)
    }

    /// Starts one with further lines of configuration.
    pub fn start_with(lines: &str) -> Result<Fixture<Self>> {
        Self::start_as(lines, None)
    }

    /// Starts one that encrypts under a certificate and its key (PEM), and lets in one user only.
    pub fn start_guarded(
        certificate: &str,
        key: &str,
        user: &str,
        password: &str,
    ) -> Result<Fixture<Self>> {
        let lines = format!("authorization {{ user: \"{user}\", password: \"{password}\" }}\n");
        Self::start_as(&lines, Some((certificate, key)))
    }

    fn start_as(lines: &str, tls: Option<(&str, &str)>) -> Result<Fixture<Self>> {
        let program = match broker("nats-server", "nats-server") {
            Ok(program) => program,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let arguments = |directory: &Path, _| {
            vec!["-c".to_owned(), directory.join("nats.conf").display().to_string()]
        };
        let prepare = |directory: &Path, port: u16| {
            let store = directory.join("store");
            let mut text = format!(
                "host: 127.0.0.1\nport: {port}\njetstream {{ store_dir: \"{}\" }}\n{lines}",
                store.display()
            );
            if let Some((certificate, key)) = tls {
                let certificate = place(directory, "server.pem", certificate)?;
                let key = place(directory, "server.key", key)?;
                let (certificate, key) = (certificate.display(), key.display());
                writeln!(text, "tls {{ cert_file: \"{certificate}\", key_file: \"{key}\" }}")?;
            }
            place(directory, "nats.conf", &text).map(drop)
        };
        let running = Running::start(program, arguments, prepare)?;
        let scheme = if tls.is_some() { "tls" } else { "nats" };
        Ok(Fixture::Ready(Self { running, scheme }))
    }

    /// Its address, such as `nats://localhost:12345`.
    pub fn url(&self) -> String {
        self.url_for("")
    }

    /// The same for a user of it.
    pub fn url_for(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        format!("{}://{user}{at}localhost:{}", self.scheme, self.running.port)
    }

    /// Kills it as a power cut would.
    pub fn kill9(&mut self) -> Result<()> {
        self.running.kill9()
    }

    /// Ends it in order.
    pub fn terminate(&mut self) -> Result<()> {
        self.running.terminate()
    }

    /// Starts it again on the same port with what it kept.
    pub fn restart(&mut self) -> Result<()> {
        self.running.restart()
    }

    /// A consumer of everything in a stream from its beginning, which goes on where it was after its
    /// connection broke. The stream may be made later.
    pub fn consumer(&self, stream: &str) -> Result<Consumer> {
        nats::consume(self.running.port, stream)
    }

    /// Makes a stream of one's own, with these subjects and at most so large messages (0: any).
    pub fn make_stream(&self, name: &str, subjects: &[&str], largest: i32) -> Result<()> {
        nats::make_stream(self.running.port, name, subjects, largest)
    }

    /// The subjects of a stream and its most messages, as the server says.
    pub fn stream(&self, name: &str) -> Result<(Vec<String>, i64)> {
        nats::stream(self.running.port, name)
    }
}
