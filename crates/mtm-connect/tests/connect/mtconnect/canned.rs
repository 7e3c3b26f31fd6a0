//! An agent that says what a test tells it to, byte by byte.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Canned {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
    /// Whether it stays open after that, as a stream does.
    stays: bool,
}

impl Canned {
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, body: body.into(), stays: false }
    }

    pub(super) fn xml(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/xml", body)
    }

    /// A stream that says this, and then nothing.
    pub(super) fn stream(body: impl Into<Vec<u8>>) -> Self {
        Self { stays: true, ..Self::new(200, "multipart/x-mixed-replace; boundary=cut", body) }
    }

    /// Nothing, and the line stays open.
    pub(super) fn silence() -> Self {
        Self { status: 0, ..Self::stream("") }
    }

    /// The same, which says of itself that it is something else.
    pub(super) fn of_type(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    /// A stream of these documents.
    pub(super) fn parts(documents: &[String]) -> Self {
        let part = |it: &String| format!("--cut\r\nContent-length: {}\r\n\r\n{it}\r\n", it.len());
        Self::stream(documents.iter().map(part).collect::<String>())
    }
}

/// The agent. What it is asked is below `/`, with its query.
pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    running: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&str) -> Canned + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        let running = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                connections.spawn(async move {
                    let _ = serve(stream, &log, &*answer).await;
                });
            }
        });
        Self { url, asked, running }
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<String>>,
    answer: &(impl Fn(&str) -> Canned + Sync),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let Canned { status, content_type, body, stays } = answer(&path);
    log.lock().unwrap().push(path);
    if status == 0 {
        // Until the other side hangs up.
        let _ = stream.read_u8().await;
        return Ok(());
    }
    let head = format!(
        "HTTP/1.1 {status} said\r\nContent-Type: {content_type}\r\nLocation: /elsewhere\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    if stays {
        // Until the other side hangs up.
        let _ = stream.read_u8().await;
    }
    stream.shutdown().await
}

/// A probe of instance 1 with the counters `n` and `m`.
pub(super) fn probe(instance: u64) -> String {
    format!(
        "<MTConnectDevices><Header instanceId=\"{instance}\" bufferSize=\"100\"/><Devices><Device name=\"D\"><DataItems>\
         <DataItem id=\"n\" type=\"PART_COUNT\"/><DataItem id=\"m\" type=\"PART_COUNT\"/>\
         </DataItems></Device></Devices></MTConnectDevices>"
    )
}

/// A document of instance `instance` with first, last and next, and observations of `n`: number and value.
pub(super) fn streams(instance: u64, numbers: (u64, u64, u64), observed: &[(u64, u64)]) -> String {
    let (first, last, next) = numbers;
    let observed: Vec<String> = observed
        .iter()
        .map(|(number, value)| {
            format!("<PartCount dataItemId=\"n\" sequence=\"{number}\">{value}</PartCount>")
        })
        .collect();
    let observed = observed.concat();
    format!(
        "<MTConnectStreams><Header creationTime=\"2026-11-29T05:14:00Z\" instanceId=\"{instance}\" firstSequence=\"{first}\" \
         lastSequence=\"{last}\" nextSequence=\"{next}\"/><Streams><DeviceStream><ComponentStream><Events>{observed}\
         </Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>"
    )
}

/// An error in the agent's own words.
pub(super) fn error(code: &str) -> String {
    format!(
        "<MTConnectError><Header instanceId=\"1\"/><Errors><Error errorCode=\"{code}\">no</Error></Errors></MTConnectError>"
    )
}
