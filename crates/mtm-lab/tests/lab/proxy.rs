//! Every fault of the proxy against a server that returns what it gets, and remembers it.

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mtm_lab::proxy::{Counters, Direction, End, Fault, Proxy, Trap};
use mtm_testkit::poll::eventually;
use mtm_testkit::{Fixture, MariaDb};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Ample for a loopback connection, also on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

/// Longer than any test: what waits for it waits until it is healed.
const NEVER: Duration = Duration::from_secs(3600);

/// How a connection ended for who reads from it.
type Ended = Result<(), ErrorKind>;

/// Returns what it gets.
struct Echo {
    address: String,
    heard: Arc<Mutex<Vec<u8>>>,
    ended: Arc<Mutex<Vec<Ended>>>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heard, ended) =
            (Arc::<Mutex<Vec<u8>>>::default(), Arc::<Mutex<Vec<Ended>>>::default());
        let echo = Self { address, heard: Arc::clone(&heard), ended: Arc::clone(&ended) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (heard, ended) = (Arc::clone(&heard), Arc::clone(&ended));
                tokio::spawn(async move {
                    let mut bytes = [0; 4096];
                    let end = loop {
                        match stream.read(&mut bytes).await {
                            Ok(0) => break Ok(()),
                            Err(error) => break Err(error.kind()),
                            Ok(count) => {
                                heard.lock().unwrap().extend_from_slice(&bytes[..count]);
                                // A client that is gone is noticed by the next read.
                                let _ = stream.write_all(&bytes[..count]).await;
                            }
                        }
                    };
                    ended.lock().unwrap().push(end);
                });
            }
        });
        echo
    }

    async fn heard(&self, expected: &[u8]) {
        let heard = || self.heard.lock().unwrap().clone();
        eventually("what was sent", SOON, async || Ok((heard() == expected).then_some(())))
            .await
            .unwrap_or_else(|error| panic!("{error}: heard {:?}", heard()));
    }

    /// How the connections ended, once one has.
    async fn ended(&self) -> Vec<Ended> {
        eventually("the end of a connection", SOON, async || {
            let ended = self.ended.lock().unwrap().clone();
            Ok((!ended.is_empty()).then_some(ended))
        })
        .await
        .unwrap()
    }
}

async fn set_up() -> (Echo, Proxy, TcpStream) {
    let echo = Echo::start().await;
    let proxy = Proxy::start(echo.address.clone()).await.unwrap();
    let client = connect(&proxy).await;
    (echo, proxy, client)
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.address()).await.unwrap()
}

/// Waits for that many bytes.
async fn take(client: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    tokio::time::timeout(SOON, client.read_exact(&mut bytes)).await.unwrap().unwrap();
    bytes
}

/// Waits for the end, which nothing may come before.
async fn end_of(client: &mut TcpStream) -> Ended {
    let read = tokio::time::timeout(SOON, client.read(&mut [0; 16])).await.unwrap();
    read.map(|count| assert_eq!(count, 0)).map_err(|error| error.kind())
}

async fn until(proxy: &Proxy, wanted: impl Fn(Counters) -> bool) {
    eventually("the counters", SOON, async || Ok(wanted(proxy.counters()).then_some(())))
        .await
        .unwrap_or_else(|error| panic!("{error}: {:?}", proxy.counters()));
}

