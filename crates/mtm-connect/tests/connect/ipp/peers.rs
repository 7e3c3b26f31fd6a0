//! The print server and the printer of others: what they say is what a plant's say.

use mtm_connect::printer::{Address, Delivery, Line, Lost, Printer, Sheet, ipp};
use mtm_core::print::Condition;
use mtm_lab::proxy::{Direction, End, Proxy, Trap};
use mtm_testkit::printer::Tray;
use mtm_testkit::{CupsServer, IppEvePrinter};

const DOCUMENT: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 283 170]>>endobj\n\
    trailer<</Root 1 0 R>>\n%%EOF\n";

async fn open(uri: &str) -> Result<Line, Condition> {
    let Address::Ipp(address) = Address::parse(uri).unwrap() else { panic!("{uri}") };
    let access = ipp::Access::default();
    Printer::Ipp(ipp::Printer::new(address, access, super::deadlines()).unwrap()).open().await
}

async fn print(uri: &str, name: &str) -> Delivery {
    match open(uri).await {
        Ok(line) => line.print(Sheet { name, bytes: DOCUMENT }, |_| {}).await,
        Err(lacking) => Delivery::NotSent(lacking),
    }
}

/// Prints, and has somebody see to what is lacking as soon as that is told.
async fn print_held(
    uri: &str,
    name: &str,
    tray: &Tray,
    reason: &str,
) -> (Delivery, Vec<Condition>) {
    let line = open(uri).await.unwrap();
    tray.lacks(reason).unwrap();
    let mut told = Vec::new();
    let end = line
        .print(Sheet { name, bytes: DOCUMENT }, |condition| {
            told.push(condition);
            if told.len() == 1 {
                tray.seen_to().unwrap();
            }
        })
        .await;
    (end, told)
}

/// What holds of both.
async fn keeps_the_promises(uri: &str, authority: &str, tray: &Tray) {
    assert_eq!(print(uri, "mtm-1-2-aa lot").await, Delivery::Printed);
    assert_eq!(tray.printed(), ["mtm-1-2-aa lot"]);
    assert_eq!(tray.documents().unwrap(), [DOCUMENT], "byte for byte");
    // Something is lacking while it has the document.
    for (name, reason, condition) in [
        ("mtm-2-2-aa lot", "media-empty", Condition::PaperOut),
        ("mtm-3-2-aa lot", "media-jam", Condition::MediaJam),
        ("mtm-4-2-aa lot", "cover-open", Condition::CoverOpen),
    ] {
        let (end, told) = print_held(uri, name, tray, reason).await;
        assert_eq!((end, told.first()), (Delivery::Printed, Some(&condition)));
    }
    // The reply to the document is lost: it is printed once, and that is found out.
    let proxy = Proxy::start(authority).await.unwrap();
    let through = uri.replace(authority, &proxy.address().to_string());
    let line = open(&through).await.unwrap();
    proxy.arm(Trap::before_reply(b"mtm-5-2-aa", End::Cut));
    let sheet = Sheet { name: "mtm-5-2-aa lot", bytes: DOCUMENT };
    assert_eq!(line.print(sheet, |_| {}).await, Delivery::Printed);
    assert_eq!(proxy.counters().sprung, 1);
    assert_eq!(tray.printed().len(), 5, "{:?}", tray.printed());
    // It gives one up that it began with.
    tray.fails(true).unwrap();
    let end = print(uri, "mtm-6-2-aa lot").await;
    assert!(matches!(end, Delivery::Unknown(Lost::Aborted(_))), "{end:?}");
    assert_eq!(tray.printed().len(), 5);
    tray.fails(false).unwrap();
    proxy.stop().await;
}

#[tokio::test]
async fn a_print_server_of_others_prints_once_and_says_what_it_lacks() {
    let Some(cups) = CupsServer::start().unwrap().or_skip("documents on a print server") else {
        return;
    };
    let (authority, tray) = (cups.authority(), cups.tray());
    for (queue, condition) in [
        ("paused", Condition::Paused),
        ("closed", Condition::Rejecting),
        ("nowhere", Condition::NoSuchPrinter),
    ] {
        assert_eq!(print(&cups.uri(queue), "mtm-0-2-aa lot").await, Delivery::NotSent(condition));
    }
    assert!(tray.printed().is_empty());
    // The connection breaks before the whole document is there: no half of one is printed.
    let proxy = Proxy::start(authority.clone()).await.unwrap();
    let through = cups.uri("office").replace(&authority, &proxy.address().to_string());
    let line = open(&through).await.unwrap();
    proxy.arm(Trap::before_text(Direction::ToServer, b"%%EOF", End::Reset));
    let sheet = Sheet { name: "mtm-0-3-aa lot", bytes: DOCUMENT };
    assert_eq!(line.print(sheet, |_| {}).await, Delivery::Unknown(Lost::NotThere));
    assert!(tray.printed().is_empty());
    proxy.stop().await;
    let uri = cups.uri("office");
    keeps_the_promises(&uri, &authority, tray).await;
    // What its queue goes on saying after a job is believed, and nothing is sent.
    tray.keeps_saying_so().unwrap();
    let (end, _) = print_held(&uri, "mtm-7-2-aa lot", tray, "cover-open").await;
    assert_eq!(end, Delivery::Printed);
    let refused = Delivery::NotSent(Condition::CoverOpen);
    assert_eq!(print(&uri, "mtm-8-2-aa lot").await, refused);
    assert_eq!(tray.printed().len(), 6);
}

#[tokio::test]
async fn an_ippeve_printer_of_others_prints_once_and_says_what_it_lacks() {
    let Some(printer) = IppEvePrinter::start().unwrap().or_skip("documents on an IPP printer")
    else {
        return;
    };
    keeps_the_promises(&printer.uri(), &printer.authority(), printer.tray()).await;
}
