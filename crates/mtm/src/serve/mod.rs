//! The server as a whole: the one composition root.
//!
//! Order matters. The data directory is claimed first, so that nothing is touched that another
//! server owns; the listener is bound before anybody is told; the address and the local secret
//! are published before the first line on standard output, which scripts wait for. Background tasks
//! run under a supervisor: what fails there is begun again, and nobody who books notices. At the end
//! everything happens in reverse: connections drain, the tasks end, the ledger is left as one file,
//! the directory is given free.

mod auditing;
mod checkpoints;
mod demo;
mod dropping;
mod erp;
mod exchange;
mod failing;
mod flows;
mod follow_log;
mod housekeeping;
mod logging;
mod minimums;
mod notices;
mod peers;
mod provider;
mod reconciling;
mod relaying;
mod reload;
mod searching;
pub(crate) mod signal;
mod spans;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mtm_app::App;
use mtm_app::checkpoint::Keeper;
use mtm_app::drop_folder::Settings as Files;
use mtm_app::erp::ErpSettings;
use mtm_app::supervisor::{Ended, Stop, Supervisor};
use mtm_app::truth::Auditor;
use mtm_app::vault::Vault;
use mtm_platform::{DataDirectory, OwnerLock};
use mtm_store::{Ledger, Site};
use mtm_web::{Limits, ServeError, ServeOptions, Server, TlsFiles};
use serde_json::json;

use crate::config::{Config, Settings};
use crate::door::{SecretFile, make_ledger};
use crate::failure::{Failure, Outcome, exit};
use crate::output::Console;

pub(crate) use erp::{settings as erp_settings, way as erp_way};
pub(crate) use flows::{flows as flow_settings, provable};
pub(crate) use provider::reach;
pub(crate) use reconciling::compare_with as reconcile_with;
use relaying::Relays;
pub(crate) use reload::Origin;
use reload::Reload;
use spans::Spans;

/// Open requests get this long when the server stops; whoever asks it to stop waits five seconds.
const DRAIN_TIME: Duration = Duration::from_millis(3_500);
/// And what is under way in the background this long.
const TASKS_TIME: Duration = Duration::from_millis(800);

/// Runs the server until it is asked to stop.
pub(crate) async fn serve(console: Console, origin: Origin, demo: bool) -> Outcome {
    let settings = (origin.read)()?;
    let config = &Config::of(&settings)?;
    let spans = Spans::start(config)?;
    let filter = logging::start(config, &spans)?;
    let directory = DataDirectory::prepare(&config.data_dir)?;
    let lock = directory.claim()?;
    if demo {
        demo::prepare(console, config, &directory).await?;
    }
    let ledger = open(config, &directory).await?;
    let following = (origin, settings, filter);
    let keeper = Arc::new(Keeper::new(&directory, config.checkpoints_to.clone()));
    let served = compose(console, config, following, &directory, &lock, &ledger, &keeper).await;
    tokio::join!(checkpoints::leave_last(&ledger, &keeper), spans.stop());
    ledger.close().await;
    served
}

/// Opens the ledger; a new one is given its site.
pub(crate) async fn open(config: &Config, directory: &DataDirectory) -> Outcome<Ledger> {
    let ledger = make_ledger(config, directory).await?;
    // Nothing was ever done here.
    if ledger.counts().await?.audit_entries == 0 {
        let system = ledger.system_user().await?;
        let site = Site {
            name: config.site_name.clone(),
            time_zone: config.site_time_zone.clone(),
            ..ledger.site().await?
        };
        ledger.set_site(site, system.row).await?;
    }
    Ok(ledger)
}

