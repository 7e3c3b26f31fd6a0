//! `mtm scan`: a scanner, line by line, and the queue that outlives whatever is away.

mod agent;
mod assembly;
mod direct;
mod lines;
mod list;
mod queue;
mod sender;
mod taking;
mod told;
mod weighing;

use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mtm_app::movement::{BookingType, MovementBody};
use uuid::Uuid;

use super::Call;
use super::book::confirmed;
use crate::config::Config;
use crate::door::{Client, Door, PATIENCE_AT_A_SCANNER};
use crate::failure::{Failure, Outcome};
use assembly::Assembly;
use queue::Store;
use sender::Terminal;

const EXAMPLES: &str = "Examples:
  mtm scan take
  mtm scan receive --operation 10 --location DOCK-1
  mtm scan move --to-location R-E4-19 --queue /var/lib/mtm-terminal --server https://mtm.plant
  mtm scan --queue /var/lib/mtm-terminal --server https://mtm.plant   (only sends what waits)
  mtm scan --queue /var/lib/mtm-terminal --list
  mtm scan move --queue DIR --server URL --source serial:/dev/ttyUSB0 --source tcp:scanner-7.plant:4001
  mtm scan receive --queue DIR --server URL --scale tcp:scale-1.plant:4305 --piece-weight '12.5 g'

Standard input brings one scan a line, or --source names devices: serial:PORT, tcp:HOST:PORT, tcp-listen:ADDRESS:PORT,
hid:PATH, stdin; [scanner] in mtm.toml says how they frame scans (docs/scanners.md). Options fix a field; what they leave open is scanned in any order, and the scan
after which nothing is missing books. Labels that begin with PART: OP: LOC: LOT: WO: or QTY: say what they are; other codes
are looked up. With --queue every scan is on the disk, with its key, before anything is sent: while the server or its
database is away scans are kept, and sent in order when it is back, each counted once.

Exit 0: everything is booked. Exit 3: scans were refused (--list). Exit 6: scans are kept, the server is away.";

/// What scans book.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Pieces arrive
    Receive,
    /// Lots leave
    Take,
    /// Lots go to another place
    Move,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What scans book; without it a queue only sends what waits
    mode: Option<Mode>,
    /// Directory where scans are kept until they are booked
    #[arg(long, value_name = "DIR")]
    queue: Option<PathBuf>,
    #[command(flatten)]
    devices: Devices,
    #[command(flatten)]
    fixed: Fixed,
    #[command(flatten)]
    upkeep: Upkeep,
}

/// Devices of this terminal; with a queue only.
#[derive(Debug, Args)]
struct Devices {
    /// Where scans come from; several times for several devices
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
    /// A scale, which suggests quantities when its code is scanned
    #[arg(long, value_name = "SOURCE")]
    scale: Option<String>,
    /// What one piece weighs, such as 12.5 g
    #[arg(long, value_name = "WEIGHT")]
    piece_weight: Option<String>,
}

impl Devices {
    /// The configuration with what these options say on top.
    fn config(&self, call: &Call) -> Outcome<Config> {
        let sources = (!self.source.is_empty()).then(|| self.source.join(","));
        let flags = [
            sources.map(|sources| ("scanner.sources", sources, "--source")),
            self.scale.clone().map(|scale| ("scale.source", scale, "--scale")),
            self.piece_weight.clone().map(|it| ("scale.piece_weight", it, "--piece-weight")),
        ];
        Config::of(&call.globals.settings(flags.into_iter().flatten())?)
    }
}

/// What is not scanned.
#[derive(Debug, Args)]
struct Fixed {
    /// receive: the part
    #[arg(long)]
    part: Option<String>,
    /// Operation: of receipts, or where lots stand
    #[arg(long)]
    operation: Option<String>,
    /// Location: of receipts, or where lots stand
    #[arg(long)]
    location: Option<String>,
    /// Whole pieces of each booking
    #[arg(long)]
    quantity: Option<i64>,
    /// receive: work order of the lots
    #[arg(long, value_name = "ORDER")]
    work_order: Option<String>,
    /// receive: item type of the lots
    #[arg(long, value_name = "TYPE")]
    item_type: Option<String>,
    /// move: operation the pieces go to
    #[arg(long)]
    to_operation: Option<String>,
    /// move: location the pieces go to
    #[arg(long)]
    to_location: Option<String>,
    /// take: why
    #[arg(long)]
    reason: Option<String>,
    /// Free text of each booking
    #[arg(long)]
    notes: Option<String>,
    /// Confirm whatever can be confirmed: a repetition, an unlikely quantity, a hold
    #[arg(long, short)]
    yes: bool,
}

