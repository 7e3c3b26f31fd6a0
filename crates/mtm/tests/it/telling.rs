//! People are told by mail whatever happens to the server and to the mail server: `kill -9` between sending
//! a mail and writing it down, and a mail server that is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mtm_testkit::mtm_process::Start;
use mtm_testkit::smtp::{At, Say, Security};
use mtm_testkit::{Api, SmtpServer, poll};
use serde_json::json;

use crate::support::{PROGRAM, masters, receipt};

const SOON: Duration = Duration::from_secs(60);

/// A mail server that holds the first message until it is let go, and tells when it has it.
struct Holding {
    server: SmtpServer,
    has_it: Receiver<()>,
    let_go: SyncSender<()>,
    away: Arc<AtomicBool>,
}

fn holding() -> Holding {
    let (tell, has_it) = sync_channel(1);
    let (let_go, wait) = sync_channel(1);
    let first = Mutex::new(Some((tell, wait)));
    let away = Arc::new(AtomicBool::new(false));
    let is_away = Arc::clone(&away);
    let script = move |at: At, _: &str| match at {
        At::Connect if is_away.load(Ordering::SeqCst) => Say::No(421),
        At::Message => {
            let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((tell, wait)) = first {
                tell.send(()).unwrap();
                wait.recv().unwrap();
                // Taken, and whoever sent it is gone.
                return Say::TakeAndHangUp;
            }
            Say::Yes
        }
        _ => Say::Yes,
    };
    let server = SmtpServer::start(Security::StartTls, script).unwrap();
    Holding { server, has_it, let_go, away }
}

/// A lot of the token's own is put on hold.
fn hold_a_lot(api: &Api, n: i64) -> String {
    let made = api.post("/api/v1/movements", &format!("in-{n}"), &receipt(10 + n)).unwrap();
    let lot = made.json().unwrap()["lots"][0].as_str().unwrap().to_owned();
    let hold = json!({ "lot": lot, "reason": "quality" });
    let held = api.post("/api/v1/holds", &format!("hold-{n}"), &hold).unwrap();
    assert_eq!(held.status, 201, "{}", held.text);
    lot
}

#[test]
fn kill9_between_sending_a_mail_and_writing_it_down_loses_none_and_invents_none() {
    let Holding { server: mail, has_it, let_go, away } = holding();
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), mail.password()).unwrap();
    let mut server = Start::new(PROGRAM)
        .environment("MTM_MAIL__URL", mail.url())
        .environment("MTM_MAIL__FROM", "MTM <mtm@plant.example>")
        .environment("MTM_MAIL__PASSWORD_FILE", password.path())
        .environment("MTM_MAIL__CA_FILE", mail.ca_file())
        .start()
        .unwrap();
    let token = server.token("anna", "admin").unwrap();
    let api = server.api().with_token(&token);
    masters(&api);
    let way = json!({ "address": "anna@plant.example", "kinds": ["hold"] });
    let json = [("content-type", "application/json")];
    let path = "/api/v1/notifications/ways/mail";
    let chosen = api.send("PUT", path, &json, way.to_string()).unwrap();
    assert_eq!(chosen.status, 200, "{}", chosen.text);

    let first = hold_a_lot(&api, 1);
    has_it.recv_timeout(SOON).unwrap();
    let second = hold_a_lot(&api, 2);
    server.kill9().unwrap();
    let_go.send(()).unwrap();
    mail.wait_for(|taken| taken.len() == 1).unwrap();
    away.store(true, Ordering::SeqCst);
    server.restart().unwrap();
    let api = server.api().with_token(&token);
    // Nobody can be told for a while, and somebody sees it.
    let failing = || {
        let metrics = api.get("/metrics")?.text;
        let is_failing = metrics.contains("mtm_mail_server_failing 1");
        Ok((is_failing && metrics.contains("mtm_notices_waiting{way=\"mail\"} 2")).then_some(()))
    };
    poll::until("the metrics", SOON, failing).unwrap();
    away.store(false, Ordering::SeqCst);

    mail.wait_for(|taken| taken.len() == 2).unwrap();
    // Saved again, what waits goes at once, and not when the minute is over.
    poll::until("the way", SOON, || {
        let delivered = api.get("/api/v1/notifications/ways")?.json()?;
        Ok((delivered["items"][0]["delivered_at"].is_string()).then_some(()))
    })
    .unwrap();
    api.send("PUT", path, &json, way.to_string()).unwrap();
    let taken = mail.wait_for(|taken| taken.len() == 3).unwrap();
    assert_eq!((&taken[0].id, &taken[0].text), (&taken[1].id, &taken[1].text), "the same mail");
    assert!(taken[1].text.contains(&first) && !taken[1].text.contains(&second));
    assert_ne!(taken[2].id, taken[1].id);
    assert!(taken[2].text.contains(&second) && !taken[2].text.contains(&first));
    let done = || {
        let ways = api.get("/api/v1/notifications/ways")?.json()?;
        Ok((ways["items"][0]["waiting"] == 0).then_some(ways))
    };
    let ways = poll::until("the pile", SOON, done).unwrap();
    assert_eq!(ways["items"][0]["failing_since"], json!(null), "{ways:#}");
    assert_eq!(mail.taken().len(), 3);
}
