//! The reading program as a process: a line to it, a line from it, each bounded.

use std::process::Stdio;
use std::time::Duration;

use mtm_core::erp::protocol::{Greeting, LINE_MAX, Reply, Request, VERSION};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::{ErpError, Program};

/// What variables of ours begin with; some of them hold secrets of other systems.
const OURS: &str = "MTM_";
/// How long a program that ended is waited for, to say how.
const BURIAL: Duration = Duration::from_secs(2);

/// The program, running. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it, and hears its greeting.
    pub(super) async fn start(reader: &Program, greeting: Duration) -> Result<Self, ErpError> {
        let failed =
            |message: String| ErpError::NotStarted { program: reader.program.clone(), message };
        let mut command = Command::new(&reader.program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        // Drivers write what they like there, also connection strings.
        command.stderr(Stdio::null());
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
        let mut process = Self { child, input, output: BufReader::new(output) };
        let line = process.line(greeting).await?;
        let greeting: Greeting = parse(&line)?;
        if greeting.protocol != VERSION {
            return Err(ErpError::Protocol(format!(
                "it speaks version {}, and this program {VERSION}",
                greeting.protocol
            )));
        }
        Ok(process)
    }

    /// Asks it.
    pub(super) async fn send(
        &mut self,
        request: &Request,
        within: Duration,
    ) -> Result<(), ErpError> {
        let mut line =
            serde_json::to_vec(request).map_err(|error| ErpError::Protocol(error.to_string()))?;
        line.push(b'\n');
        if line.len() > LINE_MAX {
            return Err(ErpError::Protocol("the question is too long".to_owned()));
        }
        let sent = async {
            self.input.write_all(&line).await?;
            self.input.flush().await
        };
        match timeout(within, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.ended().await),
            Err(_) => Err(ErpError::Hung(within)),
        }
    }

    /// What it says next.
    pub(super) async fn reply(&mut self, within: Duration) -> Result<Reply, ErpError> {
        let line = self.line(within).await?;
        parse(&line)
    }

    async fn line(&mut self, within: Duration) -> Result<Vec<u8>, ErpError> {
        match timeout(within, bounded_line(&mut self.output)).await {
            Ok(Ok(Some(line))) => Ok(line),
            Ok(Ok(None)) => Err(self.ended().await),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ErpError::Hung(within)),
        }
    }

    /// How it ended.
    async fn ended(&mut self) -> ErpError {
        let how = match timeout(BURIAL, self.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            _ => "its output is closed".to_owned(),
        };
        ErpError::Ended(how)
    }
}

/// A line without its end; `None` where there is none any more. Half a line is no line.
async fn bounded_line(output: &mut BufReader<ChildStdout>) -> Result<Option<Vec<u8>>, ErpError> {
    let mut line = Vec::new();
    loop {
        // Its output broke off as if it had ended.
        let Ok(ready) = output.fill_buf().await else { return Ok(None) };
        if ready.is_empty() {
            return Ok(None);
        }
        let end = ready.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(ready.len());
        if line.len() + taken > LINE_MAX {
            return Err(ErpError::Protocol(format!("a line is longer than {LINE_MAX} bytes")));
        }
        line.extend_from_slice(&ready[..taken]);
        output.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

fn parse<'l, T: serde::Deserialize<'l>>(line: &'l [u8]) -> Result<T, ErpError> {
    serde_json::from_slice(line).map_err(|error| {
        // Not the line itself: nobody knows what is in it.
        ErpError::Protocol(format!("a line of {} bytes is none of it: {error}", line.len()))
    })
}
