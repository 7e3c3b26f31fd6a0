//! Counters of a simulated machine, through its agent, over good networks and bad ones.

mod canned;
mod following;
mod hostile;
mod network;
mod streams;

use std::time::Duration;

use mtm_connect::mtconnect::{Address, Agent, Away, Settings};
use mtm_connect::outgoing::Deadlines;
use mtm_core::machine::{Batch, Link, Value};
use mtm_lab::simulator::{self, Masters, MtconnectAgent, MtconnectSettings, Simulators};
use tokio::task::JoinHandle;

/// Longer than anything here may take; what meets it hangs.
const LONG: Duration = Duration::from_secs(60);

/// An agent of the lab.
struct Site {
    lab: MtconnectAgent,
    url: String,
    running: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Site {
    async fn start() -> Self {
        let settings = simulator::Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            client_id: "mtm".into(),
            client_secret: "x".into(),
            token_seconds: 60,
            masters: Masters::default(),
            redirects: Vec::new(),
        };
        let lab = Simulators::bind(settings).await.unwrap();
        let (handle, url) = (lab.mtconnect(), format!("{}/mtconnect", lab.url()));
        let running = tokio::spawn(lab.run(std::future::pending()));
        Self { lab: handle, url, running }
    }

    fn set(&self, change: impl FnOnce(&mut MtconnectSettings)) {
        let mut settings = self.lab.report().settings;
        change(&mut settings);
        self.lab.set(settings).unwrap();
    }

    fn count(&self, pieces: u64) {
        self.lab.count("good", pieces).unwrap();
    }

    /// What is wanted of it: its good parts.
    fn settings(&self) -> Settings {
        settings(&self.url, &["good"])
    }

    async fn open(&self, position: Option<&str>) -> Agent {
        Agent::open(self.settings(), position).await.unwrap()
    }

    /// Where it is after all that was observed so far.
    fn position(&self) -> String {
        let report = self.lab.report();
        format!("{}:{}", report.instance, report.next)
    }
}

fn settings(url: &str, wanted: &[&str]) -> Settings {
    let address = Address::parse(url, None).unwrap();
    Settings {
        wanted: wanted.iter().map(|it| (*it).to_owned()).collect(),
        interval: Duration::from_millis(2),
        heartbeat: Duration::from_millis(50),
        deadlines: Deadlines { connect: Duration::from_secs(5), whole: Duration::from_secs(10) },
        ..Settings::new(address)
    }
}

async fn next(agent: &mut Agent) -> Result<Batch, Away> {
    tokio::time::timeout(LONG, agent.next()).await.expect("nothing ever came")
}

/// What an agent tells until it shows `last`: the links of batches that hold something or come after a gap, and the totals.
async fn until(agent: &mut Agent, last: u64) -> (Vec<Link>, Vec<u64>) {
    let (mut links, mut totals) = (Vec::new(), Vec::new());
    while totals.last() != Some(&last) {
        let batch = next(agent).await.unwrap();
        if batch.link == Link::Gap || !batch.readings.is_empty() {
            links.push(batch.link);
        }
        totals.extend(totals_of(&batch));
    }
    (links, totals)
}

/// The totals of a batch that holds nothing else.
fn totals_of(batch: &Batch) -> Vec<u64> {
    let total = |it: &Value| match it {
        Value::Total(total) => *total,
        other => panic!("{other:?}"),
    };
    batch.readings.iter().map(|it| total(&it.value)).collect()
}
