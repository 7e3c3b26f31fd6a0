//! The listening program as a process: a line to it, lines from it, each bounded.

use std::process::Stdio;
use std::time::{Duration, Instant};

use mtm_core::opcua::protocol::{Ask, Greeting, LINE_MAX, Say, VERSION};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::{Away, Settings};

/// What variables of ours begin with; some of them hold secrets of other systems.
const OURS: &str = "MTM_";
/// How long the program may take to greet, and to take its question.
const GREETING: Duration = Duration::from_secs(10);
/// How long a program that ended is waited for, to say how.
const BURIAL: Duration = Duration::from_secs(2);
/// How long it may take to say good-bye to the server.
const FAREWELL: Duration = Duration::from_secs(5);
/// What is waited for a line at least, however late it is: it may lie there.
const LOOK: Duration = Duration::from_secs(1);

/// The program, running. When this is dropped its input is at its end: it says good-bye to the server, which has room
/// for few, and ends by itself within seconds, whatever it does.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What came of the line that is on its way.
    line: Vec<u8>,
    /// When it said something last.
    heard: Instant,
}

impl Process {
    /// Starts it, hears its greeting, and asks.
    pub(super) async fn start(settings: &Settings, ask: &Ask) -> Result<Self, Away> {
        let failed =
            |message: String| Away::NotStarted { program: settings.program.clone(), message };
        let mut command = Command::new(&settings.program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(OURS) {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(failed("it has no input or no output".to_owned()));
        };
        let (output, line) = (BufReader::new(output), Vec::new());
        let mut process = Self { child, input: Some(input), output, line, heard: Instant::now() };
        let greeting: Greeting = process.hear(GREETING).await?;
        if greeting.protocol != VERSION {
            let said = greeting.protocol;
            let message = format!("it speaks version {said}, and this program {VERSION}");
            return Err(process.refused(message));
        }
        process.ask(ask).await?;
        Ok(process)
    }

    async fn ask(&mut self, ask: &Ask) -> Result<(), Away> {
        let mut line = serde_json::to_vec(ask).map_err(|it| Away::Protocol(it.to_string()))?;
        line.push(b'\n');
        if line.len() > LINE_MAX {
            return Err(self.refused("the question is too long".to_owned()));
        }
        let Some(input) = &mut self.input else { return Err(self.ended().await) };
        let sent = async {
            input.write_all(&line).await?;
            input.flush().await
        };
        match timeout(GREETING, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.ended().await),
            Err(_) => Err(self.hung(GREETING)),
        }
    }

    /// What it says next, where it says that within so long since it said something last. Nothing is lost when this is
    /// dropped in the middle.
    pub(super) async fn say(&mut self, within: Duration) -> Result<Say, Away> {
        self.hear(within).await
    }

    async fn hear<T: serde::de::DeserializeOwned>(&mut self, within: Duration) -> Result<T, Away> {
        let rest = within.saturating_sub(self.heard.elapsed()).max(LOOK);
        match timeout(rest, self.fill()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Err(self.ended().await),
            Ok(Err(message)) => return Err(self.refused(message)),
            Err(_) => return Err(self.hung(within)),
        }
        self.heard = Instant::now();
        let line = std::mem::take(&mut self.line);
        serde_json::from_slice(&line).map_err(|error| {
            // Not the line itself: nobody knows what is in it.
            self.refused(format!("a line of {} bytes is none of it: {error}", line.len()))
        })
    }

    /// Reads until a line is whole, without its end; half a line is no line. False where there is none any more.
    async fn fill(&mut self) -> Result<bool, String> {
        loop {
            // Its output broke off as if it had ended.
            let Ok(ready) = self.output.fill_buf().await else { return Ok(false) };
            if ready.is_empty() {
                return Ok(false);
            }
            let end = ready.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(ready.len());
            if self.line.len() + taken > LINE_MAX {
                return Err(format!("a line is longer than {LINE_MAX} bytes"));
            }
            self.line.extend_from_slice(&ready[..taken]);
            self.output.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// Ends it, and waits until it said good-bye to the server.
    pub(super) async fn close(mut self) {
        self.input = None;
        if timeout(FAREWELL, self.child.wait()).await.is_err() {
            self.kill();
        }
    }

    /// It does not do what it should: there is nothing to wait for.
    pub(super) fn refused(&mut self, message: String) -> Away {
        self.kill();
        Away::Protocol(message)
    }

    fn hung(&mut self, within: Duration) -> Away {
        self.kill();
        Away::Hung(within)
    }

    fn kill(&mut self) {
        // It fails only where it is gone.
        let _ = self.child.start_kill();
    }

    /// How it ended.
    async fn ended(&mut self) -> Away {
        self.input = None;
        let how = if let Ok(Ok(status)) = timeout(BURIAL, self.child.wait()).await {
            status.to_string()
        } else {
            self.kill();
            "its output is closed".to_owned()
        };
        Away::Ended(how)
    }
}
