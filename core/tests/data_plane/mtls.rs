//! `cluster mtls`, and clients with a certificate.

use expect_test::expect;
use hsmlab_crypto::keys::{Curve, KeyKind};

use crate::cli::{Desk, check};
use crate::world::{client_ca, spec};

const ETC: &str = "/opt/cloudhsm/etc";

/// Makes two HSMs, an administrator in single command mode, and a CA of clients in `ca.crt`.
fn desk() -> Desk {
    let mut desk = Desk::two_hsms();
    desk.act_as("admin", "admin:password1");
    let (ca, chain, key) = client_ca(1, KeyKind::Ec(Curve::P256), desk.world.now);
    desk.write("/root/ca.crt", &ca);
    desk.write(&format!("{ETC}/ssl-client.pem"), &chain);
    desk.write(&format!("{ETC}/ssl-client.key"), &key);
    desk
}

fn with_certificate(desk: &mut Desk) {
    let said = desk.tool(&format!(
        "configure-cli --client-cert-hsm-tls-file {ETC}/ssl-client.pem --client-key-hsm-tls-file \
         {ETC}/ssl-client.key"
    ));
    assert_eq!(said, "");
}

/// Returns the reply without the certificates.
fn short(reply: &str) -> String {
    reply
        .lines()
        .map(|line| match line.split_once("-----BEGIN CERTIFICATE") {
            Some((start, _)) => format!("{start}…\",\n"),
            None => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn the_procedure_of_the_guide() {
    let mut desk = desk();
    let mut said = desk.cli("cluster mtls list-trust-anchors", &[]);
    said += &desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    said += &desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    said += &desk.cli("cluster mtls set-enforcement --level cluster", &[]);
    with_certificate(&mut desk);
    said += &desk.cli("cluster mtls set-enforcement --level cluster", &[]);
    said += &desk.cli("cluster mtls get-enforcement", &[]);
    said += &desk.cli(
        "cluster mtls deregister-trust-anchor --certificate-reference 0x01",
        &[],
    );
    said += &desk.cli("cluster mtls set-enforcement --level none", &[]);
    said += &desk.cli(
        "cluster mtls deregister-trust-anchor --certificate-reference 1",
        &[],
    );
    said += &desk.cli(
        "cluster mtls deregister-trust-anchor --certificate-reference 0x01",
        &[],
    );
    check(
        &short(&said),
        &expect![[r#"
        {
          "error_code": 0,
          "data": {
            "trust_anchors": []
          }
        }
        [0]
        {
          "error_code": 0,
          "data": {
            "trust_anchor": {
              "certificate-reference": "0x01",
              "certificate": "…",
              "cluster-coverage": "full"
            }
          }
        }
        [0]
        {
          "error_code": 1,
          "data": "Invalid Certificate: Trust anchor already exists."
        }
        [1]
        {
          "error_code": 1,
          "data": "Failed to set the mtls enforcement. Current connection must be mtls to set this enforcement."
        }
        [1]
        {
          "error_code": 0,
          "data": {
            "message": "Mtls enforcement level set to Cluster successfully"
          }
        }
        [0]
        {
          "error_code": 0,
          "data": {
            "mtls-enforcement-level": "cluster"
          }
        }
        [0]
        {
          "error_code": 1,
          "data": "Failed to deregister the trust anchor. The last trust anchor cannot be deregistered while mtls is enforced."
        }
        [1]
        {
          "error_code": 0,
          "data": {
            "message": "Mtls enforcement level set to None successfully"
          }
        }
        [0]
        {
          "error_code": 0,
          "data": {
            "message": "Trust anchor with reference 0x01 deregistered successfully"
          }
        }
        [0]
        {
          "error_code": 1,
          "data": "Invalid Certificate: Trust anchor does not exist."
        }
        [1]
    "#]],
    );
}

#[test]
fn enforcement_shuts_out_clients_without_a_certificate_and_ends_their_connections() {
    let mut desk = desk();
    // A session opened before.
    let mut before =
        hsmlab_tool_sdk5::cloudhsm_cli::start(&["cloudhsm-cli".into(), "interactive".into()]);
    use hsmlab_shell::process::Input;
    desk.resume(&mut before, Input::Start, None);
    desk.resume(&mut before, Input::Line("user list".into()), None);
    desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    with_certificate(&mut desk);
    let set = desk.cli("cluster mtls set-enforcement --level cluster", &[]);
    assert!(set.contains("set to Cluster successfully"), "{set}");
    assert!(desk.cli("user list", &[]).contains("\"error_code\": 0"));
    for hsm in ["hsm-1", "hsm-2"] {
        assert_eq!(desk.world.fleet.status(hsm).unwrap().connections, 0);
    }
    let (late, _) = desk.resume(&mut before, Input::Line("user list".into()), None);
    assert!(late.contains("HSM is disconnected"), "{late}");
    // The paths are missing from the configuration.
    let path = format!("{ETC}/cloudhsm-cli.cfg");
    let config = desk.host.fs.read(&path, "root").unwrap();
    let text: String = String::from_utf8_lossy(&config)
        .lines()
        .filter(|line| !line.contains("_hsm_tls_file"))
        .collect::<Vec<_>>()
        .join("\n");
    let text = text.replace("],\n      }", "]\n      }");
    desk.write(&path, &text);
    check(
        &desk.cli("user list", &[]),
        &expect![[r#"
            {
              "error_code": 1,
              "data": "HSM is disconnected"
            }
            [1]
        "#]],
    );
}

#[test]
fn invalid_anchors_are_refused() {
    let mut desk = desk();
    let now = desk.world.now;
    let (second, chain, _) = client_ca(2, KeyKind::Rsa(2048), now);
    let (third, _, _) = client_ca(3, KeyKind::Ec(Curve::P384), now);
    let (curve, _, _) = client_ca(4, KeyKind::Ec(Curve::K256), now);
    let mut said = String::new();
    for text in [
        "no PEM".to_owned(),
        chain,
        curve,
        // Two roots are not a chain.
        second.clone() + &third,
        second.repeat(7),
    ] {
        desk.write("/root/x.crt", &text);
        said += &desk.cli("cluster mtls register-trust-anchor --path /root/x.crt", &[]);
    }
    for (at, text) in [second, third].iter().enumerate() {
        desk.write("/root/x.crt", text);
        let reply = desk.cli("cluster mtls register-trust-anchor --path /root/x.crt", &[]);
        assert!(reply.contains(&format!("\"0x0{}\"", at + 1)), "{reply}");
    }
    said += &desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    said += &desk.cli("cluster mtls register-trust-anchor --path /nowhere", &[]);
    desk.act_as("crypto-user", "alice:password2");
    said += &desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    check(
        &said,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Invalid Certificate: Certificate is not in PEM format."
        }
        [1]
        {
          "error_code": 1,
          "data": "Invalid Certificate: Certificate is not a CA certificate."
        }
        [1]
        {
          "error_code": 1,
          "data": "Invalid Certificate: Key type is not supported."
        }
        [1]
        {
          "error_code": 1,
          "data": "Invalid Certificate: Certificate chain is not in order."
        }
        [1]
        {
          "error_code": 1,
          "data": "Oversized Certificate: Certificate is too long"
        }
        [1]
        {
          "error_code": 1,
          "data": "Maximum number of certificates registered."
        }
        [1]
        {
          "error_code": 1,
          "data": "Failed to access file /nowhere: No such file or directory"
        }
        [1]
        {
          "error_code": 1,
          "data": "An Admin must be logged in to set policy on an HSM"
        }
        [1]
    "#]],
    );
}

#[test]
fn only_the_first_administrator_enforces() {
    let mut desk = desk();
    desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    desk.cli(
        "user create --username second --role admin --password password2",
        &[],
    );
    with_certificate(&mut desk);
    desk.act_as("admin", "second:password2");
    let said = desk.cli("cluster mtls set-enforcement --level cluster", &[]);
    assert!(
        said.contains("An Admin must be logged in to set policy on an HSM"),
        "{said}"
    );
    desk.act_as("admin", "admin:password1");
    let said = desk.cli("cluster mtls set-enforcement --level cluster", &[]);
    assert!(said.contains("\"error_code\": 0"), "{said}");
}

#[test]
fn an_hsm_that_joins_has_the_policies_of_its_image_and_a_missed_one_is_visible() {
    let mut desk = desk();
    let image = desk.world.fleet.backup("hsm-1", desk.world.now).unwrap();
    desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    let full = desk.cli("cluster mtls list-trust-anchors", &[]);
    assert!(full.contains("\"cluster-coverage\": \"full\""), "{full}");
    let now = desk.world.now;
    desk.world
        .fleet
        .restore(&spec("hsm-3"), &image, now)
        .unwrap();
    desk.world.address("hsm-3");
    let missed = desk.cli("cluster mtls list-trust-anchors", &[]);
    assert!(
        missed.contains("\"cluster-coverage\": \"inconsistent\""),
        "{missed}"
    );
    // The same command again repairs it.
    let again = desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    assert!(again.contains("\"cluster-coverage\": \"full\""), "{again}");
    let image = desk.world.fleet.backup("hsm-1", now).unwrap();
    desk.world
        .fleet
        .restore(&spec("hsm-4"), &image, now)
        .unwrap();
    desk.world.address("hsm-4");
    let full = desk.cli("cluster mtls list-trust-anchors", &[]);
    assert!(full.contains("\"cluster-coverage\": \"full\""), "{full}");
}

#[test]
fn a_key_file_that_does_not_fit_is_reported_in_the_log() {
    let mut desk = desk();
    desk.cli(
        "cluster mtls register-trust-anchor --path /root/ca.crt",
        &[],
    );
    with_certificate(&mut desk);
    let (_, _, other) = client_ca(2, KeyKind::Ec(Curve::P256), desk.world.now);
    desk.write(&format!("{ETC}/ssl-client.key"), &other);
    assert!(
        desk.cli("user list", &[])
            .contains("Failed to initialize hsm1 context")
    );
    let log = desk.component_log("cli");
    assert!(
        log.contains("the client private key is not that of the certificate"),
        "{log}"
    );
}
