//! News on their way to people: real mail servers and receivers, and what happens when they say no.

use std::sync::Arc;
use std::time::Duration;

use mtm_app::checkpoint::Keeper;
use mtm_app::notice::{NoticeRules, WayRequest, WayState};
use mtm_app::relay::{NoticesDue, Pace, Patience, PeopleRelay, Schedule};
use mtm_app::vault::Vault;
use mtm_app::{App, AppError, Principal};
use mtm_connect::mail::{Address, Mailbox, Server};
use mtm_connect::outgoing::{Client, Deadlines};
use mtm_connect::webhook::{Incoming, Secret, verify};
use mtm_core::event::EventType;
use mtm_core::notice::{NoticeKind, NoticeWay};
use mtm_core::policy::Role;
use mtm_platform::DataDirectory;
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::receiver::{Answer, Received};
use mtm_testkit::smtp::{At, Say, Security, Taken};
use mtm_testkit::{Receiver, SmtpServer, poll};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A plant whose people are told.
pub(crate) struct Told {
    pub(crate) app: App,
    pub(crate) anna: Principal,
    pub(crate) relay: PeopleRelay,
    running: JoinHandle<()>,
    directory: TempDir,
}

pub(crate) fn mail_server(server: &SmtpServer) -> Server {
    Server::new(
        Address::parse(&server.url()).unwrap(),
        Some(server.password().to_owned()),
        Some(server.ca_file()),
        Mailbox::parse("MTM <mtm@plant.example>").unwrap(),
    )
}

impl Told {
    pub(crate) async fn start(mail: Option<&SmtpServer>, hosts: &[String]) -> Self {
        Self::made(mail.map(mail_server), hosts).await.running()
    }

    /// One whose rounds a test makes.
    pub(crate) async fn made(mail: Option<Server>, hosts: &[String]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { create: true, ..OpenOptions::default() };
        let ledger = Ledger::open(&directory.path().join("mtm.db"), options).await.unwrap();
        while ledger.take_notices(1_000).await.unwrap() {}
        Self::over(ledger, directory, mail, hosts).await
    }

    /// One that goes on by itself.
    pub(crate) fn running(self) -> Self {
        let relay = self.relay.clone();
        Self { running: tokio::spawn(async move { relay.run().await }), ..self }
    }

    pub(crate) async fn over(
        ledger: Ledger,
        directory: TempDir,
        mail: Option<Server>,
        hosts: &[String],
    ) -> Self {
        let vault = Vault::open(&directory.path().join("secrets.key")).unwrap();
        let rules = NoticeRules {
            webhook_hosts: hosts.to_vec(),
            public_url: Some("https://mtm.plant".to_owned()),
        };
        let place = DataDirectory::existing(directory.path()).unwrap();
        let keeper = Arc::new(Keeper::new(&place, None));
        let app = App::serving(ledger, vault, rules, keeper).await.unwrap();
        let anna = app.local_principal("anna").await.unwrap();
        let deadlines = Deadlines { whole: Duration::from_secs(20), ..Deadlines::default() };
        let pace = Pace {
            mail: Duration::ZERO,
            webhook: Duration::ZERO,
            patience: Patience {
                first: Duration::from_millis(5),
                longest: Duration::from_millis(20),
            },
            schedule: Schedule::of(vec![Duration::from_millis(5); 2]),
        };
        let client = Client::new(deadlines).unwrap();
        let relay = PeopleRelay::new(app.clone(), client, mail, pace);
        relay.meet().await.unwrap();
        Self { app, anna, relay, running: tokio::spawn(async {}), directory }
    }

    /// Ends the relay, which waits for what is under way.
    pub(crate) async fn stop(self) -> (Ledger, TempDir) {
        self.relay.stop();
        self.running.await.unwrap();
        (self.app.ledger().clone(), self.directory)
    }

    pub(crate) async fn choose(
        &self,
        way: NoticeWay,
        address: &str,
        kinds: &[NoticeKind],
    ) -> Result<Option<String>, AppError> {
        let request = WayRequest {
            way,
            address: address.to_owned(),
            kinds: kinds.to_vec(),
            new_secret: false,
        };
        Ok(self.app.choose_notice_way(&self.anna, request, None).await?.value.1)
    }

