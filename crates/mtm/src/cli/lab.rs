//! `mtm lab`: stands for other systems, to try connections with.

mod scanner;
mod sparkplug;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use mtm_lab::simulator::{Masters, Settings, Simulators};
use serde_json::json;

use super::Call;
use crate::failure::{Failure, Outcome, exit};
use crate::serve::signal;

/// Where label printers listen.
const PRINTER: u16 = 9_100;

const EXAMPLES: &str = "Examples:
  mtm lab up
  mtm lab up --masters plant.json --token-seconds 30
  curl -X POST http://127.0.0.1:8090/control/faults \\
    -d '[{\"path\": \"/erp\", \"times\": 3, \"fault\": {\"kind\": \"lost_answer\"}}]'

An ERP, a token server, an identity provider, a receiver of webhooks, a machine and a label printer, in memory, gone when
it ends. docs/lab.md says what they answer and what can go wrong with it. Never for a plant: whoever reaches it may use it.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stand for an ERP, a token server, an identity provider, a receiver of webhooks, a machine and a printer
    Up(Up),
    /// Type codes at a terminal, as a scanner on the network does
    Scanner(scanner::Scanner),
    /// Count as a machine does, and tell it by Sparkplug
    Sparkplug(Box<sparkplug::Sparkplug>),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Up {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Where the label printer listens; port 9100 beside the others unless it is given
    #[arg(long, value_name = "ADDRESS")]
    printer: Option<SocketAddr>,
    /// Name of the client that is given tokens
    #[arg(long, value_name = "NAME", default_value = "mtm")]
    client_id: String,
    /// Its secret, and the key for the ERP (`X-Api-Key`)
    #[arg(long, value_name = "TEXT", default_value = "simulated")]
    client_secret: String,
    /// Seconds for which a token is good
    #[arg(long, value_name = "N", default_value_t = 3_600)]
    token_seconds: u64,
    /// Parts and places that the ERP knows, and people who can sign in, as JSON
    #[arg(long, value_name = "FILE")]
    masters: Option<PathBuf>,
    /// Where people who signed in may be sent back to; may be repeated
    #[arg(
        long = "redirect",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080/sign-in/oidc/callback"
    )]
    redirects: Vec<String>,
}

pub(crate) async fn run(call: &Call, command: Command) -> Outcome {
    let it = match command {
        Command::Up(it) => it,
        Command::Scanner(it) => return scanner::run(call, &it),
        Command::Sparkplug(it) => return sparkplug::run(call, *it).await,
    };
    let masters = it.masters.as_deref().map(masters).transpose()?;
    let stop = signal::stop()?;
    let settings = Settings {
        listen: it.listen,
        client_id: it.client_id,
        client_secret: it.client_secret,
        token_seconds: it.token_seconds,
        masters: masters.unwrap_or_default(),
        redirects: it.redirects,
    };
    let simulators = Simulators::bind(settings).await.map_err(|error| {
        let message = format!("cannot listen on {}: {error}", it.listen);
        Failure::new("cannot_listen", exit::FAILURE, message)
            .next("Choose another port with --listen (port 0 takes a free one).")
    })?;
    // Whoever takes any port for the others takes any for the printer.
    let port = if it.listen.port() == 0 { 0 } else { PRINTER };
    let beside = it.printer.unwrap_or_else(|| SocketAddr::new(it.listen.ip(), port));
    let simulators = simulators.with_printer(beside).await.map_err(|error| {
        let message = format!("the label printer cannot listen on {beside}: {error}");
        Failure::new("cannot_listen", exit::FAILURE, message)
            .next("Choose another address with --printer (port 0 takes a free one).")
    })?;
    let printer = simulators.printer_address().unwrap_or(beside);
    let url = simulators.url();
    if call.console.is_json() {
        call.console.write(&json!({ "url": url, "printer": printer.to_string() }).to_string())?;
    } else {
        call.console.write(&format!(
            "Other systems are simulated at {url}\n  \
             ERP       {url}/erp/api/v1/\n  \
             InvenTree {url}/inventree/api/\n  \
             ERPNext   {url}/erpnext/api/\n  \
             tokens    {url}/oauth2/token\n  \
             sign-in   {url}/oidc\n  \
             webhooks  {url}/webhooks/NAME\n  \
             machine   {url}/mtconnect/\n  \
             printer   {printer}\n  \
             control   {url}/control/"
        ))?;
    }
    simulators.run(stop).await;
    Ok(())
}

fn masters(path: &Path) -> Outcome<Masters> {
    let wrong = |message: String| {
        let message = format!("{}: {message}", path.display());
        Failure::new("invalid_body", exit::USAGE, message).next(
            "Write {\"parts\": [{\"id\": \"P-1\"}], \"locations\": [{\"warehouse\": \"MAIN\", \
             \"location\": \"A-1\"}], \"people\": [{\"user\": \"anna\", \"groups\": \
             [\"floor\"]}]}.",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}
