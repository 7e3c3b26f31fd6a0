//! TLS to a real server, with certificates made for the test.

use std::fs;
use std::path::{Path, PathBuf};

use mtm_store::legacy::{Address, Snapshot, SourceFault};
use mtm_store::{Ledger, OpenOptions};
use mtm_testkit::MariaDb;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::mariadb::block_on;

/// An authority for certificates, and the file that says whom to trust.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(directory: &Path, name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer =
            CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
        let file = directory.join(name);
        fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A certificate for a host, and its key.
    fn certificate(&self, host: &str) -> (String, String) {
        self.certificate_until(host, 2090)
    }

    /// The same for one that counts until the end of this year.
    fn certificate_until(&self, host: &str, year: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new([host.to_owned()]).unwrap();
        // Nobody believes a certificate that seems to have signed itself.
        parameters.distinguished_name.push(DnType::CommonName, host);
        parameters.not_after = rcgen::date_time_ymd(year, 12, 31);
        (parameters.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// Opens the ledger at `url`; gives how many of its connections the server encrypted, or why it
/// was not opened.
fn encrypted(server: &MariaDb, url: &str) -> Result<u32, String> {
    let counted = || {
        let status = server.sql("", "SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'").unwrap();
        status.split_whitespace().last().unwrap().parse::<u32>().unwrap()
    };
    let before = counted();
    block_on(async {
        let options =
            OpenOptions { create: true, readers: 1, writers: 1, ..OpenOptions::default() };
        let ledger = Ledger::connect(url, options).await.map_err(|error| error.to_string())?;
        ledger.ping().await.unwrap();
        ledger.close().await;
        Ok(counted() - before)
    })
}

#[test]
fn the_way_to_mariadb_is_encrypted_as_the_url_asks() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new(directory.path(), "ours.pem");
    let other = Authority::new(directory.path(), "other.pem");
    let (certificate, key) = ours.certificate("127.0.0.1");
    let suite = "MariaDB with TLS";
    let Some(server) = MariaDb::start_encrypted(&certificate, &key).unwrap().or_skip(suite) else {
        return;
    };
    let url = server.create_database().unwrap();
    let open = |query: &str| encrypted(&server, &format!("{url}{query}"));
    let ca = |authority: &Authority| format!("&ssl-ca={}", authority.file.display());
    let verified = |rest: &str| format!("?ssl-mode=verify_identity{rest}");

    for query in ["", "?ssl-mode=disabled"] {
        assert_eq!(open(query), Ok(0), "{query}");
    }
    for query in ["?ssl-mode=preferred", "?ssl-mode=required", &verified(&ca(&ours))] {
        assert!(open(query).unwrap() >= 2, "{query}");
    }
    // Somebody else's authority; none of the public ones; another name.
    let name = "&ssl-server-name=db.plant";
    for query in [verified(&ca(&other)), verified(""), verified(&(ca(&ours) + name))] {
        let refused = open(&query).unwrap_err();
        assert!(refused.contains("certificate"), "{query}: {refused}");
    }
    let refused = open("?ssl-mode=sometimes").unwrap_err();
    assert!(refused.contains("ssl-mode=sometimes is not known"), "{refused}");

    // The server takes nobody who does not encrypt; what is encrypted goes on.
    server.sql("", "SET GLOBAL require_secure_transport = ON").unwrap();
    assert!(block_on(Ledger::connect(&url, OpenOptions::default())).is_err());
    let required = format!("{url}?ssl-mode=required");
    block_on(async {
        let ledger = Ledger::connect(&required, OpenOptions::default()).await.unwrap();
        ledger.close().await;
    });
}

#[test]
fn a_mariadb_that_asks_who_comes_is_shown_a_certificate_also_by_the_earlier_system() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new(directory.path(), "ours.pem");
    let other = Authority::new(directory.path(), "other.pem");
    let (certificate, key) = ours.certificate("127.0.0.1");
    let suite = "MariaDB with TLS";
    let started = MariaDb::start_asking_for_certificates(&certificate, &key, &ours.issuer.pem());
    let Some(server) = started.unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    let name = crate::mariadb::name_of(&url);
    let account = format!(
        "CREATE USER 'known'@'%' IDENTIFIED BY 'pass' REQUIRE X509;
         GRANT ALL ON {name}.* TO 'known'@'%';
         CREATE TABLE {name}.inv_inventory (n INT)"
    );
    server.sql("", &account).unwrap();
    let login = url.replace("root@", "known:pass@");
    let shown = |authority: &Authority, name: &str| {
        let (certificate, key) = authority.certificate("mtm");
        let at = |end: &str| directory.path().join(format!("{name}.{end}"));
        fs::write(at("pem"), certificate).unwrap();
        fs::write(at("key"), key).unwrap();
        format!("&ssl-cert={}&ssl-key={}", at("pem").display(), at("key").display())
    };
    let ca = format!("?ssl-mode=verify_identity&ssl-ca={}", ours.file.display());
    let (known, stranger) = (shown(&ours, "known"), shown(&other, "stranger"));

    // The earlier system's server: same options, same answers.
    let look = |options: &str| {
        let address = Address::parse(&format!("{login}{options}"), None).unwrap();
        block_on(async {
            let snapshot = Snapshot::open(&address).await?;
            let found = snapshot.table("inv_inventory").is_some();
            snapshot.close().await;
            Ok::<_, SourceFault>(found)
        })
    };
    assert!(look(&format!("{ca}{known}")).unwrap());
    assert!(look(&format!("?ssl-mode=required{known}")).unwrap());
    assert!(matches!(look(&ca), Err(SourceFault::Denied { .. })), "it says not who it is");
    let refused = look(&format!("{ca}{stranger}")).unwrap_err();
    assert!(!matches!(refused, SourceFault::Address { .. }), "{refused}");
    let elsewhere = format!("?ssl-mode=verify_identity&ssl-ca={}{known}", other.file.display());
    let refused = look(&elsewhere).unwrap_err();
    assert!(matches!(refused, SourceFault::Insecure { .. }), "{refused}");
    assert!(!refused.is_away(), "waiting helps nobody");

    // The ledger's own.
    server.sql(&name, "DROP TABLE inv_inventory").unwrap();
    let open = |options: &str| encrypted(&server, &format!("{login}{options}"));
    assert!(open(&format!("{ca}{known}")).unwrap() >= 2);
    assert!(open(&ca).unwrap_err().contains("Access denied"));
    assert!(open(&format!("{ca}{stranger}")).is_err());
}

