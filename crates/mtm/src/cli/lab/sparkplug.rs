//! `mtm lab sparkplug`: a machine that counts, and tells it by Sparkplug.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use mtm_connect::broker::{Account, Address};
use mtm_connect::sparkplug::{Away, Line};
use mtm_core::sparkplug::edge::Change;
use mtm_core::sparkplug::{Id, Message, MetricValue};
use mtm_lab::sparkplug::{Act, Description, Faults, Machine};
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use crate::cli::Call;
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;
use crate::serve::signal;

/// Before a connection that was lost is made again.
const PAUSE: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "Examples:
  mtm lab sparkplug --broker mqtt://127.0.0.1 --group Plant1 --node Line1 --device Press7
  mtm lab sparkplug --broker mqtt://127.0.0.1 --group Plant1 --node Line1 --device Press7 \\
    --counter Good --counter Scrap --per-minute 600 --drop 20 --swap 20 --offline 50 --reset 100 --seed 7

With every count each counter goes on by one. Ends after --counts, or when it is stopped, and says what was counted in
truth and what went wrong.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sparkplug {
    /// The broker, such as `mqtt://127.0.0.1` or `mqtts://user@broker.plant`
    #[arg(long, value_name = "URL", value_parser = Address::mqtt)]
    broker: Address,
    /// The password of the user in the address
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// PEM file of the authority that signed the broker's certificate, where the system does not know it
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Name of the connection
    #[arg(long, value_name = "NAME", default_value = "mtm-lab-sparkplug")]
    client_id: String,
    /// The group
    #[arg(long, value_name = "NAME", value_parser = Id::parse)]
    group: Id,
    /// The edge node
    #[arg(long, value_name = "NAME", value_parser = Id::parse)]
    node: Id,
    /// The device
    #[arg(long, value_name = "NAME", value_parser = Id::parse)]
    device: Id,
    /// A counter; may be repeated
    #[arg(long = "counter", value_name = "NAME", default_value = "Good", value_parser = counter)]
    counters: Vec<String>,
    /// Counts in a minute
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    per_minute: u32,
    /// End after so many counts; 0 never
    #[arg(long, value_name = "N", default_value_t = 0)]
    counts: u64,
    /// Counters run over to 0 instead of showing this; 0 never
    #[arg(long, value_name = "N", default_value_t = 0)]
    rolls_over_at: u64,
    /// Have a counter begin again with one count of so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    reset: u32,
    /// Break the connection with one count of so many, and go on counting
    #[arg(long, value_name = "N", default_value_t = 0)]
    offline: u32,
    /// Lose one message of so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    drop: u32,
    /// Have one message of so many overtaken by the next
    #[arg(long, value_name = "N", default_value_t = 0)]
    swap: u32,
    /// Change every alias with one count of so many
    #[arg(long, value_name = "N", default_value_t = 0)]
    renumber: u32,
    /// The same seed has the same counts meet the same faults
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

pub(super) async fn run(call: &Call, it: Sparkplug) -> Outcome {
    let stop = signal::stop()?;
    let account = account(&it)?;
    let description = Description {
        group: it.group,
        node: it.node,
        device: it.device,
        counters: it.counters,
        rolls_over_at: it.rolls_over_at,
    };
    let faults = Faults {
        seed: it.seed,
        reset: it.reset,
        offline: it.offline,
        drop: it.drop,
        swap: it.swap,
        renumber: it.renumber,
    };
    let mut clock = interval(Duration::from_secs(60) / it.per_minute);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let machine = Machine::new(description, faults);
    let way = Way { broker: it.broker, account, client_id: it.client_id };
    let mut running = Running { machine, way, console: call.console, line: None };
    running.connect().await.map_err(|away| {
        let message = format!("the machine cannot reach its broker: {away}");
        Failure::new("machine_failed", exit::FAILURE, message).next(
            "Check --broker, the user in it and --password-file, and whether the broker runs.",
        )
    })?;
    tokio::select! {
        () = running.count(&mut clock, it.counts) => {}
        () = stop => {}
    }
    running.close().await;
    let account = running.machine.account();
    let answer = serde_json::to_value(account).unwrap_or_default();
    call.console.answer(&answer, || {
        let counters = account.counters.iter();
        let counters: Vec<String> = counters
            .map(|it| format!("{} counted {}, shows {}", it.name, it.counted, it.shows))
            .collect();
        format!(
            "{}; {} began again, {} ran over; {} connections broken, {} messages lost, {} overtaken, {} times other \
             aliases; {} rebirths asked for",
            counters.join("; "),
            account.reset,
            account.rolled_over,
            account.offline,
            account.dropped,
            account.swapped,
            account.renumbered,
            account.rebirths,
        )
    })
}

/// A name that a counter may have.
fn counter(text: &str) -> Result<String, String> {
    let named = Change::of_node(text, MetricValue::UInt64(0), 0);
    named.map(|_| text.to_owned()).map_err(|error| format!("a counter {error}"))
}

fn account(it: &Sparkplug) -> Outcome<Account> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).map(|text| text.trim_end().to_owned()).map_err(|error| {
            let message = format!("failed to read {}: {error}", path.display());
            Failure::new("input_failed", exit::FAILURE, message)
                .next("Name a file that holds the password alone.")
        })
    };
    let password = it.password_file.as_ref().map(read).transpose()?;
    Ok(Account { password, ca_file: it.ca_file.clone() })
}

