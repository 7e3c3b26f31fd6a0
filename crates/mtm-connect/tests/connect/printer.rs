//! Labels to a simulated printer, and what becomes of them when something is wrong with it.

use std::time::Duration;

use mtm_connect::printer::zpl::{Address, Printer};
use mtm_connect::printer::{Deadlines, Delivery, Lost};
use mtm_core::print::Condition;
use mtm_lab::simulator::{
    LabelPrinter, PrinterFault, PrinterRule, PrinterSettings, Settings, Simulators,
};
use tokio::task::JoinHandle;

const LABEL: &[u8] = b"^XA^FO20,20^FDLOT:0000012345^FS^XZ\n";

/// A printer of the lab, and how it is reached.
struct Site {
    lab: LabelPrinter,
    printer: Printer,
    running: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn deadlines() -> Deadlines {
    Deadlines {
        connect: Duration::from_secs(5),
        answer: Duration::from_millis(400),
        print: Duration::from_millis(800),
        held: Duration::from_millis(800),
        pause: Duration::from_millis(5),
    }
}

impl Site {
    async fn start() -> Self {
        let any = || "127.0.0.1:0".parse().unwrap();
        let settings = Settings {
            listen: any(),
            client_id: "mtm".into(),
            client_secret: "x".into(),
            token_seconds: 60,
            masters: mtm_lab::simulator::Masters::default(),
            redirects: Vec::new(),
        };
        let lab = Simulators::bind(settings).await.unwrap().with_printer(any()).await.unwrap();
        let address = lab.printer_address().unwrap().to_string();
        let printer = Printer::new(Address::parse(&address).unwrap(), deadlines());
        let handle = lab.printer();
        let running = tokio::spawn(lab.run(std::future::pending()));
        let site = Self { lab: handle, printer, running };
        site.set(&PrinterSettings::default());
        site
    }

    fn set(&self, settings: &PrinterSettings) {
        self.lab.set(PrinterSettings { label_ms: 1, ..settings.clone() });
    }

    fn fail(&self, fault: PrinterFault) {
        self.lab.fail(vec![PrinterRule { fault, times: 1 }]);
    }

    fn printed(&self) -> usize {
        self.lab.report().printed.len()
    }

    async fn until_printed(&self, count: usize) {
        while self.printed() < count {
            tokio::task::yield_now().await;
        }
    }

    async fn print(&self) -> Delivery {
        match self.printer.open().await {
            Ok(line) => line.print(LABEL, |_| {}).await,
            Err(lacking) => Delivery::NotSent(lacking),
        }
    }
}

#[tokio::test]
async fn a_label_is_printed_as_it_was_sent() {
    let site = Site::start().await;
    assert_eq!(site.print().await, Delivery::Printed);
    assert_eq!(site.print().await, Delivery::Printed);
    let report = site.lab.report();
    assert_eq!(report.printed, ["^XA^FO20,20^FDLOT:0000012345^FS^XZ"; 2]);
}

#[tokio::test]
async fn a_printer_that_is_not_ready_is_sent_nothing() {
    let site = Site::start().await;
    let lacking = |change: fn(&mut PrinterSettings)| {
        let mut settings = PrinterSettings::default();
        change(&mut settings);
        settings
    };
    for (settings, condition) in [
        (lacking(|it| it.paper = Some(0)), Condition::PaperOut),
        (lacking(|it| it.head_open = true), Condition::HeadOpen),
        (lacking(|it| it.ribbon_out = true), Condition::RibbonOut),
        (lacking(|it| it.paused = true), Condition::Paused),
    ] {
        site.set(&settings);
        assert_eq!(site.print().await, Delivery::NotSent(condition));
    }
    site.set(&PrinterSettings::default());
    for (fault, condition) in [
        (PrinterFault::Refuse, Condition::Unreachable),
        (PrinterFault::Silent, Condition::Silent),
        (PrinterFault::Garbage, Condition::Silent),
    ] {
        site.fail(fault);
        let found = site.print().await;
        // What is no answer at all is waited for like one that does not come.
        assert_eq!(found, Delivery::NotSent(condition), "{fault:?}");
    }
    let report = site.lab.report();
    assert_eq!((report.printed.len(), report.waiting), (0, 0));
    let nobody = Printer::new(Address::parse("127.0.0.1:1").unwrap(), deadlines());
    assert_eq!(nobody.open().await.unwrap_err(), Condition::Unreachable);
}

/// What was sent and not confirmed is unknown, whether it came out or not.
#[tokio::test]
async fn a_reply_that_is_lost_leaves_a_label_unknown() {
    let site = Site::start().await;
    // guide: lost
    site.fail(PrinterFault::LostReply);
    assert_eq!(site.print().await, Delivery::Unknown(Lost::Broken));
    site.until_printed(1).await;
    // guide: end
    site.fail(PrinterFault::CutInLabel);
    assert!(matches!(site.print().await, Delivery::Unknown(Lost::Broken | Lost::Part)));
    assert_eq!(site.print().await, Delivery::Printed);
    assert_eq!(site.printed(), 2, "the one whose reply was lost came out, the other did not");
}

#[tokio::test]
async fn a_jam_and_paper_that_ends_are_told_while_the_printer_has_the_label() {
    let site = Site::start().await;
    site.set(&PrinterSettings { jammed: true, ..PrinterSettings::default() });
    assert_eq!(site.print().await, Delivery::Unknown(Lost::Late));
    // It has that label still: nothing else is sent meanwhile.
    assert_eq!(site.print().await, Delivery::NotSent(Condition::Busy));
    site.set(&PrinterSettings::default());
    site.until_printed(1).await;
    // The paper ends while it has one, and somebody loads more.
    let line = site.printer.open().await.unwrap();
    site.set(&PrinterSettings { paper: Some(0), ..PrinterSettings::default() });
    let mut told = Vec::new();
    let lab = site.lab.clone();
    let ended = line
        .print(LABEL, |condition| {
            told.push(condition);
            if condition == Condition::PaperOut {
                lab.set(PrinterSettings { label_ms: 1, ..PrinterSettings::default() });
            }
        })
        .await;
    assert_eq!(ended, Delivery::Printed);
    assert_eq!(told, [Condition::PaperOut, Condition::Ready]);
    // Nobody does.
    let line = site.printer.open().await.unwrap();
    site.set(&PrinterSettings { paper: Some(0), ..PrinterSettings::default() });
    let ended = line.print(LABEL, |_| {}).await;
    assert_eq!(ended, Delivery::Unknown(Lost::Held(Condition::PaperOut)));
    assert_eq!(site.printed(), 2);
}
