//! Layers, unknown keys, secrets.

use std::fs;

use super::key::Kind;
use super::*;

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE_NAME);
    fs::write(&path, text).unwrap();
    (directory, path)
}

#[test]
fn stronger_layers_win_and_every_value_knows_its_source() {
    let (_directory, path) = file("[server]\nlisten = \"127.0.0.1:1\"\nmax_upload_mib = 5\n");
    let environment = variables(&[("MTM_SERVER__LISTEN", "127.0.0.1:2"), ("HOME", "/home/x")]);
    let flags = [("server.listen", "127.0.0.1:3".to_owned(), "--listen")];

    let settings = read(Some(&path), environment.clone(), flags).unwrap();
    let listen = settings.setting("server.listen").unwrap();
    assert_eq!((listen.value.as_str(), &listen.source), ("127.0.0.1:3", &Source::Flag("--listen")));
    assert_eq!(Config::of(&settings).unwrap().max_upload, 5 * 1024 * 1024);

    let settings = read(Some(&path), environment, []).unwrap();
    assert_eq!(settings.setting("server.listen").unwrap().value, "127.0.0.1:2");

    let settings = read(Some(&path), [], []).unwrap();
    let listen = settings.setting("server.listen").unwrap();
    assert_eq!(listen.source, Source::File(path.clone(), 2));
    assert_eq!(settings.setting("log.format").unwrap().source, Source::Default);
}

#[test]
fn an_unknown_key_is_an_error_with_a_suggestion() {
    let wrong = |text: &str| {
        let (_directory, path) = file(text);
        read(Some(&path), [], []).unwrap_err().message
    };
    let message = wrong("\n[server]\nlissten = \"127.0.0.1:1\"\n");
    assert!(
        message.ends_with("line 3: there is no key server.lissten; did you mean server.listen?"),
        "{message}"
    );
    let message = wrong("[sever]\nlisten = \"x\"\n");
    assert!(message.ends_with("there is no key sever; did you mean server?"), "{message}");

    let message = |name: &str| read_environment(&[(name, "1")]).unwrap_err().message;
    assert!(message("MTM_SERVER__LISTENN").ends_with("did you mean MTM_SERVER__LISTEN?"));
    assert!(message("MTM_DATABASE__COLOUR").contains("no key MTM_DATABASE__COLOUR"));
    assert!(message("MTM_DATADIR").ends_with("did you mean MTM_DATA_DIR?"));
    read_environment(&[("MTM_REQUIRE_ALL", "1")]).expect("somebody else's variable");
}

fn read_environment(pairs: &[(&str, &str)]) -> Outcome<Settings> {
    let (_directory, path) = file("");
    read(Some(&path), variables(pairs), [])
}

#[test]
fn wrong_values_and_wrong_toml_name_their_line() {
    let wrong = |text: &str| {
        let (_directory, path) = file(text);
        read(Some(&path), [], []).unwrap_err()
    };
    let failure = wrong("[server]\nlisten = 8080\n");
    assert!(failure.message.contains("line 2: server.listen is not an IP address"), "{failure}");
    assert_eq!(failure.exit, 2);
    assert!(wrong("[server\n").message.contains("line 1"));
    assert!(wrong("[log]\nformat = [1]\n").message.contains("log.format is a array"));
    let (_directory, path) = file("");
    let gone = path.with_file_name("gone.toml");
    assert_eq!(read(Some(&gone), [], []).unwrap_err().code, "config_unreadable");
}

#[test]
fn a_secret_comes_from_a_file_and_never_shows() {
    let (directory, path) = file("[client]\ntoken_file = \"token\"\n");
    fs::write(directory.path().join("token"), "mtm_secret\n").unwrap();
    let settings = read(Some(&path), [], []).unwrap();
    let config = Config::of(&settings).unwrap();
    assert_eq!(config.token.as_ref().unwrap().reveal(), "mtm_secret");
    assert!(!format!("{config:?}").contains("mtm_secret"));

    let environment = variables(&[("MTM_CLIENT__TOKEN", "stronger")]);
    let settings = read(Some(&path), environment, []).unwrap();
    assert_eq!(Config::of(&settings).unwrap().token.unwrap().reveal(), "stronger");

    let both = variables(&[("MTM_CLIENT__TOKEN", "a"), ("MTM_CLIENT__TOKEN_FILE", "b")]);
    let settings = read(Some(&path), both, []).unwrap();
    assert_eq!(Config::of(&settings).unwrap_err().code, "config_secret_twice");

    fs::write(directory.path().join("token"), " \n").unwrap();
    let settings = read(Some(&path), [], []).unwrap();
    assert!(Config::of(&settings).unwrap_err().message.contains("the file is empty"));
}

