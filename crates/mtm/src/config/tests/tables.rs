//! Tables whose names are the plant's: everything wrong with a section is told at once.

use super::super::*;
use super::{file, variables};

#[test]
fn everything_wrong_with_systems_that_are_called_is_told_at_once_and_no_secret_with_it() {
    let of = |text: &str, environment: &[(&str, &str)]| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), variables(environment), [])?)
    };
    let whole = "[peers.erp]\nurl = \"https://erp.plant/api\"\nauth = \"api_key\"\n\
                 secret = \"file:erp.key\"\ndeadline_ms = 2_000\n\
                 [peers.wms]\nurl = \"http://wms.plant\"\nauth = \"none\"\nlook_seconds = 0\n";
    let config = of(whole, &[]).unwrap();
    let names: Vec<_> = config.peers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["erp", "wms"]);
    assert_eq!((config.peers[0].deadline, config.peers[1].look), (Duration::from_secs(2), None));
    // A variable is stronger than the file, and may make a system of its own.
    let variables =
        [("MTM_PEERS__ERP__SECRET", "env:ERP_KEY"), ("MTM_PEERS__MES__URL", "https://m")];
    let told = of(whole, &variables).unwrap_err();
    assert!(
        told.message.contains("environment MTM_PEERS__MES__URL: peers.mes.auth is not set"),
        "{told}"
    );
    assert!(of(whole, &variables[..1]).is_ok());

    let wrong = "[peers.Erp]\nurl = \"https://erp\"\nauth = \"basic\"\nsecret = \"geheim\"\n\
                 [peers.mes]\nurl = \"http://mes.plant\"\nauth = \"oauth2\"\nsecrt = \"x\"\n\
                 token_url = \"https://169.254.169.254/token\"\nclient_id = \"mtm\"\n\
                 header = \"x-key\"\nat_once = 0\nclient_key_file = \"own.key\"\n";
    let told = of(wrong, &[]).unwrap_err();
    assert_eq!((told.code, told.exit), ("config_peers", 2));
    let all: Vec<_> =
        told.errors.iter().map(|it| format!("{}: {}", it.field, it.message)).collect();
    let all = all.join("\n");
    for expected in [
        "peers.Erp: ",
        "line 4: peers.Erp.secret is not a place; write env:NAME, file:PATH or credential:NAME",
        "peers.Erp.user is not set",
        "line 8: peers.mes.secrt is not known; did you mean secret?",
        "peers.mes.url is not encrypted",
        "peers.mes.token_url is no target",
        "peers.mes.secret is not set",
        "line 11: peers.mes.header is not a member of auth = \"oauth2\"",
        "peers.mes.at_once is not a whole number from 1 to 1000",
        "peers.mes.client_certificate_file is not set",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    assert!(!all.contains("geheim"));
    assert!(of("[peers]\nerp = 1\n", &[]).unwrap_err().message.contains("peers.erp is no table"));
}

#[test]
fn patterns_of_codes_are_checked_when_they_are_read() {
    let read_text = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], []).unwrap())
    };
    assert!(read_text("[codes.kit]\npattern = '(?<part>[0-9]{8})/(?<quantity>[0-9]+)'\n").is_ok());
    let wrong = "[codes.a]\npattern = '(?<bin>.+)'\n[codes.b]\npatern = 'x'\n[codes.c]\npattern = '('\nseparators = 'GS'\n";
    let failure = read_text(wrong).unwrap_err();
    assert_eq!(failure.code, "config_codes");
    let all: Vec<String> = failure.errors.iter().map(|it| it.message.clone()).collect();
    let all = all.join("\n");
    for expected in [
        "line 2: codes.a.pattern is not usable: a group is called \"bin\"",
        "codes.b.patern is not known; did you mean pattern?",
        "codes.b.pattern is not set",
        "codes.c.pattern is not usable: the pattern is no regular expression",
        "codes.c.separators is not usable: separators are up to three different words",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    let page = include_str!("../../../../../docs/scanning.md");
    assert!(code_members().all(|(name, _)| page.contains(&format!("{name} = "))));
    assert!(read_text("[codes.wedge]\nseparators = '{GS} {RS} {EOT}'\n").is_ok());
}

