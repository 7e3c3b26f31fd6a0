//! The line to a server: a secured channel, and a session over it that outlives it.
//!
//! The library has a session of its own, which reconnects by itself and does not say whether something was missed
//! meanwhile. So this is made of its parts: who asks decides when to connect, and what is missing is asked for
//! before anything else ([`listen`](crate::listen)). A session that the server still has is taken up on the new
//! channel; its signature is over the number that the session's last activation gave, not over the channel's, which the
//! library would take.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mtm_core::opcua::protocol::{Failed, FailedKind, Server};
use opcua::client::services::{ActivateSession, CloseSession, CreateSession};
use opcua::client::transport::{
    Connector, RequestRecv, SecureChannelEventLoop, SecureChannelState, TcpConnector, TcpTransport,
    TransportConfiguration, TransportPollResult,
};
use opcua::client::{AsyncSecureChannel, IdentityToken, UARequest};
use opcua::crypto::CertificateStore;
use opcua::sync::RwLock;
use opcua::types::{
    ApplicationDescription, ApplicationType, EndpointDescription, Error, NodeId, StatusCode,
};
use tokio::time::timeout;

use crate::endpoint::{Chosen, choose};
use crate::failure::{failure, is_gone};
use crate::own::{NAME, Own};

/// How long a session is kept by the server that nobody asks anything in, in milliseconds: as long as a line may be away.
const SESSION: f64 = 120_000.0;
/// How long saying good-bye may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// The line.
pub(crate) struct Line {
    pub(crate) channel: AsyncSecureChannel,
    connector: Watched,
    events: Option<SecureChannelEventLoop<TcpTransport>>,
    endpoint: EndpointDescription,
    store: Arc<RwLock<CertificateStore>>,
    own: Option<Own>,
    identity: IdentityToken,
    /// How long a question may take.
    pub(crate) within: Duration,
    /// What names the session to the server.
    pub(crate) token: NodeId,
    /// What the session is taken up with.
    nonce: Vec<u8>,
    pub(crate) thumbprint: String,
}

/// How a session came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Session {
    /// It is the one that there was.
    Same,
    /// It is a new one.
    New,
}

/// A request of this kind on a line.
macro_rules! request {
    ($line:expr, $kind:ident $(, $before:expr)*) => {
        $kind::new_manual(
            $($before,)*
            0,
            $line.within,
            $line.token.clone(),
            $line.channel.request_handle(),
        )
    };
}
pub(crate) use request;

impl Line {
    /// Finds out what the server offers, judges it, and opens a session.
    pub(crate) async fn open(server: &Server) -> Result<Self, Failed> {
        let Chosen { channel, endpoint, store, own, identity, thumbprint } = choose(server).await?;
        let tcp = TcpConnector::new(&server.url).map_err(|error| failure(&error))?;
        let mut line = Self {
            channel,
            connector: Watched { tcp, state: Mutex::new(None) },
            events: None,
            endpoint,
            store,
            own,
            identity,
            within: Duration::from_secs(u64::from(server.timeout)),
            token: NodeId::null(),
            nonce: Vec::new(),
            thumbprint,
        };
        let opened = match line.connect().await {
            Ok(()) => line.create().await,
            failed => failed,
        };
        if let Err(error) = opened {
            let failed = line.explained(&error);
            // A session that was not let in takes room all the same.
            line.close().await;
            return Err(failed);
        }
        Ok(line)
    }

    /// The thumbprint of the program's own certificate; empty where none is shown.
    pub(crate) fn own_thumbprint(&self) -> String {
        self.own.as_ref().map_or_else(String::new, Own::thumbprint)
    }

    /// The server's name for itself.
    pub(crate) fn server(&self) -> String {
        let server = &self.endpoint.server;
        let name = server.application_name.text.as_ref();
        let name = if name.is_empty() { server.application_uri.as_ref() } else { name };
        name.chars().take(200).collect()
    }

    /// What a refusal is about: the login, or this program's certificate.
    fn explained(&self, error: &Error) -> Failed {
        let mut failed = failure(error);
        if failed.trouble == FailedKind::Denied {
            let login = [
                StatusCode::BadUserAccessDenied,
                StatusCode::BadIdentityTokenInvalid,
                StatusCode::BadIdentityTokenRejected,
            ];
            failed.message = if login.contains(&error.status()) {
                format!("the server refuses the login ({})", error.status())
            } else {
                format!(
                    "the server refuses this program's certificate (thumbprint {}, {})",
                    self.own_thumbprint(),
                    error.status()
                )
            };
        }
        failed
    }

    /// Asks, and keeps the channel going meanwhile. Not asked in time, the channel is of no use any more.
    pub(crate) async fn ask<R: UARequest>(&mut self, request: R) -> Result<R::Out, Error> {
        let within = self.within;
        self.ask_within(request, within).await
    }