#[test]
fn half_of_tls_is_refused() {
    let (_directory, path) = file("[server]\ntls_cert = \"a.pem\"\n");
    let settings = read(Some(&path), [], []).unwrap();
    let failure = Config::of(&settings).unwrap_err();
    assert_eq!(&*failure.message, "server.tls_cert is set and server.tls_key is not");
}

#[test]
fn brokers_are_named_without_their_passwords() {
    let (directory, path) = file(
        "[mqtt]\nurl = \"mqtts://mtm@broker.plant\"\npassword_file = \"word\"\n\
         [nats]\nurl = \"nats://a.plant,nats://b.plant\"\n",
    );
    fs::write(directory.path().join("word"), "geheim\n").unwrap();
    let config = Config::of(&read(Some(&path), [], []).unwrap()).unwrap();
    let brokers = config.brokers.for_site("Werk 1");
    assert_eq!(brokers.len(), 2);
    assert_eq!(brokers[0].place_of("lot.held"), "mtm/v1/Werk-1/lot.held");
    assert_eq!(brokers[1].place_of("lot.held"), "mtm.Werk-1.lot.held");
    assert!(!format!("{config:?}{brokers:?}").contains("geheim"));

    let wrong = |key: &str, value: &str| {
        let (_directory, path) = file(&format!("{key} = \"{value}\"\n"));
        read(Some(&path), [], []).unwrap_err().message
    };
    let message = wrong("mqtt.url", "mqtt://mtm:geheim@broker.plant");
    assert!(message.contains("with a password") && !message.contains("geheim"), "{message}");
    let message = wrong("nats.url", "nats://a.plant,http://b.plant");
    assert!(message.contains("not an address such as nats://"), "{message}");
    assert!(wrong("mqtt.topic_prefix", "plant/#").contains("without any of"));
    assert!(wrong("nats.stream", "mtm.plant").contains("without any of"));
    let none = Config::of(&read(Some(&file("").1), [], []).unwrap_or_default()).unwrap();
    assert!(none.brokers.for_site("plant").is_empty());
}

#[test]
fn a_mail_server_is_named_with_who_writes_and_keeps_its_password_to_itself() {
    let of = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], [])?)
    };
    let config =
        of("mail.url = \"smtp://mtm@mail.plant\"\nmail.from = \"MTM <mtm@plant.example>\"\n\
         mail.password = \"geheim\"\nserver.public_url = \"https://mtm.plant/\"\n\
         notices.webhook_hosts = \"chat.plant, 10.0.0.7:8065\"\n");
    let config = config.unwrap();
    assert!(config.mail.is_some() && !format!("{config:?}").contains("geheim"));
    assert_eq!(config.notices.webhook_hosts, ["chat.plant", "10.0.0.7:8065"]);
    assert_eq!(config.notices.public_url.as_deref(), Some("https://mtm.plant"));
    assert_eq!(of("").unwrap().mail, None);
    let wrong = |text: &str| of(text).unwrap_err().message;
    assert!(wrong("mail.url = \"smtp://mail.plant\"\n").contains("mail.from is not"));
    assert!(wrong("mail.from = \"mtm@plant.example\"\n").contains("mail.url is not"));
    assert!(wrong("mail.from = \"mtm\"\n").contains("not an e-mail address"));
    let password = wrong("mail.url = \"smtp://a:geheim@mail.plant\"\n");
    assert!(password.contains("with a password") && !password.contains("geheim"), "{password}");
    assert!(wrong("mail.url = \"smtp+plain://a@mail.plant\"\n").contains("without TLS"));
}

