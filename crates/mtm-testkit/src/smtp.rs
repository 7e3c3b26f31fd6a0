//! A mail server: it speaks SMTP as a real one does, encrypted if asked to, keeps what it took, and says no
//! where a test says so.
//!
//! Its certificate is signed by an authority made for this server alone, whose file a client is given. Each
//! connection has a thread; everything ends with the server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::called::Authority;
use crate::listener::Listener;

/// Longer than anything a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The account it knows: `AUTH PLAIN` of `mtm` with `geheim`.
const ACCOUNT: &str = "AG10bQBnZWhlaW0=";

/// How it may be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// In the clear, or encrypted after `STARTTLS`; it knows accounts only then.
    StartTls,
    /// Encrypted from the start.
    Tls,
    /// In the clear, and nothing else is offered.
    Plain,
}

/// What a client has just said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Nothing yet.
    Connect,
    /// Who it is (`AUTH`).
    Auth,
    /// Whom a mail is from (`MAIL`).
    From,
    /// Whom it is for (`RCPT`).
    To,
    /// That it follows (`DATA`).
    Data,
    /// All of it.
    Message,
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// Yes.
    Yes,
    /// With this status, instead of yes.
    No(u16),
    /// Nothing: it hangs up. While a message is under way, in the middle of it.
    HangUp,
    /// Nothing, after it was taken: the client cannot know.
    TakeAndHangUp,
    /// Nothing, and the line stays open until the client goes. A message was taken.
    Silence,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Whom it is from, as the envelope says.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// Its `Message-ID`.
    pub id: String,
    /// All of it, as it came.
    pub text: String,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// Whether whoever sent it had proved who they are.
    pub known: bool,
}

type Script = dyn Fn(At, &str) -> Say + Send + Sync;

struct Shared {
    security: Security,
    script: Box<Script>,
    tls: Arc<ServerConfig>,
    taken: Mutex<Vec<Taken>>,
    more: Condvar,
    stopped: AtomicBool,
    connections: Mutex<usize>,
}

/// A mail server on a free port of this machine.
pub struct SmtpServer {
    listener: Listener,
    shared: Arc<Shared>,
    directory: tempfile::TempDir,
}

impl SmtpServer {
    /// Starts one that answers as `script` says of what a client has just said, and of the receiver of the
    /// mail where it named one.
    pub fn start(
        security: Security,
        script: impl Fn(At, &str) -> Say + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        Self::start_until(security, 2090, script)
    }