#[test]
fn the_name_in_the_certificate_may_be_another_than_the_host() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new(directory.path(), "ours.pem");
    let (certificate, key) = ours.certificate("db.plant");
    let suite = "MariaDB with TLS";
    let Some(server) = MariaDb::start_encrypted(&certificate, &key).unwrap().or_skip(suite) else {
        return;
    };
    let url = server.create_database().unwrap();
    let verified = format!("{url}?ssl-mode=verify_identity&ssl-ca={}", ours.file.display());
    let refused = encrypted(&server, &verified).unwrap_err();
    assert!(refused.contains("not valid for name"), "{refused}");
    assert!(encrypted(&server, &format!("{verified}&ssl-server-name=db.plant")).unwrap() >= 2);
}

#[test]
fn a_mariadb_whose_certificate_is_over_is_refused_by_whoever_looks_at_it() {
    let directory = tempfile::tempdir().unwrap();
    let ours = Authority::new(directory.path(), "ours.pem");
    let (certificate, key) = ours.certificate_until("127.0.0.1", 2021);
    let suite = "MariaDB with TLS";
    let Some(server) = MariaDb::start_encrypted(&certificate, &key).unwrap().or_skip(suite) else {
        return;
    };
    let url = server.create_database().unwrap();
    let verified = format!("{url}?ssl-mode=verify_identity&ssl-ca={}", ours.file.display());
    let refused = encrypted(&server, &verified).unwrap_err();
    assert!(refused.contains("certificate") && refused.contains("expired"), "{refused}");
    // Encrypted, and not asked who it is: that is what was said.
    assert!(encrypted(&server, &format!("{url}?ssl-mode=required")).unwrap() >= 2);
}

#[test]
fn a_mariadb_without_tls_is_refused_where_it_is_required() {
    let suite = "MariaDB with TLS";
    let Some(server) = MariaDb::shared().unwrap().or_skip(suite) else { return };
    let url = server.create_database().unwrap();
    assert_eq!(encrypted(server, &format!("{url}?ssl-mode=preferred")), Ok(0));
    for mode in ["required", "verify_identity"] {
        let refused = encrypted(server, &format!("{url}?ssl-mode={mode}")).unwrap_err();
        assert!(refused.contains("SSL"), "{refused}");
    }
}
