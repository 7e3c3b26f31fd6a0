//! A press that speaks OPC UA (`asyncua`), heard by the listening program.

mod coming_in;
mod cut;
mod program;
mod showing;

use std::time::{Duration, Instant};

use mtm_connect::opcua::{Away, Opcua, Settings, Source};
use mtm_core::machine::{Batch, Link, Value};
use mtm_core::opcua::protocol::{FailedKind, Login, Security};
use mtm_testkit::OpcuaServer;
use tempfile::TempDir;

const PARTS: &str = "ns=2;s=Press7.Parts";
const GOOD: &str = "nsu=urn:mtm:press:parts;s=Press7.Good";
const SCRAP: &str = "ns=2;s=Press7.Scrap";

/// How long anything is waited for.
const DEADLINE: Duration = Duration::from_secs(60);

/// A press, and a folder for the program's certificates. None, told, where there is none here.
fn press() -> Option<(OpcuaServer, TempDir)> {
    let server = OpcuaServer::start().unwrap().or_skip("machines that speak OPC UA")?;
    Some((server, tempfile::tempdir().unwrap()))
}

/// Signed and encrypted, trusting the press.
fn settings(server: &OpcuaServer, folder: &TempDir, nodes: &[&str]) -> Settings {
    Settings {
        program: server.program().to_owned(),
        url: server.url(),
        security: Security::default(),
        login: None,
        certificates: folder.path().to_owned(),
        trusted: vec![server.certificate("server")],
        nodes: nodes.iter().map(|it| (*it).to_owned()).collect(),
        interval: Duration::from_millis(100),
        timeout: Duration::from_secs(5),
    }
}

fn login(password: &str) -> Login {
    Login { user: OpcuaServer::USER.to_owned(), password: password.to_owned() }
}

/// What was heard.
#[derive(Debug, Default)]
struct Heard {
    batches: Vec<Batch>,
}

impl Heard {
    /// Hears until it is so.
    async fn until(
        &mut self,
        what: &str,
        source: &mut Source,
        is_so: impl Fn(&Self) -> bool,
    ) -> Result<(), Away> {
        let began = Instant::now();
        while !is_so(self) {
            let next = tokio::time::timeout(DEADLINE, source.next()).await;
            let next = next.unwrap_or_else(|_| panic!("nothing was heard for {what}: {self:?}"));
            self.batches.push(next?);
            assert!(began.elapsed() < DEADLINE, "waited in vain for {what}: {self:?}");
        }
        Ok(())
    }

    /// The values of a node, in the order in which they came.
    fn values(&self, tag: &str) -> Vec<Value> {
        let readings = self.batches.iter().flat_map(|it| &it.readings);
        readings.filter(|it| it.tag == tag).map(|it| it.value.clone()).collect()
    }

    fn has(&self, tag: &str, total: u64) -> bool {
        self.values(tag).contains(&Value::Total(total))
    }

    /// How many batches say that something may be missing.
    fn gaps(&self) -> usize {
        self.batches.iter().filter(|it| it.link == Link::Gap).count()
    }
}

/// Opens, and hears the first values of the press's parts.
async fn opened(settings: &Settings, first: u64) -> (Source, Heard) {
    let mut source = Opcua::open(settings, None).await.unwrap();
    let mut heard = Heard::default();
    heard.until("the first value", &mut source, |it| it.has(PARTS, first)).await.unwrap();
    assert_eq!((heard.batches[0].link, heard.gaps()), (Link::Gap, 1), "{heard:?}");
    (source, heard)
}

/// What failed.
async fn refused(settings: &Settings) -> (FailedKind, String) {
    match Opcua::open(settings, None).await {
        Err(Away::Failed(failed)) => (failed.trouble, failed.message),
        other => panic!("not refused: {other:?}"),
    }
}

fn totals(numbers: impl IntoIterator<Item = u64>) -> Vec<Value> {
    numbers.into_iter().map(Value::Total).collect()
}
