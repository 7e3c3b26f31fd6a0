//! Mosquitto, which speaks MQTT 5.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Running, broker, consumer::Consumer, mqtt, place};
use crate::mariadb::programs::run;
use crate::skip::Fixture;

/// A running broker; stopped and removed on drop.
#[derive(Debug)]
pub struct Mosquitto {
    running: Running,
    scheme: &'static str,
}

/// What is special about a broker.
#[derive(Debug, Clone, Copy, Default)]
struct Special<'s> {
    /// Further lines of its configuration.
    lines: &'s str,
    /// Who may come in: a name and a password; anybody without one.
    who: Option<(&'s str, &'s str)>,
    /// A certificate and its key (PEM), where it encrypts.
    tls: Option<(&'s str, &'s str)>,
}

impl Mosquitto {
    /// Starts a broker of its own for the caller.
    pub fn start() -> Result<Fixture<Self>> {
        Self::start_as(Special::default())
    }

    /// Starts one with further lines of configuration.
    pub fn start_with(lines: &str) -> Result<Fixture<Self>> {
        Self::start_as(Special { lines, ..Special::default() })
    }

    /// Starts one that encrypts under a certificate and its key (PEM), and lets in one user only.
    pub fn start_guarded(
        certificate: &str,
        key: &str,
        user: &str,
        password: &str,
    ) -> Result<Fixture<Self>> {
        let (who, tls) = (Some((user, password)), Some((certificate, key)));
        Self::start_as(Special { who, tls, ..Special::default() })
    }

    fn start_as(special: Special<'_>) -> Result<Fixture<Self>> {
        let program = match broker("mosquitto", "mosquitto") {
            Ok(program) => program,
            Err(reason) => return Ok(Fixture::Unavailable(reason)),
        };
        let arguments = |directory: &Path, _| {
            vec!["-c".to_owned(), directory.join("mosquitto.conf").display().to_string()]
        };
        let prepare = |directory: &Path, port| special.prepare(directory, port);
        let running = Running::start(program, arguments, prepare)?;
        let scheme = if special.tls.is_some() { "mqtts" } else { "mqtt" };
        Ok(Fixture::Ready(Self { running, scheme }))
    }

    /// Its address, such as `mqtt://localhost:12345`.
    pub fn url(&self) -> String {
        self.url_for("")
    }

    /// The same for a user of it.
    pub fn url_for(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        // By name, as the certificate says it.
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

    /// The same with other lines of configuration.
    pub fn restart_with(&mut self, lines: &str) -> Result<()> {
        self.running.terminate()?;
        let special = Special { lines, ..Special::default() };
        special.prepare(self.running.directory.path(), self.running.port)?;
        self.running.restart()
    }

    /// A consumer of everything below `topics`, with a session that outlives its connections. There
    /// when this returns.
    pub fn consumer(&self, topics: &str) -> Result<Consumer> {
        mqtt::consume(self.running.port, topics)
    }
}

impl Special<'_> {
    fn prepare(&self, directory: &Path, port: u16) -> Result<()> {
        let mut text = format!(
            "user root\n\
             listener {port} 127.0.0.1\n\
             persistence true\n\
             persistence_location {}/\n\
             # A broker that is killed comes back with the sessions that it had.\n\
             autosave_on_changes true\n\
             autosave_interval 1\n\
             max_inflight_messages 0\n\
             max_queued_messages 0\n\
             log_dest stderr\n\
             {}\n",
            directory.display(),
            self.lines,
        );
        if let Some((certificate, key)) = self.tls {
            let certificate = place(directory, "server.pem", certificate)?;
            let key = place(directory, "server.key", key)?;
            let (certificate, key) = (certificate.display(), key.display());
            writeln!(text, "certfile {certificate}\nkeyfile {key}")?;
        }
        match self.who {
            None => text += "allow_anonymous true\n",
            Some((user, password)) => {
                let file = directory.join("passwords");
                let program =
                    broker("mosquitto_passwd", "mosquitto").map_err(anyhow::Error::msg)?;
                run(Command::new(program).args(["-b", "-c"]).arg(&file).args([user, password]))?;
                writeln!(text, "allow_anonymous false\npassword_file {}", file.display())?;
            }
        }
        place(directory, "mosquitto.conf", &text).map(drop)
    }
}
