//! Scanners on the network: called, and calling.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use mtm_connect::scanner::{Replies, Rules, Source, attend, listen};

use super::{Closing, Event, Notebook, SOON};

fn rules() -> Rules {
    Rules { debounce: Duration::from_secs(600), replies: Replies::Lines, ..Rules::default() }
}

/// A connection, line by line.
struct Scanner {
    stream: TcpStream,
    lines: BufReader<TcpStream>,
}

impl Scanner {
    fn on(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(SOON)).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap());
        Self { stream, lines }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

#[test]
fn a_scanner_that_listens_is_called_again_whenever_it_was_away() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let source: Source = format!("tcp:{address}").parse().unwrap();
    let notebook = Notebook::default();
    std::thread::scope(|scope| {
        let _closing = Closing(&notebook);
        scope.spawn(|| attend(&mut *source.device().unwrap(), &rules(), &notebook));
        let mut scanner = Scanner::on(listener.accept().unwrap().0);
        scanner.send(b"LOT:1\r\nLO");
        assert_eq!(scanner.answer(), "OK 1");
        scanner.send(b"T:2\nLOT:2\nLOT\0\n");
        let answers = [(); 3].map(|()| scanner.answer());
        assert_eq!(answers, ["OK 2", "NO again", "NO garbled"]);
        // Half a scan, and nobody there any more.
        scanner.send(b"LOT:");
        drop(scanner);
        notebook.wait_for("the end of the connection", |events| {
            events.last() == Some(&Event::Away("device_away"))
        });
        let mut scanner = Scanner::on(listener.accept().unwrap().0);
        scanner.send(b"3\nLOT:4\n");
        assert_eq!([scanner.answer(), scanner.answer()], ["OK 3", "OK 4"]);
    });
    assert_eq!(notebook.scans(), ["LOT:1", "LOT:2", "3", "LOT:4"]);
    let mut garbled = notebook.events().into_iter().filter(|it| matches!(it, Event::Garbled(_)));
    assert_eq!(garbled.next_back(), Some(Event::Garbled("without its end".to_owned())));
}

#[test]
fn scanners_that_connect_are_taken_from_side_by_side_and_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let notebook = Notebook::default();
    std::thread::scope(|scope| {
        let _closing = Closing(&notebook);
        scope.spawn(|| listen(&listener, &[], &rules(), &notebook));
        let connect = || Scanner::on(TcpStream::connect(address).unwrap());
        let mut scanners: Vec<Scanner> = (0..16).map(|_| connect()).collect();
        // One scan in pieces does not hold up the others, and codes of two devices are not one scan seen twice.
        scanners[0].send(b"LOT");
        for scanner in &mut scanners[1..] {
            scanner.send(b"LOT:7\r");
            assert!(scanner.answer().starts_with("OK "));
        }
        scanners[0].send(b":8\r");
        assert_eq!(scanners[0].answer(), "OK 16");
        let mut one_more = connect();
        assert_eq!(one_more.stream.read(&mut [0; 8]).unwrap(), 0, "one too many is let go");
        notebook.wait_for("that to be told", |all| all.contains(&Event::Away("device_busy")));
        drop(scanners.pop());
        notebook.wait_for("a free place", |all| all.contains(&Event::Away("device_away")));
        let mut next = connect();
        next.send(b"LOT:9\r");
        assert_eq!(next.answer(), "OK 17");
    });
}

#[test]
fn a_scan_that_is_sent_again_on_the_next_connection_is_no_second_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let notebook = Notebook::default();
    std::thread::scope(|scope| {
        let _closing = Closing(&notebook);
        scope.spawn(|| listen(&listener, &[], &rules(), &notebook));
        let mut scanner = Scanner::on(TcpStream::connect(address).unwrap());
        scanner.send(b"LOT:1\r");
        assert_eq!(scanner.answer(), "OK 1");
        drop(scanner);
        notebook.wait_for("the end of the connection", |all| {
            all.last() == Some(&Event::Away("device_away"))
        });
        let mut scanner = Scanner::on(TcpStream::connect(address).unwrap());
        scanner.send(b"LOT:1\rLOT:2\r");
        assert_eq!([scanner.answer(), scanner.answer()], ["NO again", "OK 2"]);
    });
}