    /// Something that whoever wants to is told of.
    pub(crate) async fn happen(&self, what: &str) {
        let data = json!({ "message": what });
        let ledger = self.app.ledger();
        ledger.tell(EventType::TruthViolated, "stock".to_owned(), data).await.unwrap();
        while ledger.take_notices(1_000).await.unwrap() {}
        self.app.bus().send(&NoticesDue);
    }

    /// Waits until how anna is told is as `enough` says.
    pub(crate) async fn state(&self, enough: impl Fn(&WayState) -> bool) -> WayState {
        let mut news = self.app.ledger().subscribe();
        loop {
            let way = self.app.notice_ways(&self.anna).await.unwrap().remove(0);
            if enough(&way) {
                return way;
            }
            // The relay writes; there is nothing that tells of it.
            let _ = tokio::time::timeout(Duration::from_millis(20), news.changed()).await;
        }
    }
}

pub(crate) async fn mails(server: &Arc<SmtpServer>, many: usize) -> Vec<Taken> {
    let server = Arc::clone(server);
    let waiting = move || server.wait_for(|taken| taken.len() >= many).unwrap();
    tokio::task::spawn_blocking(waiting).await.unwrap()
}

/// Waits until somebody connected so often.
pub(crate) async fn connected(server: &Arc<SmtpServer>, times: usize) {
    let server = Arc::clone(server);
    let waiting = move || {
        let enough = || Ok((server.connections() >= times).then_some(()));
        poll::until("connections", Duration::from_secs(60), enough).unwrap();
    };
    tokio::task::spawn_blocking(waiting).await.unwrap();
}

async fn requests(receiver: &Arc<Receiver>, many: usize) -> Vec<Received> {
    let receiver = Arc::clone(receiver);
    let waiting = move || receiver.wait_for(|effects| effects.len() >= many).unwrap();
    tokio::task::spawn_blocking(waiting).await.unwrap()
}

pub(crate) fn smtp(script: impl Fn(At, &str) -> Say + Send + Sync + 'static) -> Arc<SmtpServer> {
    Arc::new(SmtpServer::start(Security::StartTls, script).unwrap())
}

pub(crate) const TRUTH: &[NoticeKind] = &[NoticeKind::Truth];
pub(crate) const ANNA: &str = "anna@plant.example";

#[tokio::test]
async fn what_somebody_wants_to_know_comes_by_mail_and_says_where_to_look() {
    let server = smtp(|_, _| Say::Yes);
    let plant = Told::start(Some(&server), &[]).await;
    plant.happen("before").await;
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    plant.happen("One bucket differs.").await;
    let mail = mails(&server, 1).await.remove(0);
    assert_eq!((mail.to.as_str(), mail.encrypted, mail.known), (ANNA, true, true));
    assert!(mail.text.contains("Subject: plant: One bucket differs.\n"), "{}", mail.text);
    assert!(mail.text.contains("\nhttps://mtm.plant/status\n"), "{}", mail.text);
    assert!(!mail.text.contains("before"), "what happened before is not sent: {}", mail.text);
    let way = plant.state(|way| way.delivered_at.is_some()).await;
    assert_eq!((way.waiting, way.failing_since), (0, None));
    plant.happen("Another one differs.").await;
    let second = mails(&server, 2).await.remove(1);
    assert_ne!(second.id, mail.id);
    plant.stop().await;
}

#[tokio::test]
async fn an_address_that_is_refused_stops_its_owner_alone_until_it_is_mended() {
    let server = smtp(|at, to| match (at, to) {
        (At::To, "nobody@plant.example") => Say::No(550),
        (At::Message, "full@plant.example") => Say::No(452),
        _ => Say::Yes,
    });
    let plant = Told::start(Some(&server), &[]).await;
    plant.choose(NoticeWay::Mail, "nobody@plant.example", TRUTH).await.unwrap();
    let bob = plant.app.local_principal("bob").await.unwrap();
    let bobs = WayRequest {
        way: NoticeWay::Mail,
        address: "bob@plant.example".to_owned(),
        kinds: TRUTH.to_vec(),
        new_secret: false,
    };
    plant.app.choose_notice_way(&bob, bobs, None).await.unwrap();
    plant.happen("One bucket differs.").await;
    assert_eq!(mails(&server, 1).await[0].to, "bob@plant.example");
    let way = plant.state(|way| way.stopped_at.is_some()).await;
    assert!(way.last_error.unwrap().contains("550") && way.waiting == 1);
    let telling = plant.app.telling().await.unwrap();
    assert_eq!(telling.mail.unwrap().failing_since, None, "the server is well");
    // A mailbox that stays full is given up after the schedule, and what comes next is tried anew.
    plant.choose(NoticeWay::Mail, "full@plant.example", TRUTH).await.unwrap();
    let way = plant.state(|way| way.passed_over == 1).await;
    assert!(way.last_error.unwrap().contains("452") && way.waiting == 0);
    plant.choose(NoticeWay::Mail, ANNA, TRUTH).await.unwrap();
    plant.happen("Another one differs.").await;
    let taken = mails(&server, 3).await;
    let annas: Vec<_> = taken.iter().filter(|mail| mail.to == ANNA).collect();
    assert!(annas.len() == 1 && annas[0].text.contains("Another one differs."), "{taken:#?}");
    plant.stop().await;
}

