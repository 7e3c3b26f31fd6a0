//! A label printer at an address of its own, as ZPL printers are: it takes formats, says how it is when it is asked
//! `~HS`, serves one connection at a time, and runs out of paper when somebody says so.
//!
//! It draws nothing: a label that it printed is the format that it was sent.

mod stream;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use self::stream::{Part, Stream};

/// Labels that are remembered; the oldest go first.
const KEPT: usize = 10_000;
/// Formats that it has room for; more are lost, as on a printer whose buffer is full.
const ROOM: usize = 100;

/// How the printer is, and what somebody does to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on a printer")]
pub struct PrinterSettings {
    /// Labels left on the roll; null for as many as are asked for.
    pub paper: Option<u32>,
    /// Whether its head is open.
    pub head_open: bool,
    /// Whether it has no ribbon.
    pub ribbon_out: bool,
    /// Whether somebody paused it.
    pub paused: bool,
    /// Whether it says that all is well and prints nothing.
    pub jammed: bool,
    /// Milliseconds for a label.
    pub label_ms: u64,
}

impl Default for PrinterSettings {
    fn default() -> Self {
        Self {
            paper: None,
            head_open: false,
            ribbon_out: false,
            paused: false,
            jammed: false,
            label_ms: 50,
        }
    }
}

/// What goes wrong with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PrinterFault {
    /// It is closed at once.
    Refuse,
    /// Nothing is ever answered.
    Silent,
    /// Answers are what no printer says.
    Garbage,
    /// Answers are late.
    Delay {
        /// By so many milliseconds.
        ms: u64,
    },
    /// It is closed after a label was taken, which is printed.
    LostReply,
    /// It is closed in the middle of a label, which is not printed.
    CutInLabel,
}

/// A fault, and for how many connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterRule {
    /// What goes wrong.
    pub fault: PrinterFault,
    /// With how many connections.
    #[serde(default = "once")]
    pub times: u32,
}

const fn once() -> u32 {
    1
}

/// What a printer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrinterReport {
    /// How it is.
    pub settings: PrinterSettings,
    /// Labels that came out, each as the format that made it, the oldest first.
    pub printed: Vec<String>,
    /// Formats that it has and did not print yet.
    pub waiting: usize,
    /// Connections that it took.
    pub connections: u64,
}

#[derive(Debug, Default)]
struct State {
    settings: PrinterSettings,
    faults: VecDeque<PrinterRule>,
    waiting: VecDeque<String>,
    printed: VecDeque<String>,
    connections: u64,
}

impl State {
    fn is_ready(&self) -> bool {
        let it = &self.settings;
        !(it.head_open || it.ribbon_out || it.paused || it.jammed || it.paper == Some(0))
    }

    fn next_fault(&mut self) -> Option<PrinterFault> {
        let rule = self.faults.front_mut()?;
        let fault = rule.fault;
        rule.times = rule.times.saturating_sub(1);
        if rule.times == 0 {
            self.faults.pop_front();
        }
        Some(fault)
    }

    /// The three strings of *Host Status Return*.
    fn host_status(&self) -> String {
        let it = &self.settings;
        let is = |flag: bool| u8::from(flag);
        let out = is(it.paper == Some(0));
        let formats = self.waiting.len().saturating_sub(1);
        let labels = self.waiting.len().min(1);
        format!(
            "\x02030,{out},{},1245,{formats:03},0,0,0,000,0,0,0\x03\r\n\
             \x02000,0,{},{},1,2,6,0,{labels:08},1,000\x03\r\n\x021234,0\x03\r\n",
            is(it.paused || it.head_open),
            is(it.head_open),
            is(it.ribbon_out),
        )
    }
}

/// A printer.
#[derive(Debug, Clone, Default)]
pub struct LabelPrinter {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl LabelPrinter {
    /// From now on it is so.
    pub fn set(&self, settings: PrinterSettings) {
        self.lock().settings = settings;
        self.changed.notify_one();
    }

    /// From now on these go wrong, after those that still do.
    pub fn fail(&self, rules: Vec<PrinterRule>) {
        self.lock().faults.extend(rules.into_iter().filter(|rule| rule.times > 0));
    }

    /// What it did.
    pub fn report(&self) -> PrinterReport {
        let state = self.lock();
        PrinterReport {
            settings: state.settings.clone(),
            printed: state.printed.iter().cloned().collect(),
            waiting: state.waiting.len(),
            connections: state.connections,
        }
    }

    /// As it came out of its box.
    pub fn reset(&self) {
        *self.lock() = State::default();
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens; port 0 takes a free one.
    pub(super) async fn bind(listen: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    /// Takes connections, one after the other, and prints.
    pub(super) async fn run(self, listener: TcpListener) {
        tokio::join!(self.take(listener), self.print());
    }

    async fn take(&self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                // Whatever becomes of a connection is the other side's matter.
                Ok((stream, _)) => drop(self.serve(stream).await),
                Err(_) => tokio::time::sleep(super::PAUSE).await,
            }
        }
    }

    async fn print(&self) {
        loop {
            let next = {
                let state = self.lock();
                let has_work = state.is_ready() && !state.waiting.is_empty();
                has_work.then(|| Duration::from_millis(state.settings.label_ms))
            };
            let Some(time) = next else {
                self.changed.notified().await;
                continue;
            };
            tokio::time::sleep(time).await;
            let mut state = self.lock();
            // Somebody opened it meanwhile, or switched it off and on.
            if !state.is_ready() {
                continue;
            }
            let Some(label) = state.waiting.pop_front() else { continue };
            if let Some(paper) = &mut state.settings.paper {
                *paper = paper.saturating_sub(1);
            }
            state.printed.push_back(label);
            while state.printed.len() > KEPT {
                state.printed.pop_front();
            }
        }
    }

    async fn serve(&self, mut connection: TcpStream) -> io::Result<()> {
        let fault = {
            let mut state = self.lock();
            state.connections += 1;
            state.next_fault()
        };
        if fault == Some(PrinterFault::Refuse) {
            return Ok(());
        }
        let mut stream = Stream::default();
        let mut piece = [0; 4_096];
        loop {
            let read = connection.read(&mut piece).await?;
            if read == 0 {
                return Ok(());
            }
            for part in stream.take(&piece[..read]) {
                match part {
                    Part::Question => self.answer(&mut connection, fault).await?,
                    Part::Begin if fault == Some(PrinterFault::CutInLabel) => return Ok(()),
                    Part::Begin => {}
                    Part::Format(format) => {
                        self.keep(format);
                        if fault == Some(PrinterFault::LostReply) {
                            return Ok(());
                        }
                    }
                }
            }
        }
    }

    fn keep(&self, format: String) {
        let mut state = self.lock();
        if state.waiting.len() < ROOM {
            state.waiting.push_back(format);
        }
        drop(state);
        self.changed.notify_one();
    }

    async fn answer(
        &self,
        connection: &mut TcpStream,
        fault: Option<PrinterFault>,
    ) -> io::Result<()> {
        let status = self.lock().host_status();
        match fault {
            Some(PrinterFault::Silent) => return Ok(()),
            Some(PrinterFault::Garbage) => {
                return connection.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").await;
            }
            Some(PrinterFault::Delay { ms }) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            _ => {}
        }
        connection.write_all(status.as_bytes()).await
    }
}
