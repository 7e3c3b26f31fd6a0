//! A connection to a printer, for one label.

use std::io;

use mtm_core::print::Condition;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::super::wait::{Patience, Waiting};
use super::super::{Deadlines, Delivery, Lost};
use super::Printer;
use super::status::{ANSWER_MAX, HostStatus};

/// The question how the printer is; it is answered at once, whatever it has to print.
const HOST_STATUS: &[u8] = b"~HS";
/// Answers in a row that say that nothing is left to print, of a printer that was seen to have something.
const DONE: u32 = 2;
/// The same of one that was not: it was faster than the questions, or has not looked at the label yet.
const DONE_UNSEEN: u32 = 5;

/// A printer that is ready, and serves nobody else.
#[derive(Debug)]
pub struct Line {
    stream: TcpStream,
    deadlines: Deadlines,
}

impl Printer {
    /// Connects, and finds out how it is: a line where it is ready and has nothing to print.
    pub async fn open(&self) -> Result<Line, Condition> {
        let stream = timeout(self.deadlines.connect, self.connect())
            .await
            .ok()
            .flatten()
            .ok_or(Condition::Unreachable)?;
        let mut line = Line { stream, deadlines: self.deadlines };
        let status = line.ask().await.map_err(|lost| match lost {
            Lost::Broken => Condition::Unreachable,
            Lost::NotUnderstood => Condition::NotUnderstood,
            _ => Condition::Silent,
        })?;
        match status.condition {
            Condition::Ready if status.is_done() => Ok(line),
            Condition::Ready => Err(Condition::Busy),
            lacking => Err(lacking),
        }
    }

    async fn connect(&self) -> Option<TcpStream> {
        for address in self.address.found().await {
            if let Ok(stream) = TcpStream::connect(address).await {
                // A question is three bytes, and is not to wait for more.
                let _ = stream.set_nodelay(true);
                return Some(stream);
            }
        }
        None
    }
}

impl Line {
    /// Sends a label and waits until it is printed. `told` is what the printer lacks meanwhile, each time that is
    /// something else.
    pub async fn print(mut self, label: &[u8], mut told: impl FnMut(Condition)) -> Delivery {
        match self.send(label).await {
            Ok(()) => {}
            Err(0) => return Delivery::NotSent(Condition::Unreachable),
            Err(_) => return Delivery::Unknown(Lost::Part),
        }
        match self.wait(&mut told).await {
            Ok(()) => Delivery::Printed,
            Err(lost) => Delivery::Unknown(lost),
        }
    }

    /// How many bytes it took, where it did not take all.
    async fn send(&mut self, label: &[u8]) -> Result<(), usize> {
        let mut sent = 0;
        while sent < label.len() {
            match timeout(self.deadlines.answer, self.stream.write(&label[sent..])).await {
                Ok(Ok(more)) if more > 0 => sent += more,
                _ => return Err(sent),
            }
        }
        Ok(())
    }

    async fn wait(&mut self, told: &mut impl FnMut(Condition)) -> Result<(), Lost> {
        let mut patience = Patience::new(self.deadlines);
        let (mut done, mut has_begun) = (0, false);
        loop {
            let status = self.ask().await?;
            has_begun |= !status.is_done();
            // A label in the way of the next was printed.
            let is_well = matches!(status.condition, Condition::Ready | Condition::LabelWaiting);
            done = if is_well && status.is_done() { done + 1 } else { 0 };
            if done >= if has_begun { DONE } else { DONE_UNSEEN } {
                return Ok(());
            }
            match patience.with(status.condition)? {
                Waiting::Changed => told(status.condition),
                Waiting::Same => {}
            }
            sleep(self.deadlines.pause).await;
        }
    }

    async fn ask(&mut self) -> Result<HostStatus, Lost> {
        timeout(self.deadlines.answer, self.asked()).await.unwrap_or(Err(Lost::Silent))
    }

    async fn asked(&mut self) -> Result<HostStatus, Lost> {
        let broken = |_: io::Error| Lost::Broken;
        self.stream.write_all(HOST_STATUS).await.map_err(broken)?;
        let mut answer = Vec::with_capacity(128);
        let mut piece = [0; 256];
        loop {
            let read = self.stream.read(&mut piece).await.map_err(broken)?;
            if read == 0 {
                return Err(Lost::Broken);
            }
            answer.extend_from_slice(&piece[..read.min(ANSWER_MAX - answer.len())]);
            match HostStatus::read(&answer) {
                None => {}
                Some(Ok(status)) => return Ok(status),
                Some(Err(_)) => return Err(Lost::NotUnderstood),
            }
        }
    }
}
