//! Import and export of wrapped keys: private keys through every mechanism, Triple DES, and the templates
//! of wrapping keys.

use hsmlab_hsm::ApplianceSpec;

use crate::cli::Desk;
use crate::pure::{generate, member};
use crate::world::spec;

/// Makes a desk with an AES key that wraps and unwraps.
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
    desk.cli(
        "key generate-symmetric generic-secret --label s --key-length-bytes 24",
        &[],
    );
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
    // It is not an AES key, and no other class accepts it.
    desk.cli(
        "key generate-symmetric generic-secret --label t --key-length-bytes 16",
        &[],
    );
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
    let good = set(
        &mut desk,
        "unwrap-template",
        "wrap-with-trusted=true extractable=false",
    );
    assert!(good.contains("Attribute set successfully"), "{good}");
    set(&mut desk, "wrap-template", "encrypt=true");
    for bad in [
        "encrypt",
        "encrypt=maybe",
        "nonsense=true",
        "encrypt=true encrypt=false",
    ] {
        let said = set(&mut desk, "wrap-template", bad);
        assert!(said.ends_with("[1]\n"), "{bad}: {said}");
    }
    desk.cli(
        "key generate-symmetric aes --label plain --key-length-bytes 16",
        &[],
    );
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
fn triple_des_in_fips_mode_only_decrypts() {
    use hsmlab_client::cluster::{ClientError, Cluster};
    use hsmlab_proto::Secret;
    use hsmlab_proto::cipher::{CipherCommand, CipherMechanism};
    use hsmlab_proto::key::{Flag, KeyType, Template};
    use hsmlab_proto::message::{Command, Fault, Reply};
    use hsmlab_proto::role::Role;

    for fips in [true, false] {
        let mut desk = Desk::two_hsms_as(&ApplianceSpec {
            fips,
            ..spec("hsm-1")
        });
        let ca = desk
            .host
            .fs
            .read("/opt/cloudhsm/etc/customerCA.crt", "root")
            .unwrap();
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
            // It is imported wrapped.
            let secret = make(&generate(KeyType::GenericSecret, 24), world).unwrap();
            let kek = make(&generate(KeyType::Aes, 32), world).unwrap();
            let mechanism = hsmlab_proto::key::WrapMechanism::AesZeroPad;
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
                kind: hsmlab_proto::message::UnwrapKind::Des3,
                template: template("u"),
            };
            cluster
                .make_keys(Some(&kek), &unwrap, false, world)
                .unwrap()
                .remove(0)
        } else {
            made.unwrap()
        };
        let (handle, mechanism) = (
            key.info.handle,
            CipherMechanism::Des3CbcPad { iv: vec![1; 8] },
        );
        let encrypt = Command::Cipher(CipherCommand::Encrypt {
            handle,
            mechanism: mechanism.clone(),
            data: b"plain".to_vec(),
        });
        let encrypted = cluster.use_keys(&[&key], &encrypt, world);
        let decrypt = |mechanism, data| {
            Command::Cipher(CipherCommand::Decrypt {
                handle,
                mechanism,
                data,
            })
        };
        if fips {
            assert_eq!(encrypted, Err(ClientError::Fault(Fault::NotInFips)));
            let command = decrypt(CipherMechanism::Des3Ecb, vec![0; 8]);
            let decrypted = cluster.use_keys(&[&key], &command, world);
            assert!(matches!(decrypted, Ok(Reply::Bytes(bytes)) if bytes.len() == 8));
        } else {
            let Ok(Reply::Wrapped { wrapped, .. }) = encrypted else {
                panic!("not encrypted")
            };
            let decrypted = cluster.use_keys(&[&key], &decrypt(mechanism, wrapped), world);
            assert_eq!(decrypted, Ok(Reply::Bytes(b"plain".to_vec())));
        }
    }
}

#[test]
fn private_keys_through_every_mechanism() {
    let mut desk = with_wrapping_key();
    desk.cli(
        "key generate-asymmetric-pair rsa --public-label r --private-label r --modulus-size-bits 2048 \
         --public-exponent 65537 --public-attributes wrap=true --private-attributes unwrap=true",
        &[],
    );
    generate(&mut desk, "ec --curve secp384r1");
    let payload = |label: &str| format!("attr.label={label} attr.class=private-key");
    let (aes, public, private) = (
        "attr.label=w",
        "attr.label=r attr.class=public-key",
        "attr.label=r attr.class=private-key",
    );
    for (mechanism, options, wrapping, unwrapping) in [
        ("aes-gcm", "--tag-length-bits 128 --aad 0x10", aes, aes),
        ("cloudhsm-aes-gcm", "--tag-length-bits 96", aes, aes),
        ("aes-pkcs5-pad", "", aes, aes),
        ("aes-zero-pad", "", aes, aes),
        (
            "rsa-aes",
            "--hash-function sha256 --mgf mgf1-sha256",
            public,
            private,
        ),
    ] {
        for (label, class, part) in [
            ("k", "ec-private", "ec-point"),
            ("r", "rsa-private", "modulus"),
        ] {
            let wrapped = desk.cli(
                &format!(
                    "key wrap {mechanism} {options} --payload-filter {} --wrapping-filter {wrapping}",
                    payload(label)
                ),
                &[],
            );
            let hyphens = mechanism.starts_with("rsa");
            let data = if hyphens {
                "wrapped-key-data"
            } else {
                "wrapped_key_data"
            };
            let data = member(&wrapped, data);
            let iv = if mechanism == "aes-gcm" {
                format!("--iv {}", member(&wrapped, "iv"))
            } else {
                String::new()
            };
            let unwrap = |class: &str, data: &str| {
                format!(
                    "key unwrap {mechanism} {options} {iv} --filter {unwrapping} --key-type-class \
                     {class} --label back --data {data}"
                )
            };
            let back = desk.cli(&unwrap(class, &data), &[]);
            let key = desk.cli(
                &format!("key list --verbose --filter {}", payload(label)),
                &[],
            );
            assert_eq!(
                member(&back, part),
                member(&key, part),
                "{mechanism} {class}"
            );
            assert_eq!(
                ["local", "always-sensitive", "never-extractable"].map(|name| member(&back, name)),
                ["false"; 3]
            );
            let other = if class == "ec-private" {
                "rsa-private"
            } else {
                "ec-private"
            };
            for wrong in [other, "aes"] {
                let said = desk.cli(&unwrap(wrong, &data), &[]);
                assert!(said.ends_with("[1]\n"), "{mechanism} {class} as {wrong}");
            }
            let cut = &data[..data.len() - 4];
            assert!(
                desk.cli(&unwrap(class, cut), &[]).ends_with("[1]\n"),
                "{mechanism}"
            );
            desk.cli("key delete --filter attr.label=back", &[]);
        }
    }
}
