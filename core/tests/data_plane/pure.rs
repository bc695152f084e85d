//! Ed25519 and ML-DSA, Triple DES, templates of wrapping keys, and key files, as a learner types them.

use expect_test::expect;

use crate::cli::{Desk, check};
use crate::world::spec;
use hsmlab_core::hsm::ApplianceSpec;

fn non_fips() -> Desk {
    Desk::two_hsms_as(&ApplianceSpec {
        fips: false,
        ..spec("hsm-1")
    })
}

/// The value of a member of a reply.
fn member(reply: &str, name: &str) -> String {
    let start = format!("\"{name}\": ");
    let line = reply.lines().find_map(|line| line.trim().strip_prefix(&start));
    let line = line.unwrap_or_else(|| panic!("no {name} in {reply}"));
    line.trim_end_matches(',').trim_matches('"').to_owned()
}

fn generate(desk: &mut Desk, what: &str) -> String {
    desk.cli(
        &format!(
            "key generate-asymmetric-pair {what} --public-label k --private-label k \
             --public-attributes verify=true --private-attributes sign=true"
        ),
        &[],
    )
}

/// The public and the private key's replies, cut to the attributes of their kind.
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
        .filter(|line| shown.iter().any(|name| line.contains(&format!("\"{name}\":"))))
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

