//! `cloudhsm-cli` as a learner uses it.

use expect_test::{Expect, expect};
use hsmlab_core::programs::SOFTWARE;
use hsmlab_hsm::ApplianceSpec;
use hsmlab_shell::host::{Host, Login, Os};
use hsmlab_shell::process::{Input, Io, Process, Step};
use hsmlab_tool_sdk5::cloudhsm_cli;
use hsmlab_tool_software::configure;

use crate::world::{World, initialized, initialized_as, spec};

/// A host with the package installed, used by root, and the world around it.
pub struct Desk {
    pub world: World,
    pub host: Host,
    pub login: Login,
}

impl Desk {
    pub fn new(world: World) -> Self {
        let mut host = Host::new(
            "i-1",
            "ip-10-0-1-30",
            Os::AmazonLinux2023,
            "ec2-user",
            world.now,
        );
        SOFTWARE.install(&mut host, world.now);
        for package in configure::packages() {
            assert!(configure::install(&mut host, &package, world.now));
        }
        let mut login = host.log_in();
        login.user = "root".into();
        Self { world, host, login }
    }

    /// Makes a desk whose client is configured for the first HSM and has its trust anchor.
    pub fn configured() -> Self {
        Self::configured_as(&spec("hsm-1"))
    }

    fn configured_as(spec: &ApplianceSpec) -> Self {
        let (world, address, ca) = initialized_as(spec);
        let mut desk = Self::new(world);
        let now = desk.world.now;
        desk.host
            .fs
            .write(
                "/opt/cloudhsm/etc/customerCA.crt",
                ca.as_bytes(),
                "root",
                now,
            )
            .unwrap();
        assert_eq!(desk.tool(&format!("configure-cli -a {address}")), "");
        desk
    }

    /// Resumes a process and returns its output; the prompt and the typed answer are included.
    pub fn resume(
        &mut self,
        process: &mut Box<dyn Process>,
        input: Input,
        stdin: Option<&str>,
    ) -> (String, Step) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut io = Io {
            stdin: stdin.map(|text| text.as_bytes().to_vec()),
            tty: stdin.is_none(),
            ..Io::new(
                &mut self.host,
                &mut self.login,
                &mut stdout,
                &mut stderr,
                &mut self.world,
            )
        };
        let step = process.resume(&mut io, input);
        (
            String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr),
            step,
        )
    }

    pub fn tool(&mut self, line: &str) -> String {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut process = SOFTWARE.find(&argv[0]).unwrap().start(&argv);
        self.resume(&mut process, Input::Start, None).0
    }

    /// Runs `cloudhsm-cli` with arguments; `lines` answer its questions. The transcript ends with the exit
    /// status if it ended.
    pub fn cli(&mut self, arguments: &str, lines: &[&str]) -> String {
        let argv: Vec<String> = format!("cloudhsm-cli {arguments}")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        self.program(cloudhsm_cli::start(&argv), lines)
    }

    /// Runs a program; `lines` answer its questions. The transcript ends with the exit status if it
    /// ended.
    pub fn program(&mut self, mut process: Box<dyn Process>, lines: &[&str]) -> String {
        let mut lines = lines.iter();
        let (mut transcript, mut step) = self.resume(&mut process, Input::Start, None);
        while let Step::Read { prompt, echo } = &step {
            let Some(line) = lines.next() else { break };
            transcript += prompt;
            transcript += if *echo { line } else { "" };
            transcript += "\n";
            let mut copy = process.boxed_clone();
            let (text, next) = self.resume(&mut copy, Input::Line((*line).into()), None);
            process = copy;
            transcript += &text;
            step = next;
        }
        if let Step::Exit(status) = step {
            transcript += &format!("[{status}]\n");
        }
        transcript
    }

    fn piped(&mut self, text: &str) -> String {
        let mut process = cloudhsm_cli::start(&["cloudhsm-cli".into(), "interactive".into()]);
        let (out, step) = self.resume(&mut process, Input::Start, Some(text));
        format!("{out}{step:?}\n")
    }

    pub fn activated() -> Self {
        Self::activated_as(&spec("hsm-1"))
    }

    fn activated_as(spec: &ApplianceSpec) -> Self {
        let mut desk = Self::configured_as(spec);
        desk.cli("cluster activate --password password1", &[]);
        desk
    }

    /// Makes two HSMs with the crypto user alice.
    pub fn two_hsms() -> Self {
        Self::two_hsms_as(&spec("hsm-1"))
    }

    /// Makes the same with HSMs of another kind.
    pub fn two_hsms_as(kind: &ApplianceSpec) -> Self {
        let mut desk = Self::activated_as(kind);
        let image = desk.world.fleet.backup("hsm-1", desk.world.now).unwrap();
        desk.world
            .fleet
            .restore(
                &ApplianceSpec {
                    hsm_id: "hsm-2".into(),
                    ..kind.clone()
                },
                &image,
                desk.world.now,
            )
            .unwrap();
        desk.world.address("hsm-2");
        desk.set("CLOUDHSM_ROLE", "admin");
        desk.set("CLOUDHSM_PIN", "admin:password1");
        desk.cli(
            "user create --username alice --role crypto-user --password password2",
            &[],
        );
        desk.set("CLOUDHSM_ROLE", "crypto-user");
        desk.set("CLOUDHSM_PIN", "alice:password2");
        desk
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.login.variables.insert(name.into(), value.into());
        self.login.exported.insert(name.into());
    }
}

