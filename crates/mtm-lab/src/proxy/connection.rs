//! One connection: two directions, each read ahead a little and delivered as the rules say.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::fault::{Direction, End, Fault, Rules};
use super::trap::{Verdict, Watcher};
use super::{CHUNK, QUEUE, Shared};

/// How long a cut connection is read on, so that nothing unread turns the cut into a reset.
const LINGER: Duration = Duration::from_secs(1);

/// Bytes, and when they came.
struct Chunk {
    came: Instant,
    bytes: Vec<u8>,
}

/// Connects the client with the server until either ends it, or a fault does.
pub(super) async fn serve(client: TcpStream, shared: Arc<Shared>) {
    let _open = Open::count(&shared.open);
    let rules = *shared.rules.borrow();
    let generation = rules.generation();
    if let Some(end) = rules.end_of(generation) {
        return finish(end, client).await;
    }
    let Ok(server) = TcpStream::connect(shared.server.as_str()).await else {
        return finish(End::Reset, client).await;
    };
    let (mut client, mut server) = (client, server);
    // Bytes go out as they come in; an error only makes them later.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));

    let at_reply = OnceLock::new();
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let way = |direction| Way {
            direction,
            generation,
            shared: &shared,
            at_reply: &at_reply,
            rules: shared.rules.subscribe(),
            watcher: Watcher::new(direction),
        };
        tokio::try_join!(
            way(Direction::ToServer).pass(from_client, to_server),
            way(Direction::ToClient).pass(from_server, to_client),
        )
    };
    // Both sides having said that they are done is an end in order.
    let end = ended.err().unwrap_or(End::Cut);
    tokio::join!(finish(end, client), finish(end, server));
}

/// Ends a connection towards one side.
async fn finish(end: End, mut side: TcpStream) {
    match end {
        // Fails only where the side is gone already.
        End::Reset => drop(side.set_zero_linger()),
        End::Cut => {
            let _ = side.shutdown().await;
            let silent = async {
                let mut unread = [0; 1024];
                while matches!(side.read(&mut unread).await, Ok(1..)) {}
            };
            let _ = tokio::time::timeout(LINGER, silent).await;
        }
    }
}

/// One direction of a connection.
struct Way<'a> {
    direction: Direction,
    generation: u64,
    shared: &'a Shared,
    /// Set once the next reply is to end the connection.
    at_reply: &'a OnceLock<End>,
    rules: watch::Receiver<Rules>,
    watcher: Watcher,
}

impl Way<'_> {
    /// Passes bytes on until the sender is done (`Ok`) or the connection is to end (`Err`).
    async fn pass(self, from: ReadHalf<'_>, to: WriteHalf<'_>) -> Result<(), End> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let over = over(self.rules.clone(), self.generation);
        let read = read(from, queue, self.rules.clone(), self.direction);
        tokio::select! {
            end = over => Err(end),
            passed = async { tokio::try_join!(read, self.deliver(waiting, to)) } => {
                passed.map(|_| ())
            }
        }
    }

    async fn deliver(
        mut self,
        mut waiting: mpsc::Receiver<Chunk>,
        mut to: WriteHalf<'_>,
    ) -> Result<(), End> {
        while let Some(chunk) = waiting.recv().await {
            let mut rest = chunk.bytes.as_slice();
            while !rest.is_empty() {
                let passed = self.step(rest, chunk.came, &mut to).await?;
                rest = &rest[passed..];
            }
        }
        not_swallowing(&mut self.rules, self.direction).await;
        // The receiver may be gone by now; then there is nobody to tell.
        let _ = to.shutdown().await;
        Ok(())
    }

    /// Does with the first of these bytes what is the rule now; yields how many it dealt with,
    /// which may be none.
    async fn step(
        &mut self,
        bytes: &[u8],
        came: Instant,
        to: &mut WriteHalf<'_>,
    ) -> Result<usize, End> {
        if self.direction == Direction::ToClient
            && let Some(end) = self.at_reply.get()
        {
            return Err(*end);
        }
        let fault = self.rules.borrow_and_update().of(self.direction);
        match fault {
            Fault::Over(end) => Err(end),
            Fault::Swallow => {
                self.shared.swallowed.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                Ok(bytes.len())
            }
            Fault::Delay(delay) if came.elapsed() < delay => {
                self.until_changed_or(came + delay).await;
                Ok(0)
            }
            Fault::Drip { bytes: few, every } => {
                let few = few.get().min(bytes.len());
                self.write(&bytes[..few], to).await?;
                self.until_changed_or(Instant::now() + every).await;
                Ok(few)
            }
            Fault::Pass | Fault::Delay(_) => {
                self.write(bytes, to).await?;
                Ok(bytes.len())
            }
        }
    }

    async fn write(&mut self, bytes: &[u8], to: &mut WriteHalf<'_>) -> Result<(), End> {
        let verdict = self.watcher.look(&mut self.shared.trap(), bytes);
        if verdict != Verdict::Pass {
            self.shared.sprung.fetch_add(1, Ordering::Relaxed);
        }
        let (bytes, end) = match verdict {
            Verdict::Pass => (bytes, None),
            Verdict::EndAfter(few, end) => (&bytes[..few], Some(end)),
            Verdict::EndAtReply(end) => {
                // Before the request passes, or its reply could come first. Once is enough.
                let _ = self.at_reply.set(end);
                (bytes, None)
            }
        };
        to.write_all(bytes).await.map_err(|_| End::Reset)?;
        self.shared.delivered(self.direction).fetch_add(bytes.len() as u64, Ordering::Relaxed);
        end.map_or(Ok(()), Err)
    }

    async fn until_changed_or(&mut self, moment: Instant) {
        tokio::select! {
            () = tokio::time::sleep_until(moment) => {}
            _ = self.rules.changed() => {}
        }
    }
}

/// Reads ahead as far as the queue has room.
async fn read(
    mut from: ReadHalf<'_>,
    queue: mpsc::Sender<Chunk>,
    mut rules: watch::Receiver<Rules>,
    direction: Direction,
) -> Result<(), End> {
    loop {
        let mut bytes = Vec::with_capacity(CHUNK);
        match from.read_buf(&mut bytes).await {
            Ok(0) => return Ok(()),
            Err(_) => {
                not_swallowing(&mut rules, direction).await;
                return Err(End::Reset);
            }
            Ok(_) => {}
        }
        let chunk = Chunk { came: Instant::now(), bytes };
        if queue.send(chunk).await.is_err() {
            return Ok(());
        }
    }
}

/// Waits until something may be heard in that direction: what is swallowed includes the end.
async fn not_swallowing(rules: &mut watch::Receiver<Rules>, direction: Direction) {
    // The rules live as long as their connections.
    let _ = rules.wait_for(|rules| rules.of(direction) != Fault::Swallow).await;
}

/// Waits until the rules end the connection.
async fn over(mut rules: watch::Receiver<Rules>, generation: u64) -> End {
    match rules.wait_for(|rules| rules.end_of(generation).is_some()).await {
        Ok(rules) => rules.end_of(generation).unwrap_or(End::Cut),
        // Nobody can set rules any more: the proxy is gone.
        Err(_) => End::Cut,
    }
}

/// Counts a connection as long as it lives.
struct Open<'a>(&'a AtomicU64);

impl<'a> Open<'a> {
    fn count(counter: &'a AtomicU64) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