    /// The same, with a certificate that counts until the end of this year.
    pub fn start_until(
        security: Security,
        year: i32,
        script: impl Fn(At, &str) -> Say + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir().context("no directory")?;
        let authority = Authority::new().context("no authority")?;
        let shown = authority.server("localhost", (2020, year)).context("no certificate")?;
        std::fs::write(directory.path().join("ca.pem"), authority.pem()).context("no file")?;
        let shared = Arc::new(Shared {
            security,
            script: Box::new(script),
            tls: shown.serving()?,
            taken: Mutex::default(),
            more: Condvar::new(),
            stopped: AtomicBool::new(false),
            connections: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let listener = Listener::start(move |stream| Session::serve(&serving, stream))?;
        Ok(Self { listener, shared, directory })
    }

    /// Its address: who one is there is `mtm` where it knows accounts.
    pub fn url(&self) -> String {
        let port = self.listener.address().port();
        match self.shared.security {
            Security::StartTls => format!("smtp://mtm@localhost:{port}"),
            Security::Tls => format!("smtps://mtm@localhost:{port}"),
            Security::Plain => format!("smtp+plain://localhost:{port}"),
        }
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.listener.address().port()
    }

    /// The password of `mtm`.
    pub const fn password(&self) -> &'static str {
        "geheim"
    }

    /// The file of the authority that signed its certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Everything that was taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.shared.taken).clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }

    /// Waits until what was taken is as `enough` says; that, or what there was when patience ended.
    pub fn wait_for(&self, enough: impl Fn(&[Taken]) -> bool) -> anyhow::Result<Vec<Taken>> {
        let deadline = Instant::now() + PATIENCE;
        let mut taken = lock(&self.shared.taken);
        loop {
            if enough(&taken) {
                return Ok(taken.clone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            anyhow::ensure!(!left.is_zero(), "only {} mails came in: {taken:#?}", taken.len());
            taken = match self.shared.more.wait_timeout(taken, left) {
                Ok((taken, _)) => taken,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // Whoever goes on talking is hung up on.
        self.shared.stopped.store(true, Ordering::Relaxed);
    }
}

/// The connection, readable or not.
enum Stream {
    Clear(TcpStream),
    Encrypted(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.write_all(bytes),
            Self::Encrypted(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }
}

/// One client.
struct Session<'s> {
    shared: &'s Shared,
    stream: Option<Stream>,
    mail: Taken,
}

fn gone() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl<'s> Session<'s> {
    fn serve(shared: &'s Shared, stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        *lock(&shared.connections) += 1;
        let mut session =
            Self { shared, stream: Some(Stream::Clear(stream)), mail: Taken::default() };
        if shared.security == Security::Tls {
            session.encrypt()?;
        }
        session.answer(At::Connect, "220 mail.plant.example ESMTP")?;
        while let Some(line) = session.line()? {
            if !session.obey(&line)? {
                break;
            }
        }
        Ok(())
    }

    /// Does what a line asks for. Whether the client goes on.
    fn obey(&mut self, line: &str) -> io::Result<bool> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.offer()?,
            "STARTTLS" if self.shared.security == Security::StartTls => {
                self.say("220 go ahead")?;
                self.encrypt()?;
            }
            "AUTH" if self.mail.encrypted => {
                let known = rest.ends_with(ACCOUNT);
                self.mail.known = known;
                let reply = if known { "235 welcome" } else { "535 5.7.8 nobody of ours" };
                self.answer(At::Auth, reply)?;
            }
            "MAIL" => {
                self.mail.from = address(rest);
                self.answer(At::From, "250 yes")?;
            }
            "RCPT" => {
                self.mail.to = address(rest);
                self.answer(At::To, "250 yes")?;
            }
            "DATA" => self.data()?,
            "RSET" | "NOOP" => self.say("250 yes")?,
            "QUIT" => {
                self.say("221 bye")?;
                return Ok(false);
            }
            _ => self.say("502 5.5.1 not here")?,
        }
        Ok(true)
    }

    fn offer(&mut self) -> io::Result<()> {
        let more = match (self.shared.security, self.mail.encrypted) {
            (Security::StartTls, false) => "250 STARTTLS",
            (_, true) => "250 AUTH PLAIN LOGIN",
            _ => "250 SIZE 1000000",
        };
        self.say(&format!("250-mail.plant.example\r\n{more}"))
    }

    fn data(&mut self) -> io::Result<()> {
        if !self.answer(At::Data, "354 go ahead")? {
            return Ok(());
        }
        let said = (self.shared.script)(At::Message, &self.mail.to);
        if said == Say::HangUp {
            // In the middle of it.
            self.line()?;
            return Err(gone());
        }
        let mut text = String::new();
        loop {
            match self.line()?.ok_or_else(gone)?.as_str() {
                "." => break,
                line => {
                    text.push_str(line.strip_prefix('.').unwrap_or(line));
                    text.push('\n');
                }
            }
        }
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
        let taken = Taken { id: id.unwrap_or_default().to_owned(), text, ..self.mail.clone() };
        match said {
            Say::No(status) => self.say(&format!("{status} no")),
            said => {
                lock(&self.shared.taken).push(taken);
                self.shared.more.notify_all();
                match said {
                    Say::TakeAndHangUp => Err(gone()),
                    Say::Silence => self.silence(),
                    _ => self.say("250 taken"),
                }
            }
        }
    }

    /// Answers as the script says; whether that was yes.
    fn answer(&mut self, at: At, yes: &str) -> io::Result<bool> {
        match (self.shared.script)(at, &self.mail.to) {
            Say::Yes | Say::TakeAndHangUp => self.say(yes).map(|()| true),
            Say::No(status) => self.say(&format!("{status} no")).map(|()| false),
            Say::HangUp => Err(gone()),
            Say::Silence => self.silence().map(|()| false),
        }
    }

    /// Says nothing until the client is gone.
    fn silence(&mut self) -> io::Result<()> {
        while self.line()?.is_some() {}
        Err(gone())
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.as_mut().ok_or_else(gone)?.write(format!("{line}\r\n").as_bytes())
    }

    /// The next line; nothing where the client hung up.
    fn line(&mut self) -> io::Result<Option<String>> {
        let stream = self.stream.as_mut().ok_or_else(gone)?;
        let (mut line, mut byte) = (Vec::new(), [0]);
        loop {
            if self.shared.stopped.load(Ordering::Relaxed) || stream.read(&mut byte)? == 0 {
                return Ok(None);
            }
            match byte[0] {
                b'\n' => break,
                byte => line.push(byte),
            }
        }
        let line = String::from_utf8_lossy(&line);
        Ok(Some(line.trim_end_matches('\r').to_owned()))
    }

    fn encrypt(&mut self) -> io::Result<()> {
        let Some(Stream::Clear(stream)) = self.stream.take() else { return Err(gone()) };
        let tls = ServerConnection::new(Arc::clone(&self.shared.tls)).map_err(io::Error::other)?;
        self.stream = Some(Stream::Encrypted(Box::new(StreamOwned::new(tls, stream))));
        self.mail.encrypted = true;
        Ok(())
    }
}

/// What stands between angle brackets.
fn address(text: &str) -> String {
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
