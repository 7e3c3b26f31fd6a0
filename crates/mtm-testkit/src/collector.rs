//! A collector of traces: it takes spans by OTLP over HTTP, as a real one does, and remembers them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;

use crate::listener::Listener;
use crate::poll;

/// Longer than anything a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A span as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// Attributes of the program that sent it.
    pub resource: BTreeMap<String, String>,
    /// Its name.
    pub name: String,
    /// `Server`, `Client` or `Internal`.
    pub kind: String,
    /// The trace's id, hexadecimal.
    pub trace: String,
    /// Its own.
    pub id: String,
    /// Its parent's; empty where it is the first.
    pub parent: String,
    /// What it says.
    pub attributes: BTreeMap<String, String>,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// How long it took, in nanoseconds.
    pub nanos: u64,
}

#[derive(Debug, Default)]
struct Shared {
    spans: Mutex<Vec<Span>>,
    /// Everything that came in, byte by byte, headers included.
    bytes: Mutex<Vec<u8>>,
    /// Takes requests and never answers.
    silent: AtomicBool,
}

/// A collector on a free port of this machine.
#[derive(Debug)]
pub struct Collector {
    listener: Listener,
    shared: Arc<Shared>,
}

impl Collector {
    /// Starts one.
    pub fn start() -> anyhow::Result<Self> {
        let shared = Arc::<Shared>::default();
        let conversing = Arc::clone(&shared);
        let listener = Listener::start(move |stream| conversing.converse(&stream))?;
        Ok(Self { listener, shared })
    }

    /// Its address, as a program is told it.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address())
    }

    /// Takes what comes from now on and never answers.
    pub fn fall_silent(&self) {
        self.shared.silent.store(true, Ordering::SeqCst);
    }

    /// Every span that came in.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.shared.spans).clone()
    }

    /// Whether these bytes came in anywhere.
    pub fn has_seen(&self, text: &str) -> bool {
        let bytes = lock(&self.shared.bytes);
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Waits until there is a span like that.
    pub fn wait_for(&self, what: &str, like: impl Fn(&Span) -> bool) -> anyhow::Result<Span> {
        let found = || Ok(self.spans().into_iter().find(|span| like(span)));
        poll::until(what, PATIENCE, found).with_context(|| format!("{:#?}", self.spans()))
    }
}

impl Shared {
    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        while let Some((head, body)) = read(&mut reader)? {
            lock(&self.bytes).extend([head.as_bytes(), &body].concat());
            let taken = head.starts_with("POST /v1/traces ").then(|| spans(&body)).flatten();
            let status = if taken.is_some() { "200 OK" } else { "400 Bad Request" };
            lock(&self.spans).extend(taken.into_iter().flatten());
            if self.silent.load(Ordering::SeqCst) {
                // The sender gives up; then there is nothing more to read.
                let _ = reader.read(&mut [0])?;
                return Ok(());
            }
            let mut stream = stream;
            write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
            )?;
        }
        Ok(())
    }
}

/// The next request on a connection, its head and its body; `None` at its end.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<(String, Vec<u8>)>> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        head += &line;
        if line.trim_end().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((head, body)))
}

/// The spans of a request; `None` where it is none.
fn spans(body: &[u8]) -> Option<Vec<Span>> {
    let request = ExportTraceServiceRequest::decode(body).ok()?;
    let mut spans = Vec::new();
    for of_one in request.resource_spans {
        let resource = texts(of_one.resource.unwrap_or_default().attributes);
        for span in of_one.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let kind = SpanKind::try_from(span.kind).unwrap_or(SpanKind::Unspecified);
            let failed = span.status.filter(|status| status.code == 2);
            spans.push(Span {
                resource: resource.clone(),
                name: span.name,
                kind: format!("{kind:?}"),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                attributes: texts(span.attributes),
                error: failed.map(|status| status.message),
                nanos: span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano),
            });
        }
    }
    Some(spans)
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |it: KeyValue| {
        let value = match it.value.and_then(|value| value.value) {
            Some(Value::StringValue(text)) => text,
            Some(Value::IntValue(number)) => number.to_string(),
            Some(Value::BoolValue(is)) => is.to_string(),
            other => format!("{other:?}"),
        };
        (it.key, value)
    };
    attributes.into_iter().map(text).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
