//! `mtm scan` with devices: serial scanners that are pulled out, scanners on the network, a scale; and an agent
//! that is killed at any moment.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mtm_testkit::proof::{evidence, number};
use mtm_testkit::{Mtm, Pty, poll};
use serde_json::{Value, json};

use crate::scanning::{RECEIPTS, receipts};
use crate::support::{command, mtm, plant};

const SOON: Duration = Duration::from_secs(120);
const TAKEN: u8 = 6;
/// What is read so soon after the scale spoke may be the press before.
const PRESS: Duration = Duration::from_millis(1_100);

/// Waits until what is scanned next is a press of its own.
fn press_later() {
    let since = std::time::Instant::now();
    let is_over = || Ok((since.elapsed() >= PRESS).then_some(()));
    poll::until("another press", SOON, is_over).unwrap();
}

/// `mtm scan` that listens to devices; killed when dropped.
struct Agent {
    child: Child,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Agent {
    fn start(arguments: &[&str], configuration: &[(&str, &str)]) -> Self {
        let mut child = command(["scan"].iter().chain(arguments).chain(&["--json"]))
            .envs(configuration.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let (output, heard) = (child.stdout.take().unwrap(), Arc::clone(&told));
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                heard.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, told }
    }

    fn told(&self) -> Vec<Value> {
        self.told.lock().unwrap().clone()
    }

    /// The first line that fits, once it was told.
    fn wait_for(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        poll::until(what, SOON, || Ok(self.told().into_iter().find(|line| fits(line))))
            .unwrap_or_else(|error| panic!("{error}: {:#?}", self.told()))
    }

    fn wait_for_state(&self, data: &str, state: &str) -> Value {
        self.wait_for(&format!("{data} {state}"), |line| {
            line["data"] == data && line["state"] == state
        })
    }
}

/// A terminal of a plant: its queue, and what leads to the server.
struct Terminal {
    _directory: tempfile::TempDir,
    queue: String,
    port: String,
    url: String,
    token: String,
}

impl Terminal {
    fn of(server: &Mtm) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        Self {
            queue: path("queue"),
            port: path("scanner"),
            url: server.url().to_owned(),
            token: server.token("terminal", "operator").unwrap(),
            _directory: directory,
        }
    }

    fn to(&self) -> [&str; 6] {
        ["--queue", &self.queue, "--server", &self.url, "--token", &self.token]
    }

    fn plug(&self) -> Pty {
        Pty::plug(Path::new(&self.port)).unwrap()
    }
}

