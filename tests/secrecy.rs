//! No secret is where a learner's screen, a save or a log can show it: neither a password typed
//! unseen nor the value of a key that never left the HSM in the clear.
//!
//! The test knows the secrets itself: the passwords that it types, and the values of keys, which it exports
//! wrapped under a key encryption key that it made and imported. Then it searches for their bytes, raw, in
//! hex and in base64, in everything that the session ever printed.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hsmlab_crypto::seal::{self, KeyWrap};
use hsmlab_proto::Secret;
use hsmlab_proto::key::{KeyType, Template};
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::request::Worlds;
use hsmlab_protocol::{Event, Request};
use hsmlab_sim::Seed;
use hsmlab_tests::appliances::{ADMIN, ALICE, Appliances};
use hsmlab_tests::learner::{CLI, Learner};
use rsa::pkcs8::DecodePublicKey as _;

/// The key encryption key. Its bytes are known, so the test can decrypt what it wraps.
const KEK: [u8; 32] = *b"a key that the test itself chose";
/// Passwords typed at prompts without echo.
const PASSWORDS: [&str; 2] = ["Unseen-Admin-77", "Unseen-Alice-88"];

/// Everything that the session printed, as a driver receives it and as a developer prints it.
#[derive(Default)]
struct Said(String);

impl Said {
    fn hears(&mut self, events: &[Event]) {
        for event in events {
            self.0
                .push_str(&serde_json::to_string(event).unwrap_or_default());
            self.0.push_str(&format!("{event:?}\n"));
        }
    }

    #[track_caller]
    fn lacks(&self, what: &str, secret: &[u8]) {
        // Any twelve bytes are enough to reveal it.
        let part = &secret[..secret.len().min(12)];
        // User names are shown in lower case, and so would be a password typed as a name.
        let lower = self.0.to_ascii_lowercase();
        let plain = std::str::from_utf8(part).map(str::to_ascii_lowercase);
        if let Some(at) = plain.ok().and_then(|plain| lower.find(&plain)) {
            panic!("{what} was shown:\n{}", around(&self.0, at));
        }
        let debug = part
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let compact = debug.replace(' ', "");
        let base64 = BASE64.encode(part);
        let forms = [
            Some(hex::encode(part)),
            Some(hex::encode_upper(part)),
            Some(base64[..16].to_owned()),
            Some(debug),
            Some(compact),
        ];
        for form in forms.into_iter().flatten() {
            if let Some(at) = self.0.find(&form) {
                panic!("{what} was shown:\n{}", around(&self.0, at));
            }
        }
    }
}

fn around(text: &str, at: usize) -> String {
    text.chars()
        .skip(at.saturating_sub(200))
        .take(600)
        .collect()
}

struct Watched {
    learner: Learner,
    said: Said,
}

impl Watched {
    fn types(&mut self, line: &str) -> String {
        let played = self.learner.types(line);
        self.said.hears(&played.events);
        played.text(Stream::Stdout) + &played.text(Stream::Stderr)
    }

    fn all(&mut self, lines: &str) -> String {
        lines.lines().map(|line| self.types(line.trim())).collect()
    }

    fn asks(&mut self, request: Request) -> Vec<Event> {
        let events = self.learner.driver.send(request).events;
        self.said.hears(&events);
        events
    }

    /// Returns a file of the terminal's host. It does not count as output: the learner asked for it.
    fn file(&mut self, path: &str) -> Vec<u8> {
        let events = self
            .learner
            .driver
            .send(Request::Download {
                terminal: self.learner.terminal,
                path: path.to_owned(),
            })
            .events;
        events
            .iter()
            .find_map(|event| match event {
                Event::File { content, .. } => BASE64.decode(content).ok(),
                _ => None,
            })
            .unwrap_or_else(|| panic!("no {path}: {events:?}"))
    }
}

/// Makes an active cluster whose passwords were typed without echo.
fn activated() -> Watched {
    let mut learner = Learner::new();
    learner.deploys();
    learner.claims();
    let initialize = learner.initialize("hsm.crt", "ca.crt");
    learner.does(&initialize);
    learner.does("wait");
    learner.installs();
    learner.joins();
    learner.at("client-1");
    let mut watched = Watched {
        learner,
        said: Said::default(),
    };
    let [admin, alice] = PASSWORDS;
    watched.all(&format!(
        "sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check
        {CLI} interactive
        cluster activate
        {admin}
        {admin}
        login --username admin --role admin
        {admin}
        user create --username alice --role crypto-user
        {alice}
        {alice}
        logout
        login --username alice --role crypto-user
        {alice}"
    ));
    watched
}

