//! Mail to a real server: encrypted, signed in, and told apart whose matter a no is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mtm_connect::mail::{Address, Mail, Mailbox, NotTaken, Server};
use mtm_testkit::SmtpServer;
use mtm_testkit::smtp::{At, Say, Security};

fn client(server: &SmtpServer, url: &str, password: &str) -> Server {
    Server::new(
        Address::parse(url).unwrap(),
        Some(password.to_owned()),
        Some(server.ca_file()),
        Mailbox::parse("MTM plant <mtm@plant.example>").unwrap(),
    )
}

fn mail(to: &str, text: &str) -> Mail {
    Mail {
        id: "way.42".to_owned(),
        to: Mailbox::parse(to).unwrap(),
        subject: "plant: Teil 7 fehlt — bald".to_owned(),
        text: text.to_owned(),
        seconds: 1_796_000_000,
    }
}

fn start(
    security: Security,
    script: impl Fn(At, &str) -> Say + Send + Sync + 'static,
) -> SmtpServer {
    SmtpServer::start(security, script).unwrap()
}

/// What becomes of one mail.
async fn send(server: &SmtpServer, to: &str) -> Result<(), NotTaken> {
    let client = client(server, &server.url(), server.password());
    let mut line = client.open().await.unwrap();
    let sent = line.send(&mail(to, "Eins\n.\n..zwei\n")).await;
    line.close().await;
    sent
}

#[tokio::test]
async fn mail_goes_encrypted_and_signed_in_one_after_the_other() {
    for security in [Security::StartTls, Security::Tls] {
        let server = start(security, |_, _| Say::Yes);
        let mut line = client(&server, &server.url(), server.password()).open().await.unwrap();
        line.send(&mail("jane@plant.example", "Eins\n.\n..zwei\n")).await.unwrap();
        line.send(&mail("joe@plant.example", "Fünf Stück")).await.unwrap();
        line.close().await;
        let taken = server.taken();
        assert_eq!(taken.len(), 2, "{security:?}");
        assert!(taken.iter().all(|it| it.encrypted && it.known), "{taken:#?}");
        assert_eq!(
            (taken[0].from.as_str(), taken[0].to.as_str()),
            ("mtm@plant.example", "jane@plant.example")
        );
        assert_eq!(taken[0].id, "<way.42@plant.example>");
        assert!(taken[0].text.contains("\nEins\n.\n..zwei\n"), "{}", taken[0].text);
        assert!(
            taken[1].text.is_ascii() && taken[1].text.contains("F=C3=BCnf St=C3=BCck"),
            "{}",
            taken[1].text
        );
        assert_eq!(server.connections(), 1, "by one line");
    }
}

#[tokio::test]
async fn a_relay_on_this_machine_is_spoken_to_as_it_is() {
    let server = start(Security::Plain, |_, _| Say::Yes);
    send(&server, "jane@plant.example").await.unwrap();
    let taken = server.taken();
    assert!(!taken[0].encrypted && !taken[0].known);
}

#[tokio::test]
async fn who_cannot_be_trusted_is_told_nothing() {
    // A server, or somebody in between, that offers no encryption.
    let server = start(Security::Plain, |_, _| Say::Yes);
    let url = format!("smtp://mtm@localhost:{}", server.port());
    let error = client(&server, &url, "geheim").open().await.unwrap_err().to_string();
    assert!(error.contains("STARTTLS"), "{error}");
    // Another authority than the one that signed its certificate.
    let (server, stranger) =
        (start(Security::StartTls, |_, _| Say::Yes), start(Security::Tls, |_, _| Say::Yes));
    let error = client(&stranger, &server.url(), "geheim").open().await.unwrap_err().to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    // Another name than the certificate's.
    let url = format!("smtps://mtm@127.0.0.1:{}", stranger.port());
    let error = client(&stranger, &url, "geheim").open().await.unwrap_err().to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    for server in [&server, &stranger] {
        assert!(server.taken().is_empty());
    }
}

