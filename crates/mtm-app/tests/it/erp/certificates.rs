//! The way to an ERP is encrypted by its driver, which judges the certificate where the connection string says so.

use mtm_app::erp::What;
use mtm_connect::erp::{Deadlines, Program, Way};
use mtm_lab::erp::{Dialect, ErpSpec};
use mtm_store::record::ErpState;
use mtm_testkit::called::Authority;
use mtm_testkit::{MariaDb, Odbc};

use super::Site;
use super::drivers::{SOON, script};

/// Under a certificate that is over an ERP is not read, where the connection string asks for one that counts.
#[tokio::test]
async fn a_mariadb_erp_whose_certificate_is_over_is_not_read() {
    let suite = "an ERP by ODBC, on MariaDB with TLS";
    let Some(odbc) = Odbc::find().unwrap().or_skip(suite) else { return };
    let directory = tempfile::tempdir().unwrap();
    let (script, made) = script(&ErpSpec::default(), Dialect::MariaDb, directory.path());
    for year in [2090, 2021] {
        let authority = Authority::new().unwrap();
        let shown = authority.server("localhost", (2020, year)).unwrap();
        let ca_file = directory.path().join(format!("{year}.pem"));
        std::fs::write(&ca_file, authority.pem()).unwrap();
        let server = MariaDb::start_encrypted(&shown.certificate, &shown.key).unwrap();
        let Some(server) = server.or_skip(suite) else { return };
        let url = server.create_database().unwrap();
        let name = url.rsplit('/').next().unwrap();
        let statements = format!(
            "source {}
             CREATE USER r_erp@'%' IDENTIFIED BY 'geheim' REQUIRE SSL;
             GRANT SELECT ON {name}.* TO r_erp@'%'",
            script.display()
        );
        server.sql(name, &statements).unwrap();
        let plain = odbc.mariadb(server.port(), name, ("r_erp", "geheim"));
        let connection = format!(
            "{};SSLVERIFY=1;FORCETLS=1;SSLCA={}",
            plain.replace("Server=127.0.0.1", "Server=localhost"),
            ca_file.display()
        );
        let reader = Program { program: odbc.program().to_owned(), connection, schema: None };
        let site = Site::reading(Way::reader(reader, Deadlines::answering_within(SOON))).await;
        let read = site.reader().round(What::Due).await;
        let state = site.state().await;
        if year == 2090 {
            read.unwrap();
            assert_eq!((state.state, state.rows), (ErpState::Well, made.rows));
            continue;
        }
        read.unwrap_err();
        assert_eq!((state.state, state.rows, state.position), (ErpState::Failing, 0, 0));
        let why = state.last_error.unwrap();
        assert!(why.contains("certificate") && !why.contains("geheim"), "{why}");
    }
}