#[test]
fn profiles_of_scanners_that_type_are_checked_when_they_are_read() {
    let read_text = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], []).unwrap())
    };
    let config =
        read_text("[wedges.ring]\nprefix = 'F9'\nsuffix = 'none'\npause_ms = 300\ngs = 'F8'\n");
    assert_ne!(config.unwrap().wedges, mtm_core::scan::Wedges::default());
    let wrong =
        "[wedges.a]\nprefix = 'x'\nsufix = 'Tab'\n[wedges.b]\nsuffix = 'none'\npause_ms = 0\n";
    let failure = read_text(wrong).unwrap_err();
    assert_eq!(failure.code, "config_wedges");
    let all: Vec<String> = failure.errors.iter().map(|it| it.message.clone()).collect();
    let all = all.join("\n");
    for expected in [
        "line 2: wedges.a.prefix is a letter, a digit, Enter or Tab at its beginning",
        "wedges.a.sufix is not known; did you mean suffix?",
        "wedges.b.suffix is none, and without a prefix nobody knows what silence ends",
        "wedges.b.pause_ms is no whole number from 5 to 1000",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    let alike = "[wedges.a]\nprefix = '~'\n[wedges.b]\nprefix = '~ x'\n";
    let failure = read_text(alike).unwrap_err();
    assert!(failure.errors[0].message.contains("a and b begin alike"), "{:?}", failure.errors[0]);
    let page = include_str!("../../../../../docs/scanners.md");
    assert!(wedge_members().all(|(name, _)| page.contains(&format!("| `{name}` |"))));
}

#[test]
fn machines_speak_one_protocol_each_and_every_fault_is_told_at_once() {
    let read_text = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], []).unwrap())
    };
    let good = "
        [machines.press7]\nmtconnect = 'http://10.1.2.3:5000'\ndevice = 'M1'\nitems = 'a, b'
        [machines.line1]\nsparkplug = 'mqtts://mtm@broker'\ngroup = 'G'\nnode = 'N'\nhost_id = 'mtm'
        [machines.cell4]\nopcua = 'opc.tcp://10.1.2.4:4840'\nnodes = 'ns=2;s=A'\ntrusted = 'c.pem'";
    let machines = read_text(good).unwrap().machines;
    let shown: Vec<_> =
        machines.iter().map(|it| (it.protocol.words(), it.protocol.address())).collect();
    assert_eq!(shown[0], ("OPC UA", "opc.tcp://10.1.2.4:4840".to_owned()));
    assert_eq!(shown[1], ("Sparkplug B", "mqtts://broker:8883 (G/N)".to_owned()));
    assert_eq!(shown[2].0, "MTConnect");
    let wrong = "
        [machines.a]\ndevice = 'M1'
        [machines.b]\nmtconnect = 'http://m'\nsparkplug = 'mqtt://b'
        [machines.c]\nsparkplug = 'mqtt://b'\ngroup = 'G/H'\ninterval_ms = 5
        [machines.d]\nopcua = 'opc.tcp://user:pw@m'\nsecurity = 'strong'\nuser = 'x'
        [machines.e]\nmtconnect = 'http://169.254.169.254'\ninterval_ms = 1";
    let failure = read_text(wrong).unwrap_err();
    assert_eq!(failure.code, "config_machines");
    let all: Vec<String> = failure.errors.iter().map(|it| it.message.clone()).collect();
    let all = all.join("\n");
    for expected in [
        "machines.a.mtconnect is not set; say where the machine is",
        "machines.b.mtconnect is not the only one",
        "machines.c.group is not a name",
        "machines.c.node is not set",
        "machines.c.interval_ms is not a member of a machine with sparkplug",
        "machines.d.opcua is not an address",
        "machines.d.nodes is not 1 to",
        "machines.d.security is not one of basic256sha256",
        "machines.d.password is not set; a user has one",
        "machines.e.mtconnect is not taken",
        "machines.e.interval_ms is not a whole number from 100 to 60000",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    let page = include_str!("../../../../../docs/machines.md");
    assert!(machine_members().all(|(name, _)| page.contains(&format!("`{name}`"))));
}