#[tokio::test]
async fn a_webhook_of_ones_own_is_signed_and_says_what_chat_servers_show() {
    let receiver = Arc::new(
        Receiver::start(|_, before| match before {
            0 => Answer::Later(503, 0),
            _ => Answer::Status(200),
        })
        .unwrap(),
    );
    let plant = Told::start(None, &[]).await;
    let secret = plant.choose(NoticeWay::Webhook, &receiver.url(), TRUTH).await.unwrap();
    let secret = Secret::parse(&secret.expect("it is shown when it is made")).unwrap();
    plant.happen("One bucket differs.").await;
    let request = requests(&receiver, 1).await.remove(0);
    let message = Incoming {
        id: &request.id,
        timestamp: &request.timestamp,
        signature: &request.signature,
        body: request.body.as_bytes(),
    };
    let now = request.timestamp.parse().unwrap();
    assert_eq!(verify(&[secret], message, now), Ok(()));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        (&body["type"], &body["text"]),
        (&json!("mtm.notifications.v1"), &json!("One bucket differs."))
    );
    assert_eq!(body["data"]["items"][0]["url"], "https://mtm.plant/status");
    let tries: Vec<_> = receiver.received().into_iter().map(|it| (it.id, it.body)).collect();
    assert_eq!((tries.len(), &tries[0]), (2, &tries[1]), "the same one again");
    let again = plant.choose(NoticeWay::Webhook, &receiver.url(), TRUTH).await.unwrap();
    assert_eq!(again, None, "it stays, and is not shown again");
    plant.state(|way| way.waiting == 0).await;
    plant.stop().await;
}

#[tokio::test]
async fn whoever_is_no_administrator_reaches_only_what_one_opened() {
    let receiver = Arc::new(Receiver::start(|_, _| Answer::Status(200)).unwrap());
    let host = receiver.url().trim_start_matches("http://").trim_end_matches("/hook").to_owned();
    let plant = Told::start(None, std::slice::from_ref(&host)).await;
    let operator = Principal { role: Role::Operator, ..plant.anna.clone() };
    let choose = async |who: &Principal, address: &str| {
        let address = address.to_owned();
        let kinds = TRUTH.to_vec();
        let way = NoticeWay::Webhook;
        let request = WayRequest { way, address, kinds, new_secret: false };
        plant.app.choose_notice_way(who, request, None).await
    };
    for elsewhere in ["http://127.0.0.1:1/", "http://localhost/", "http://10.0.0.1/admin"] {
        let refused = choose(&operator, elsewhere).await.unwrap_err().to_string();
        assert!(refused.contains(&host), "{refused}");
        choose(&plant.anna, elsewhere).await.unwrap();
    }
    for nowhere in ["http://169.254.169.254/latest", "file:///etc/passwd"] {
        assert!(choose(&plant.anna, nowhere).await.is_err(), "{nowhere}");
    }
    choose(&operator, &receiver.url()).await.unwrap();
    let other = WayRequest {
        way: NoticeWay::Mail,
        address: ANNA.to_owned(),
        kinds: Vec::new(),
        new_secret: false,
    };
    let closed = plant.app.choose_notice_way(&operator, other, None).await.unwrap_err();
    assert!(closed.to_string().contains("sends no mail"), "{closed}");
    let viewer = Principal { role: Role::Viewer, ..operator };
    let kinds = vec![NoticeKind::Integration];
    let (way, address) = (NoticeWay::Webhook, receiver.url());
    let secret = WayRequest { way, address, kinds, new_secret: false };
    let refused = plant.app.choose_notice_way(&viewer, secret, None).await.unwrap_err();
    assert!(refused.to_string().contains("your role"), "{refused}");
    plant.stop().await;
}