#[test]
fn what_is_secret_is_never_shown() {
    let mut watched = activated();
    // A wrapping pair, and the test's own key encryption key, imported under it.
    watched.all(
        "key generate-asymmetric-pair rsa --public-label in-pub --private-label in --modulus-size-bits 2048 --public-exponent 65537 --public-attributes wrap=true --private-attributes unwrap=true
        key generate-file --encoding pem --path in.pem --filter attr.label=in-pub
        quit",
    );
    let public = String::from_utf8(watched.file("in.pem")).unwrap();
    let public = rsa::PublicKey::from_public_key_pem(&public).unwrap();
    let mut rng = Seed::from_number(2).stream("oaep");
    let wrapped = public
        .encrypt(&mut rng, rsa::Oaep::<sha2::Sha256>::new(), &KEK)
        .unwrap();
    watched.learner.driver.send(Request::Upload {
        terminal: watched.learner.terminal,
        name: "kek.wrapped".to_owned(),
        content: BASE64.encode(wrapped),
    });
    let alice = PASSWORDS[1];
    watched.all(&format!(
        "{CLI} interactive
        login --username alice --role crypto-user
        {alice}
        key unwrap rsa-oaep --filter attr.label=in --key-type-class aes --label kek --hash-function sha256 --mgf mgf1-sha256 --data-path kek.wrapped --attributes wrap=true
        key generate-symmetric aes --label data --key-length-bytes 32 --attributes encrypt=true decrypt=true
        key generate-symmetric generic-secret --label mac --key-length-bytes 40
        key generate-asymmetric-pair ec --public-label ec-pub --private-label ec --curve secp256r1 --private-attributes sign=true --public-attributes verify=true
        key list --verbose
        crypto sign ecdsa --key-filter attr.label=ec --hash-function sha256 --data SGVsbG8="
    ));
    for name in ["data", "mac", "ec"] {
        let printed = watched.types(&format!(
            "key wrap aes-zero-pad --payload-filter attr.label={name} --wrapping-filter attr.label=kek --path {name}.wrapped"
        ));
        assert!(printed.contains("\"error_code\": 0"), "{printed}");
    }
    // Failing commands must not reveal anything either.
    watched.all(
        "key wrap aes-no-pad --payload-filter attr.label=mac --wrapping-filter attr.label=data
        key unwrap aes-zero-pad --filter attr.label=kek --key-type-class aes --label x --data AAAA
        user list
        cluster hsm-info
        quit",
    );
    let wrong = format!("{alice}-wrong");
    watched.all(&format!(
        "{CLI} interactive
        login --username alice --role crypto-user
        {wrong}
        quit
        cat /opt/cloudhsm/run/cloudhsm-cli.log.*
        cat /opt/cloudhsm/etc/cloudhsm-cli.cfg"
    ));
    second_hsm(&mut watched);
    // Everything that can be requested.
    let ids: Vec<String> = ["hsm-", "cluster-", "eni-", "i-", "sg-", "subnet-", "vpc-"]
        .iter()
        .flat_map(|prefix| ids(&watched.said.0, prefix))
        .collect();
    assert!(ids.len() > 5, "{ids:?}");
    for id in ids {
        watched.asks(Request::Inspect { id });
    }
    for part in [
        "\"audit\":[",
        "CN_CHANGE_PSWD",
        "RET_USER_LOGIN_FAILURE",
        "CN_WRAP_KEY",
    ] {
        assert!(
            watched.said.0.contains(part),
            "the audit log was not shown: {part}"
        );
    }
    assert!(watched.said.0.contains("cut-hsm/hsm-"), "nor the faults");
    let saved = watched.asks(Request::Save);
    let Some(Event::Saved { save }) = saved.into_iter().next() else {
        panic!("no save");
    };
    assert!(watched.said.0.contains(&save[..200].replace('"', "\\\"")));
    // A save that someone else made still gives the same world.
    let again = watched.asks(Request::Restore {
        save,
        lab: None,
        worlds: Worlds::new(),
    });
    assert!(
        !again
            .iter()
            .any(|event| matches!(event, Event::Failed { .. }))
    );

    for password in PASSWORDS {
        watched.said.lacks("a password", password.as_bytes());
    }
    for name in ["data", "mac", "ec"] {
        let wrapped = watched.file(&format!("{name}.wrapped"));
        let value = seal::unwrap(KeyWrap::ZeroPad, &KEK, &wrapped).unwrap();
        // In a private key in PKCS#8 (RFC 5958) the scalar is the secret.
        let secret = match name {
            "ec" => &value.expose()[36..68],
            _ => value.expose(),
        };
        watched.said.lacks(name, secret);
    }
    watched.said.lacks("the key encryption key", &KEK);
}