fn signs_and_verifies(desk: &mut Desk, mechanism: &str, data: &str, wrong: &str) {
    let private = "--key-filter attr.label=k attr.class=private-key";
    let public = "--key-filter attr.label=k attr.class=public-key";
    let signed = desk.cli(&format!("crypto sign {mechanism} {private} --data {data}"), &[]);
    let signature = member(&signed, "signature");
    let mut verify = |data: &str, signature: &str| {
        let line = format!("crypto verify {mechanism} {public} --data {data} --signature {signature}");
        member(&desk.cli(&line, &[]), if signature.is_empty() { "data" } else { "error_code" })
    };
    assert_eq!(verify(data, &signature), "0", "{mechanism}");
    assert_eq!(verify(wrong, &signature), "1", "{mechanism}");
    let other = signature.replacen(&signature[4..5], if &signature[4..5] == "A" { "B" } else { "A" }, 1);
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
            desk.cli(&format!("key delete --filter attr.label=k attr.class={class}"), &[]);
        }
    }
    check(&said, &expect![[r#"
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
    "#]]);
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
    let block = hsmlab_core::crypto::pem::find(&pem, &["PUBLIC KEY"]).unwrap();
    // The identifier of ML-DSA-44, and the key at the end, as the guide cuts it out.
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
        let said = desk.cli(&format!("{file} attr.class={class} --encoding {encoding}"), &[]);
        assert!(said.ends_with("[1]\n"), "{encoding} {class}: {said}");
    }
    // No private key of that kind is wrapped.
    desk.cli(
        "key generate-symmetric aes --label w --key-length-bytes 32 --attributes wrap=true",
        &[],
    );
    let wrap = "key wrap aes-zero-pad --payload-filter attr.label=k attr.class=private-key \
                --wrapping-filter attr.label=w";
    assert!(desk.cli(wrap, &[]).ends_with("[1]\n"));
}

#[test]
fn ml_dsa_in_fips_mode_is_a_matter_of_the_date() {
    let mut desk = Desk::two_hsms();
    desk.world.now = hsmlab_core::sim::SimTime::parse_rfc3339("2026-08-31T23:59:00Z").unwrap();
    let early = generate(&mut desk, "ml-dsa --mldsa-algorithm ML-DSA-65");
    assert!(early.contains("not allowed in FIPS mode"), "{early}");
    desk.world.now = hsmlab_core::sim::SimTime::parse_rfc3339("2026-09-01T00:00:00Z").unwrap();
    let late = generate(&mut desk, "ml-dsa --mldsa-algorithm ML-DSA-65");
    assert!(late.ends_with("[0]\n"), "{late}");
}

#[test]
fn ed25519_outside_of_fips_mode() {
    let mut fips = Desk::two_hsms();
    let refused = generate(&mut fips, "ec --curve ed25519");
    assert!(refused.contains("not allowed in FIPS mode"), "{refused}");

    let mut desk = non_fips();
    check(&kinds(&generate(&mut desk, "ec --curve ed25519")), &expect![[r#"
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
    "#]]);
    signs_and_verifies(&mut desk, "ed25519", "YWJjMTIz", "YWJjMTI0");
    let hashed = "ed25519ph --data-type raw --hash-function sha512";
    signs_and_verifies(&mut desk, hashed, "YWJjMTIz", "YWJjMTI0");
    let digest = "ed25519ph --data-type digest --hash-function sha512";
    signs_and_verifies(&mut desk, digest, MU, OTHER_MU);

    desk.host.fs.write("/tmp/long", vec![7; 16_001], "root", desk.world.now).unwrap();
    let private = "--key-filter attr.label=k attr.class=private-key --data-path /tmp/long";
    let too_long = desk.cli(&format!("crypto sign ed25519 {private}"), &[]);
    assert!(too_long.contains("16000 bytes"), "{too_long}");
    let line = format!("crypto sign {hashed} {private}");
    assert!(desk.cli(&line, &[]).ends_with("[0]\n"));
    // Another mechanism's key.
    let line = format!("crypto sign ecdsa --hash-function sha256 {private}");
    assert!(desk.cli(&line, &[]).ends_with("[1]\n"));
}

#[test]
fn ed25519_keys_come_in_and_go_out() {
    let mut desk = non_fips();
    generate(&mut desk, "ec --curve ed25519");
    let public = "--filter attr.label=k attr.class=public-key";
    desk.cli(&format!("key generate-file --encoding pem --path /tmp/k.pem {public}"), &[]);
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
    assert_eq!(member(&unwrapped, "ec-point"), member(&imported, "ec-point"));
    assert_eq!(member(&unwrapped, "class"), "private-key");
}

/// A desk with an AES key that wraps and unwraps.
fn with_wrapping_key() -> Desk {
    let mut desk = Desk::two_hsms();
    desk.cli(
        "key generate-symmetric aes --label w --key-length-bytes 32 --attributes wrap=true \
         unwrap=true",
        &[],
    );
    desk
}

#[test]
fn triple_des_keys_are_unwrapped() {
    let mut desk = with_wrapping_key();
    desk.cli("key generate-symmetric generic-secret --label s --key-length-bytes 24", &[]);
    let wrapped = desk.cli(
        "key wrap aes-zero-pad --payload-filter attr.label=s --wrapping-filter attr.label=w",
        &[],
    );
    let data = member(&wrapped, "wrapped_key_data");
    let unwrap = |class: &str| {
        format!(
            "key unwrap aes-zero-pad --filter attr.label=w --key-type-class {class} --label d \
             --data {data}"
        )
    };
    let key = desk.cli(&unwrap("des3"), &[]);
    assert_eq!(member(&key, "key-type"), "des3");
    assert_eq!(member(&key, "key-length-bytes"), "24");
    assert!(member(&key, "check-value").starts_with("0x"));
    // It is no AES key, and no other class takes it.
    desk.cli("key generate-symmetric generic-secret --label t --key-length-bytes 16", &[]);
    for class in ["rsa-private", "ec-private"] {
        assert!(desk.cli(&unwrap(class), &[]).ends_with("[1]\n"));
    }
}

#[test]
fn templates_of_wrapping_keys() {
    let mut desk = with_wrapping_key();
    let set = |desk: &mut Desk, name: &str, value: &str| {
        let line = format!("key set-attribute --filter attr.label=w --name {name} --value {value}");
        desk.cli(&line, &[])
    };
    let good = set(&mut desk, "unwrap-template", "wrap-with-trusted=true extractable=false");
    assert!(good.contains("Attribute set successfully"), "{good}");
    set(&mut desk, "wrap-template", "encrypt=true");
    for bad in ["encrypt", "encrypt=maybe", "nonsense=true", "encrypt=true encrypt=false"] {
        let said = set(&mut desk, "wrap-template", bad);
        assert!(said.ends_with("[1]\n"), "{bad}: {said}");
    }
    desk.cli("key generate-symmetric aes --label plain --key-length-bytes 16", &[]);
    desk.cli(
        "key generate-symmetric aes --label cipher --key-length-bytes 16 --attributes encrypt=true",
        &[],
    );
    let wrap = |label: &str| {
        format!(
            "key wrap aes-zero-pad --payload-filter attr.label={label} --wrapping-filter attr.label=w"
        )
    };
    assert!(desk.cli(&wrap("plain"), &[]).ends_with("[1]\n"));
    let data = member(&desk.cli(&wrap("cipher"), &[]), "wrapped_key_data");
    let unwrap = |attributes: &str| {
        format!(
            "key unwrap aes-zero-pad --filter attr.label=w --key-type-class aes --label u --data \
             {data}{attributes}"
        )
    };
    let union = desk.cli(&unwrap(" --attributes decrypt=true extractable=false"), &[]);
    assert_eq!(
        ["wrap-with-trusted", "extractable", "decrypt"].map(|name| member(&union, name)),
        ["true", "false", "true"]
    );
    let conflict = desk.cli(&unwrap(" --attributes extractable=true"), &[]);
    assert!(conflict.ends_with("[1]\n"), "{conflict}");
    // Not at creation, and not on the half that neither wraps nor unwraps.
    let at_creation = desk.cli(
        "key generate-symmetric aes --label x --key-length-bytes 16 --attributes \
         unwrap-template=encrypt=true",
        &[],
    );
    assert!(at_creation.ends_with("[1]\n"), "{at_creation}");
    generate(&mut desk, "ec --curve secp224r1");
    let line = "key set-attribute --filter attr.label=k attr.class=public-key --name unwrap-template \
                --value encrypt=true";
    assert!(desk.cli(line, &[]).ends_with("[1]\n"));
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
        said += &format!("{} {}\n", member(&pair, "curve"), member(&pair, "key-length-bytes"));
        let mechanism = format!("ecdsa --hash-function {hash}");
        signs_and_verifies(&mut desk, &mechanism, "YWJjMTIz", "YWJjMTI0");
        for class in ["public-key", "private-key"] {
            desk.cli(&format!("key delete --filter attr.label=k attr.class={class}"), &[]);
        }
    }
    check(&said, &expect![[r#"
        secp224r1 57
        secp256r1 65
        secp256k1 65
        secp384r1 97
        secp521r1 133
    "#]]);
}

#[test]
fn triple_des_in_fips_mode_decrypts_alone() {
    use hsmlab_core::client::cluster::{ClientError, Cluster};
    use hsmlab_core::proto::Secret;
    use hsmlab_core::proto::cipher::{CipherCommand, CipherMechanism};
    use hsmlab_core::proto::key::{Flag, KeyType, Template};
    use hsmlab_core::proto::message::{Command, Fault, Reply, Role};

    for fips in [true, false] {
        let mut desk = Desk::two_hsms_as(&ApplianceSpec {
            fips,
            ..spec("hsm-1")
        });
        let ca = desk.host.fs.read("/opt/cloudhsm/etc/customerCA.crt", "root").unwrap();
        let ca = String::from_utf8_lossy(&ca).into_owned();
        let address = desk.world.hsms[0].0;
        let world = &mut desk.world;
        let config = crate::world::config(&[address]);
        let mut cluster = Cluster::connect(&config, &ca, world, &mut Vec::new()).unwrap();
        let login = Command::Login {
            username: "alice".into(),
            role: Role::CryptoUser,
            password: Secret::new("password2"),
        };
        cluster.login(&login, world).unwrap();
        let flags = [Flag::Encrypt, Flag::Decrypt, Flag::Wrap, Flag::Unwrap];
        let template = |label: &str| Template {
            label: label.into(),
            flags: flags.iter().map(|flag| (*flag, true)).collect(),
            ..Template::default()
        };
        let generate = |key_type, length_bytes| Command::GenerateSymmetric {
            key_type,
            length_bytes,
            template: template("d"),
        };
        let mut make = |command: &Command, world: &mut crate::world::World| {
            let made = cluster.make_keys(None, command, false, world);
            made.map(|mut keys| keys.remove(0))
        };
        let made = make(&generate(KeyType::Des3, 24), world);
        assert!(make(&generate(KeyType::Des3, 16), world).is_err());
        let key = if fips {
            assert_eq!(made.unwrap_err(), ClientError::Fault(Fault::NotInFips));
            // It comes in wrapped.
            let secret = make(&generate(KeyType::GenericSecret, 24), world).unwrap();
            let kek = make(&generate(KeyType::Aes, 32), world).unwrap();
            let mechanism = hsmlab_core::proto::key::WrapMechanism::AesZeroPad;
            let wrap = Command::Wrap {
                payload: secret.info.handle,
                wrapping: kek.info.handle,
                mechanism: mechanism.clone(),
            };
            let Ok(Reply::Wrapped { wrapped, .. }) = cluster.use_keys(&[&kek], &wrap, world) else {
                panic!("not wrapped");
            };
            let unwrap = Command::Unwrap {
                wrapping: kek.info.handle,
                mechanism,
                wrapped,
                kind: hsmlab_core::proto::message::UnwrapKind::Des3,
                template: template("u"),
            };
            cluster.make_keys(Some(&kek), &unwrap, false, world).unwrap().remove(0)
        } else {
            made.unwrap()
        };
        let (handle, mechanism) = (key.info.handle, CipherMechanism::Des3CbcPad { iv: vec![1; 8] });
        let encrypt = Command::Cipher(CipherCommand::Encrypt {
            handle,
            mechanism: mechanism.clone(),
            data: b"plain".to_vec(),
        });
        let encrypted = cluster.use_keys(&[&key], &encrypt, world);
        let decrypt = |mechanism, data| {
            Command::Cipher(CipherCommand::Decrypt { handle, mechanism, data })
        };
        if fips {
            assert_eq!(encrypted, Err(ClientError::Fault(Fault::NotInFips)));
            let command = decrypt(CipherMechanism::Des3Ecb, vec![0; 8]);
            let decrypted = cluster.use_keys(&[&key], &command, world);
            assert!(matches!(decrypted, Ok(Reply::Bytes(bytes)) if bytes.len() == 8));
        } else {
            let Ok(Reply::Wrapped { wrapped, .. }) = encrypted else { panic!("not encrypted") };
            let decrypted = cluster.use_keys(&[&key], &decrypt(mechanism, wrapped), world);
            assert_eq!(decrypted, Ok(Reply::Bytes(b"plain".to_vec())));
        }
    }
}
