//! Quorum authentication and second factors as a learner uses them: the lab's own `openssl` signs some
//! tokens, the machine's OpenSSL signs others.

use std::path::{Path, PathBuf};
use std::process::Command;

use hsmlab_core::lab::Lab;
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::view::StepState;
use hsmlab_tests::learner::{CLI, Learner};
use hsmlab_tests::worlds::in_lab;

const LAB: &str = include_str!("../static/labs/quorum.md");

#[test]
fn the_lab_is_solved_by_its_own_lines() {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = in_lab(1, LAB);
    driver.solve(&lab).unwrap();
    let steps = &driver.lab().steps;
    assert!(steps.iter().all(|step| step.state == StepState::Done));
}

/// A learner in the CLI on client-1.
struct Quorum {
    learner: Learner,
}

impl Quorum {
    /// Makes an active cluster with the administrators admin and admin2 and the crypto users alice and bob.
    fn new() -> Self {
        let mut learner = Learner::in_active_cluster();
        learner.does(&format!(
            "sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check
            export CLOUDHSM_ROLE=admin CLOUDHSM_PIN=admin:Admin-Pass-1
            {CLI} user create --username admin2 --role admin --password Admin-Pass-1
            {CLI} user create --username bob --role crypto-user --password Alice-Pass-1
            {CLI} interactive"
        ));
        Self { learner }
    }

    /// Types a line to the CLI; returns the reply.
    fn says(&mut self, line: &str) -> String {
        self.learner.types(line).text(Stream::Stdout)
    }

    #[track_caller]
    fn does(&mut self, lines: &str) -> String {
        let mut said = String::new();
        for line in lines.lines().map(str::trim) {
            said = self.says(line);
            assert!(!said.contains("\"error_code\": 1"), "{line}\n{said}");
        }
        said
    }

    #[track_caller]
    fn refuses(&mut self, line: &str, text: &str) {
        let said = self.says(line);
        assert!(
            said.contains("\"error_code\": 1") && said.contains(text),
            "{line}\n{said}"
        );
    }

    fn login(&mut self, name: &str, role: &str) {
        let password = if role == "admin" { "Admin" } else { "Alice" };
        self.does(&format!(
            "login --username {name} --role {role} --password {password}-Pass-1"
        ));
    }

    /// A shell on client-1 next to the CLI: commands over SSH.
    #[track_caller]
    fn shell(&mut self, line: &str) -> String {
        let terminal = self.learner.terminal;
        self.learner.at("cloudshell");
        let line = format!("ssh -i lab.pem ec2-user@$IP '{line}'");
        let said = self.learner.does(&line);
        self.learner.terminal = terminal;
        said
    }

    /// Writes a file on client-1 with a here-document in CloudShell.
    fn writes(&mut self, name: &str, text: &str) {
        let terminal = self.learner.terminal;
        self.learner.at("cloudshell");
        for line in [&format!("cat <<'EOF' > {name}"), text, "EOF"] {
            for line in line.lines() {
                self.learner.types(line);
            }
        }
        self.learner
            .does(&format!("scp -i lab.pem {name} ec2-user@$IP:"));
        self.learner.terminal = terminal;
    }

    /// Signs a token's file for these users with the machine's OpenSSL.
    fn approves(&mut self, folder: &Path, name: &str, people: &[&str]) {
        let mut file = self.file(name);
        let token = file["token"].clone();
        let entries: Vec<serde_json::Value> = people
            .iter()
            .map(|name| serde_json::json!({ "username": name, "signature": signs(folder, name, &token) }))
            .collect();
        file["signatures"] = entries.into();
        self.writes(name, &file.to_string());
    }