#[test]
fn scans_of_a_serial_and_a_network_scanner_are_kept_acknowledged_and_booked_one_by_one() {
    let (server, api) = plant();
    let terminal = Terminal::of(&server);
    let serial = format!("serial:{}", terminal.port);
    let sources = ["--source", &serial, "--source", "tcp-listen:127.0.0.1:0"];
    let agent = Agent::start(
        &[&RECEIPTS[..], &terminal.to(), &sources].concat(),
        &[("MTM_SCANNER__TAKEN", "\\x06"), ("MTM_SCANNER__REFUSED", "\\x15")],
    );
    // Not plugged in yet: told once, with what to do.
    let away = agent.wait_for("the missing device", |line| line["state"] == "away");
    assert_eq!((&away["source"], &away["code"]), (&json!(serial), &json!("device_away")));
    let mut device = terminal.plug();
    agent.wait_for("the device", |it| it["state"] == "ready" && it["source"] == json!(serial));
    // guide: device
    device.send(b"QTY:1\rQTY", SOON).unwrap();
    agent.wait_for_state("QTY:1", "booked");
    device.send(b":2\r", SOON).unwrap();
    let booked = agent.wait_for_state("QTY:2", "booked");
    // guide: end
    assert_eq!(booked["source"], json!(serial));
    assert_eq!(booked["tally"], json!({ "scanned": 2, "booked": 2 }));

    let ready = agent.wait_for("the listener", |line| {
        line["state"] == "ready" && line["source"].as_str().unwrap().starts_with("tcp-listen:")
    });
    let address = ready["source"].as_str().unwrap().trim_start_matches("tcp-listen:").to_owned();
    let mut scanner = TcpStream::connect(address).unwrap();
    let mut answers = BufReader::new(scanner.try_clone().unwrap()).lines();
    let mut answer = || answers.next().unwrap().unwrap();
    scanner.write_all(b"QTY:3\r\nQTY:3\r\n").unwrap();
    assert_eq!([answer(), answer()], ["OK 3", "NO again"]);
    let again = agent.wait_for_state("QTY:3", "again");
    assert_eq!((&again["scan"], &again["within_ms"]), (&Value::Null, &json!(300)));
    scanner.write_all(b"QTY:\x004\r\nQTY:5\r\n").unwrap();
    assert_eq!([answer(), answer()], ["NO garbled", "OK 4"]);
    agent.wait_for_state("QTY:5", "booked");
    let garbled = agent.told().into_iter().filter(|line| line["state"] == "garbled");
    assert_eq!(garbled.count(), 1);
    assert_eq!(receipts(&api), [1, 2, 3, 5]);
    // One acknowledgement for each scan.
    for data in ["QTY:1", "QTY:2", "QTY:5"] {
        let told = agent.told();
        assert_eq!(told.iter().filter(|line| line["data"] == data).count(), 1, "{told:#?}");
    }
    // Two taken from the serial scanner, told to it as well.
    let mut heard = Vec::new();
    poll::until("answers to the device", SOON, || {
        heard.extend(device.heard()?);
        Ok((heard.len() >= 2).then_some(()))
    })
    .unwrap();
    assert_eq!(heard, [TAKEN, TAKEN]);
}

#[test]
fn the_simulated_scanner_has_each_code_booked_once_whatever_happens_on_the_line() {
    let (server, api) = plant();
    let terminal = Terminal::of(&server);
    let agent = Agent::start(
        &[&RECEIPTS[..], &terminal.to(), &["--source", "tcp-listen:127.0.0.1:0"]].concat(),
        // However busy this computer is, a label that is read twice is one scan.
        &[("MTM_SCANNER__DEBOUNCE_MS", "60000")],
    );
    let ready = agent.wait_for("the listener", |line| line["state"] == "ready");
    let address = ready["source"].as_str().unwrap().trim_start_matches("tcp-listen:").to_owned();
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("codes.txt");
    let codes: Vec<String> = (1..=40).map(|quantity| format!("QTY:{quantity}\n")).collect();
    std::fs::write(&script, codes.concat()).unwrap();
    let script = ["--script", script.to_str().unwrap(), "--seed", "7", "--json"];
    let faults = ["--garble", "5", "--twice", "5", "--cut", "5"];
    let typed = mtm([&["lab", "scanner", &address], &script[..], &faults].concat()).json();
    assert_eq!(typed["taken"], 40);
    assert!(["garbled", "twice", "cut"].iter().all(|it| typed[it].as_u64().unwrap() > 0));
    agent.wait_for_state("QTY:40", "booked");
    let expected: Vec<i64> = (1..=40).collect();
    assert_eq!(receipts(&api), expected, "each once, in order");
    let spoiled = typed["cut"].as_u64().unwrap() + typed["garbled"].as_u64().unwrap();
    agent.wait_for("each spoiled code to be told", |line| line["so_far"] == json!(spoiled));
    let nobody = mtm(["lab", "scanner", "127.0.0.1:9", "--json", "--script", "/dev/null"]);
    assert_eq!(nobody.failure(1)["code"], "scanner_failed");
}