async fn compose(
    console: Console,
    config: &Config,
    (origin, settings, filter): (Origin, Settings, logging::Filter),
    directory: &DataDirectory,
    lock: &OwnerLock,
    ledger: &Ledger,
    keeper: &Arc<Keeper>,
) -> Outcome {
    let key = config.secrets_key.clone().unwrap_or_else(|| directory.secrets_key());
    let vault = Vault::open(&key)?;
    let rules = config.notices.clone();
    let app = App::serving(ledger.clone(), vault, rules, Arc::clone(keeper)).await?;
    app.use_provider(provider::provider(config)?);
    app.guards().set(&config.guards);
    app.use_drop_folder(config.files.clone());
    app.use_peers(config.peers.clone());
    app.use_flows(flows::flows(config)?);
    app.use_printers(config.printers.clone());
    app.use_machines(config.machines.clone());
    app.use_edge_nodes(config.edge_nodes.clone());
    app.set_scan_patterns(config.scan_patterns.clone());
    app.set_wedges(config.wedges.clone());
    let relays = relaying::relays(&app, config).await?;
    let erp = erp::settings(&app, config)?;
    reconciling::compare_with(&app, config, erp.as_ref());
    let defaults = Limits::default();
    let limits = Limits {
        connections: config.max_connections,
        drain_time: DRAIN_TIME,
        stream: mtm_web::server::StreamLimit { file: config.max_upload, ..defaults.stream },
        ..defaults
    };
    let tls = config.tls.clone().map(|(certificate, key)| TlsFiles { certificate, key });
    let is_plain = tls.is_none();
    let options =
        ServeOptions { listen: config.listen, tls, limits, spans: config.collector.is_some() };
    let stop = signal::stop()?;
    let server = Server::bind(app.clone(), options).await?;

    let secret_file = SecretFile::of(directory);
    secret_file.write(app.open_local_door()?.reveal())?;
    lock.announce(&server.url())?;
    if is_plain && !server.address().ip().is_loopback() {
        console.warn(
            "this server speaks plain HTTP beyond this machine: passwords can be read on the \
             way, and browsers keep offline work and the camera off. `mtm tls init` makes a \
             certificate.",
        );
    }
    let link = setup_link(&app, &server).await?;
    greet(console, &app, &server, link.as_deref())?;
    tracing::info!(url = server.url(), data_dir = %directory.path().display(), "ready");

    let reload = Reload::new(origin, settings, app.clone(), filter, server.tls_handle());
    let auditor = auditing::auditor(&app, config, directory);
    let tasks = start_tasks(&app, keeper, relays, reload, auditor, config.files.as_ref(), erp);
    let drained = server.run(stop).await;
    let cut_off = tasks.stop(TASKS_TIME).await;
    if !cut_off.is_empty() {
        tracing::info!(?cut_off, "background tasks were under way; the next start goes on there");
    }
    secret_file.remove();
    tracing::info!(cut_off = drained.cut_off, "stopped");
    Ok(())
}

/// Starts what goes on behind everybody's back.
fn start_tasks(
    app: &App,
    keeper: &Arc<Keeper>,
    Relays { webhooks, brokers, people }: Relays,
    reload: Reload,
    auditor: Auditor,
    files: Option<&Files>,
    erp: Option<ErpSettings>,
) -> Supervisor {
    let mut tasks = Supervisor::new(app.tasks().clone());
    let reload = Arc::new(reload);
    tasks.start(reload::TASK, move |stop| {
        let reload = Arc::clone(&reload);
        async move { reload.run(stop).await }
    });
    let ledger = app.ledger().clone();
    tasks.start("search index", {
        let ledger = ledger.clone();
        move |stop| {
            let ledger = ledger.clone();
            until_it_fails(stop, async move { searching::run(&ledger).await })
        }
    });
    tasks.start("derived tables", {
        let ledger = ledger.clone();
        move |stop| {
            let ledger = ledger.clone();
            until_it_fails(stop, async move { follow_log::run(&ledger).await })
        }
    });
    tasks.start("minimum stock", {
        let ledger = ledger.clone();
        move |stop| {
            let ledger = ledger.clone();
            until_it_fails(stop, async move { minimums::run(&ledger).await })
        }
    });
    tasks.start("notifications", {
        let app = app.clone();
        move |stop| {
            let app = app.clone();
            until_it_fails(stop, async move { notices::run(&app).await })
        }
    });
    tasks.start("systems that are called", {
        let app = app.clone();
        move |stop| {
            let app = app.clone();
            until_it_fails(stop, async move { peers::run(&app).await })
        }
    });
    tasks.start("housekeeping", {
        let app = app.clone();
        move |stop| {
            let app = app.clone();
            until_it_fails(stop, async move { housekeeping::run(&app).await })
        }
    });
    tasks.start("checkpoints", {
        let keeper = Arc::clone(keeper);
        move |stop| {
            let (ledger, keeper) = (ledger.clone(), Arc::clone(&keeper));
            until(stop, async move { checkpoints::run(&ledger, &keeper).await })
        }
    });
    tasks.start("webhooks", move |stop| {
        let relay = webhooks.clone();
        async move { relaying::run(relay.run(), || relay.stop(), stop).await }
    });
    tasks.start("news for people", move |stop| {
        let relay = people.clone();
        async move { Box::pin(relaying::run(relay.run(), || relay.stop(), stop)).await }
    });
    for relay in brokers {
        tasks.start(relay.name(), move |stop| {
            let relay = relay.clone();
            async move { Box::pin(relaying::run(relay.run(), || relay.stop(), stop)).await }
        });
    }
    exchange::start(&mut tasks, app, files, erp);
    tasks.start("verification", {
        let app = app.clone();
        move |stop| {
            let app = app.clone();
            until(stop, async move { app.run_verifications().await })
        }
    });
    let auditor = Arc::new(auditor);
    tasks.start("auditor", move |stop| {
        let auditor = Arc::clone(&auditor);
        until(stop, async move { auditor.run().await })
    });
    tasks
}

