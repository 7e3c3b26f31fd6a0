//! Other systems to connect to, without having them: an ERP, a token server, an identity provider, a
//! receiver of webhooks and a machine's agent, that answer as they should, or as a script says.
//!
//! Everything is under one address, in memory, and gone when it ends. What went wrong with a real system
//! once can be had again: answers that are late, cut off, lost after the work was done, given twice, in
//! another order, endless or not what they claim to be ([`Fault`]). A script names requests and how many of them, so
//! the same requests meet the same faults. For integrators and for tests; never for a plant.
//!
//! | path | what is there |
//! |---|---|
//! | `/erp/api/v1/…` | an ERP with parts, places, stock and a ledger; strict about what it does not know |
//! | `/inventree/api/…`, `/erpnext/api/…` | the parts of the interfaces of `InvenTree` and `ERPNext` that stock is told by |
//! | `/oauth2/token` | tokens for machines (RFC 6749, client credentials) |
//! | `/oidc/…` | an identity provider (`OpenID` Connect) that people sign in with |
//! | `/webhooks/{name}` | takes signed messages (Standard Webhooks) and says what came |
//! | `/mtconnect/…` | an agent of `MTConnect` with a machine that counts |
//! | `/control/…` | faults, what is in the ERP, what was asked, how the printer and the machine are |
//!
//! A label printer has an address of its own ([`Simulators::with_printer`]).

mod amount;
mod answer;
mod control;
mod erp;
mod erpnext;
mod fault;
mod identity;
mod inventree;
mod mtconnect;
mod printer;
mod reply;
mod request;
mod token;
mod webhook;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub use self::erp::{Line, Location, Masters, Part};
pub use self::fault::{Fault, Rule};
pub use self::identity::Person;
pub use self::mtconnect::{MtconnectAgent, MtconnectRefusal, MtconnectReport, MtconnectSettings};
pub use self::printer::{LabelPrinter, PrinterFault, PrinterReport, PrinterRule, PrinterSettings};

use self::erp::Erp;
use self::erpnext::ErpNext;
use self::fault::Script;
use self::identity::Identities;
use self::inventree::InvenTree;
use self::request::Asked;
use self::token::Tokens;
use self::webhook::Inboxes;

/// A full table of files, for one, passes.
const PAUSE: Duration = Duration::from_millis(50);

/// Who may ask, and for how long a token is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens; port 0 for a free one.
    pub listen: SocketAddr,
    /// Name of the client that is given tokens, and to which people are sent back.
    pub client_id: String,
    /// Its secret, which is the key for the ERP as well (`X-Api-Key`).
    pub client_secret: String,
    /// Seconds for which a token is good.
    pub token_seconds: u64,
    /// What the systems know, and who can sign in.
    pub masters: Masters,
    /// Addresses that the identity provider sends people back to.
    pub redirects: Vec<String>,
}

/// What all requests share.
#[derive(Debug)]
struct World {
    settings: Settings,
    /// The identity provider's name for itself.
    issuer: String,
    script: Script,
    erp: Erp,
    inventree: InvenTree,
    erpnext: ErpNext,
    tokens: Tokens,
    identities: Identities,
    inboxes: Inboxes,
    printer: LabelPrinter,
    mtconnect: MtconnectAgent,
    asked: Vec<Asked>,
}

impl World {
    /// From now on the systems know this, and nothing else; what was posted stays.
    fn know(&mut self, masters: &Masters) {
        self.erp.know(masters.clone());
        self.inventree.know(masters.clone());
        self.erpnext.know(masters.clone());
    }
}

/// The systems, listening.
#[derive(Debug)]
pub struct Simulators {
    listener: TcpListener,
    address: SocketAddr,
    printer: Option<(TcpListener, SocketAddr)>,
    world: Shared,
}

/// The same world for every request.
#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Simulators {
    /// Listens.
    ///
    /// # Errors
    /// The address is taken, or is not this machine's; or no key can be made.
    pub async fn bind(settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let masters = settings.masters.clone();
        let identities = Identities::new(masters.people.clone(), settings.redirects.clone())?;
        let mut world = World {
            settings,
            issuer: format!("http://{address}/oidc"),
            script: Script::default(),
            erp: Erp::default(),
            inventree: InvenTree::default(),
            erpnext: ErpNext::default(),
            tokens: Tokens::default(),
            identities,
            inboxes: Inboxes::default(),
            printer: LabelPrinter::default(),
            mtconnect: MtconnectAgent::default(),
            asked: Vec::new(),
        };
        world.know(&masters);
        let world = Shared(Arc::new(Mutex::new(world)));
        Ok(Self { listener, address, printer: None, world })
    }

    /// Where they are.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same with a label printer at an address of its own; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is taken, or is not this machine's.
    pub async fn with_printer(mut self, listen: SocketAddr) -> io::Result<Self> {
        self.printer = Some(LabelPrinter::bind(listen).await?);
        Ok(self)
    }

    /// Where the label printer is, where there is one.
    pub fn printer_address(&self) -> Option<SocketAddr> {
        self.printer.as_ref().map(|(_, address)| *address)
    }

    /// The label printer, to do something to it.
    pub fn printer(&self) -> LabelPrinter {
        self.world.lock().printer.clone()
    }

    /// The machine's agent, to do something to it.
    pub fn mtconnect(&self) -> MtconnectAgent {
        self.world.lock().mtconnect.clone()
    }

    /// Answers until `stop`.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        if let Some((listener, _)) = self.printer.take() {
            let printer = self.printer();
            connections.spawn(async move {
                printer.run(listener).await;
                Ok(())
            });
        }
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                taken = self.listener.accept() => match taken {
                    Ok((stream, _)) => drop(connections.spawn(serve(stream, self.world.clone()))),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// Whatever a client does with its connection is its own matter.
async fn serve(stream: TcpStream, world: Shared) -> Result<(), Infallible> {
    let service = service_fn(move |request| answer::answer(world.clone(), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    Ok(())
}
