//! Printers at `ipps://`: whom we believe, and who we say we are.

use ipp::model::DelimiterTag;
use mtm_connect::printer::{Address, Printer, ipp as documents};
use mtm_core::print::Condition;
use mtm_testkit::called::{Authority, CalledServer, Said};

use super::fake::{ready, said};

#[tokio::test]
async fn a_printer_whose_certificate_is_over_is_sent_nothing() {
    let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new().unwrap());
    let ca_file = directory.path().join("ca.pem");
    std::fs::write(&ca_file, authority.pem()).unwrap();
    let serving = |years| {
        let shown = authority.server("localhost", years).unwrap();
        CalledServer::secure(shown.serving().unwrap(), |_| {
            let body = said(0, &[(DelimiterTag::PrinterAttributes, ready())]).body;
            Said::of("application/ipp", 200, body)
        })
        .unwrap()
    };
    let open = async |server: &CalledServer| {
        let uri = format!("{}/ipp/print", server.url().replace("https://", "ipps://"));
        let Address::Ipp(address) = Address::parse(&uri).unwrap() else { panic!("{uri}") };
        let access = documents::Access {
            ca_file: Some(ca_file.clone()),
            user: Some("floor".to_owned()),
            password: Some("geheim".to_owned()),
        };
        assert!(!format!("{access:?}").contains("geheim"));
        let printer = documents::Printer::new(address, access, super::deadlines()).unwrap();
        Printer::Ipp(printer).open().await.map(drop)
    };
    let over = serving((2020, 2021));
    assert_eq!(open(&over).await, Err(Condition::Untrusted));
    assert!(over.asked().is_empty(), "nothing was sent");
    let good = serving((2020, 2090));
    assert_eq!(open(&good).await, Ok(()));
    let asked = good.asked().remove(0);
    assert_eq!(asked.header("content-type"), "application/ipp");
    // floor:geheim
    assert_eq!(asked.header("authorization"), "Basic Zmxvb3I6Z2VoZWlt");
}
