//! Ed25519, ML-DSA and the curves, and their key files, as a learner uses them.

use expect_test::expect;

use crate::cli::{Desk, check};
use crate::world::spec;
use hsmlab_hsm::ApplianceSpec;

fn non_fips() -> Desk {
    Desk::two_hsms_as(&ApplianceSpec {
        fips: false,
        ..spec("hsm-1")
    })
}

/// Returns the value of a member of a reply.
pub fn member(reply: &str, name: &str) -> String {
    let start = format!("\"{name}\": ");
    let line = reply
        .lines()
        .find_map(|line| line.trim().strip_prefix(&start));
    let line = line.unwrap_or_else(|| panic!("no {name} in {reply}"));
    line.trim_end_matches(',').trim_matches('"').to_owned()
}

pub fn generate(desk: &mut Desk, what: &str) -> String {
    desk.cli(
        &format!(
            "key generate-asymmetric-pair {what} --public-label k --private-label k \
             --public-attributes verify=true --private-attributes sign=true"
        ),
        &[],
    )
}

/// Returns the public and the private key's replies, reduced to the attributes of their kind.
fn kinds(reply: &str) -> String {
    let shown = [
        "key-type",
        "class",
        "mldsa-algorithm",
        "key-length-bytes",
        "curve",
        "sensitive",
    ];
    reply
        .lines()
        .filter(|line| {
            shown
                .iter()
                .any(|name| line.contains(&format!("\"{name}\":")))
        })
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

fn signs_and_verifies(desk: &mut Desk, mechanism: &str, data: &str, wrong: &str) {
    let private = "--key-filter attr.label=k attr.class=private-key";
    let public = "--key-filter attr.label=k attr.class=public-key";
    let signed = desk.cli(
        &format!("crypto sign {mechanism} {private} --data {data}"),
        &[],
    );
    let signature = member(&signed, "signature");
    let mut verify = |data: &str, signature: &str| {
        let line =
            format!("crypto verify {mechanism} {public} --data {data} --signature {signature}");
        member(
            &desk.cli(&line, &[]),
            if signature.is_empty() {
                "data"
            } else {
                "error_code"
            },
        )
    };
    assert_eq!(verify(data, &signature), "0", "{mechanism}");
    assert_eq!(verify(wrong, &signature), "1", "{mechanism}");
    let other = signature.replacen(
        &signature[4..5],
        if &signature[4..5] == "A" { "B" } else { "A" },
        1,
    );
    assert_eq!(verify(data, &other), "1", "{mechanism}");
}

const MU: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const OTHER_MU: &str =
    "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

#[test]
fn ml_dsa_of_all_sets() {
    let mut desk = Desk::two_hsms();
    let mut said = String::new();
    for set in ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] {
        let pair = generate(&mut desk, &format!("ml-dsa --mldsa-algorithm {set}"));
        said += &kinds(&pair);
        let raw = "ml-dsa --data-type raw --hash-function shake256";
        signs_and_verifies(&mut desk, raw, "YWJjMTIz", "YWJjMTI0");
        signs_and_verifies(&mut desk, "ml-dsa --data-type external-mu", MU, OTHER_MU);
        for class in ["public-key", "private-key"] {
            desk.cli(
                &format!("key delete --filter attr.label=k attr.class={class}"),
                &[],
            );
        }
    }
    check(
        &said,
        &expect![[r#"
        "key-type": "ml-dsa",
        "class": "public-key",
        "mldsa-algorithm": "ML-DSA-44",
        "sensitive": false,
        "key-length-bytes": 1312
        "key-type": "ml-dsa",
        "class": "private-key",
        "mldsa-algorithm": "ML-DSA-44",
        "sensitive": true,
        "key-length-bytes": 2560
        "key-type": "ml-dsa",
        "class": "public-key",
        "mldsa-algorithm": "ML-DSA-65",
        "sensitive": false,
        "key-length-bytes": 1952
        "key-type": "ml-dsa",
        "class": "private-key",
        "mldsa-algorithm": "ML-DSA-65",
        "sensitive": true,
        "key-length-bytes": 4032
        "key-type": "ml-dsa",
        "class": "public-key",
        "mldsa-algorithm": "ML-DSA-87",
        "sensitive": false,
        "key-length-bytes": 2592
        "key-type": "ml-dsa",
        "class": "private-key",
        "mldsa-algorithm": "ML-DSA-87",
        "sensitive": true,
        "key-length-bytes": 4896
    "#]],
    );
}

#[test]
fn the_learner_can_compute_mu_from_the_exported_key() {
    let mut desk = Desk::two_hsms();
    generate(&mut desk, "ml-dsa --mldsa-algorithm ML-DSA-44");
    let file = "key generate-file --path /tmp/k.pem --filter attr.label=k";
    let said = desk.cli(&format!("{file} attr.class=public-key --encoding pem"), &[]);
    assert!(said.contains("Successfully generated key file"), "{said}");
    let pem = desk.host.fs.read("/tmp/k.pem", "root").unwrap();
    let pem = String::from_utf8_lossy(&pem).into_owned();
    let block = hsmlab_crypto::pem::find(&pem, &["PUBLIC KEY"]).unwrap();
    // The identifier of ML-DSA-44, and the key at the end, which the guide extracts.
    assert_eq!(block.bytes.len(), 1312 + 22);
    assert!(hex::encode(&block.bytes).contains("0609608648016503040311"));
    let reference = desk.cli(
        &format!("{file} attr.class=private-key --encoding cloudhsm-reference-pem"),
        &[],
    );
    assert!(reference.ends_with("[0]\n"), "{reference}");
    let pem = desk.host.fs.read("/tmp/k.pem", "root").unwrap();
    assert!(pem.starts_with(b"-----BEGIN CLOUDHSM REFERENCE-----"));
    for (encoding, class) in [
        ("pem", "private-key"),
        ("reference-pem", "private-key"),
        ("cloudhsm-reference-pem", "public-key"),
    ] {
        let said = desk.cli(
            &format!("{file} attr.class={class} --encoding {encoding}"),
            &[],
        );
        assert!(said.ends_with("[1]\n"), "{encoding} {class}: {said}");
    }
    // Private keys of that kind cannot be wrapped.
    desk.cli(
        "key generate-symmetric aes --label w --key-length-bytes 32 --attributes wrap=true",
        &[],
    );
    let wrap = "key wrap aes-zero-pad --payload-filter attr.label=k attr.class=private-key \
                --wrapping-filter attr.label=w";
    assert!(desk.cli(wrap, &[]).ends_with("[1]\n"));
}

#[test]
fn ml_dsa_in_fips_mode_depends_on_the_date() {
    let mut desk = Desk::two_hsms();
    desk.world.now = hsmlab_sim::SimTime::parse_rfc3339("2026-08-31T23:59:00Z").unwrap();
    let early = generate(&mut desk, "ml-dsa --mldsa-algorithm ML-DSA-65");
    assert!(early.contains("not allowed in FIPS mode"), "{early}");
    desk.world.now = hsmlab_sim::SimTime::parse_rfc3339("2026-09-01T00:00:00Z").unwrap();
    let late = generate(&mut desk, "ml-dsa --mldsa-algorithm ML-DSA-65");
    assert!(late.ends_with("[0]\n"), "{late}");
}

#[test]
fn ed25519_needs_non_fips_mode() {
    let mut fips = Desk::two_hsms();
    let refused = generate(&mut fips, "ec --curve ed25519");
    assert!(refused.contains("not allowed in FIPS mode"), "{refused}");

    let mut desk = non_fips();
    check(
        &kinds(&generate(&mut desk, "ec --curve ed25519")),
        &expect![[r#"
        "key-type": "ec",
        "class": "public-key",
        "sensitive": false,
        "key-length-bytes": 32,
        "curve": "ed25519"
        "key-type": "ec",
        "class": "private-key",
        "sensitive": true,
        "key-length-bytes": 48,
        "curve": "ed25519"
    "#]],
    );
    signs_and_verifies(&mut desk, "ed25519", "YWJjMTIz", "YWJjMTI0");
    let hashed = "ed25519ph --data-type raw --hash-function sha512";
    signs_and_verifies(&mut desk, hashed, "YWJjMTIz", "YWJjMTI0");
    let digest = "ed25519ph --data-type digest --hash-function sha512";
    signs_and_verifies(&mut desk, digest, MU, OTHER_MU);

    desk.host
        .fs
        .write("/tmp/long", vec![7; 16_001], "root", desk.world.now)
        .unwrap();
    let private = "--key-filter attr.label=k attr.class=private-key --data-path /tmp/long";
    let too_long = desk.cli(&format!("crypto sign ed25519 {private}"), &[]);
    assert!(too_long.contains("16000 bytes"), "{too_long}");
    let line = format!("crypto sign {hashed} {private}");
    assert!(desk.cli(&line, &[]).ends_with("[0]\n"));
    // A key of another mechanism.
    let line = format!("crypto sign ecdsa --hash-function sha256 {private}");
    assert!(desk.cli(&line, &[]).ends_with("[1]\n"));
}

#[test]
fn ed25519_keys_can_be_imported_and_exported() {
    let mut desk = non_fips();
    generate(&mut desk, "ec --curve ed25519");
    let public = "--filter attr.label=k attr.class=public-key";
    desk.cli(
        &format!("key generate-file --encoding pem --path /tmp/k.pem {public}"),
        &[],
    );
    let import = "key import pem --path /tmp/k.pem --label again --key-type-class ec-public";
    let imported = desk.cli(import, &[]);
    assert_eq!(member(&imported, "curve"), "ed25519");
    assert_eq!(member(&imported, "local"), "false");
    desk.cli(
        "key generate-symmetric aes --label w --key-length-bytes 32 --attributes wrap=true \
         unwrap=true",
        &[],
    );
    let wrapped = desk.cli(
        "key wrap aes-zero-pad --payload-filter attr.label=k attr.class=private-key \
         --wrapping-filter attr.label=w",
        &[],
    );
    let unwrapped = desk.cli(
        &format!(
            "key unwrap aes-zero-pad --filter attr.label=w --key-type-class ec-private --label back \
             --data {}",
            member(&wrapped, "wrapped_key_data")
        ),
        &[],
    );
    assert_eq!(
        member(&unwrapped, "ec-point"),
        member(&imported, "ec-point")
    );
    assert_eq!(member(&unwrapped, "class"), "private-key");
}

#[test]
fn all_curves_of_the_guide() {
    let mut desk = Desk::two_hsms();
    let mut said = String::new();
    for (curve, hash) in [
        ("secp224r1", "sha224"),
        ("secp256r1", "sha256"),
        ("secp256k1", "sha256"),
        ("secp384r1", "sha384"),
        ("secp521r1", "sha512"),
    ] {
        let pair = generate(&mut desk, &format!("ec --curve {curve}"));
        said += &format!(
            "{} {}\n",
            member(&pair, "curve"),
            member(&pair, "key-length-bytes")
        );
        let mechanism = format!("ecdsa --hash-function {hash}");
        signs_and_verifies(&mut desk, &mechanism, "YWJjMTIz", "YWJjMTI0");
        for class in ["public-key", "private-key"] {
            desk.cli(
                &format!("key delete --filter attr.label=k attr.class={class}"),
                &[],
            );
        }
    }
    check(
        &said,
        &expect![[r#"
        secp224r1 57
        secp256r1 65
        secp256k1 65
        secp384r1 97
        secp521r1 133
    "#]],
    );
}

#[test]
fn the_whole_reply_for_an_ml_dsa_pair() {
    let mut desk = Desk::two_hsms();
    let reply = desk.cli(
        "key generate-asymmetric-pair ml-dsa --public-label mldsa-public --private-label mldsa-private \
         --mldsa-algorithm ML-DSA-44",
        &[],
    );
    check(
        &reply,
        &expect![[r#"
        {
          "error_code": 0,
          "data": {
            "public_key": {
              "key-reference": "0x00000000000c10ce",
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
                "key-type": "ml-dsa",
                "label": "mldsa-public",
                "id": "0x",
                "check-value": "0x5e247d",
                "class": "public-key",
                "encrypt": false,
                "decrypt": false,
                "token": true,
                "always-sensitive": false,
                "derive": false,
                "destroyable": true,
                "extractable": true,
                "local": true,
                "modifiable": true,
                "never-extractable": false,
                "private": true,
                "mldsa-algorithm": "ML-DSA-44",
                "sensitive": false,
                "sign": false,
                "trusted": false,
                "unwrap": false,
                "verify": false,
                "wrap": false,
                "wrap-with-trusted": false,
                "key-length-bytes": 1312
              }
            },
            "private_key": {
              "key-reference": "0x0000000000f246f1",
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
                "key-type": "ml-dsa",
                "label": "mldsa-private",
                "id": "0x",
                "check-value": "0x5e247d",
                "class": "private-key",
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
                "mldsa-algorithm": "ML-DSA-44",
                "sensitive": true,
                "sign": false,
                "trusted": false,
                "unwrap": false,
                "verify": false,
                "wrap": false,
                "wrap-with-trusted": false,
                "key-length-bytes": 2560
              }
            }
          }
        }
        [0]
    "#]],
    );
}

#[test]
fn key_list_in_pages() {
    let mut desk = Desk::two_hsms();
    for _ in 0..5 {
        desk.cli(
            "key generate-symmetric aes --label k --key-length-bytes 16",
            &[],
        );
    }
    let mut counts = |options: &str| {
        let reply = desk.cli(&format!("key list {options}"), &[]);
        let token = reply
            .contains("next_token")
            .then(|| member(&reply, "next_token"));
        let keys = reply.matches("\"key-reference\"").count().to_string();
        assert_eq!(member(&reply, "returned_key_count"), keys);
        (keys, member(&reply, "total_key_count"), token)
    };
    let page = |keys: &str, token: Option<&str>| {
        (keys.to_owned(), "5".to_owned(), token.map(str::to_owned))
    };
    assert_eq!(counts("--max-items 2"), page("2", Some("2")));
    assert_eq!(
        counts("--max-items 2 --starting-token 2"),
        page("2", Some("4"))
    );
    assert_eq!(counts("--max-items 2 --starting-token 4"), page("1", None));
    assert_eq!(counts("--starting-token 9"), page("0", None));
    assert_eq!(counts(""), page("5", None));
    let none = desk.cli("key list --filter attr.label=other", &[]);
    check(
        &none,
        &expect![[r#"
            {
              "error_code": 0,
              "data": {
                "matched_keys": [],
                "total_key_count": 0,
                "returned_key_count": 0
              }
            }
            [0]
        "#]],
    );
    assert!(
        desk.cli("key list --starting-token x", &[])
            .ends_with("[2]\n")
    );
}