#[test]
fn printers_of_labels_and_documents_are_read_and_all_that_is_wrong_is_told() {
    let read_text = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], []).unwrap())
    };
    let text = "[printers.dock]\naddress = '10.1.2.3'\ndpi = 300
        [printers.office]\naddress = 'ipps://print.plant/printers/office'\nuser = 'floor'
        patience_minutes = 3";
    let printers = read_text(text).unwrap().printers;
    let shown: Vec<_> = printers.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(shown, ["10.1.2.3:9100", "ipps://print.plant/printers/office"]);
    assert_eq!(printers[1].access.user.as_deref(), Some("floor"));
    assert!(printers[1].deadlines.print > printers[0].deadlines.print);
    let wrong = "[printers.a]\naddress = 'ipp://print'
        [printers.b]\naddress = 'dock'\nuser = 'floor'\nca_file = 'x'
        [printers.c]\naddress = 'ipp://print/q'\npassword = 'env:PATH'\ndpi = 203
        [printers.d]\naddress = 'ipps://print/q'\nca_file = 'nowhere.pem'\nuser = 'a:b'
        [printers.e]\naddress = 'ipp://a:geheim@print/q'";
    let failure = read_text(wrong).unwrap_err();
    assert_eq!(failure.code, "config_printers");
    let all: Vec<String> = failure.errors.iter().map(|it| it.message.clone()).collect();
    let all = all.join("\n");
    for expected in [
        "printers.a.address is not taken: this is no printer's URI",
        "printers.b.user is not a member of a label printer",
        "printers.b.ca_file is not a member of a label printer",
        "printers.c.password is not a member of a printer at ipp://",
        "printers.c.dpi is not a member of a printer of documents",
        "printers.d.ca_file is not taken",
        "printers.d.user is no name of a user",
        "printers.e.address is not taken: the address holds a name or password",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    assert!(!all.contains("geheim"));
    let page = include_str!("../../../../../docs/printing.md");
    assert!(printer_members().all(|(name, _)| page.contains(&format!("`{name}`"))));
}

#[test]
fn every_member_of_a_system_is_described() {
    let page = include_str!("../../../../../docs/connections.md");
    for (name, about) in peer_members() {
        assert!(page.contains(&format!("`{name}`")), "docs/connections.md does not have {name}");
        assert!(!about.is_empty());
    }
}

#[test]
fn edge_nodes_have_a_broker_and_names_of_their_own() {
    let read_text = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], []).unwrap())
    };
    let good = "
        [edge_nodes.wip]\nbroker = 'mqtts://mtm@broker'\ngroup = 'Plant 1'\nnode = 'MTM'
        [edge_nodes.test]\nbroker = 'mqtt://lab'\ngroup = 'G'\nnode = 'MTM'\nprimary_host = 'scada'\ninterval_seconds = 60";
    let all = read_text(good).unwrap().edge_nodes;
    assert_eq!((all[0].name.as_str(), all[0].interval.as_secs()), ("test", 60));
    assert_eq!(all[0].edge.primary_host.as_ref().map(ToString::to_string).unwrap(), "scada");
    assert_eq!((all[1].edge.client_id.as_str(), all[1].interval.as_secs()), ("mtm-MTM", 5));
    let wrong = "
        [edge_nodes.a]\nbroker = 'http://x'\ngroup = 'G/H'
        [edge_nodes.b]\nbroker = 'mqtt://b'\ngroup = 'G'\nnode = 'N'
        [edge_nodes.c]\nbroker = 'mqtt://b'\ngroup = 'H'\nnode = 'N'
        [edge_nodes.d]\nbroker = 'mqtt://b'\ngroup = 'H'\nnode = 'O'\ninterval_seconds = 0
        [edge_nodes.e]\nbroker = 'mqtt://b'\ngroup = 'H'\nnode = 'N'\nclient_id = 'other'";
    let failure = read_text(wrong).unwrap_err();
    assert_eq!(failure.code, "config_edge_nodes");
    let all: Vec<String> = failure.errors.iter().map(|it| it.message.clone()).collect();
    let all = all.join("\n");
    for expected in [
        "edge_nodes.a.broker is",
        "edge_nodes.a.group is not a name",
        "edge_nodes.a.node is not set; say what this edge node is called",
        "edge_nodes.c.client_id is the connection of another one",
        "edge_nodes.e.node is another one of that group at that broker already",
        "edge_nodes.d.interval_seconds is not a whole number from 1 to 3600",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    let page = include_str!("../../../../../docs/machines.md");
    assert!(edge_node_members().all(|(name, _)| page.contains(&format!("`{name}`"))));
}
