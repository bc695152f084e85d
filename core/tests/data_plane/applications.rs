//! Applications that use keys of the cluster: `pkcs11-tool` with the PKCS#11 library, `openssl` with
//! the engine.

use expect_test::{Expect, expect};
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_client::cryptoki::{KeyTemplate, Token};
use hsmlab_core::programs::SOFTWARE;
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::seal;
use hsmlab_proto::Secret;
use hsmlab_proto::cipher::{CipherMechanism, DeriveMechanism};
use hsmlab_proto::key::{Curve, Flag, KeyType, PublicPart, Template};
use hsmlab_proto::message::PairKind;
use hsmlab_tool_sdk5::pkcs11_tool;

use crate::cli::Desk;
use crate::world::config;

const MODULE: &str = "--module /opt/cloudhsm/lib/libcloudhsm_pkcs11.so";
const PIN: &str = "--pin alice:password2";

/// Makes two HSMs, the crypto user alice, and all components configured.
fn desk() -> Desk {
    let mut desk = Desk::two_hsms();
    for tool in ["configure-pkcs11", "configure-dyn"] {
        assert_eq!(desk.tool(&format!("{tool} -a 10.0.1.10")), "");
    }
    desk.host.packages.insert("opensc".into());
    desk
}

impl Desk {
    /// Runs `pkcs11-tool` with the library and a login.
    fn p11(&mut self, arguments: &str) -> String {
        self.p11_bare(&format!("{MODULE} {PIN} {arguments}"), &[])
    }

    fn p11_bare(&mut self, arguments: &str, lines: &[&str]) -> String {
        let argv: Vec<String> = format!("pkcs11-tool {arguments}")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let transcript = self.program(pkcs11_tool::start(&argv), lines);
        without_digits(&transcript)
    }

    fn openssl(&mut self, arguments: &str) -> String {
        let argv: Vec<String> = format!("openssl {arguments}")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let process = SOFTWARE.find("openssl").unwrap().start(&argv);
        self.program(process, &[])
    }

    fn place(&mut self, name: &str, bytes: &[u8]) {
        let now = self.world.now;
        let path = format!("{}/{name}", self.login.cwd);
        self.host.fs.write(&path, bytes, "root", now).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        let path = format!("{}/{name}", self.login.cwd);
        self.host.fs.read(&path, "root").unwrap().to_vec()
    }

    fn log(&self) -> String {
        self.component_log("pkcs11")
    }
}

/// Long numbers differ from world to world.
fn without_digits(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let digits = line.trim();
        let long = digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if long && line.starts_with("              ") {
            continue;
        }
        match line.split_once(":    ").or(line.split_once(":   ")) {
            Some((name, value)) if name.ends_with("Modulus") || name.ends_with("EC Point") => {
                assert!(value.trim().len() >= 50, "{line}");
                out += &format!("{name}: ...\n");
            }
            _ => out += line,
        }
    }
    out
}

fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

/// Returns the tool's message for a failed function of the library.
#[track_caller]
fn fails(transcript: &str, function: &str, rv: &str) {
    let tail = format!("error: PKCS11 function {function} failed: rv = {rv}\nAborting.\n[1]\n");
    assert!(transcript.ends_with(&tail), "{transcript}");
}