/// Does `work`, which has no end, until it is stopped: between two transactions is as good as any.
async fn until(stop: Stop, work: impl Future<Output = Infallible>) -> Ended {
    until_it_fails(stop, async { Err::<Infallible, Infallible>(work.await) }).await
}

/// The same of work that a failure ends.
async fn until_it_fails<E>(
    mut stop: Stop,
    work: impl Future<Output = Result<Infallible, E>>,
) -> Ended
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    tokio::select! {
        ended = work => match ended {
            Ok(never) => match never {},
            Err(error) => Err(error.into()),
        },
        () = stop.requested() => Ok(()),
    }
}

/// The one-time link for the first admin, where nobody can administer this site yet.
async fn setup_link(app: &App, server: &Server) -> Outcome<Option<String>> {
    if app.site().demo || !app.needs_setup().await? {
        return Ok(None);
    }
    let secret = app.setup_link().await?;
    Ok(Some(format!("{}/setup/{}", url_for_people(server), secret.reveal())))
}

/// The first lines on standard output. Scripts wait for the first URL.
fn greet(console: Console, app: &App, server: &Server, setup: Option<&str>) -> Outcome {
    let url = url_for_people(server);
    if console.is_json() {
        let ready =
            json!({ "url": format!("{url}/"), "setup_url": setup, "demo": app.site().demo });
        return console.write(&ready.to_string());
    }
    console.write(&format!("mtm is ready at {url}/"))?;
    if let Some(link) = setup {
        console.write(&format!(
            "Nobody can administer this plant yet. Open this link once, within 30 minutes:\n  {link}"
        ))?;
    }
    if app.site().demo {
        console.write("This is the demo plant: sign in with one click from this machine.")?;
    }
    Ok(())
}

/// The address with which a browser on this machine gets there.
fn url_for_people(server: &Server) -> String {
    let scheme = server.url().split("://").next().unwrap_or("http").to_owned();
    format!("{scheme}://{}", reachable(server.address()))
}

fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let (code, exit, next) = match &error {
            ServeError::InUse { .. } => (
                "port_in_use",
                exit::CONFLICT,
                "Choose another port with --listen (port 0 takes a free one), or stop the other program.",
            ),
            ServeError::Listen { .. } => (
                "cannot_listen",
                exit::FAILURE,
                "Name an address of this machine with --listen; ports below 1024 need more rights.",
            ),
            ServeError::Tls(_) => {
                ("tls_unusable", exit::USAGE, "`mtm tls init` makes a certificate and its key.")
            }
        };
        Self::new(code, exit, error.to_string()).next(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sent_to_an_address_they_can_open() {
        let check = |bound: &str, shown: &str| {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), shown);
        };
        check("0.0.0.0:8080", "127.0.0.1:8080");
        check("[::]:8080", "[::1]:8080");
        check("192.168.1.20:80", "192.168.1.20:80");
    }
}
