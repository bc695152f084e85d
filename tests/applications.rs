//! Interoperability of the HSM's keys with the machine's real OpenSSL: it verifies the lab's signatures
//! and decrypts the lab's ciphertexts, and the lab decrypts OpenSSL's.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsmlab_tests::learner::{CLI, Learner};

const TOOL: &str = "pkcs11-tool --module /opt/cloudhsm/lib/libcloudhsm_pkcs11.so";
const PACKAGES: &str = "https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023";

/// A learner on client-1, and a folder on the machine.
struct Bench {
    learner: Learner,
    folder: PathBuf,
}

impl Bench {
    /// Makes an active cluster, and a client-1 with everything that applications need, set up for its HSM.
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut learner = Learner::in_active_cluster();
        let address = learner.at("cloudshell").does(
            "aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text",
        );
        learner.at("client-1");
        for component in ["pkcs11", "dyn"] {
            learner.does(&format!(
                "wget {PACKAGES}/cloudhsm-{component}-latest.amzn2023.x86_64.rpm
                 sudo yum install -y ./cloudhsm-{component}-latest.amzn2023.x86_64.rpm
                 sudo /opt/cloudhsm/bin/configure-{component} -a {}
                 sudo /opt/cloudhsm/bin/configure-{component} --disable-key-availability-check",
                address.trim()
            ));
        }
        learner.does(
            "sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check
             sudo yum install -y opensc",
        );
        Self { learner, folder }
    }

    fn lab(&mut self, line: &str) -> String {
        self.learner.does(line)
    }

    fn p11(&mut self, arguments: &str) -> String {
        self.lab(&format!("{TOOL} --pin $CLOUDHSM_PIN {arguments}"))
    }

    /// Copies a file from the lab to the machine.
    fn fetch(&mut self, name: &str) {
        let text = self.lab(&format!("xxd -p {name}"));
        let digits: String = text.split_whitespace().collect();
        std::fs::write(self.folder.join(name), hex::decode(digits).unwrap()).unwrap();
    }

    /// Copies a file from the machine to the lab.
    fn put(&mut self, name: &str) {
        let bytes = std::fs::read(self.folder.join(name)).unwrap();
        self.lab(&format!(
            "echo {} | base64 -d > {name}",
            STANDARD.encode(bytes)
        ));
    }

    /// Runs a line on the machine, which must succeed.
    #[track_caller]
    fn machine(&self, line: &str) -> String {
        let output = Command::new("sh")
            .args(["-ec", line])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let all = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}\n{all}");
        all
    }

    /// Makes a key of known bytes in the HSM: wrapped outside by OpenSSL, unwrapped inside.
    fn known_key(&mut self, label: &str, id: &str, digits: &str, options: &str) {
        self.machine(&format!(
            "printf {digits} | xxd -r -p > {label}.key
             openssl pkeyutl -encrypt -pubin -keyform DER -inkey gate.der -in {label}.key \
             -out {label}.wrapped -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"
        ));
        self.put(&format!("{label}.wrapped"));
        self.p11(&format!(
            "--unwrap -m RSA-PKCS-OAEP --hash-algorithm SHA256 --id 10 -i {label}.wrapped \
             --application-label {label} --application-id {id} --sensitive {options}"
        ));
    }
}

#[test]
fn openssl_verifies_what_pkcs11_tool_signs() {
    let mut bench = Bench::new("pkcs11-signatures");
    bench.lab("echo to be signed > text");
    bench.fetch("text");
    for (label, kind) in [
        ("rsa", "rsa:2048"),
        ("p256", "EC:prime256v1"),
        ("k256", "EC:secp256k1"),
    ] {
        bench.p11(&format!(
            "--keypairgen --key-type {kind} --label {label} --private"
        ));
        bench.p11(&format!(
            "--read-object --type pubkey --label {label} -o {label}.der"
        ));
        bench.fetch(&format!("{label}.der"));
    }
    for (label, mechanism, more, options) in [
        ("rsa", "SHA256-RSA-PKCS", "", "-sha256"),
        (
            "rsa",
            "SHA384-RSA-PKCS-PSS",
            "",
            "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48",
        ),
        (
            "p256",
            "ECDSA-SHA256",
            "--signature-format openssl",
            "-sha256",
        ),
        (
            "k256",
            "ECDSA-SHA256",
            "--signature-format openssl",
            "-sha256",
        ),
    ] {
        bench.p11(&format!(
            "--sign -m {mechanism} --label {label} --input-file text --output-file sig {more}"
        ));
        bench.fetch("sig");
        let verified = bench.machine(&format!(
            "openssl dgst {options} -keyform DER -verify {label}.der -signature sig text"
        ));
        assert!(verified.contains("Verified OK"), "{mechanism}: {verified}");
    }
}