/// Whether nothing has come, not even an end.
fn hears_nothing(client: &TcpStream) -> bool {
    client.try_read(&mut [0; 16]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[tokio::test]
async fn without_a_fault_everything_passes_and_is_counted() {
    let (echo, proxy, mut client) = set_up().await;
    let much: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let (mut from, mut to) = client.split();
    let mut back = vec![0; much.len()];
    let (sent, read) = tokio::join!(to.write_all(&much), from.read_exact(&mut back));
    assert!(sent.is_ok() && read.is_ok() && back == much);
    client.shutdown().await.unwrap();
    assert_eq!(end_of(&mut client).await, Ok(()));
    assert_eq!(echo.ended().await, [Ok(())]);
    until(&proxy, |counters| counters.open == 0).await;
    let passed = much.len() as u64;
    let expected =
        Counters { accepted: 1, to_server: passed, to_client: passed, ..Counters::default() };
    assert_eq!(proxy.counters(), expected);
}

#[tokio::test]
async fn a_delay_holds_replies_back_until_they_are_due_or_healed() {
    let (_echo, proxy, mut client) = set_up().await;
    let delay = Duration::from_millis(30);
    proxy.set(Direction::ToClient, Fault::Delay(delay));
    let asked = Instant::now();
    client.write_all(b"ping").await.unwrap();
    assert_eq!(take(&mut client, 4).await, b"ping");
    assert!(asked.elapsed() >= delay);

    proxy.set(Direction::ToClient, Fault::Delay(NEVER));
    client.write_all(b"pong").await.unwrap();
    until(&proxy, |counters| counters.to_server == 8).await;
    assert!(hears_nothing(&client));
    proxy.heal();
    assert_eq!(take(&mut client, 4).await, b"pong");
}

#[tokio::test]
async fn a_drip_lets_a_few_bytes_through_at_a_time() {
    let (echo, proxy, mut client) = set_up().await;
    let bytes = NonZeroUsize::new(3).unwrap();
    proxy.set(Direction::ToServer, Fault::Drip { bytes, every: NEVER });
    client.write_all(b"abcdefgh").await.unwrap();
    echo.heard(b"abc").await;
    assert_eq!(proxy.counters().to_server, 3);
    proxy.set(Direction::ToServer, Fault::Drip { bytes, every: Duration::from_millis(1) });
    echo.heard(b"abcdefgh").await;
    assert_eq!(take(&mut client, 8).await, b"abcdefgh");
}

#[tokio::test]
async fn a_black_hole_swallows_bytes_and_ends_but_stays_open() {
    let (echo, proxy, mut client) = set_up().await;
    client.write_all(b"a").await.unwrap();
    assert_eq!(take(&mut client, 1).await, b"a");
    proxy.set(Direction::ToServer, Fault::Swallow);
    proxy.set(Direction::ToClient, Fault::Swallow);
    client.write_all(b"lost").await.unwrap();
    client.shutdown().await.unwrap();
    until(&proxy, |counters| counters.swallowed == 4).await;
    echo.heard(b"a").await;
    // A second connection gets as far as the first.
    let mut second = connect(&proxy).await;
    second.write_all(b"lost too").await.unwrap();
    until(&proxy, |counters| counters.swallowed == 12).await;
    assert!(hears_nothing(&client) && hears_nothing(&second));
    assert!(echo.ended.lock().unwrap().is_empty());
    assert_eq!(proxy.counters().open, 2);

    proxy.heal();
    assert_eq!(end_of(&mut client).await, Ok(()));
    assert_eq!(echo.ended().await, [Ok(())]);
}

#[tokio::test]
async fn a_cut_closes_both_sides_in_order_and_turns_newcomers_away() {
    let (echo, proxy, mut client) = set_up().await;
    client.write_all(b"a").await.unwrap();
    take(&mut client, 1).await;
    proxy.set(Direction::ToClient, Fault::Over(End::Cut));
    assert_eq!(end_of(&mut client).await, Ok(()));
    assert_eq!(echo.ended().await, [Ok(())]);
    assert_eq!(end_of(&mut connect(&proxy).await).await, Ok(()));
    proxy.heal();
    let mut client = connect(&proxy).await;
    client.write_all(b"b").await.unwrap();
    assert_eq!(take(&mut client, 1).await, b"b");
}

#[tokio::test]
async fn a_reset_is_a_reset_for_both_sides() {
    let (echo, proxy, mut client) = set_up().await;
    client.write_all(b"a").await.unwrap();
    take(&mut client, 1).await;
    proxy.set(Direction::ToServer, Fault::Over(End::Reset));
    assert_eq!(end_of(&mut client).await, Err(ErrorKind::ConnectionReset));
    assert_eq!(echo.ended().await, [Err(ErrorKind::ConnectionReset)]);
}

#[tokio::test]
async fn all_connections_can_be_ended_while_new_ones_are_welcome() {
    let (_echo, proxy, mut client) = set_up().await;
    client.write_all(b"a").await.unwrap();
    take(&mut client, 1).await;
    proxy.end_all(End::Reset);
    assert_eq!(end_of(&mut client).await, Err(ErrorKind::ConnectionReset));
    let mut client = connect(&proxy).await;
    client.write_all(b"b").await.unwrap();
    assert_eq!(take(&mut client, 1).await, b"b");
}

#[tokio::test]
async fn a_trap_ends_a_connection_after_exactly_so_many_bytes_and_no_other() {
    let (echo, proxy, mut client) = set_up().await;
    proxy.arm(Trap::after_bytes(Direction::ToServer, 5, End::Cut));
    client.write_all(b"abc").await.unwrap();
    assert_eq!(take(&mut client, 3).await, b"abc");
    client.write_all(b"defgh").await.unwrap();
    echo.heard(b"abcde").await;
    assert_eq!(echo.ended().await, [Ok(())]);
    assert_eq!(proxy.counters().sprung, 1);
    let mut client = connect(&proxy).await;
    client.write_all(b"far more than five").await.unwrap();
    assert_eq!(take(&mut client, 18).await, b"far more than five");
}

#[tokio::test]
async fn a_trap_before_a_text_loses_the_request_on_its_way() {
    let (echo, proxy, mut client) = set_up().await;
    proxy.arm(Trap::before_text(Direction::ToServer, b"COMMIT", End::Reset));
    client.write_all(b"INSERT").await.unwrap();
    assert_eq!(take(&mut client, 6).await, b"INSERT");
    client.write_all(b"COMMIT").await.unwrap();
    assert_eq!(end_of(&mut client).await, Err(ErrorKind::ConnectionReset));
    assert_eq!(echo.ended().await, [Err(ErrorKind::ConnectionReset)]);
    echo.heard(b"INSERT").await;
}

#[tokio::test]
async fn a_trap_before_the_reply_loses_only_the_answer() {
    for end in [End::Cut, End::Reset] {
        let (echo, proxy, mut client) = set_up().await;
        proxy.arm(Trap::before_reply(b"COMMIT", end));
        client.write_all(b"INSERT").await.unwrap();
        assert_eq!(take(&mut client, 6).await, b"INSERT");
        client.write_all(b"COMMIT").await.unwrap();
        let expected = match end {
            End::Cut => Ok(()),
            End::Reset => Err(ErrorKind::ConnectionReset),
        };
        assert_eq!(end_of(&mut client).await, expected);
        echo.heard(b"INSERTCOMMIT").await;
        let counters = proxy.counters();
        assert_eq!((counters.to_server, counters.to_client, counters.sprung), (12, 6, 1));
    }
}

#[tokio::test]
async fn who_connects_while_the_server_is_away_is_reset() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let proxy = Proxy::start(nobody.to_string()).await.unwrap();
    let mut client = connect(&proxy).await;
    assert_eq!(end_of(&mut client).await, Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_receiver_that_is_held_up_holds_the_sender_up() {
    let (_echo, proxy, client) = set_up().await;
    proxy.set(Direction::ToServer, Fault::Delay(NEVER));
    let chunk = vec![0; 64 * 1024];
    let mut sent = 0;
    // Until nothing more is taken for a while; without a bound, everything would be.
    while sent < 256 << 20 {
        if tokio::time::timeout(Duration::from_millis(500), client.writable()).await.is_err() {
            break;
        }
        sent += client.try_write(&chunk).unwrap_or_default();
    }
    assert!(sent < 64 << 20, "{sent} bytes were taken");
}

#[tokio::test]
async fn neither_a_stop_nor_a_drop_leaves_a_task_or_a_connection() {
    let echo = Echo::start().await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for stopped in [true, false] {
        let proxy = Proxy::start(echo.address.clone()).await.unwrap();
        let mut client = connect(&proxy).await;
        client.write_all(b"a").await.unwrap();
        take(&mut client, 1).await;
        let address = proxy.address();
        if stopped {
            proxy.stop().await;
        } else {
            drop(proxy);
        }
        assert_eq!(end_of(&mut client).await, Ok(()));
        eventually("the end of all tasks", SOON, async || Ok((tasks() == before).then_some(())))
            .await
            .unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}

/// What the traps are for: a commit whose answer is lost, on the server that matters.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_mariadb_is_a_commit_and_a_lost_request_is_none() {
    let fixture: Fixture<_> = MariaDb::shared().unwrap();
    let Some(server) = fixture.or_skip("lab: proxy before MariaDB") else { return };
    let url = server.create_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    server.sql(name, "CREATE TABLE t (n INT)").unwrap();
    let proxy = Proxy::start(format!("127.0.0.1:{}", server.port())).await.unwrap();
    let insert = |number: u32| {
        let port = proxy.address().port();
        let statements = format!("BEGIN; INSERT INTO t VALUES ({number}); COMMIT");
        let (name, server) = (name.to_owned(), server);
        tokio::task::spawn_blocking(move || server.sql_through(port, &name, &statements))
    };
    insert(1).await.unwrap().unwrap();
    proxy.arm(Trap::before_reply(b"COMMIT", End::Cut));
    insert(2).await.unwrap().unwrap_err();
    proxy.arm(Trap::before_text(Direction::ToServer, b"COMMIT", End::Reset));
    insert(3).await.unwrap().unwrap_err();
    assert_eq!(proxy.counters().sprung, 2);
    assert_eq!(server.sql(name, "SELECT n FROM t ORDER BY n").unwrap(), "1\n2\n");
}