#[test]
fn slots_and_mechanisms() {
    let mut desk = desk();
    check(
        &desk.p11_bare(&format!("{MODULE} --show-info --list-slots"), &[]),
        &expect![[r#"
            Cryptoki version 2.40
            Manufacturer     Amazon Web Services
            Library          AWS CloudHSM PKCS#11 library (ver 5.18)
            Available slots:
            Slot 0 (0x2000000000000001): cluster-aaaaaaaaaaa
              token label        : hsm1
              token manufacturer : Marvell Semiconductors, Inc.
              token model        : LIQUIDSECURITY2
              token flags        : login required, rng, token initialized, PIN initialized
              hardware version   : 2.0
              firmware version   : 10.2
              serial num         : RCN2320B60061
              pin min/max        : 10/64
              uri                : pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1
            Using slot 0 with a present token (0x2000000000000001)
            [0]
        "#]],
    );
    let mechanisms = desk.p11_bare(&format!("{MODULE} -M"), &[]);
    for line in [
        "  RSA-PKCS, keySize={2048,4096}, hw, encrypt, decrypt, sign, verify, wrap, unwrap\n",
        "  AES-GCM, keySize={16,32}, hw, encrypt, decrypt, wrap, unwrap\n",
        "  SHA256, hw, digest\n",
        "  mechtype-0x80001087, keySize={16,32}, hw, encrypt, decrypt, wrap, unwrap\n",
    ] {
        assert!(mechanisms.contains(line), "{mechanisms}");
    }
}

#[test]
fn keys_are_made_listed_and_deleted() {
    let mut desk = desk();
    check(
        &desk.p11("--keygen --key-type AES:32 --label data --id 01 --private --sensitive"),
        &expect![[r#"
            Key generated:
            Secret Key Object; AES length 32
              label:      data
              ID:         01
              Usage:      encrypt, decrypt, sign, verify
              Access:     sensitive, always sensitive, never extractable, local
              uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;id=%01;object=data;type=secret-key
            Using slot 0 with a present token (0x2000000000000001)
            warning: PKCS11 function C_GetAttributeValue(VALUE) failed: rv = CKR_ATTRIBUTE_SENSITIVE (0x11)

            [0]
        "#]],
    );
    check(
        &desk.p11("--keypairgen --key-type EC:prime256v1 --label ec --id 02a0 --private"),
        &expect![[r#"
            Key pair generated:
            Private Key Object; EC
              label:      ec
              ID:         02:a0
              Usage:      sign, derive
              Access:     sensitive, always sensitive, extractable, local
              uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;id=%02%a0;object=ec;type=private
            Public Key Object; EC  EC_POINT 256 bits
              EC Point: ...
              EC Params:  06:08:2a:86:48:ce:3d:03:01:07 ("prime256v1" OID:"1.2.840.10045.3.1.7")
              label:      ec
              ID:         02:a0
              Usage:      verify, derive
              Access:     local
              uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;id=%02%a0;object=ec;type=public
            Using slot 0 with a present token (0x2000000000000001)
            [0]
        "#]],
    );
    check(
        &desk.p11("--keypairgen --key-type rsa:2048 --label rsa --usage-sign --private"),
        &expect![[r#"
            Key pair generated:
            Private Key Object; RSA  2048 bits
              Modulus: ...
              Public exp: 65537 (0x010001)
              label:      rsa
              Usage:      sign
              Access:     sensitive, always sensitive, extractable, local
              uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;object=rsa;type=private
            Public Key Object; RSA  2048 bits
              Modulus: ...
              Public exp: 65537 (0x010001)
              label:      rsa
              Usage:      verify
              Access:     local
              uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;object=rsa;type=public
            Using slot 0 with a present token (0x2000000000000001)
            [0]
        "#]],
    );
    check(
        &desk.p11("-O --type pubkey"),
        &expect![[r#"
        Public Key Object; RSA  2048 bits
          Modulus: ...
          Public exp: 65537 (0x010001)
          label:      rsa
          Usage:      verify
          Access:     local
          uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;object=rsa;type=public
        Public Key Object; EC  EC_POINT 256 bits
          EC Point: ...
          EC Params:  06:08:2a:86:48:ce:3d:03:01:07 ("prime256v1" OID:"1.2.840.10045.3.1.7")
          label:      ec
          ID:         02:a0
          Usage:      verify, derive
          Access:     local
          uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;id=%02%a0;object=ec;type=public
        Using slot 0 with a present token (0x2000000000000001)
        [0]
    "#]],
    );
    check(
        &desk.p11("--delete-object --type pubkey --label ec"),
        &expect![[r#"
            Using slot 0 with a present token (0x2000000000000001)
            [0]
        "#]],
    );
    check(
        &desk.p11("--delete-object --type pubkey --label ec"),
        &expect![[r#"
            Using slot 0 with a present token (0x2000000000000001)
            error: object not found
            Aborting.
            [1]
        "#]],
    );
    check(
        &desk.p11("--read-object --type secrkey --label data"),
        &expect![[r#"
            Using slot 0 with a present token (0x2000000000000001)
            warning: PKCS11 function C_GetAttributeValue(VALUE) failed: rv = CKR_ATTRIBUTE_SENSITIVE (0x11)

            error: get CKA_VALUE failed
            Aborting.
            [1]
        "#]],
    );
}

#[test]
fn attributes_that_the_library_does_not_accept() {
    let mut desk = desk();
    let invalid = "CKR_ATTRIBUTE_VALUE_INVALID (0x13)";
    for (line, function) in [
        ("--keygen --key-type AES:32 --label a", "C_GenerateKey"),
        (
            "--keygen --key-type AES:32 --label a --private",
            "C_GenerateKey",
        ),
        (
            "--keypairgen --key-type EC:secp384r1 --label a",
            "C_GenerateKeyPair",
        ),
    ] {
        fails(&desk.p11(line), function, invalid);
    }
    let size = "CKR_KEY_SIZE_RANGE (0x62)";
    let both = "--private --sensitive";
    fails(
        &desk.p11(&format!("--keygen --key-type AES:20 {both}")),
        "C_GenerateKey",
        size,
    );
    fails(
        &desk.p11(&format!("--keypairgen --key-type rsa:1024 {both}")),
        "C_GenerateKeyPair",
        size,
    );
    let typed = desk.p11("--keygen --key-type AES:x");
    assert!(typed.contains("error: Unknown key type AES:x, expecting AES:<nbytes>\nAborting.\n"));
    let curve = desk.p11("--keypairgen --key-type EC:nonsense");
    assert!(curve.contains("error: Unknown EC key parameter 'nonsense'\nAborting.\n"));
}

#[test]
fn logins() {
    let mut desk = desk();
    let incorrect = "CKR_PIN_INCORRECT (0xa0)";
    for pin in [
        "password2",
        "alice:wrong-one",
        "nobody:password2",
        "admin:password1",
    ] {
        let text = desk.p11_bare(&format!("{MODULE} --pin {pin} -O"), &[]);
        fails(&text, "C_Login", incorrect);
    }
    // The tool asks for the PIN and does not show it.
    check(
        &desk.p11_bare(&format!("{MODULE} --login -O"), &["alice:password2"]),
        &expect![[r#"
            Logging in to "hsm1".
            Using slot 0 with a present token (0x2000000000000001)
            Please enter User PIN: 
            [0]
        "#]],
    );
    // The wrong ones above count: after the sixth the user is locked.
    for _ in 0..5 {
        desk.p11_bare(&format!("{MODULE} --pin alice:wrong-one -O"), &[]);
    }
    let text = desk.p11_bare(&format!("{MODULE} --pin alice:wrong-one -O"), &[]);
    fails(&text, "C_Login", "CKR_PIN_LOCKED (0xa4)");
    fails(&desk.p11("-O"), "C_Login", "CKR_PIN_LOCKED (0xa4)");
    let text = desk.p11_bare(&format!("{MODULE} -O"), &[]);
    fails(&text, "C_FindObjectsInit", "CKR_USER_NOT_LOGGED_IN (0x101)");
    assert!(
        desk.log()
            .contains("ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1::session][][] ")
    );
    assert!(!desk.log().contains("wrong-one"));
}

#[test]
fn a_library_that_is_not_there_or_not_configured() {
    let mut desk = Desk::two_hsms();
    let text = desk.p11_bare(&format!("{MODULE} -L"), &[]);
    fails(
        &text,
        "C_GetSlotList(NULL)",
        "CKR_CRYPTOKI_NOT_INITIALIZED (0x190)",
    );
    check(
        &desk.p11_bare("--module /tmp/no.so -L", &[]),
        &expect![[r#"
            sc_dlopen failed: /tmp/no.so: cannot open shared object file: No such file or directory
            error: Failed to load pkcs11 module
            Aborting.
            [1]
        "#]],
    );
    check(
        &desk.p11_bare("-L", &[]),
        &expect![[r#"
        Available slots:
        No slots.
        [1]
    "#]],
    );
    let nothing = desk.p11_bare("", &[]);
    assert!(nothing.starts_with("Usage: pkcs11-tool [OPTIONS]\n"));
    assert!(nothing.ends_with("[2]\n"));
    let unknown = desk.p11_bare("--frobnicate", &[]);
    assert!(unknown.contains("pkcs11-tool: unrecognized option '--frobnicate'\n"));
    let mechanism = desk.p11_bare("-s -m ROT13", &[]);
    assert!(mechanism.contains("error: Unknown PKCS11 mechanism \"ROT13\"\nAborting.\n"));
}

#[test]
fn one_hsm_is_too_few_unless_configured() {
    let mut desk = Desk::activated();
    desk.set("CLOUDHSM_ROLE", "admin");
    desk.set("CLOUDHSM_PIN", "admin:password1");
    desk.cli(
        "user create --username alice --role crypto-user --password password2",
        &[],
    );
    desk.tool("configure-pkcs11 -a 10.0.1.10");
    let line = "--keygen --key-type AES:32 --label a --private --sensitive";
    fails(
        &desk.p11(line),
        "C_GenerateKey",
        "CKR_FUNCTION_FAILED (0x6)",
    );
    assert!(
        desk.log()
            .contains("does not meet the availability requirements")
    );
    desk.tool("configure-pkcs11 --disable-key-availability-check");
    assert!(desk.p11(line).contains("Key generated:\n"));
}

#[test]
fn signatures() {
    let mut desk = desk();
    desk.p11("--keypairgen --key-type rsa:2048 --label rsa --private");
    desk.p11("--keypairgen --key-type EC:secp384r1 --label ec --private");
    desk.p11("--keygen --key-type GENERIC:32 --label mac --usage-sign --private --sensitive");
    desk.p11("--keygen --key-type AES:16 --label aes --usage-sign --private --sensitive");
    desk.place("text", b"to be signed");
    desk.place("long", &[7; 5000]);
    desk.place("digest", &Hash::Sha384.digest(b"to be signed"));
    let cases = [
        ("rsa", "SHA256-RSA-PKCS", "text", ""),
        ("rsa", "SHA512-RSA-PKCS", "long", ""),
        ("rsa", "SHA256-RSA-PKCS-PSS", "text", ""),
        (
            "rsa",
            "RSA-PKCS-PSS",
            "digest",
            "--hash-algorithm SHA384 --mgf MGF1-SHA384 --salt-len 20",
        ),
        ("ec", "ECDSA-SHA384", "text", "--signature-format openssl"),
        ("ec", "ECDSA", "digest", ""),
        ("mac", "SHA256-HMAC", "long", ""),
        ("aes", "AES-CMAC", "text", ""),
    ];
    for (label, mechanism, file, more) in cases {
        let line = format!("-m {mechanism} --label {label} --input-file {file} {more}");
        let signed = desk.p11(&format!("--sign {line} --output-file sig"));
        assert!(signed.ends_with("[0]\n"), "{signed}");
        let verified = desk.p11(&format!("--verify {line} --signature-file sig"));
        // A secret key is no public key: the tool looks only for that, unless it knows better.
        assert!(
            verified.contains("Signature is valid\n"),
            "{mechanism}: {verified}"
        );
        desk.place("other", b"something else");
        let wrong = line.replace(&format!("--input-file {file}"), "--input-file other");
        if file != "digest" {
            let refused = desk.p11(&format!("--verify {wrong} --signature-file sig"));
            assert!(
                refused.ends_with("error: Invalid signature\nAborting.\n[1]\n"),
                "{refused}"
            );
        }
    }
    check(
        &desk.p11("--sign -m RSA-PKCS-PSS --hash-algorithm SHA256 --label rsa --input-file text"),
        &expect![[r#"
            Using slot 0 with a present token (0x2000000000000001)
            Using signature algorithm RSA-PKCS-PSS
            PSS parameters: hashAlg=SHA256, mgf=MGF1-SHA256, salt_len=32 B
            error: For RSA-PKCS-PSS mechanism, message size (got 12 bytes) must be equal to specified digest length (32)

            Aborting.
            [1]
        "#]],
    );
}

#[test]
fn signatures_that_are_refused() {
    let mut desk = desk();
    desk.p11("--keypairgen --key-type EC:secp384r1 --label ec --usage-derive --private");
    desk.p11("--keypairgen --key-type EC:secp384r1 --label signer --usage-sign --private");
    desk.place("text", b"to be signed");
    desk.place("long", &[7; 20_000]);
    fails(
        &desk.p11("--sign -m ECDSA-SHA384 --label ec --input-file text --output-file sig"),
        "C_SignInit",
        "CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)",
    );
    // Without the check at the start the HSM refuses.
    desk.tool("configure-pkcs11 --disable-validate-key-at-init");
    fails(
        &desk.p11("--sign -m ECDSA-SHA384 --label ec --input-file text --output-file sig"),
        "C_SignFinal",
        "CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)",
    );
    desk.tool("configure-pkcs11 --enable-validate-key-at-init");
    for (arguments, function, rv) in [
        (
            "-m SHA256-RSA-PKCS --input-file text",
            "C_SignFinal",
            "CKR_KEY_TYPE_INCONSISTENT (0x63)",
        ),
        (
            "-m ECDSA-SHA1 --input-file text",
            "C_SignFinal",
            "CKR_FUNCTION_FAILED (0x6)",
        ),
        (
            "-m ECDSA --input-file text",
            "C_SignUpdate",
            "CKR_DATA_LEN_RANGE (0x21)",
        ),
        (
            "-m ECDSA --input-file long",
            "C_SignUpdate",
            "CKR_FUNCTION_NOT_SUPPORTED (0x54)",
        ),
        (
            "-m RSA-PKCS --input-file text",
            "C_SignUpdate",
            "CKR_DATA_INVALID (0x20)",
        ),
        (
            "-m AES-GCM --input-file text",
            "C_SignInit",
            "CKR_MECHANISM_INVALID (0x70)",
        ),
    ] {
        let text = desk.p11(&format!(
            "--sign --label signer --output-file sig {arguments}"
        ));
        fails(&text, function, rv);
    }
    desk.p11("--keygen --key-type GENERIC:32 --label mac --usage-sign --private --sensitive");
    fails(
        &desk.p11("--sign -m SHA256-HMAC --label mac --input-file long --output-file sig"),
        "C_SignFinal",
        "CKR_DATA_LEN_RANGE (0x21)",
    );
    let text = desk.p11("--sign -m ECDSA --label nobody --input-file text");
    assert!(text.contains("error: Private/secret key not found\nAborting.\n"));
    let text = desk.p11("--sign -m SHA256-HMAC --label signer --input-file text");
    assert!(text.contains("error: Could not find key of type: Secret\nAborting.\n"));
    let text = desk.p11("--sign -m ECDSA --label signer --input-file nothing");
    assert!(text.contains("error: Cannot open nothing: No such file or directory\nAborting.\n"));
}

#[test]
fn encryption() {
    let mut desk = desk();
    desk.p11("--keygen --key-type AES:32 --label aes --private --sensitive");
    desk.p11("--keypairgen --key-type rsa:2048 --label rsa --private");
    desk.place("text", b"attack at dawn..");
    desk.place("long", &[9; 40_000]);
    let iv = "--iv 000102030405060708090a0b0c0d0e0f";
    let oaep = "--hash-algorithm SHA256";
    let cases = [
        ("aes", "AES-ECB", "text", ""),
        ("aes", "AES-CBC", "long", iv),
        ("aes", "AES-CBC-PAD", "text", iv),
        ("aes", "AES-CBC-PAD", "long", iv),
        ("aes", "AES-CTR", "long", iv),
        ("rsa", "RSA-PKCS-OAEP", "text", oaep),
    ];
    for (label, mechanism, file, more) in cases {
        let line = format!("-m {mechanism} --label {label} {more}");
        let text = desk.p11(&format!("--encrypt {line} --input-file {file} -o sealed"));
        assert!(text.ends_with("[0]\n"), "{mechanism}: {text}");
        assert_ne!(desk.read("sealed"), desk.read(file));
        let text = desk.p11(&format!("--decrypt {line} --input-file sealed -o plain"));
        assert!(text.ends_with("[0]\n"), "{mechanism}: {text}");
        assert_eq!(desk.read("plain"), desk.read(file), "{mechanism}");
    }
    check(
        &desk.p11("--encrypt -m RSA-PKCS-OAEP --label rsa --input-file text -o sealed"),
        &expect![[r#"
            Using slot 0 with a present token (0x2000000000000001)
            Using encrypt algorithm RSA-PKCS-OAEP
            hash-algorithm RSA-PKCS-KEY-PAIR-GEN unknown, defaulting to CKM_SHA256
            mgf not set, defaulting to MGF1-SHA256
            OAEP parameters: hashAlg=SHA256, mgf=MGF1-SHA256, source_type=1, source_ptr=(nil), source_len=0
            [0]
        "#]],
    );
}

#[test]
fn the_hsm_makes_the_iv_of_gcm_and_the_tool_does_not_show_it() {
    let mut desk = desk();
    desk.p11("--keygen --key-type AES:32 --label aes --private --sensitive");
    desk.place("text", b"attack at dawn..");
    desk.place("long", &[9; 2000]);
    let param = "CKR_MECHANISM_PARAM_INVALID (0x71)";
    let gcm = "-m AES-GCM --label aes -o sealed";
    let tag = "--tag-bits-len 128";
    for more in [
        format!("--iv 000102030405060708090a0b {tag}"),
        format!("--iv 00000000 {tag}"),
        tag.to_owned(),
        "--iv 000000000000000000000000 --tag-bits-len 127".to_owned(),
        "--iv 000000000000000000000000".to_owned(),
    ] {
        let text = desk.p11(&format!("--encrypt {gcm} {more} --input-file text"));
        fails(&text, "C_EncryptInit", param);
    }
    let zeros = format!("--iv 000000000000000000000000 {tag}");
    let text = desk.p11(&format!(
        "--encrypt {gcm} {zeros} --aad 0102 --input-file text"
    ));
    assert!(
        text.ends_with("Using encrypt algorithm AES-GCM\n[0]\n"),
        "{text}"
    );
    assert_eq!(desk.read("sealed").len(), 16 + 16);
    // The IV of zeros is not the one that was used.
    fails(
        &desk.p11(&format!(
            "--decrypt {gcm} {zeros} --aad 0102 --input-file sealed"
        )),
        "C_DecryptUpdate",
        "CKR_ENCRYPTED_DATA_INVALID (0x40)",
    );
    fails(
        &desk.p11(&format!("--encrypt {gcm} {zeros} --input-file long")),
        "C_EncryptUpdate",
        "CKR_FUNCTION_NOT_SUPPORTED (0x54)",
    );
}

#[test]
fn encryption_that_is_refused() {
    let mut desk = desk();
    desk.p11("--keygen --key-type AES:32 --label aes --private --sensitive");
    desk.p11("--keygen --key-type AES:32 --label wrapper --usage-wrap --private --sensitive");
    desk.p11("--keypairgen --key-type rsa:2048 --label rsa --private");
    desk.place("odd", b"seventeen bytes..");
    desk.place("large", &[1; 300]);
    let iv = "--iv 000102030405060708090a0b0c0d0e0f";
    for (arguments, function, rv) in [
        (
            format!("-m AES-CBC --label aes {iv} --input-file odd"),
            "C_EncryptFinal",
            "CKR_DATA_LEN_RANGE (0x21)",
        ),
        (
            "-m AES-CBC --label aes --input-file odd".to_owned(),
            "C_EncryptInit",
            "CKR_MECHANISM_PARAM_INVALID (0x71)",
        ),
        (
            format!("-m AES-CBC-PAD --label wrapper {iv} --input-file odd"),
            "C_EncryptInit",
            "CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)",
        ),
        (
            "-m RSA-PKCS --label rsa --input-file odd".to_owned(),
            "C_EncryptInit",
            "CKR_MECHANISM_INVALID (0x70)",
        ),
        (
            "-m RSA-PKCS-OAEP --label rsa --input-file large".to_owned(),
            "C_EncryptUpdate",
            "CKR_DATA_LEN_RANGE (0x21)",
        ),
        (
            "-m RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA1 --label rsa --input-file odd"
                .to_owned(),
            "C_EncryptInit",
            "CKR_MECHANISM_PARAM_INVALID (0x71)",
        ),
        (
            "-m 0x80001087 --label aes --input-file odd".to_owned(),
            "C_EncryptInit",
            "CKR_MECHANISM_PARAM_INVALID (0x71)",
        ),
    ] {
        let text = desk.p11(&format!("--encrypt -o sealed {arguments}"));
        fails(&text, function, rv);
    }
    let text = desk.p11("--encrypt -m AES-CTR --label aes --iv 00 --input-file odd");
    assert!(text.contains("error: Invalid IV length 1\nAborting.\n"));
    let text = desk.p11(&format!(
        "--decrypt -m AES-CBC-PAD --label aes {iv} --input-file odd"
    ));
    fails(
        &text,
        "C_DecryptFinal",
        "CKR_ENCRYPTED_DATA_LEN_RANGE (0x41)",
    );
}

#[test]
fn wrapping_public_keys_hashes_and_random_bytes() {
    let mut desk = desk();
    desk.p11("--keygen --key-type AES:32 --label kek --id 10 --usage-wrap --private --sensitive");
    desk.p11("--keygen --key-type AES:16 --label dek --id 11 --extractable --private --sensitive");
    desk.p11("--keygen --key-type AES:16 --label stays --id 12 --private --sensitive");
    let text = desk.p11("--wrap -m 0x8000216f --id 10 --application-id 11 -o wrapped");
    assert!(text.contains("Key wrapped\n"), "{text}");
    assert_eq!(desk.read("wrapped").len(), 24);
    check(
        &desk.p11(
            "--unwrap -m 0x8000216f --id 10 -i wrapped --key-type AES: --application-label again \
             --application-id 13 --sensitive",
        ),
        &expect![[r#"
            Key unwrapped
            Secret Key Object; AES length 16
              label:      again
              ID:         13
              Usage:      encrypt, decrypt, sign, verify
              Access:     sensitive
              uri:        pkcs11:model=LIQUIDSECURITY2;manufacturer=Marvell%20Semiconductors%2c%20Inc.;serial=RCN2320B60061;token=hsm1;id=%13;object=again;type=secret-key
            Using slot 0 with a present token (0x2000000000000001)
            warning: PKCS11 function C_GetAttributeValue(VALUE) failed: rv = CKR_ATTRIBUTE_SENSITIVE (0x11)

            [0]
        "#]],
    );
    for (arguments, rv) in [
        (
            "-m 0x8000216f --id 10 --application-id 12",
            "CKR_KEY_UNEXTRACTABLE (0x6a)",
        ),
        (
            "-m 0x8000216f --id 12 --application-id 11",
            "CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)",
        ),
        (
            "-m AES-KEY-WRAP --id 10 --application-id 11",
            "CKR_MECHANISM_INVALID (0x70)",
        ),
    ] {
        fails(
            &desk.p11(&format!("--wrap {arguments} -o wrapped2")),
            "C_WrapKey",
            rv,
        );
    }
    let mut bad = desk.read("wrapped");
    bad[3] ^= 1;
    desk.place("bad", &bad);
    fails(
        &desk.p11("--unwrap -m 0x8000216f --id 10 -i bad --key-type AES: --sensitive"),
        "C_UnwrapKey",
        "CKR_WRAPPED_KEY_INVALID (0x110)",
    );

    desk.p11("--keypairgen --key-type EC:prime256v1 --label ec --private");
    desk.p11("--read-object --type pubkey --label ec -o ec.der");
    let text = desk.p11("--write-object ec.der --type pubkey --label copy --usage-sign --private");
    assert!(
        text.contains("Created public key:\nPublic Key Object; EC  EC_POINT 256 bits\n"),
        "{text}"
    );
    let text = desk.p11("--write-object wrapped --type secrkey --label copy");
    fails(
        &text,
        "C_CreateObject",
        "CKR_ATTRIBUTE_VALUE_INVALID (0x13)",
    );

    desk.place("text", b"abc");
    desk.p11("--hash -m SHA256 -i text -o digest");
    assert_eq!(desk.read("digest"), Hash::Sha256.digest(b"abc"));
    desk.p11("--generate-random 20000 -o random");
    assert_eq!(desk.read("random").len(), 20_000);
}

#[test]
fn ecdh_without_a_kdf_is_refused_unless_configured() {
    let mut desk = desk();
    desk.p11("--keypairgen --key-type EC:prime256v1 --label ec --private");
    desk.p11("--read-object --type pubkey --label ec -o peer.der");
    let line = "--derive -m ECDH1-DERIVE --label ec --input-file peer.der";
    fails(
        &desk.p11(line),
        "C_DeriveKey",
        "CKR_MECHANISM_PARAM_INVALID (0x71)",
    );
    desk.tool("configure-pkcs11 --enable-ecdh-without-kdf");
    // The tool asks for a key that is not sensitive, which the HSM does not make.
    fails(
        &desk.p11(line),
        "C_DeriveKey",
        "CKR_ATTRIBUTE_VALUE_INVALID (0x13)",
    );
}

#[test]
fn openssl_with_the_engine() {
    let mut desk = desk();
    desk.place("text", b"to be signed");
    assert_eq!(
        desk.openssl("engine -t -c cloudhsm"),
        "(cloudhsm) CloudHSM OpenSSL Engine\n [RSA, EC]\n     [ available ]\n[0]\n"
    );
    assert_eq!(
        desk.openssl("genrsa -engine cloudhsm -out web.pem 2048"),
        "Engine \"cloudhsm\" set.\n[0]\n"
    );
    let pem = String::from_utf8(desk.read("web.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    desk.openssl("rsa -in web.pem -pubout -out web.pub");
    assert_eq!(
        desk.openssl("dgst -engine cloudhsm -sha256 -sign web.pem -out sig text"),
        "Engine \"cloudhsm\" set.\n[0]\n"
    );
    assert!(
        desk.openssl("dgst -sha256 -verify web.pub -signature sig text")
            .contains("Verified OK\n")
    );
    desk.openssl("req -engine cloudhsm -new -key web.pem -subj /CN=www.example.com -out web.csr");
    let text = desk.openssl("req -in web.csr -noout -verify -subject");
    assert!(
        text.contains("Certificate request self-signature verify OK\n"),
        "{text}"
    );
    desk.openssl("x509 -engine cloudhsm -req -days 365 -in web.csr -signkey web.pem -out web.crt");
    let text = desk.openssl("verify -CAfile web.crt web.crt");
    assert!(text.contains("web.crt: OK\n"), "{text}");
}

#[test]
fn reference_files_of_the_cli() {
    let mut desk = desk();
    desk.place("text", b"to be signed");
    desk.cli(
        "key generate-asymmetric-pair ec --curve secp384r1 --public-label pub --private-label priv \
         --private-attributes sign=true",
        &[],
    );
    let made = "key generate-file --encoding reference-pem --path ref.pem --filter attr.label=priv";
    assert!(
        desk.cli(made, &[])
            .contains("Successfully generated key file")
    );
    let text = desk.openssl("dgst -engine cloudhsm -sha384 -sign ref.pem -out sig text");
    assert!(text.ends_with("set.\n[0]\n"), "{text}");
    desk.openssl("ec -in ref.pem -pubout -out pub.pem");
    let text = desk.openssl("dgst -sha384 -verify pub.pem -signature sig text");
    assert!(text.contains("Verified OK\n"), "{text}");
    // A public key has no reference.
    let wrong = made.replace("attr.label=priv", "attr.label=pub");
    assert!(desk.cli(&wrong, &[]).contains("\"error_code\": 1"));
    // Nothing of the private key is in the file: without the engine it is of no use.
    let text = desk.openssl("dgst -sha384 -sign ref.pem -out sig2 text");
    assert!(
        text.starts_with("Could not read private key from ref.pem\n"),
        "{text}"
    );
    assert!(text.ends_with("[1]\n"));
}

#[test]
fn the_engine_when_something_is_wrong() {
    let mut desk = desk();
    desk.place("text", b"to be signed");
    desk.openssl("genrsa -engine cloudhsm -out web.pem 2048");
    let sign = "dgst -engine cloudhsm -sha256 -sign web.pem -out sig text";
    desk.set("CLOUDHSM_PIN", "alice:wrong-one");
    check(
        &desk.openssl(sign),
        &expect![[r#"
        Engine "cloudhsm" set.
        2026-11-24T10:00:00.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1::session][][] The operation failed: CKR_PIN_INCORRECT (0xa0)
        Error signing data
        4007B9A1FC7F0000:error:8000000F:CloudHSM:cloudhsm_engine:Failed to log in: CKR_PIN_INCORRECT (0xa0):engine:0:
        [1]
    "#]],
    );
    check(
        &desk.openssl("engine -tt cloudhsm"),
        &expect![[r#"
        (cloudhsm) CloudHSM OpenSSL Engine
             [ unavailable ]
        4007B9A1FC7F0000:error:8000000F:CloudHSM:cloudhsm_engine:Failed to log in: CKR_PIN_INCORRECT (0xa0):engine:0:
        2026-11-24T10:00:00.000+00:00 ERROR [1000] ThreadId(1) [cloudhsm_provider::hsm1::session][][] The operation failed: CKR_PIN_INCORRECT (0xa0)
        [0]
    "#]],
    );
    desk.login.exported.remove("CLOUDHSM_PIN");
    check(
        &desk.openssl(sign),
        &expect![[r#"
        Can't use that engine
        4007B9A1FC7F0000:error:8000000F:CloudHSM:cloudhsm_engine:CLOUDHSM_PIN is not set:engine:0:
        Could not read private key from web.pem
        4007B9A1FC7F0000:error:1608010C:STORE routines:ossl_store_handle_load_result:unsupported:crypto/store/store_result.c:149:
        [1]
    "#]],
    );
    let unknown = desk.openssl("engine -t nonsense");
    assert!(unknown.contains(":no such engine:"), "{unknown}");
    assert!(unknown.ends_with("[1]\n"));
    // OpenSSL continues without an engine that is not there.
    desk.openssl("genrsa -out own.pem 2048");
    let text = desk.openssl("dgst -engine nonsense -sha256 -sign own.pem -out sig text");
    assert!(text.starts_with("Invalid engine \"nonsense\"\n"), "{text}");
    assert!(text.ends_with("[0]\n"));
    // A deleted key.
    desk.set("CLOUDHSM_PIN", "alice:password2");
    desk.cli("key delete --filter attr.class=private-key", &[]);
    let text = desk.openssl(sign);
    assert!(
        text.contains("The key of the reference file was not found"),
        "{text}"
    );
}

#[test]
fn a_program_with_the_key_decrypts_the_hsms_ciphertext() {
    // A key with known bytes is imported, wrapped by the HSM's own public key.
    let mut desk = desk();
    desk.p11("--keypairgen --key-type rsa:2048 --label gate --id 20 --usage-wrap --private");
    desk.p11("--read-object --type pubkey --id 20 -o gate.der");
    let public = hsmlab_crypto::keys::PublicKey::from_spki_der(&desk.read("gate.der")).unwrap();
    let mut rng = hsmlab_sim::Seed::from_number(5).stream("outside");
    let known = [0x42; 32];
    let wrapped = public
        .as_rsa()
        .unwrap()
        .encrypt(&mut rng, rsa::Oaep::<sha2::Sha256>::new(), &known)
        .unwrap();
    desk.place("wrapped", &wrapped);
    desk.p11(
        "--unwrap -m RSA-PKCS-OAEP --hash-algorithm SHA256 --id 20 -i wrapped --key-type AES: \
         --application-label known --application-id 21 --sensitive",
    );
    desk.place("text", b"attack at dawn");
    let iv = [7; 16];
    let line = format!(
        "--encrypt -m AES-CBC-PAD --label known --iv {} -i text -o sealed",
        hex::encode(iv)
    );
    desk.p11(&line);
    let plain = seal::cbc_decrypt(&known, &iv, &desk.read("sealed")).unwrap();
    assert_eq!(plain.expose(), b"attack at dawn");
}

/// The library, used directly like a custom program does.
fn token(desk: &mut Desk, ecdh_without_kdf: bool) -> Token {
    let ca = desk
        .host
        .fs
        .read("/opt/cloudhsm/etc/customerCA.crt", "root")
        .unwrap();
    let ca = String::from_utf8(ca.to_vec()).unwrap();
    let mut config = config(&[desk.world.hsms[0].0]);
    config.ecdh_without_kdf = ecdh_without_kdf;
    let mut token = Token::open(&config, &ca, None, &mut desk.world, &mut Vec::new()).unwrap();
    token
        .login(&Secret::new("alice:password2"), &mut desk.world)
        .unwrap();
    token
}

fn asked(flags: &[Flag]) -> KeyTemplate {
    KeyTemplate {
        private: Some(true),
        template: Template {
            flags: flags.iter().map(|flag| (*flag, true)).collect(),
            ..Template::default()
        },
    }
}

#[test]
fn gcm_in_a_custom_program() {
    let mut desk = Desk::two_hsms();
    let mut token = token(&mut desk, false);
    let world = &mut desk.world;
    let flags = [Flag::Encrypt, Flag::Decrypt];
    let key = token
        .generate_key(KeyType::Aes, 32, &asked(&flags), world)
        .unwrap();
    let gcm = |iv: Vec<u8>| CipherMechanism::AesGcm {
        iv,
        aad: b"header".to_vec(),
        tag_bits: 128,
    };
    let zeros = gcm(vec![0; 12]);
    assert_eq!(token.init_cipher(&key, &zeros, true), Ok(()));
    // The maximum length, and one byte more.
    let data = vec![5; 16_224];
    let sealed = token.encrypt(&key, &zeros, &data, world).unwrap();
    assert_ne!(sealed.iv, [0; 12]);
    let plain = token
        .decrypt(&key, &gcm(sealed.iv.clone()), &sealed.data, world)
        .unwrap();
    assert_eq!(plain.expose(), data);
    let longer = vec![5; 16_225];
    assert_eq!(
        token.encrypt(&key, &zeros, &longer, world),
        Err(Rv::DATA_LEN_RANGE)
    );
    let mut changed = sealed.data.clone();
    changed[0] ^= 1;
    assert_eq!(
        token.decrypt(&key, &gcm(sealed.iv), &changed, world),
        Err(Rv::ENCRYPTED_DATA_INVALID)
    );
    // CKM_CLOUDHSM_AES_GCM puts the IV before the ciphertext.
    let own = CipherMechanism::CloudhsmAesGcm {
        aad: Vec::new(),
        tag_bits: 128,
    };
    let sealed = token.encrypt(&key, &own, b"attack at dawn", world).unwrap();
    assert_eq!((sealed.iv.len(), sealed.data.len()), (0, 12 + 14 + 16));
    let plain = token.decrypt(&key, &own, &sealed.data, world).unwrap();
    assert_eq!(plain.expose(), b"attack at dawn");
    assert_eq!(
        token.login(&Secret::new("alice:password2"), world),
        Err(Rv::USER_ALREADY_LOGGED_IN)
    );
}

#[test]
fn both_sides_of_ecdh_derive_the_same_key() {
    let mut desk = Desk::two_hsms();
    let mut refusing = token(&mut desk, false);
    let mut token = token(&mut desk, true);
    let world = &mut desk.world;
    let mut pair = || {
        let kind = PairKind::Ec(Curve::P256);
        let (public, private) = token
            .generate_pair(kind, &asked(&[]), &asked(&[Flag::Derive]), world)
            .unwrap();
        let Some(PublicPart::Ec { point, .. }) = public.info.attributes.public else {
            panic!("a point");
        };
        (point, private)
    };
    let (a, b) = (pair(), pair());
    let aes = (KeyType::Aes, 32);
    let raw = |peer: &[u8]| DeriveMechanism::EcdhRaw {
        peer: peer.to_vec(),
    };
    let mut derived = |key, mechanism| {
        let key = token
            .derive(key, mechanism, aes, &asked(&[]), world)
            .unwrap();
        key.info.attributes.check_value.unwrap()
    };
    let one = derived(&a.1, raw(&b.0));
    assert_eq!(one, derived(&b.1, raw(&a.0)));
    let with_kdf = DeriveMechanism::Ecdh {
        kdf: Hash::Sha256,
        peer: b.0.clone(),
        shared_info: Vec::new(),
    };
    assert_ne!(one, derived(&a.1, with_kdf.clone()));
    // The secret has 32 bytes; longer keys cannot be derived from it.
    let longer = (KeyType::GenericSecret, 33);
    assert_eq!(
        token
            .derive(&a.1, raw(&b.0), longer, &asked(&[]), world)
            .err(),
        Some(Rv::KEY_SIZE_RANGE)
    );
    assert_eq!(
        token
            .derive(&a.1, raw(&[4; 65]), aes, &asked(&[]), world)
            .err(),
        Some(Rv::DATA_INVALID)
    );
    assert_eq!(
        refusing
            .derive(&a.1, raw(&b.0), aes, &asked(&[]), world)
            .err(),
        Some(Rv::MECHANISM_PARAM_INVALID)
    );
    assert!(
        refusing
            .derive(&a.1, with_kdf, aes, &asked(&[]), world)
            .is_ok()
    );
}