#[test]
fn openssl_opens_what_the_hsm_encrypts_and_vice_versa() {
    let mut bench = Bench::new("pkcs11-encryption");
    bench.lab("echo attack at dawn > text");
    bench.fetch("text");
    bench.p11("--keypairgen --key-type rsa:2048 --label gate --id 10 --private --usage-wrap --usage-decrypt");
    bench.p11("--read-object --type pubkey --id 10 -o gate.der");
    bench.fetch("gate.der");

    // RSA-OAEP, both ways: with the HSM's private key, and to a key that only OpenSSL has.
    bench.machine(
        "openssl pkeyutl -encrypt -pubin -keyform DER -inkey gate.der -in text -out sealed \
         -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha384",
    );
    bench.put("sealed");
    let plain = bench.p11("--decrypt -m RSA-PKCS-OAEP --hash-algorithm SHA384 --id 10 -i sealed");
    assert_eq!(plain, "attack at dawn\n");
    bench.machine(
        "openssl genrsa -out own.pem 2048 2> /dev/null
         openssl rsa -in own.pem -pubout -outform DER -out own.der 2> /dev/null",
    );
    bench.put("own.der");
    bench.p11("--write-object own.der --type pubkey --label own --usage-decrypt --private");
    bench.p11("--encrypt -m RSA-PKCS-OAEP --hash-algorithm SHA256 --label own -i text -o sealed");
    bench.fetch("sealed");
    let plain = bench.machine(
        "openssl pkeyutl -decrypt -inkey own.pem -in sealed \
         -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256",
    );
    assert_eq!(plain, "attack at dawn\n");

    // AES with a key that both sides know.
    let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let iv = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    bench.known_key(
        "aes",
        "11",
        key,
        "--key-type AES: --usage-decrypt --usage-sign --usage-wrap",
    );
    for (mechanism, cipher) in [("AES-CBC-PAD", "aes-256-cbc"), ("AES-CTR", "aes-256-ctr")] {
        bench.p11(&format!(
            "--encrypt -m {mechanism} --iv {iv} --label aes -i text -o sealed"
        ));
        bench.fetch("sealed");
        let plain = bench.machine(&format!(
            "openssl enc -d -{cipher} -K {key} -iv {iv} -in sealed"
        ));
        assert_eq!(plain, "attack at dawn\n", "{mechanism}");
    }
    bench.p11("--sign -m AES-CMAC --label aes -i text -o mac");
    bench.fetch("mac");
    let mac = bench.machine("xxd -p mac");
    let expected = bench.machine(&format!(
        "openssl mac -cipher AES-256-CBC -macopt hexkey:{key} -in text CMAC"
    ));
    assert_eq!(mac.trim(), expected.trim().to_ascii_lowercase());
    bench.known_key("mac", "12", key, "--key-type GENERIC: --usage-sign");
    bench.p11("--sign -m SHA256-HMAC --label mac -i text -o mac");
    bench.fetch("mac");
    let mac = bench.machine("xxd -p -c 64 mac");
    let expected = bench.machine(&format!(
        "openssl mac -digest SHA256 -macopt hexkey:{key} -in text HMAC"
    ));
    assert_eq!(mac.trim(), expected.trim().to_ascii_lowercase());

    // AES-GCM with the HSM's own IV: another key leaves the HSM wrapped under the known one, and OpenSSL
    // decrypts the HSM's ciphertext with it. The data's first counter block is IV || 2 (SP 800-38D).
    bench.p11("--keygen --key-type AES:32 --label dek --id 13 --extractable --private --sensitive");
    bench.p11(&format!(
        "--encrypt -m AES-CBC-PAD --iv {iv} --label dek -i text -o sealed"
    ));
    bench.fetch("sealed");
    let wrapped = bench.lab(&format!(
        "{CLI} key wrap aes-gcm --payload-filter attr.label=dek --wrapping-filter attr.label=aes \
         --tag-length-bits 128 --path dek.wrapped"
    ));
    let gcm_iv = wrapped.split("\"iv\": \"0x").nth(1).unwrap();
    let gcm_iv = gcm_iv.split('"').next().unwrap().to_owned();
    bench.fetch("dek.wrapped");
    let plain = bench.machine(&format!(
        "head -c 32 dek.wrapped | openssl enc -d -aes-256-ctr -K {key} -iv {gcm_iv}00000002 > dek
         openssl enc -d -aes-256-cbc -K $(xxd -p -c 64 dek) -iv {iv} -in sealed"
    ));
    assert_eq!(plain, "attack at dawn\n");
}

#[test]
fn openssl_reads_what_the_engine_signs() {
    let mut bench = Bench::new("engine");
    bench.lab("echo to be signed > text");
    bench.fetch("text");
    assert_eq!(
        bench.lab("openssl engine -t cloudhsm"),
        "(cloudhsm) CloudHSM OpenSSL Engine\n     [ available ]\n"
    );
    bench.lab("openssl genrsa -engine cloudhsm 2048 > web.pem");
    bench.lab(&format!(
        "{CLI} key generate-asymmetric-pair ec --curve secp384r1 --public-label ec-public \
         --private-label ec-private --private-attributes sign=true"
    ));
    bench.lab(&format!(
        "{CLI} key generate-file --encoding reference-pem --path ec.pem --filter attr.label=ec-private"
    ));
    for (name, hash) in [("web", "sha256"), ("ec", "sha384")] {
        bench.lab(&format!(
            "openssl req -engine cloudhsm -new -{hash} -key {name}.pem -subj /CN=www.example.com -out {name}.csr"
        ));
        bench.lab(&format!(
            "openssl x509 -engine cloudhsm -req -{hash} -in {name}.csr -signkey {name}.pem -out {name}.crt"
        ));
        bench.lab(&format!(
            "openssl dgst -engine cloudhsm -{hash} -sign {name}.pem -out {name}.sig text"
        ));
        for ending in ["csr", "crt", "sig"] {
            bench.fetch(&format!("{name}.{ending}"));
        }
        let verified = bench.machine(&format!("openssl req -in {name}.csr -noout -verify"));
        assert!(verified.contains("verify OK"), "{verified}");
        bench.machine(&format!(
            "openssl x509 -in {name}.crt -noout -pubkey > {name}.pub"
        ));
        bench.machine(&format!(
            "openssl verify -CAfile {name}.crt -no_check_time {name}.crt"
        ));
        let verified = bench.machine(&format!(
            "openssl dgst -{hash} -verify {name}.pub -signature {name}.sig text"
        ));
        assert!(verified.contains("Verified OK"), "{verified}");
    }
}