/// Adds a second HSM, faults, and key synchronisation: masked keys move from HSM to HSM.
fn second_hsm(watched: &mut Watched) {
    let [admin, alice] = PASSWORDS;
    watched.learner.at("cloudshell");
    watched.all(
        "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b
        wait",
    );
    let fault = |on| Request::Fault {
        id: "cut-hsm/us-east-1b".to_owned(),
        on,
    };
    watched.asks(fault(true));
    watched.learner.at("client-1");
    watched.all(&format!(
        "{CLI} interactive
        login --username alice --role crypto-user
        {alice}
        key generate-symmetric aes --label sister --key-length-bytes 32
        key delete --filter attr.label=mac
        logout
        login --username admin --role admin
        {admin}
        user change-password --username alice --role crypto-user
        {alice}
        {alice}
        user create --username bob-s --role crypto-user
        {alice}
        {alice}
        quit"
    ));
    watched.asks(fault(false));
    watched.asks(Request::Tick { ms: 120_000 });
    watched.all(&format!(
        "{CLI} user list\ncat /opt/cloudhsm/run/cloudhsm-cli.log.*"
    ));
    watched.asks(fault(true));
    watched.asks(Request::Fault {
        id: "no-such-fault/x".to_owned(),
        on: true,
    });
}

/// Checks what appliances show to the code that provisions them: logs, status, `Debug` output.
#[test]
fn appliances_keep_their_secrets_from_their_keepers() {
    let mut all = Appliances::new(2, true);
    let mut cluster = all.connect();
    all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
    let template = Template {
        label: "k".into(),
        ..Template::default()
    };
    let make = Command::GenerateSymmetric {
        key_type: KeyType::Aes,
        length_bytes: 32,
        template,
    };
    cluster.make_keys(None, &make, false, &mut all).unwrap();
    let wrong = Command::Login {
        username: "alice".into(),
        role: Role::CryptoUser,
        password: Secret::new("Another-Pass-9"),
    };
    let mut other = all.connect();
    let refused = other.login(&wrong, &mut all);
    let mut said = Said(format!("{refused:?} {wrong:?} {cluster:?} {:?}", all.fleet));
    for hsm in ["hsm-1", "hsm-2"] {
        let log = all.fleet.audit_log(hsm).unwrap();
        assert!(
            log.contains("CN_LOGIN (0xd)")
                && log.contains("RET_USER_LOGIN_FAILURE") == (hsm == "hsm-1")
        );
        said.0.push_str(&log);
        said.0.push_str(&format!("{:?}", all.fleet.status(hsm)));
    }
    for password in [ADMIN, ALICE, "Another-Pass-9"] {
        said.lacks("a password", password.as_bytes());
    }
    // Keys, masking keys and password hashes have the same type, which shows nothing.
    assert!(said.0.matches("Secret(").count() >= 8);
    assert_eq!(
        said.0.matches("Secret(").count(),
        said.0.matches("Secret(..)").count()
    );
}

/// The ids with a prefix in a text.
fn ids(text: &str, prefix: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| word.starts_with(prefix) && word.len() > prefix.len() + 8)
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found.truncate(8);
    found
}

#[test]
fn the_search_finds_what_is_there() {
    // A test that cannot fail would prove nothing.
    for shown in [
        "a password hunter2hunter2 here".to_owned(),
        "in capitals HUNTER2HUNTER2 too".to_owned(),
        hex::encode("hunter2hunter2"),
        BASE64.encode("hunter2hunter2"),
        format!("{:?}", b"hunter2hunter2"),
        serde_json::to_string(b"hunter2hunter2").unwrap(),
    ] {
        let said = Said(shown.clone());
        let caught = std::panic::catch_unwind(|| said.lacks("it", b"hunter2hunter2"));
        assert!(caught.is_err(), "{shown}");
    }
}