    fn file(&mut self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.shell(&format!("cat {name}"))).unwrap()
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("quorum-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the machine's own tools.
#[track_caller]
fn machine(folder: &Path, line: &str) -> String {
    let output = Command::new("sh")
        .args(["-ec", line])
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Signs base64 with the machine's OpenSSL, like the guide's page.
fn signs(folder: &Path, key: &str, token: &serde_json::Value) -> String {
    let token = token.as_str().unwrap();
    machine(
        folder,
        &format!(
            "echo -n '{token}' | base64 -d > {key}.bin
            openssl pkeyutl -sign -inkey {key}.key -pkeyopt digest:sha256 -keyform PEM -in {key}.bin -out {key}.sig
            base64 -w0 {key}.sig"
        ),
    )
}

#[test]
fn tokens_that_the_machines_openssl_signs() {
    let (mut lab, folder) = (Quorum::new(), folder("openssl"));
    for (name, role) in [
        ("admin", "admin"),
        ("admin2", "admin"),
        ("alice", "crypto-user"),
        ("bob", "crypto-user"),
    ] {
        machine(
            &folder,
            &format!(
                "openssl genrsa -out {name}.key 2048
                openssl rsa -in {name}.key -outform PEM -pubout -out {name}.pub"
            ),
        );
        let public = std::fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap();
        lab.writes(&format!("{name}.pub"), &public);
        lab.login(name, role);
        lab.does(&format!(
            "quorum token-sign generate --service registration --token {name}.token"
        ));
        let mut token = lab.file(&format!("{name}.token"));
        assert_eq!(token["version"], "2.0");
        assert_eq!(token["tokens"][0]["signed"], "");
        let unsigned = token["tokens"][0]["unsigned"].clone();
        // The guide: the token is the digest of the approval data.
        let data = token["tokens"][0]["approval_data"].as_str().unwrap();
        let digest = machine(
            &folder,
            &format!("echo -n '{data}' | base64 -d | openssl dgst -sha256 -binary | base64 -w0"),
        );
        assert_eq!(unsigned, digest);
        let register = format!(
            "user change-quorum token-sign register --public-key {name}.pub --signed-token {name}.token"
        );
        lab.refuses(&register, "InvalidQuorumSignature");
        token["tokens"][0]["signed"] = signs(&folder, name, &unsigned).into();
        lab.writes(&format!("{name}.token"), &token.to_string());
        lab.does(&register);
        lab.does("logout");
    }

    lab.login("admin", "admin");
    lab.does(
        "quorum token-sign set-quorum-value --service user --value 2
        quorum token-sign set-quorum-value --service quorum --value 2",
    );
    let create = "user create --username carol --role crypto-user --password Carol-Pass-1";
    lab.refuses(create, "Quorum approval is required for this operation");
    lab.does("quorum token-sign generate --service user --token user.token");
    let with = format!("{create} --approval user.token");
    lab.refuses(&with, "No token signatures provided");
    let mut file = lab.file("user.token");
    let token = file["token"].clone();
    let entry = |name: &str, signer: &str| serde_json::json!({ "username": name, "signature": signs(&folder, signer, &token) });
    file["signatures"] = vec![entry("admin", "admin")].into();
    lab.writes("user.token", &file.to_string());
    lab.refuses(
        &with,
        "Too few quorum approvals: currently 1 approvals, but 2 approvals required",
    );
    file["signatures"] = vec![entry("admin", "admin"), entry("admin2", "admin")].into();
    lab.writes("user.token", &file.to_string());
    let pair = "Invalid username-signature pair for quorum authorization";
    lab.refuses(&with, pair);
    file["signatures"] = vec![entry("admin", "admin"), entry("admin2", "admin2")].into();
    let text = file.to_string();
    lab.writes("user.token", &text[..text.len() / 2]);
    lab.refuses(&with, "Failed to parse token file user.token");
    lab.writes("user.token", &text);
    lab.does(&with);
    lab.refuses(
        &with.replace("carol", "dave"),
        "Quorum approval is required for this operation",
    );
    let lower = "quorum token-sign set-quorum-value --service user --value 1";
    lab.refuses(lower, "Quorum approval is required");
    lab.does("quorum token-sign generate --service quorum --token quorum.token");
    lab.approves(&folder, "quorum.token", &["admin2", "admin"]);
    lab.refuses(
        &with.replace("user.token", "quorum.token"),
        "Quorum approval is required",
    );
    lab.does(&format!("{lower} --approval quorum.token"));
    lab.does("logout");
    key_quorum(&mut lab, &folder);
    second_factor(&mut lab, &folder);
}

/// Makes a key pair that alice shares with bob; signing needs two approvals.
fn key_quorum(lab: &mut Quorum, folder: &Path) {
    lab.login("alice", "crypto-user");
    let generate = "key generate-asymmetric-pair rsa --public-exponent 65537 --modulus-size-bits 2048 --public-label pub --private-label priv --public-attributes verify=true --private-attributes sign=true";
    let values = "--manage-private-key-quorum-value 2 --use-private-key-quorum-value";
    lab.refuses(
        &format!("{generate} {values} 1 --share-crypto-users bob"),
        "The manage key and use key quorum values must be set to a value greater than 1",
    );
    lab.refuses(
        &format!("{generate} --manage-private-key-quorum-value 2 --share-crypto-users bob"),
        "The manage key and use key quorum values must be set to a value greater than 1",
    );
    lab.refuses(
        &format!("{generate} {values} 2"),
        "Invalid quorum value provided.",
    );
    lab.does(&format!("{generate} {values} 2 --share-crypto-users bob"));
    let listed = lab.does("key list --verbose --filter attr.label=priv");
    assert!(
        listed.contains("\"manage-key-quorum-value\": 2")
            && listed.contains("\"use-key-quorum-value\": 2"),
        "{listed}"
    );
    let sign =
        "crypto sign rsa-pkcs --key-filter attr.label=priv --hash-function sha256 --data YWJjMTIz";
    lab.refuses(sign, "Quorum Failed");
    lab.does(
        "quorum token-sign generate --service key-usage --token key.token --filter attr.label=priv",
    );
    let tokens = lab.does("quorum token-sign list");
    assert!(
        tokens.contains("\"service\": \"key-usage\"")
            && tokens.contains("\"minimum-token-count\": 1"),
        "{tokens}"
    );
    let mut file = lab.file("key.token");
    assert_eq!(file["service"], "key-usage");
    assert!(file["key_reference"].as_str().unwrap().starts_with("0x"));
    let token = file["token"].clone();
    let entry = |name: &str| serde_json::json!({ "username": name, "role": "crypto-user", "signature": signs(folder, name, &token) });
    file["signatures"] = vec![entry("alice"), entry("bob")].into();
    lab.writes("key.token", &file.to_string());
    let signed = lab.does(&format!("{sign} --approval key.token"));
    let signed: serde_json::Value = serde_json::from_str(&signed).unwrap();
    let signature = signed["data"]["signature"].as_str().unwrap();
    lab.does(&format!(
        "crypto verify rsa-pkcs --key-filter attr.label=pub --hash-function sha256 --data YWJjMTIz --signature {signature}"
    ));
    lab.refuses(
        &format!("{sign} --approval key.token"),
        "Invalid username-signature pair for quorum authorization",
    );
    let rename = "key set-attribute --filter attr.label=priv --name label --value other";
    lab.refuses(rename, "Quorum Failed");
    let manage = "quorum token-sign generate --service key-management";
    let both = ["alice", "bob"];
    lab.does(&format!(
        "{manage} --token m.token --filter attr.label=priv"
    ));
    lab.approves(folder, "m.token", &both);
    lab.does(&format!("{rename} --approval m.token"));
    wraps(lab, folder);
    lab.does("logout");
    // A new password removes the registration if that is requested.
    lab.login("bob", "crypto-user");
    lab.does(
        "user change-password --username bob --role crypto-user --password Alice-Pass-1 --deregister-quorum",
    );
    lab.does("logout");
    let said = lab.says("user list");
    let listed: serde_json::Value = serde_json::from_str(&said).unwrap();
    let users = listed["data"]["users"].as_array().unwrap();
    let bob = users.iter().find(|user| user["username"] == "bob").unwrap();
    assert_eq!(bob["quorum"], serde_json::json!([]));
}

/// Wraps, unwraps and shares keys with approvals.
fn wraps(lab: &mut Quorum, folder: &Path) {
    let both = ["alice", "bob"];
    let manage = "quorum token-sign generate --service key-management";
    let values = "--share-crypto-users bob --manage-key-quorum-value 2 --use-key-quorum-value 2";
    for (label, attributes) in [
        ("wrapping", "wrap=true unwrap=true"),
        ("payload", "encrypt=true"),
    ] {
        lab.does(&format!(
            "key generate-symmetric aes --label {label} --key-length-bytes 32 --attributes {attributes} {values}"
        ));
    }
    let wrap = "key wrap aes-zero-pad --payload-filter attr.label=payload --wrapping-filter attr.label=wrapping";
    lab.refuses(wrap, "Quorum Failed");
    for label in ["wrapping", "payload"] {
        lab.does(&format!(
            "{manage} --token {label}.token --filter attr.label={label}"
        ));
        lab.approves(folder, &format!("{label}.token"), &both);
    }
    lab.refuses(
        &format!("{wrap} --payload-approval payload.token"),
        "Quorum Failed",
    );
    let wrapped = lab.does(&format!(
        "{wrap} --payload-approval payload.token --wrapping-approval wrapping.token"
    ));
    let wrapped: serde_json::Value = serde_json::from_str(&wrapped).unwrap();
    let data = wrapped["data"]["wrapped_key_data"].as_str().unwrap();
    let unwrap = format!(
        "key unwrap aes-zero-pad --filter attr.label=wrapping --key-type-class aes --label again --data {data} {values}"
    );
    lab.refuses(&unwrap, "Quorum Failed");
    lab.does(&format!(
        "{manage} --token u.token --filter attr.label=wrapping"
    ));
    lab.approves(folder, "u.token", &both);
    let made = lab.does(&format!("{unwrap} --approval u.token"));
    assert!(made.contains("\"use-key-quorum-value\": 2"), "{made}");
    let share = "key share --filter attr.label=again --username carol --role crypto-user";
    lab.refuses(share, "Quorum Failed");
    lab.does(&format!(
        "{manage} --token s.token --filter attr.label=again"
    ));
    lab.approves(folder, "s.token", &both);
    lab.does(&format!("{share} --approval s.token"));
    assert_eq!(
        lab.does("quorum token-sign list")
            .matches("service")
            .count(),
        0
    );
}

/// Logs alice in with a second factor.
fn second_factor(lab: &mut Quorum, folder: &Path) {
    lab.login("alice", "crypto-user");
    let sign = |lab: &mut Quorum| {
        let mut file = lab.file("unsigned.json");
        let unsigned = file["tokens"][0]["unsigned"].clone();
        file["tokens"][0]["signed"] = signs(folder, "alice", &unsigned).into();
        lab.writes("unsigned.json", &file.to_string());
    };
    let change = "user change-mfa token-sign --token unsigned.json --username alice --role crypto-user --change-password Alice-Pass-1";
    // No signatures: the command changes nothing.
    lab.does(change);
    lab.says("");
    lab.refuses("alice.pub", "signature for each unsigned token");
    lab.does(change);
    sign(lab);
    lab.says("");
    // The quorum key is a different one: the two keys must be the same.
    lab.refuses("bob.pub", "The signed token is not valid");
    lab.does(change);
    sign(lab);
    lab.says("");
    lab.does("alice.pub");
    lab.does("logout");
    lab.refuses(
        "login --username alice --role crypto-user --password Alice-Pass-1",
        "mfa-token-sign",
    );
    let login = "login --username alice --role crypto-user --password Alice-Pass-1 mfa-token-sign --token unsigned.json";
    lab.does(login);
    lab.refuses("", "signature for each unsigned token");
    lab.does(login);
    sign(lab);
    let said = lab.says("");
    assert!(said.contains("\"username\": \"alice\""), "{said}");
    let users = lab.does("user list");
    let users: serde_json::Value = serde_json::from_str(&users).unwrap();
    let alice = users["data"]["users"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["username"] == "alice")
        .unwrap();
    let enabled = serde_json::json!([{ "strategy": "token-sign", "status": "enabled" }]);
    assert_eq!((&alice["mfa"], &alice["quorum"]), (&enabled, &enabled));
    lab.does(
        "user change-mfa token-sign --username alice --role crypto-user --deregister --change-quorum --change-password Alice-Pass-1
        logout",
    );
    lab.login("alice", "crypto-user");
}
