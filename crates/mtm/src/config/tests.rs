//! Layers, unknown keys, secrets.

mod tables;

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