#[test]
fn an_agent_killed_while_its_device_is_pulled_out_books_each_acknowledged_scan_once() {
    let (server, api) = plant();
    let terminal = Terminal::of(&server);
    let serial = format!("serial:{}", terminal.port);
    let arguments = [&RECEIPTS[..], &terminal.to(), &["--source", &serial]].concat();
    let rounds = number("MTM_KILLS", 4);
    let (mut next, mut acknowledged) = (1_i64, 0);
    for round in 0..rounds {
        let agent = Agent::start(&arguments, &[("MTM_SCANNER__TAKEN", "\\x06")]);
        // Started first: a process that is started later would hold the device as well.
        agent.wait_for("the missing device", |line| line["state"] == "away");
        let mut device = terminal.plug();
        agent.wait_for("the device", |line| line["state"] == "ready");
        for quantity in next..next + 12 {
            device.send(format!("QTY:{quantity}\r").as_bytes(), SOON).unwrap();
        }
        device.send(b"QTY:9", SOON).unwrap();
        let aim = usize::try_from(round * 5 % 11 + 1).unwrap();
        let mut heard = Vec::new();
        poll::until("acknowledgements", SOON, || {
            heard.extend(device.heard()?);
            Ok((heard.len() >= aim).then_some(()))
        })
        .unwrap();
        // Every other time the device goes first, and the agent is killed while it tries to open it.
        if round % 2 == 0 {
            drop(agent);
            drop(device);
        } else {
            drop(device);
            poll::until("the device to be gone", SOON, || {
                let away = agent.told().into_iter().filter(|line| line["state"] == "away").count();
                Ok((away == 2).then_some(()))
            })
            .unwrap();
            drop(agent);
        }
        let rest = mtm([&["scan"][..], &terminal.to()].concat());
        assert_eq!(rest.code, 0, "{rest:?}");
        let booked = receipts(&api);
        let done = i64::try_from(booked.len()).unwrap();
        let expected: Vec<i64> = (1..=done).collect();
        assert_eq!(booked, expected, "round {round}: each once, in order, none left out");
        assert!(done >= next - 1 + i64::try_from(heard.len()).unwrap(), "round {round}: {heard:?}");
        acknowledged += heard.len();
        next = done + 1;
    }
    evidence(format_args!(
        "{rounds} times killed or pulled out: {acknowledged} scans acknowledged to the device by then, {} booked, \
         each once and in order",
        next - 1
    ));
}