/// How the broker is reached.
struct Way {
    broker: Address,
    account: Account,
    client_id: String,
}

struct Running {
    machine: Machine,
    way: Way,
    console: Console,
    /// Nothing while it is offline.
    line: Option<Line>,
}

impl Running {
    async fn connect(&mut self) -> Result<(), Away> {
        let (will, filters) = self.machine.connect(millis());
        let Way { broker, account, client_id } = &self.way;
        let mut line = Line::open(broker, account, client_id, Some(&will), &filters).await?;
        line.send(self.machine.connected(millis()))?;
        self.line = Some(line);
        self.console.note("connected");
        Ok(())
    }

    /// Counts until so many counts were made, for ever if 0.
    async fn count(&mut self, clock: &mut Interval, counts: u64) {
        let mut made = 0;
        while counts == 0 || made < counts {
            let heard = tokio::select! {
                biased;
                _ = clock.tick() => None,
                heard = hear(self.line.as_mut()) => Some(heard),
            };
            match heard {
                None => {
                    made += 1;
                    for act in self.machine.count(millis()) {
                        self.act(act).await;
                    }
                }
                Some(Ok(heard)) => {
                    let messages = self.machine.hear(millis(), &heard.topic, &heard.payload);
                    if !messages.is_empty() {
                        self.console.note("born again, as it was asked");
                    }
                    self.send(messages).await;
                }
                Some(Err(away)) => self.come_back(&away).await,
            }
        }
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Send(message) => self.send([message]).await,
            Act::Break => {
                self.console.note("offline");
                self.line = None;
            }
            Act::Connect => {
                if let Err(away) = self.connect().await {
                    self.come_back(&away).await;
                }
            }
        }
    }

    async fn send(&mut self, messages: impl IntoIterator<Item = Message>) {
        let Some(line) = &mut self.line else { return };
        if let Err(away) = line.send(messages) {
            self.come_back(&away).await;
        }
    }

    /// Connects again, however long that takes.
    async fn come_back(&mut self, away: &Away) {
        self.console.note(&format!("away: {away}"));
        self.line = None;
        self.machine.disconnected();
        loop {
            sleep(PAUSE).await;
            match self.connect().await {
                Ok(()) => return,
                Err(away) => self.console.note(&format!("still away: {away}")),
            }
        }
    }

    async fn close(&mut self) {
        let death = self.machine.death(millis());
        if let Some(line) = self.line.take() {
            line.close(Some(death), true).await;
        }
    }
}

/// What is heard next; nothing ever while there is no connection.
async fn hear(line: Option<&mut Line>) -> Result<mtm_connect::sparkplug::Heard, Away> {
    match line {
        Some(line) => line.hear().await,
        None => std::future::pending().await,
    }
}

/// Milliseconds since 1970.
fn millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