/// Looking after a queue.
#[derive(Debug, Args)]
struct Upkeep {
    /// How many scans wait, how many were refused
    #[arg(long, requires = "queue", conflicts_with_all = ["mode", "list", "retry", "dismiss"])]
    status: bool,
    /// Every scan that waits or was refused
    #[arg(long, requires = "queue", conflicts_with_all = ["mode", "retry", "dismiss"])]
    list: bool,
    /// Send refused bookings again, under their keys; with --yes confirmed
    #[arg(long, value_name = "SCAN", requires = "queue", conflicts_with = "mode")]
    retry: Vec<u64>,
    /// Give refused scans up
    #[arg(long, value_name = "SCAN", requires = "queue", conflicts_with = "mode")]
    dismiss: Vec<u64>,
}

pub(crate) fn run(call: &Call, it: Arguments) -> Outcome {
    let Some(directory) = it.queue else {
        let Some(mode) = it.mode else {
            return Err(Failure::usage("say what to book: receive, take or move"));
        };
        let assembly = assembly(it.fixed.body(mode))?;
        let config = it.devices.config(call)?;
        if agent::is_wanted(&config) {
            return Err(Failure::usage(
                "devices need a queue, where each scan is kept before it is acknowledged",
            )
            .next("Name a directory for it with --queue; `--source stdin` scans without one."));
        }
        return super::block_on(without_queue(call, config, assembly));
    };
    if it.upkeep.status {
        return list::status(call.console, &queue::look(&directory)?);
    }
    if it.upkeep.list {
        return list::list(call.console, &queue::look(&directory)?);
    }
    let config = it.devices.config(call)?;
    with_queue(call, &config, &directory, (it.mode, it.fixed), &it.upkeep)
}

async fn without_queue(call: &Call, config: Config, assembly: Assembly) -> Outcome {
    let door = Door::for_booking(&config).await?;
    let input = BufReader::new(std::io::stdin().lock());
    let done = direct::run(call.console, &door, assembly, input).await;
    door.close().await;
    done
}

fn with_queue(
    call: &Call,
    config: &Config,
    directory: &Path,
    (mode, fixed): (Option<Mode>, Fixed),
    upkeep: &Upkeep,
) -> Outcome {
    // Before anything is written: a queue that nobody can send is of no use.
    let client = Client::configured_for(config, PATIENCE_AT_A_SCANNER)?.ok_or_else(|| {
        Failure::usage(
            "a queue belongs to a terminal of a server; name that with --server and --token",
        )
    })?;
    let confirm = fixed.yes;
    let body = mode.map(|mode| fixed.body(mode));
    body.clone().map(assembly).transpose()?;
    let mut store = Store::open(directory)?;
    if let Some(torn) = store.torn() {
        call.console.warn(&format!(
            "the last scan was cut off while it was written, and never acknowledged; what is left of it: {torn}"
        ));
    }
    for n in &upkeep.dismiss {
        store.dismiss(*n)?;
        call.console.note(&format!("scan {n} is given up"));
    }
    for n in &upkeep.retry {
        store.retry(*n, confirm)?;
    }
    if !upkeep.dismiss.is_empty() && upkeep.retry.is_empty() && store.queue().next().is_none() {
        return Ok(());
    }
    if let Some(body) = &body {
        let goes_on = store.session(body)?;
        let scanned = store.queue().scanned();
        if goes_on && !scanned.is_empty() {
            call.console.note(&format!("the session goes on; scanned: {scanned}"));
        }
    } else {
        store.end()?;
    }
    let devices = body.is_some() && agent::is_wanted(config);
    let terminal = Terminal::new(store, &client, call.console, devices);
    terminal.work(|terminal| match body {
        None => Ok(()),
        Some(_) if devices => agent::run(terminal, config),
        Some(_) => terminal.take_lines(BufReader::new(std::io::stdin().lock())),
    })
}

/// Refuses options that leave nothing to scan.
fn assembly(template: MovementBody) -> Outcome<Assembly> {
    Assembly::new(template).ok_or_else(|| {
        Failure::usage("the options leave nothing to scan")
            .next("Leave out what the scans are to say, such as --location.")
    })
}

impl Fixed {
    fn body(self, mode: Mode) -> MovementBody {
        let kind = match mode {
            Mode::Receive => BookingType::In,
            Mode::Take => BookingType::Out,
            Mode::Move => BookingType::Transfer,
        };
        MovementBody {
            kind: Some(kind),
            part: self.part,
            operation: self.operation,
            location: self.location,
            quantity: self.quantity,
            work_order: self.work_order,
            item_type: self.item_type,
            to_operation: self.to_operation,
            to_location: self.to_location,
            reason: self.reason,
            notes: self.notes,
            session_id: Some(Uuid::now_v7()),
            confirm: confirmed(self.yes),
            ..MovementBody::default()
        }
    }
}