#[test]
fn an_identity_provider_is_whole_or_not_there_and_keeps_its_secret_to_itself() {
    let of = |text: &str| {
        let (_directory, path) = file(text);
        Config::of(&read(Some(&path), [], [])?)
    };
    let whole = "oidc.issuer = \"https://id.plant/realms/one\"\noidc.client_id = \"mtm\"\n\
                 oidc.roles = \"mtm-admins=admin,*=viewer\"\noidc.client_secret = \"geheim\"\n";
    let config = of(whole).unwrap();
    assert!(!format!("{config:?}").contains("geheim"));
    let oidc = config.oidc.unwrap();
    let client = oidc.client();
    assert_eq!(client.client_secret.as_deref(), Some("geheim"));
    assert_eq!(client.claims, ["groups", "preferred_username"]);
    assert!(!format!("{client:?}").contains("geheim"));
    let rules = oidc.rules();
    assert_eq!(
        (rules.name.as_str(), rules.link, rules.public_url),
        ("company account", false, None)
    );
    assert_eq!(of("").unwrap().oidc, None);
    let with = |line: &str| of(&format!("{whole}{line}\n"));
    let public = with("server.public_url = \"https://mtm.plant/\"\nserver.listen = \"0.0.0.0:80\"");
    let public = public.unwrap().oidc.unwrap().rules().public_url;
    assert_eq!(public.as_deref(), Some("https://mtm.plant"));
    let wrong = |text: &str| of(text).unwrap_err().message;
    assert!(wrong("oidc.client_id = \"mtm\"\n").contains("oidc.issuer is not"));
    assert!(wrong("oidc.client_secret = \"geheim\"\n").contains("oidc.issuer is not"));
    assert!(wrong("oidc.roles = \"a=admin\"\n").contains("oidc.issuer is not"));
    let issuer = |text: &str| whole.replace("https://id.plant/realms/one", text);
    for address in ["http://id.plant", "https://id.plant?x", "https://id.plant/#x"] {
        assert!(wrong(&issuer(address)).contains("not an https:// address"), "{address}");
    }
    assert!(of(&issuer("http://127.0.0.1:9400")).is_ok());
    assert!(
        wrong(&whole.replace("oidc.client_id = \"mtm\"\n", "")).contains("oidc.client_id is not")
    );
    assert!(wrong(&whole.replace("=admin", "=boss")).contains("\"mtm-admins=boss"));
    let refused = |line: &str| with(line).unwrap_err().message;
    assert!(refused("oidc.scopes = \"profile\"").contains("oidc.scopes is without openid"));
    assert!(refused("oidc.link = \"yes\"").contains("not one of on, off"));
    assert!(refused("server.listen = \"0.0.0.0:80\"").contains("server.public_url is not"));
}

#[test]
fn the_documented_name_of_every_variable_sets_its_key() {
    for key in KEYS {
        let value = match key.kind {
            Kind::Integer(least, _) => least.to_string(),
            Kind::Address => "127.0.0.1:9".to_owned(),
            Kind::Url => "http://x".to_owned(),
            Kind::Mqtt => "mqtt://x".to_owned(),
            Kind::Nats => "nats://x, nats://y:1".to_owned(),
            Kind::Smtp => "smtp://x".to_owned(),
            Kind::Mailbox => "mtm@plant.example".to_owned(),
            Kind::OneOf(words) => words[0].to_owned(),
            Kind::TimeZone => "UTC".to_owned(),
            Kind::Text | Kind::Path | Kind::Mapping | Kind::Secret | Kind::Without(_) => {
                "x".to_owned()
            }
        };
        let settings = read_environment(&[(&key.variable(), &value)]).unwrap();
        let setting = settings.setting(key.name).unwrap();
        assert_eq!(setting.source, Source::Environment(key.variable()));
    }
}

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
    let page = include_str!("../../../../docs/scanning.md");
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
    let page = include_str!("../../../../docs/scanners.md");
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
    let page = include_str!("../../../../docs/machines.md");
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
    let page = include_str!("../../../../docs/printing.md");
    assert!(printer_members().all(|(name, _)| page.contains(&format!("`{name}`"))));
}

#[test]
fn every_member_of_a_system_is_described() {
    let page = include_str!("../../../../docs/connections.md");
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
        [edge_nodes.d]\nbroker = 'mqtt://b'\ngroup = 'H'\nnode = 'O'\ninterval_seconds = 0";
    let failure = read_text(wrong).unwrap_err();
    assert_eq!(failure.code, "config_edge_nodes");
    let all: Vec<String> = failure.errors.iter().map(|it| it.message.clone()).collect();
    let all = all.join("\n");
    for expected in [
        "edge_nodes.a.broker is",
        "edge_nodes.a.group is not a name",
        "edge_nodes.a.node is not set; say what this edge node is called",
        "edge_nodes.c.client_id is the connection of another one",
        "edge_nodes.d.interval_seconds is not a whole number from 1 to 3600",
    ] {
        assert!(all.contains(expected), "{expected} is missing in\n{all}");
    }
    let page = include_str!("../../../../docs/machines.md");
    assert!(edge_node_members().all(|(name, _)| page.contains(&format!("`{name}`"))));
}
