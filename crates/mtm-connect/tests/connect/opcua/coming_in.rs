//! Who is let in, by whom.

use std::time::Duration;

use mtm_connect::opcua::{Away, Opcua};
use mtm_core::opcua::protocol::{FailedKind, Security};
use mtm_testkit::OpcuaServer;

use super::{PARTS, login, opened, press, refused, settings};

#[tokio::test]
async fn every_security_that_is_offered_works_and_none_that_is_not() {
    let Some((server, folder)) = press() else { return };
    let mut settings = settings(&server, &folder, &[PARTS]);
    for security in [
        Security::Basic256Sha256,
        Security::Basic256Sha256Sign,
        Security::Aes128Sha256RsaOaep,
        Security::Aes256Sha256RsaPss,
        Security::None,
    ] {
        settings.security = security;
        let (source, _) = opened(&settings, 0).await;
        let is_protected = security != Security::None;
        assert_eq!(source.opened().thumbprint.len() == 40, is_protected, "{security:?}");
        assert_eq!(source.opened().own_thumbprint.len() == 40, is_protected, "{security:?}");
        source.close().await;
    }
    for security in [Security::Aes128Sha256RsaOaepSign, Security::Aes256Sha256RsaPssSign] {
        settings.security = security;
        let (trouble, message) = refused(&settings).await;
        assert_eq!(trouble, FailedKind::Security, "{message}");
        assert!(message.contains("Basic256Sha256/SignAndEncrypt"), "{message}");
    }
}

#[tokio::test]
async fn a_password_is_said_to_whom_it_is_for_and_a_wrong_one_is_refused() {
    let Some((server, folder)) = press() else { return };
    let mut settings = settings(&server, &folder, &[PARTS]);
    settings.login = Some(login(OpcuaServer::PASSWORD));
    for security in [Security::Basic256Sha256, Security::Basic256Sha256Sign] {
        settings.security = security;
        opened(&settings, 0).await.0.close().await;
    }
    settings.login = Some(login("geheim"));
    let (trouble, message) = refused(&settings).await;
    assert_eq!(trouble, FailedKind::Denied, "{message}");
    assert!(message.contains("login") && !message.contains("geheim"), "{message}");
    // Who was not let in takes no room.
    server.wait_for_clients("nobody", |it| it.sessions == 0).unwrap();
    settings.security = Security::None;
    let (trouble, message) = refused(&settings).await;
    assert_eq!(trouble, FailedKind::Question, "{message}");
}

#[tokio::test]
async fn a_server_that_nobody_trusted_is_refused_and_told_by_its_thumbprint() {
    let Some((mut server, folder)) = press() else { return };
    let mut settings = settings(&server, &folder, &[PARTS]);
    for trusted in [vec![], vec![server.certificate("other")]] {
        settings.trusted = trusted;
        let (trouble, message) = refused(&settings).await;
        assert_eq!(trouble, FailedKind::Certificate, "{message}");
    }
    // Nobody came in, and nobody said who he is.
    assert_eq!(server.clients().unwrap().sessions, 0);
    // What was refused lies there, to be compared; trusted by a folder it is let in.
    let refused_ones = folder.path().join("refused");
    let lies = std::fs::read_dir(&refused_ones).unwrap().next().unwrap().unwrap();
    let shown = std::fs::read(server.certificate("server")).unwrap();
    assert_eq!(std::fs::read(lies.path()).unwrap(), shown);
    let (_, message) = refused(&settings).await;
    let name = lies.file_name().to_string_lossy().into_owned();
    assert!(message.contains(name.strip_suffix(".der").unwrap()), "{message}");
    settings.trusted = vec![refused_ones];
    let (source, _) = opened(&settings, 0).await;
    assert!(name.starts_with(&source.opened().thumbprint));
    source.close().await;

    // Another one under the same address is another one; one that is over counts for nobody.
    settings.trusted = vec![server.certificate("server"), server.certificate("over")];
    server.restart_showing("other").unwrap();
    let (trouble, message) = refused(&settings).await;
    assert_eq!(trouble, FailedKind::Certificate, "{message}");
    server.restart_showing("over").unwrap();
    let (trouble, message) = refused(&settings).await;
    assert_eq!(trouble, FailedKind::Certificate, "{message}");
    assert!(message.contains("does not count today"), "{message}");
    settings.trusted = vec![folder.path().join("nothing.pem")];
    let (trouble, message) = refused(&settings).await;
    assert_eq!(trouble, FailedKind::Files, "{message}");
}

#[tokio::test]
async fn the_programs_own_certificate_is_made_once_and_told_where_it_is_refused() {
    let Some((mut server, folder)) = press() else { return };
    let settings = settings(&server, &folder, &[PARTS]);
    // Several that start at once have one.
    let (one, two) = tokio::join!(opened(&settings, 0), opened(&settings, 0));
    let own = one.0.opened().own_thumbprint.clone();
    assert_eq!(two.0.opened().own_thumbprint, own);
    one.0.close().await;
    two.0.close().await;
    let file = folder.path().join("own/certificate.der");
    let made = std::fs::read(&file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = std::fs::metadata(folder.path().join("own/key.pem")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    server.restart_trusting_nobody().unwrap();
    let (trouble, message) = refused(&settings).await;
    assert_eq!(trouble, FailedKind::Denied, "{message}");
    assert!(message.contains(&own), "{message}");
    assert_eq!(std::fs::read(&file).unwrap(), made);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_away() {
    let Some((mut server, folder)) = press() else { return };
    let mut settings = settings(&server, &folder, &[PARTS]);
    settings.timeout = Duration::from_secs(1);
    server.kill9().unwrap();
    assert_eq!(refused(&settings).await.0, FailedKind::Away);
    // One that takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    settings.url = OpcuaServer::url_by(&silent.local_addr().unwrap().to_string());
    let failed = Opcua::open(&settings, None).await.unwrap_err();
    assert!(matches!(&failed, Away::Failed(it) if it.trouble == FailedKind::Away), "{failed:?}");
    for url in ["http://127.0.0.1:1", "opc.tcp://", ""] {
        url.clone_into(&mut settings.url);
        let (trouble, message) = refused(&settings).await;
        assert!(matches!(trouble, FailedKind::Question | FailedKind::Away | FailedKind::Other));
        assert!(!message.is_empty());
    }
}