impl Desk {
    /// The log of a component of Client SDK 5: the file of each day.
    pub fn component_log(&self, component: &str) -> String {
        let prefix = format!("/opt/cloudhsm/run/cloudhsm-{component}.log.");
        let files = self.host.fs.iter().map(|(path, _)| path.to_owned());
        files
            .filter(|path| path.starts_with(&prefix))
            .filter_map(|path| self.host.fs.read(&path, "root").ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    /// Writes a file as root.
    pub fn write(&mut self, path: &str, text: &str) {
        let now = self.world.now;
        self.host
            .fs
            .write(path, text.as_bytes(), "root", now)
            .unwrap();
    }

    /// Acts as a user in single command mode.
    pub fn act_as(&mut self, role: &str, pin: &str) {
        self.set("CLOUDHSM_ROLE", role);
        self.set("CLOUDHSM_PIN", pin);
    }
}

pub fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

#[test]
fn the_main_path() {
    let mut desk = Desk::configured();
    let transcript = desk.cli(
        "interactive",
        &[
            "user list",
            "login --username admin --role admin --password password1",
            "cluster activate",
            "password1",
            "password2",
            "cluster activate",
            "password1",
            "password1",
            "login --username admin --role admin",
            "password1",
            "user create --username Alice \\",
            "  --role crypto-user",
            "password2",
            "password2",
            "logout",
            "quit",
        ],
    );
    check(
        &transcript,
        &expect![[r#"
        aws-cloudhsm > user list
        {
          "error_code": 0,
          "data": {
            "users": [
              {
                "username": "admin",
                "role": "unactivated-admin",
                "locked": "false",
                "mfa": [],
                "quorum": [],
                "cluster-coverage": "full"
              },
              {
                "username": "app_user",
                "role": "internal(APPLIANCE_USER)",
                "locked": "false",
                "mfa": [],
                "quorum": [],
                "cluster-coverage": "full"
              }
            ]
          }
        }
        aws-cloudhsm > login --username admin --role admin --password password1
        {
          "error_code": 1,
          "data": "The cluster is not activated"
        }
        aws-cloudhsm > cluster activate
        Enter password:
        Confirm password:
        {
          "error_code": 1,
          "data": "Passwords do not match"
        }
        aws-cloudhsm > cluster activate
        Enter password:
        Confirm password:
        {
          "error_code": 0,
          "data": "Cluster activation successful"
        }
        aws-cloudhsm > login --username admin --role admin
        Enter password:
        {
          "error_code": 0,
          "data": {
            "username": "admin",
            "role": "admin"
          }
        }
        aws-cloudhsm > user create --username Alice \
        >   --role crypto-user
        Enter password:
        Confirm password:
        {
          "error_code": 0,
          "data": {
            "username": "alice",
            "role": "crypto-user"
          }
        }
        aws-cloudhsm > logout
        {
          "error_code": 0,
          "data": "Logout successful"
        }
        aws-cloudhsm > quit
        [0]
    "#]],
    );
}

#[test]
fn one_hsm_generates_keys_when_the_check_is_off() {
    let mut desk = Desk::activated();
    desk.set("CLOUDHSM_ROLE", "admin");
    desk.set("CLOUDHSM_PIN", "admin:password1");
    desk.cli(
        "user create --username alice --role crypto-user --password password2",
        &[],
    );
    desk.set("CLOUDHSM_ROLE", "crypto-user");
    desk.set("CLOUDHSM_PIN", "alice:password2");
    let generate = "key generate-symmetric aes --label k --key-length-bytes 32";
    check(
        &desk.cli(generate, &[]),
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Cannot perform the requested key operation as the key must be available on at least 2 HSMs. Either increase the number of HSMs in the cluster, or disable the key availability check."
        }
        [1]
    "#]],
    );
    desk.tool("configure-cli --disable-key-availability-check");
    check(
        &desk.cli(generate, &[]),
        &expect![[r#"
        {
          "error_code": 0,
          "data": {
            "key": {
              "key-reference": "0x0000000000445be7",
              "key-info": {
                "key-owners": [
                  {
                    "username": "alice",
                    "key-coverage": "full"
                  }
                ],
                "shared-users": [],
                "key-quorum-values": {
                  "manage-key-quorum-value": 0,
                  "use-key-quorum-value": 0
                },
                "cluster-coverage": "full"
              },
              "attributes": {
                "key-type": "aes",
                "label": "k",
                "id": "0x",
                "check-value": "0x1d94f7",
                "class": "secret-key",
                "encrypt": false,
                "decrypt": false,
                "token": true,
                "always-sensitive": true,
                "derive": false,
                "destroyable": true,
                "extractable": true,
                "local": true,
                "modifiable": true,
                "never-extractable": false,
                "private": true,
                "sensitive": true,
                "sign": true,
                "trusted": false,
                "unwrap": false,
                "verify": true,
                "wrap": false,
                "wrap-with-trusted": false,
                "key-length-bytes": 32
              }
            }
          }
        }
        [0]
    "#]],
    );
}

#[test]
fn sign_verify_share_and_list() {
    let mut desk = Desk::two_hsms();
    let pair = desk.cli(
        "key generate-asymmetric-pair ec --public-label ec --private-label ec --curve prime256v1 \
         --public-attributes verify=true --private-attributes sign=true",
        &[],
    );
    assert!(
        pair.contains("\"curve\": \"secp256r1\"") && pair.contains("\"key-coverage\": \"full\""),
        "{pair}"
    );
    let sign = desk.cli(
        "crypto sign ecdsa --key-filter attr.label=ec attr.class=private-key --hash-function sha256 \
         --data YWJjMTIz",
        &[],
    );
    let signature = sign
        .lines()
        .find_map(|line| line.trim().strip_prefix("\"signature\": "))
        .unwrap();
    let verify = "crypto verify ecdsa --key-filter attr.label=ec attr.class=public-key --hash-function sha256 --signature";
    let signature = signature.trim_matches('"').to_owned();
    let good = desk.cli(&format!("{verify} {signature} --data YWJjMTIz"), &[]);
    check(
        &good,
        &expect![[r#"
        {
          "error_code": 0,
          "data": {
            "message": "Signature verified successfully"
          }
        }
        [0]
    "#]],
    );
    let bad = desk.cli(&format!("{verify} {signature} --data YWJjMTI0"), &[]);
    check(
        &bad,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Signature verification failed"
        }
        [1]
    "#]],
    );
    check(
        &desk.cli("key list --max-items 1", &[]),
        &expect![[r#"
        {
          "error_code": 0,
          "data": {
            "matched_keys": [
              {
                "key-reference": "0x00000000000c10ce",
                "attributes": {
                  "label": "ec"
                }
              }
            ],
            "total_key_count": 2,
            "returned_key_count": 1,
            "next_token": "1"
          }
        }
        [0]
    "#]],
    );
    check(
        &desk.cli("key delete --filter attr.label=ec", &[]),
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Key selection criteria matched 2 keys. Refine selection criteria to select a single key."
        }
        [1]
    "#]],
    );
    let file = desk.cli("key generate-file --encoding pem --path /tmp/ec.pem --filter attr.label=ec attr.class=public-key", &[]);
    assert!(file.ends_with("[0]\n"), "{file}");
    let pem = desk.host.fs.read("/tmp/ec.pem", "root").unwrap();
    assert!(pem.starts_with(b"-----BEGIN PUBLIC KEY-----"));
    let again = desk.cli(
        "key import pem --path /tmp/ec.pem --label again --key-type-class ec-public",
        &[],
    );
    assert!(
        again.contains("Successfully imported key") && again.contains("\"local\": false"),
        "{again}"
    );
}

#[test]
fn a_wrong_configuration_is_reported() {
    let (world, address, ca) = initialized();
    let mut desk = Desk::new(world);
    let mut said = desk.cli("user list", &[]);
    desk.tool("configure-cli -a 10.9.9.9");
    let began = desk.world.now;
    said += &desk.cli("user list", &[]);
    // No trust anchor: it does not even try. With one, the address times out.
    assert_eq!(desk.world.now, began);
    desk.host
        .fs
        .write(
            "/opt/cloudhsm/etc/customerCA.crt",
            ca.as_bytes(),
            "root",
            began,
        )
        .unwrap();
    said += &desk.cli("user list", &[]);
    assert!(desk.world.now > began);
    desk.tool(&format!("configure-cli -a {address}"));
    let now = desk.world.now;
    let foreign = desk.world.fleet.aws_root();
    desk.host
        .fs
        .write(
            "/opt/cloudhsm/etc/customerCA.crt",
            foreign.as_bytes(),
            "root",
            now,
        )
        .unwrap();
    said += &desk.cli("user list", &[]);
    desk.host
        .fs
        .write(
            "/opt/cloudhsm/etc/cloudhsm-cli.cfg",
            b"{}".as_slice(),
            "root",
            now,
        )
        .unwrap();
    said += &desk.cli("user list", &[]);
    said += &desk.component_log("cli");
    check(
        &said,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Config key hostname has invalid value %%HSM_IP_ADDRESS%%"
        }
        [1]
        {
          "error_code": 1,
          "data": "Failed to initialize hsm1 context"
        }
        [1]
        {
          "error_code": 1,
          "data": "Failed to initialize hsm1 context"
        }
        [1]
        {
          "error_code": 1,
          "data": "Failed to initialize hsm1 context"
        }
        [1]
        {
          "error_code": 1,
          "data": "Unable to read config JSON. Caused by: Config does not satisfy the required CloudHsmConfig data structure"
        }
        [1]
        2026-11-24T10:00:00.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1][][] Failed to initialize hsm1 context: Failed to access file /opt/cloudhsm/etc/customerCA.crt: No such file or directory
        2026-11-24T10:00:00.000+00:00 INFO  [1000] ThreadId(1) [cloudhsm_provider::hsm1::hsm_connection::server_connection::common][][] Initializing new connection: HSM { IP: "10.9.9.9", Port: 2223 }
        2026-11-24T10:00:30.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1::hsm_connection::server_connection::common][][] Failed to connect to HSM { IP: "10.9.9.9", Port: 2223 }: connection timed out
        2026-11-24T10:00:30.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1][][] Failed to initialize hsm1 context: no HSM of the configuration could be reached
        2026-11-24T10:00:30.000+00:00 INFO  [1000] ThreadId(1) [cloudhsm_provider::hsm1::hsm_connection::server_connection::common][][] Initializing new connection: HSM { IP: "10.0.1.10", Port: 2223 }
        2026-11-24T10:00:30.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1::hsm_connection::e2e_encryption][][] Certificate verification error with error code 20 and depth 0: unable to get local issuer certificate
        2026-11-24T10:00:30.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1][][] Failed to initialize hsm1 context: Certificate verification error with error code 20 and depth 0: unable to get local issuer certificate
    "#]],
    );
}

#[test]
fn parser_errors_and_help_have_claps_format() {
    let mut desk = Desk::configured();
    let said = desk.cli(
        "interactive",
        &[
            "hsm-info",
            "login",
            "help login",
            "key generate-symmetric aes --label x --key-length-bytes y",
            "\"",
            "",
            "quit",
        ],
    );
    check(
        &said,
        &expect![[r#"
            aws-cloudhsm > hsm-info
            error: unrecognized subcommand 'hsm-info'

            Usage: <COMMAND>

            For more information, try 'help'.
            aws-cloudhsm > login
            error: the following required arguments were not provided:
              --username <USERNAME>
              --role <ROLE>

            Usage: login --username <USERNAME> --role <ROLE>

            For more information, try '--help'.
            aws-cloudhsm > help login
            Login to your cluster

            Usage: login [OPTIONS] --username <USERNAME> --role <ROLE> [COMMAND]

            Commands:
              mfa-token-sign  Login with token-sign mfa
              help            Print this message or the help of the given subcommand(s)

            Options:
                  --cluster-id <CLUSTER_ID>
                      Unique Id to choose which of the clusters in the config file to run the operation against. If not provided, will fall back to the value provided when interactive mode was started, or error

                  --username <USERNAME>
                      Username to access the Cluster

                  --role <ROLE>
                      Role the user has in the Cluster

                      Possible values:
                      - crypto-user: A CryptoUser has the ability to manage and use keys
                      - admin:       An Admin has the ability to manage user accounts

                  --password <PASSWORD>
                      Optional: Plaintext user's password. If you do not include this argument you will be prompted for it

              -h, --help
                      Print help (see a summary with '-h')
            aws-cloudhsm > key generate-symmetric aes --label x --key-length-bytes y
            error: invalid value 'y' for '--key-length-bytes <KEY_LENGTH_BYTES>': invalid digit found in string

            For more information, try '--help'.
            aws-cloudhsm > "
            error: unclosed quote in the command
            aws-cloudhsm > 
            aws-cloudhsm > quit
            [0]
        "#]],
    );
    check(
        &desk.cli("", &[]),
        &expect![[r#"
            CloudHSM CLI

            Usage: cloudhsm-cli <COMMAND>

            Commands:
              interactive  Start an interactive session with your cluster
              cluster      Manage your cluster
              crypto       Perform Cryptographic operations
              key          Manage keys
              login        Login to your cluster
              logout       Logout of your cluster
              quorum       Manage M of N authentication for services
              user         Manage users
              help         Print this message or the help of the given subcommand(s)

            Options:
              -h, --help     Print help
              -V, --version  Print version
            [2]
        "#]],
    );
}

#[test]
fn a_heredoc_continues_after_a_failing_line() {
    let mut desk = Desk::activated();
    let said = desk.piped("login --username admin --role admin --password wrongword\nlogin --username admin --role admin\npassword1\nlogout\nquit\n");
    check(
        &said,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Incorrect authentication credentials"
        }
        {
          "error_code": 0,
          "data": {
            "username": "admin",
            "role": "admin"
          }
        }
        {
          "error_code": 0,
          "data": "Logout successful"
        }
        Exit(0)
    "#]],
    );
}

#[test]
fn a_new_hsm_is_noticed_at_login() {
    let mut desk = Desk::activated();
    let mut process = cloudhsm_cli::start(&["cloudhsm-cli".into(), "interactive".into()]);
    desk.resume(&mut process, Input::Start, None);
    desk.resume(&mut process, Input::Line("user list".into()), None);
    let image = desk.world.fleet.backup("hsm-1", desk.world.now).unwrap();
    desk.world
        .fleet
        .restore(&spec("hsm-2"), &image, desk.world.now)
        .unwrap();
    desk.world.address("hsm-2");
    for line in [
        "login --username admin --role admin --password password1",
        "user create --username alice --role crypto-user --password password2",
    ] {
        let (said, _) = desk.resume(&mut process, Input::Line(line.into()), None);
        assert!(said.contains("\"error_code\": 0"), "{said}");
    }
    for hsm in ["hsm-1", "hsm-2"] {
        assert_eq!(desk.world.fleet.status(hsm).unwrap().users, 3);
    }
}

#[test]
fn six_wrong_passwords_lock_and_the_admin_unlocks() {
    let mut desk = Desk::activated();
    desk.set("CLOUDHSM_ROLE", "admin");
    desk.set("CLOUDHSM_PIN", "admin:password1");
    desk.cli(
        "user create --username alice --role crypto-user --password password2",
        &[],
    );
    desk.set("CLOUDHSM_ROLE", "crypto-user");
    desk.set("CLOUDHSM_PIN", "alice:wrong-one");
    for _ in 0..6 {
        assert!(desk.cli("key list", &[]).ends_with("[1]\n"));
    }
    desk.set("CLOUDHSM_PIN", "alice:password2");
    assert!(desk.cli("key list", &[]).ends_with("[1]\n"));
    assert!(desk.cli("user list", &[]).contains("\"locked\": \"true\""));
    desk.set("CLOUDHSM_ROLE", "admin");
    desk.set("CLOUDHSM_PIN", "admin:password1");
    desk.cli(
        "user change-password --username alice --role crypto-user --password password2",
        &[],
    );
    desk.set("CLOUDHSM_ROLE", "crypto-user");
    desk.set("CLOUDHSM_PIN", "alice:password2");
    assert!(desk.cli("key list", &[]).ends_with("[0]\n"));
}

#[test]
fn connections_end_with_the_process() {
    let mut desk = Desk::activated();
    desk.cli("interactive", &["user list", "quit"]);
    assert_eq!(desk.world.fleet.status("hsm-1").unwrap().connections, 0);
    desk.cli("user list", &[]);
    assert_eq!(desk.world.fleet.status("hsm-1").unwrap().connections, 0);
}

#[test]
fn completion() {
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let complete = |line: &str, last: &str| cloudhsm_cli::complete(&words(line), last).join(" ");
    assert_eq!(complete("cloudhsm-cli", "cl"), "cluster");
    assert_eq!(complete("cloudhsm-cli user create", "--ro"), "--role");
    assert_eq!(
        complete("cloudhsm-cli user create --role", ""),
        "admin crypto-user"
    );
    assert_eq!(
        complete("cloudhsm-cli key generate-symmetric", ""),
        "--help aes generic-secret help"
    );
}
