//! Connections: limits on clients, TLS, and stopping without losing an answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mtm_core::policy::Role;
use mtm_testkit::Api;
use mtm_web::{Drained, Limits, ServeError, ServeOptions, Server, TlsFiles};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::plant::{Plant, receipt};

/// Longer than anything here may take; a test that meets it has found a hang.
const PATIENCE: Duration = Duration::from_secs(30);

fn options(limits: Limits) -> ServeOptions {
    ServeOptions {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tls: None,
        limits,
        spans: false,
    }
}

struct Running {
    address: SocketAddr,
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Drained>,
}

impl Running {
    async fn start(plant: &Plant, options: ServeOptions) -> Self {
        let server = Server::bind(plant.app.clone(), options).await.unwrap();
        let (address, url) = (server.address(), server.url());
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(server.run(shutdown));
        Self { address, url, stop, task }
    }

    async fn stop(self) -> Drained {
        self.stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the server ends").unwrap()
    }
}

/// Reads until the server hangs up.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut text)).await;
    // A reset is a way of hanging up, too.
    let _ = read.expect("the server hangs up");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_books_over_the_network() {
    let plant = Plant::new().await;
    let server = Running::start(&plant, options(Limits::default())).await;
    let api = Api::new(server.url.clone()).with_token(plant.token(Role::Operator));
    let reply = tokio::task::spawn_blocking(move || {
        api.post("/api/v1/movements", "k", &receipt(5)).unwrap()
    });
    let reply = reply.await.unwrap();
    assert_eq!(reply.status, 201, "{}", reply.text);
    assert_eq!(server.stop().await, Drained { cut_off: 0 });
}

#[tokio::test]
async fn slow_clients_are_cut_off() {
    let plant = Plant::new().await;
    let brief = Duration::from_millis(50);
    let mut limits = Limits { header_time: brief, ..Limits::default() };
    limits.body.time = brief;
    let server = Running::start(&plant, options(limits)).await;
    // Never finishes its header fields.
    let mut headers = TcpStream::connect(server.address).await.unwrap();
    headers.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    assert_eq!(rest(&mut headers).await, "");
    // Says nothing at all.
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(rest(&mut silent).await, "");
    // Never finishes its body.
    let mut body = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/v1/movements HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        plant.token(Role::Operator)
    );
    body.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut body).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("too_slow"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn header_fields_are_bounded() {
    let plant = Plant::new().await;
    let server = Running::start(&plant, options(Limits::default())).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Huge: {}\r\n\r\n", "a".repeat(200_000));
    let _ = stream.write_all(huge.as_bytes()).await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.stop().await;
}

/// A client that writes first and reads afterwards must get the answer, not a reset.
#[tokio::test]
async fn a_client_that_sends_too_much_is_told() {
    let plant = Plant::new().await;
    let server = Running::start(&plant, options(Limits::default())).await;
    let size = 4 * 1024 * 1024;
    let head = format!(
        "POST /api/v1/movements HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n",
        plant.token(Role::Operator)
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; size]).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let plant = Plant::new().await;
    for n in 0..50 {
        plant.receive(&format!("k{n}"), n + 101).await;
    }
    let limits = Limits { write_time: Duration::from_millis(50), ..Limits::default() };
    let server = Running::start(&plant, options(limits)).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let request = format!(
        "GET /docs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        plant.token(Role::Viewer)
    );
    // Asks again and again without reading, until the server hangs up on it.
    let hung_up = async {
        loop {
            if stream.write_all(request.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, hung_up).await.expect("the server hangs up");
    server.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_their_turn() {
    let plant = Plant::new().await;
    let limits = Limits { connections: 1, ..Limits::default() };
    let server = Running::start(&plant, options(limits)).await;
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(&request[..20]).await.unwrap();
    let mut second = TcpStream::connect(server.address).await.unwrap();
    second.write_all(request).await.unwrap();
    // Nothing answers the second, however long it waits, as long as the first has not ended.
    let early = tokio::time::timeout(Duration::from_millis(50), second.read(&mut [0])).await;
    assert!(early.is_err(), "the second client was answered first");
    first.write_all(&request[20..]).await.unwrap();
    assert!(rest(&mut first).await.starts_with("HTTP/1.1 200"));
    assert!(rest(&mut second).await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}

#[tokio::test]
async fn stopping_answers_what_was_asked_and_ends_streams() {
    let plant = Plant::new().await;
    let server = Running::start(&plant, options(Limits::default())).await;
    let token = plant.token(Role::Operator).to_owned();
    let mut events = TcpStream::connect(server.address).await.unwrap();
    let request =
        format!("GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    events.write_all(request.as_bytes()).await.unwrap();
    events.readable().await.unwrap();
    // A booking whose body is still on its way when the server is told to stop.
    let body = receipt(9).to_string();
    let head = format!(
        "POST /api/v1/movements HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut booking = TcpStream::connect(server.address).await.unwrap();
    booking.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: the handler is at work.
    let mut wanted = [0; 25];
    booking.read_exact(&mut wanted).await.unwrap();
    assert!(wanted.starts_with(b"HTTP/1.1 100"));
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    rest(&mut events).await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody new is let in");
    booking.write_all(body.as_bytes()).await.unwrap();
    let answer = rest(&mut booking).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(stopping.await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test]
async fn a_stuck_client_does_not_keep_the_server() {
    let plant = Plant::new().await;
    let limits = Limits { drain_time: Duration::from_millis(50), ..Limits::default() };
    let server = Running::start(&plant, options(limits)).await;
    let mut stuck = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/v1/movements HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\
         Expect: 100-continue\r\n\r\n",
        plant.token(Role::Operator)
    );
    stuck.write_all(head.as_bytes()).await.unwrap();
    stuck.read_exact(&mut [0; 25]).await.unwrap();
    assert_eq!(server.stop().await, Drained { cut_off: 1 });
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let plant = Plant::new().await;
    let server = Running::start(&plant, options(Limits::default())).await;
    let again = ServeOptions { listen: server.address, ..options(Limits::default()) };
    let error = Server::bind(plant.app.clone(), again).await.unwrap_err();
    assert!(matches!(error, ServeError::InUse { .. }), "{error}");
    assert!(error.to_string().contains(&server.address.to_string()));
    server.stop().await;
}

#[tokio::test]
async fn tls_protects_the_session() {
    let plant = Plant::new().await;
    let directory = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: directory.path().join("cert.pem"),
        key: directory.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let secure = ServeOptions { tls: Some(files.clone()), ..options(Limits::default()) };
    let server = Running::start(&plant, secure).await;
    assert!(server.url.starts_with("https://"));

    let mut roots = tokio_rustls::rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = tokio_rustls::rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    // Under TLS only the `__Host-` cookie counts.
    let request = b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nCookie: mtm_session=x\r\n\
                    Connection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 401"));
    // Plain HTTP on a TLS port is no conversation.
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(!rest(&mut plain).await.contains("200 OK"));
    server.stop().await;

    std::fs::write(&files.key, "no key").unwrap();
    let broken = ServeOptions { tls: Some(files.clone()), ..options(Limits::default()) };
    let error = Server::bind(plant.app.clone(), broken).await.unwrap_err();
    assert!(error.to_string().contains("private key"), "{error}");
}