/// A scale that answers each question by the next of `answers`.
fn scale(answers: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let stream = listener.accept().unwrap().0;
        let mut lines = BufReader::new(stream);
        for answer in answers {
            let mut question = String::new();
            if lines.read_line(&mut question).unwrap_or(0) == 0 {
                return;
            }
            lines.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    format!("tcp:{address}")
}

#[test]
fn a_scale_suggests_pieces_with_what_was_rounded_and_nothing_is_booked_before_somebody_confirms() {
    let (server, api) = plant();
    let terminal = Terminal::of(&server);
    let scale = scale(&[
        "S D   12.1 kg\r\nS S   12.345 kg\r\n",
        "S S   12.900 kg\r\n",
        "S S   12.900 kg\r\n",
        "S +\r\n",
        "S S    3.000 kg\r\n",
    ]);
    let serial = format!("serial:{}", terminal.port);
    let devices = ["--source", &serial, "--scale", &scale, "--piece-weight", "300 g"];
    let mut device = terminal.plug();
    let agent = Agent::start(
        &[&RECEIPTS[..], &terminal.to(), &devices].concat(),
        &[("MTM_SCANNER__DEBOUNCE_MS", "0")],
    );
    agent.wait_for("the device", |line| line["state"] == "ready");
    let mut ask = |times: usize, sent: &[u8], state: &str| {
        press_later();
        device.send(sent, SOON).unwrap();
        poll::until("the scale's answer", SOON, || {
            let told = agent.told().into_iter().filter(|line| line["data"] == "SCALE");
            let told: Vec<Value> = told.collect();
            Ok((told.len() == times).then(|| told[times - 1].clone()))
        })
        .map(|line| {
            assert_eq!(line["state"], state, "{line:#}");
            line
        })
        .unwrap()
    };
    let first = ask(1, b"SCALE\r", "suggested");
    assert_eq!((&first["pieces"], &first["rounded_thousandths"]), (&json!(41), &json!(-150)));
    assert_eq!(first["weight"], "12.345 kg");
    // Something was put on it since: that is another suggestion, and no confirmation.
    // One press is read twice: that confirms nothing, and the scale is not asked.
    let again = ask(3, b"SCALE\rSCALE\r", "refused");
    assert_eq!(again["code"], "again");
    assert_eq!(agent.told().iter().filter(|line| line["pieces"] == 43).count(), 1);
    assert!(receipts(&api).is_empty());
    ask(4, b"SCALE\r", "weighed");
    let booked = agent.wait_for_state("QTY:43", "booked");
    assert_eq!(booked["source"], json!(serial), "it belongs to what that scanner scans");
    assert_eq!(ask(5, b"SCALE\r", "refused")["code"], "weight_out_of_range");
    assert_eq!(ask(6, b"SCALE\r", "suggested")["pieces"], 10);
    assert_eq!(receipts(&api), [43]);
}

#[test]
fn a_rule_of_the_plant_takes_what_is_near_enough_to_whole_pieces_at_once() {
    let (server, api) = plant();
    let terminal = Terminal::of(&server);
    let scale = scale(&["S S   12.303 kg\r\n", "S S   12.310 kg\r\n"]);
    let arguments =
        [&RECEIPTS[..], &terminal.to(), &["--scale", &scale, "--piece-weight", "300 g"]].concat();
    // Standard input is a source beside a scale as well, and ends it.
    let mut child = command(["scan"].iter().chain(&arguments).chain(&["--json"]))
        .env("MTM_SCALE__AT_ONCE_PERCENT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    input.write_all(b"SCALE\n").unwrap();
    let mut told = vec![lines.next().unwrap()];
    press_later();
    // Read twice by one press: what the rule takes at once is taken once as well.
    input.write_all(b"SCALE\nSCALE\nQTY:7\n").unwrap();
    drop(input);
    told.extend(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let weighed: Vec<&Value> =
        told.iter().filter(|line| line["data"] == "SCALE").map(|line| &line["state"]).collect();
    assert_eq!(weighed, ["weighed", "suggested", "refused"], "{told:#?}");
    assert_eq!(receipts(&api), [41, 7]);
}

#[test]
fn devices_that_cannot_be_used_are_refused_before_anything_is_taken() {
    let queue = tempfile::tempdir().unwrap();
    let queue = queue.path().join("queue");
    let to = ["--queue", queue.to_str().unwrap(), "--server", "http://127.0.0.1:9", "--token", "x"];
    for (arguments, told) in [
        (&["--source", "tcp-listen:0.0.0.0:4001"][..], "needs scanner.allow"),
        (&["--source", "bluetooth:1"], "no source of scans"),
        (&["--scale", "tcp:127.0.0.1:1"], "scale.piece_weight"),
    ] {
        let refused = mtm([&["scan", "take", "--json"], &to[..], arguments].concat());
        let message = refused.failure(2)["message"].as_str().unwrap().to_owned();
        assert!(message.contains(told), "{message}");
    }
    let without = mtm(["scan", "take", "--source", "serial:/dev/ttyS0"]);
    assert_eq!(without.code, 2, "{without:?}");
    let without = command(["scan", "take", "--json", "--data-dir", "/nonexistent"])
        .env("MTM_SCANNER__SOURCES", "serial:/dev/ttyS0")
        .output()
        .unwrap();
    let without = crate::support::Run::of(without);
    assert!(without.failure(2)["message"].as_str().unwrap().contains("need a queue"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = format!("tcp-listen:{}", taken.local_addr().unwrap());
    let busy = mtm([&["scan", "take", "--json", "--source", &source], &to[..]].concat());
    assert_eq!(busy.failure(1)["code"], "source_failed");
}