#[tokio::test]
async fn a_mail_server_whose_certificate_is_over_is_told_nothing() {
    for security in [Security::StartTls, Security::Tls] {
        let spoken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&spoken);
        let script = move |at: At, _: &str| {
            count.fetch_add(usize::from(at != At::Connect), Ordering::SeqCst);
            Say::Yes
        };
        let server = SmtpServer::start_until(security, 2021, script).unwrap();
        let client = client(&server, &server.url(), server.password());
        let error = client.open().await.unwrap_err().to_string();
        assert!(error.contains("certificate") && error.contains("expired"), "{error}");
        assert!(!error.contains(server.password()), "{error}");
        assert_eq!(spoken.load(Ordering::SeqCst), 0, "{security:?}: neither who it is nor a mail");
        assert!(server.connections() == 1 && server.taken().is_empty());
    }
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_is_given_up() {
    let silent = |when: At| {
        let say = move |at| if at == when { Say::Silence } else { Say::Yes };
        start(Security::StartTls, move |at, _| say(at))
    };
    let (long, short) = (Duration::from_secs(60), Duration::from_secs(1));
    for when in [At::Connect, At::Auth] {
        let server = silent(when);
        let client = client(&server, &server.url(), server.password()).within(short, long);
        let opened = tokio::time::timeout(long, client.open()).await.expect("somebody waits");
        assert!(opened.unwrap_err().to_string().contains("no answer"), "{when:?}");
    }
    for when in [At::From, At::To, At::Data, At::Message] {
        let server = silent(when);
        let client = client(&server, &server.url(), server.password()).within(long, short);
        let mut line = client.open().await.unwrap();
        let mail = mail("jane@plant.example", "x");
        let sent = tokio::time::timeout(long, line.send(&mail)).await.expect("somebody waits");
        assert!(
            matches!(&sent, Err(NotTaken::Later(why)) if why.contains("no answer")),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_let_one_in_says_so() {
    let server = start(Security::StartTls, |_, _| Say::Yes);
    let error = client(&server, &server.url(), "falsch").open().await.unwrap_err().to_string();
    assert!(error.contains("535"), "{error}");
    let closed = start(Security::StartTls, |at, _| match at {
        At::Connect => Say::No(554),
        _ => Say::Yes,
    });
    let error = client(&closed, &closed.url(), "geheim").open().await.unwrap_err().to_string();
    assert!(error.contains("554"), "{error}");
    let (url, ca_file) = (server.url(), server.ca_file());
    drop(server);
    let away = Server::new(
        Address::parse(&url).unwrap(),
        None,
        Some(ca_file),
        Mailbox::parse("mtm@plant.example").unwrap(),
    );
    let error = away.open().await.unwrap_err().to_string();
    assert!(!error.is_empty());
}

#[tokio::test]
async fn a_no_says_whose_matter_it_is() {
    let server = start(Security::StartTls, |at, to| match (at, to.split('@').next().unwrap()) {
        (At::To, "nobody") => Say::No(550),
        (At::To, "grey") => Say::No(450),
        (At::To, "closing") => Say::No(421),
        (At::Data, "busy") => Say::No(451),
        (At::Message, "spam") => Say::No(554),
        (At::Message, "full") => Say::No(452),
        (At::Message, "broken") => Say::HangUp,
        (At::Message, "unsure") => Say::TakeAndHangUp,
        _ => Say::Yes,
    });
    let outcome = async |who: &str| send(&server, &format!("{who}@plant.example")).await;
    assert_eq!(outcome("jane").await, Ok(()));
    assert!(matches!(outcome("nobody").await, Err(NotTaken::Address(why)) if why.contains("550")));
    assert!(matches!(outcome("grey").await, Err(NotTaken::Later(why)) if why.contains("450")));
    assert!(matches!(outcome("closing").await, Err(NotTaken::Server(_))));
    assert!(matches!(outcome("busy").await, Err(NotTaken::Later(_))));
    assert!(matches!(outcome("spam").await, Err(NotTaken::Mail(why)) if why.contains("554")));
    assert!(matches!(outcome("full").await, Err(NotTaken::Later(_))));
    assert!(matches!(outcome("broken").await, Err(NotTaken::Later(_))));
    assert!(matches!(outcome("unsure").await, Err(NotTaken::Later(_))), "nobody can know");
    let to: Vec<_> = server.taken().into_iter().map(|it| it.to).collect();
    assert_eq!(to, ["jane@plant.example", "unsure@plant.example"]);
    let other = start(Security::StartTls, |at, _| match at {
        At::From => Say::No(553),
        _ => Say::Yes,
    });
    let refused = send(&other, "jane@plant.example").await;
    assert!(matches!(refused, Err(NotTaken::Server(why)) if why.contains("553")));
}