    /// The same for a request that takes its time.
    pub(crate) async fn ask_within<R: UARequest>(
        &mut self,
        request: R,
        within: Duration,
    ) -> Result<R::Out, Error> {
        let Some(events) = &mut self.events else {
            return Err(Error::new(StatusCode::BadNotConnected, "there is no connection"));
        };
        let asked = drive(events, request.send(&self.channel));
        match timeout(within, asked).await {
            Ok(answered) => answered,
            Err(_) => Err(Error::new(StatusCode::BadTimeout, "the server does not answer")),
        }
    }

    /// A new channel; the one before is let go of.
    async fn connect(&mut self) -> Result<(), Error> {
        self.events = None;
        let connected = self.channel.connect_no_retry(&self.connector);
        match timeout(self.within, connected).await {
            Ok(events) => self.events = Some(events?),
            Err(_) => return Err(Error::new(StatusCode::BadTimeout, "the server does not answer")),
        }
        Ok(())
    }

    /// A new session.
    async fn create(&mut self) -> Result<(), Error> {
        self.token = NodeId::null();
        let (store, endpoint) = (Arc::clone(&self.store), self.endpoint.clone());
        let mut create = request!(self, CreateSession, &store, &endpoint)
            .client_description(self.description())
            .endpoint_url(endpoint.endpoint_url.clone())
            .session_name(NAME)
            .session_timeout(SESSION)
            .max_response_message_size(crate::endpoint::MESSAGE_MAX);
        if let Some(own) = &self.own {
            create = create.client_certificate(own.certificate.clone());
        }
        self.token = self.ask(create).await?.authentication_token;
        self.activate().await
    }

    /// Takes the session into use on this channel.
    async fn activate(&mut self) -> Result<(), Error> {
        let mut activate = request!(self, ActivateSession, self.endpoint.clone())
            .identity_token(self.identity.clone());
        if let Some(own) = &self.own {
            activate = activate.private_key(own.key.clone());
        }
        let activated = self.ask(activate).await?;
        self.nonce = activated.server_nonce.value.unwrap_or_default();
        Ok(())
    }

    /// Connects again, and takes up the session that there was; where the server does not have it any more, a new one.
    pub(crate) async fn connect_again(&mut self) -> Result<Session, Error> {
        self.connect().await?;
        self.connector.set_nonce(&self.nonce);
        match self.activate().await {
            Ok(()) => Ok(Session::Same),
            Err(error) if is_gone(error.status()) => Err(error),
            Err(_) => {
                // After a refusal some servers close the channel, too.
                self.connect().await?;
                self.create().await?;
                Ok(Session::New)
            }
        }
    }

    /// Says good-bye, so that the server has room for the next one.
    pub(crate) async fn close(mut self) {
        let close = request!(self, CloseSession).delete_subscriptions(true);
        // It goes either way.
        let _ = self.ask_within(close, FAREWELL).await;
        if let Some(mut events) = self.events {
            let closed = async {
                self.channel.close_channel().await;
                while !matches!(events.poll().await, TransportPollResult::Closed(_)) {}
            };
            let _ = timeout(FAREWELL / 4, closed).await;
        }
    }

    fn description(&self) -> ApplicationDescription {
        ApplicationDescription {
            application_uri: self.own.as_ref().map_or(NAME, |it| it.uri.as_str()).into(),
            product_uri: "urn:mtm-wip".into(),
            application_name: NAME.into(),
            application_type: ApplicationType::Client,
            ..ApplicationDescription::default()
        }
    }
}

/// Polls the channel until `asked` is done.
async fn drive<T>(
    events: &mut SecureChannelEventLoop<TcpTransport>,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::pin!(asked);
    loop {
        tokio::select! {
            // An answer that is there counts, also when the connection is over behind it.
            biased;
            answered = &mut asked => return answered,
            polled = events.poll() => {
                if let TransportPollResult::Closed(status) = polled {
                    return Err(Error::new(StatusCode::BadConnectionClosed, format!("the connection is over ({status})")));
                }
            }
        }
    }
}

/// A connector that keeps hold of the state of the channel it connects.
struct Watched {
    tcp: TcpConnector,
    state: Mutex<Option<Arc<SecureChannelState>>>,
}

impl Watched {
    /// What the next signature is over.
    fn set_nonce(&self, nonce: &[u8]) {
        if let Some(state) = &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            state.secure_channel().write().set_remote_nonce(nonce);
        }
    }
}

impl Connector for Watched {
    type Transport = TcpTransport;

    async fn connect(
        &self,
        channel: Arc<SecureChannelState>,
        outgoing_recv: RequestRecv,
        config: TransportConfiguration,
    ) -> Result<TcpTransport, Error> {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&channel));
        self.tcp.connect(channel, outgoing_recv, config).await
    }

    fn default_endpoint(&self) -> EndpointDescription {
        self.tcp.default_endpoint()
    }
}
