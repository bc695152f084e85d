//! Compares the program with the real OpenSSL: the same commands on the same files must print the same,
//! and each program must accept the other's files. Needs `openssl` 3.0 on the test machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use hsmlab_shell::host::Os;
use hsmlab_shell::testing::{BARE, Bench, Ran};
use hsmlab_sim::SimTime;

/// The lab's host and a folder on this machine, with the same files.
struct Twin {
    bench: Bench,
    folder: PathBuf,
    /// The differences, reported together at the end.
    differences: Vec<String>,
}

impl Twin {
    fn new(name: &str) -> Self {
        let version = Command::new("openssl").arg("version").output();
        let version = version.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
        assert!(
            version
                .as_ref()
                .is_ok_and(|text| text.starts_with("OpenSSL 3.0.")),
            "these tests need OpenSSL 3.0 on PATH (Debian 12: `apt install openssl`), found {version:?}"
        );
        let folder =
            std::env::temp_dir().join(format!("hsmlab-openssl-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            bench: Bench::new(Os::Ubuntu2404, clock(), 11, &BARE),
            folder,
            differences: Vec::new(),
        }
    }

    /// Writes a file on both sides.
    fn put(&mut self, name: &str, bytes: &[u8]) {
        self.bench.put(name, bytes);
        std::fs::write(self.folder.join(name), bytes).unwrap();
    }

    /// Runs the lab's program.
    fn lab(&mut self, line: &str, answers: &[&str]) -> Ran {
        self.bench.sys.now = clock();
        self.bench.run(start(&words(line)), None, answers)
    }

    /// Runs the lab's program, which must succeed, and copies the file to the other side.
    fn make(&mut self, line: &str, file: &str) {
        let ran = self.lab(line, &[]);
        assert_eq!(ran.status, Some(0), "{line}: {ran:?}");
        let bytes = self.bench.file(file).unwrap();
        std::fs::write(self.folder.join(file), bytes).unwrap();
    }

    /// Runs the real program.
    fn real(&self, line: &str) -> Ran {
        let out = Command::new("openssl")
            .args(&words(line)[1..])
            .current_dir(&self.folder)
            .env("LC_ALL", "C")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        Ran {
            status: out.status.code(),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
            prompts: Vec::new(),
        }
    }

    /// Runs the real program, which must succeed, and copies the file to the lab.
    fn take(&mut self, line: &str, file: &str) {
        let ran = self.real(line);
        assert_eq!(ran.status, Some(0), "{line}: {ran:?}");
        let bytes = std::fs::read(self.folder.join(file)).unwrap();
        self.bench.put(file, &bytes);
    }

    /// Runs both programs; they must print the same and exit with the same status.
    fn same(&mut self, line: &str) {
        let (mut lab, mut real) = (self.lab(line, &[]), self.real(line));
        lab.stderr = comparable(&lab.stderr);
        real.stderr = comparable(&real.stderr);
        if lab != real {
            self.differences.push(format!(
                "{line}\n--- lab: {:?}\n{}{}\n--- openssl: {:?}\n{}{}",
                lab.status, lab.stdout, lab.stderr, real.status, real.stdout, real.stderr
            ));
        }
    }

    /// Ends a comparison; fails if anything differed.
    fn done(self) {
        let count = self.differences.len();
        assert!(
            count == 0,
            "{count} commands differ\n{}",
            self.differences.join("\n\n")
        );
    }
}

/// The time of this machine, which the real program uses.
#[expect(
    clippy::disallowed_methods,
    reason = "the real program uses this clock"
)]
fn clock() -> SimTime {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    SimTime::from_unix_ms(u64::try_from(now.as_millis()).unwrap())
}

impl Drop for Twin {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.folder));
    }
}

fn words(line: &str) -> Vec<String> {
    let mut words = vec!["openssl".to_owned()];
    let mut open = false;
    let mut word = String::new();
    for character in line.chars() {
        match character {
            '\'' => open = !open,
            ' ' if !open => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words
}

/// Removes what differs between runs and builds: the thread's number, the path of the build, and line
/// numbers. A repeated line of the error stack counts once. Opening a signature with another's key gives
/// random bytes: the padding rule that they break first is chance.
fn comparable(stderr: &str) -> String {
    let stderr = stderr.replace(
        "0200006A:rsa routines:RSA_padding_check_PKCS1_type_1:block type is not 01",
        "0200008A:rsa routines:RSA_padding_check_PKCS1_type_1:invalid padding",
    );
    let mut lines: Vec<String> = Vec::new();
    for line in stderr.lines() {
        let parts: Vec<&str> = line.split(':').collect();
        let line = match parts.as_slice() {
            [
                thread,
                "error",
                code,
                library,
                function,
                reason,
                _place,
                _number,
                rest @ ..,
            ] if thread.len() == 16 => {
                format!(
                    "error:{code}:{library}:{function}:{reason}:{}",
                    rest.join(":")
                )
            }
            _ => line.to_owned(),
        };
        if lines.last() != Some(&line) || !line.starts_with("error:") {
            lines.push(line);
        }
    }
    lines.join("\n")
}

const CA_CONF: &[u8] = b"[ v3_ca ]\nsubjectKeyIdentifier = hash\n\
authorityKeyIdentifier = keyid:always,issuer\nbasicConstraints = critical,CA:true\n\
keyUsage = critical, keyCertSign, cRLSign, digitalSignature\n\
[ leaf ]\nbasicConstraints = CA:FALSE\nextendedKeyUsage = serverAuth, clientAuth\n\
subjectAltName = DNS:a.example, IP:10.0.1.12, email:a@b.c\n";

/// The names and keys of the tests, created by the lab.
fn equipped(name: &str) -> Twin {
    let mut twin = Twin::new(name);
    twin.put("ca.conf", CA_CONF);
    twin.put("none.csr", b"None\n");
    twin.make("genrsa -out ca.key 2048", "ca.key");
    twin.make("genrsa -out other.key 2048", "other.key");
    twin.make(
        "req -new -x509 -days 3652 -key ca.key -subj /C=US/O=Example/CN=Root -out ca.crt",
        "ca.crt",
    );
    twin.make(
        "req -new -key other.key -subj '/C=US+ST=CA+OU=LS2+L=SanJose+O=Marvell/CN=HSM:RCN2345B07362:PARTN:25, for FIPS mode' -out hsm.csr",
        "hsm.csr",
    );
    twin.make(
        "x509 -req -days 3652 -in hsm.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out hsm.crt",
        "hsm.crt",
    );
    twin
}

#[test]
fn show_commands_print_the_same() {
    let mut twin = equipped("shown");
    twin.make(
        "ecparam -genkey -name secp384r1 -noout -out ec.key",
        "ec.key",
    );
    twin.make(
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out ec521.key",
        "ec521.key",
    );
    twin.make(
        "req -new -x509 -key ec.key -sha384 -subj /CN=ec -out ec.crt",
        "ec.crt",
    );
    twin.make(
        "req -new -x509 -key ec521.key -sha512 -subj /CN=ec521 -out ec521.crt",
        "ec521.crt",
    );
    twin.make("req -new -x509 -key ca.key -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -subj /CN=pss -out pss.crt", "pss.crt");
    twin.make("x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -set_serial 1 -extfile ca.conf -extensions leaf -out leaf.crt", "leaf.crt");
    twin.make("x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -set_serial 0x8fffffffffffffffff -extfile ca.conf -extensions v3_ca -out int.crt", "int.crt");
    twin.make(
        "req -new -key other.key -subj /CN=x -addext subjectAltName=DNS:a.example -out ext.csr",
        "ext.csr",
    );
    for file in ["ca", "hsm", "ec", "ec521", "pss", "leaf", "int"] {
        for options in [
            "-noout -text",
            "-noout -subject -issuer -dates -serial -fingerprint -hash -issuer_hash",
            "-noout -purpose -startdate -enddate -pubkey -modulus -email -alias",
            "-noout -fingerprint -sha256",
            "-noout -subject -issuer -nameopt compat",
            "-noout -subject -nameopt RFC2253",
            "-noout -subject -nameopt multiline",
            "-noout -checkend 100",
            "-noout -ext basicConstraints,keyUsage,subjectAltName",
            "-text",
        ] {
            twin.same(&format!("x509 -in {file}.crt {options}"));
        }
        twin.same(&format!("asn1parse -in {file}.crt"));
    }
    for file in ["hsm", "ext"] {
        for options in [
            "-noout -text",
            "-noout -subject -verify",
            "-noout -pubkey",
            "-noout -modulus",
            "",
        ] {
            twin.same(format!("req -in {file}.csr {options}").trim_end());
        }
    }
    for line in [
        "rsa -in ca.key -noout -text",
        "rsa -in ca.key -pubout",
        "rsa -in ca.key -traditional",
        "rsa -in ca.key",
        "rsa -in ca.key -check -noout",
        "rsa -in ca.key -modulus -noout",
        "pkey -in ca.key -noout -text",
        "pkey -in ec.key -noout -text",
        "pkey -in ec521.key -pubout -text",
        "pkey -in ec.key",
        "ec -in ec.key -noout -text",
        "ec -in ec521.key",
        "ec -in ec.key -pubout",
        "pkcs8 -topk8 -nocrypt -in ec.key",
        "dgst -sha256 ca.crt",
        "dgst ca.crt hsm.crt",
        "dgst -sha512 -r ca.crt",
        "dgst -sha384 -c ca.crt",
        "dgst -sha256 -hmac key ca.crt",
        "sha256 ca.crt",
        "base64 -in ca.conf",
        "enc -base64 -in ca.conf",
        "dgst -sha256 -hex -sign ca.key ca.conf",
    ] {
        twin.same(line);
    }
    twin.done();
}

#[test]
fn verify_gives_the_same_results() {
    let mut twin = equipped("chains");
    twin.make("genrsa -out int.key 2048", "int.key");
    twin.make("genrsa -out wrong.key 2048", "wrong.key");
    twin.make(
        "req -new -x509 -days 100 -key wrong.key -subj /C=US/O=Example/CN=Root -out wrong.crt",
        "wrong.crt",
    );
    twin.make(
        "req -new -x509 -days 100 -key wrong.key -subj /CN=Else -out else.crt",
        "else.crt",
    );
    twin.make(
        "req -new -key int.key -subj /CN=Int -out int.csr",
        "int.csr",
    );
    let sign = "x509 -req -days 300 -CA ca.crt -CAkey ca.key";
    twin.make(
        &format!("{sign} -in int.csr -extfile ca.conf -extensions v3_ca -out int.crt"),
        "int.crt",
    );
    twin.make(&format!("{sign} -in int.csr -out noca.crt"), "noca.crt");
    twin.make(
        &format!("{sign} -in hsm.csr -extfile ca.conf -extensions leaf -out leaf.crt"),
        "leaf.crt",
    );
    twin.make(
        "x509 -req -days 30 -in hsm.csr -CA int.crt -CAkey int.key -out deep.crt",
        "deep.crt",
    );
    twin.make(
        "x509 -req -days 30 -in hsm.csr -CA noca.crt -CAkey int.key -out bad.crt",
        "bad.crt",
    );
    for (name, parts) in [
        ("chain.crt", ["int.crt", "ca.crt"]),
        ("nochain.crt", ["noca.crt", "ca.crt"]),
    ] {
        let mut text = b"some words\n".to_vec();
        for part in parts {
            text.extend(twin.bench.file(part).unwrap());
        }
        twin.put(name, &text);
    }
    let mut broken = hsmlab_crypto::cert::Certificate::from_pem(&String::from_utf8_lossy(
        &twin.bench.file("hsm.crt").unwrap(),
    ))
    .unwrap()
    .der()
    .to_vec();
    *broken.last_mut().unwrap() ^= 1;
    twin.put(
        "broken.crt",
        hsmlab_crypto::pem::encode("CERTIFICATE", &broken).as_bytes(),
    );
    for line in [
        "-CAfile ca.crt hsm.crt",
        "-CAfile ca.crt ca.crt",
        "-purpose sslserver -CAfile ca.crt hsm.crt",
        "-purpose sslclient -CAfile ca.crt leaf.crt",
        "-purpose sslserver -CAfile ca.crt -show_chain leaf.crt",
        "-CAfile chain.crt deep.crt",
        "-purpose sslserver -CAfile chain.crt deep.crt",
        "-CAfile ca.crt -untrusted int.crt deep.crt",
        "-CAfile int.crt deep.crt",
        "-CAfile int.crt -partial_chain deep.crt",
        "-CAfile ca.crt deep.crt",
        "-CAfile nochain.crt bad.crt",
        "-purpose sslserver -CAfile nochain.crt bad.crt",
        "-CAfile wrong.crt hsm.crt",
        "-CAfile else.crt hsm.crt",
        "-CAfile else.crt ca.crt",
        "-CAfile else.crt -untrusted chain.crt deep.crt",
        "-CAfile ca.crt broken.crt",
        "hsm.crt",
        "ca.crt",
        "-CAfile ca.crt hsm.crt deep.crt",
        "-CAfile ca.crt -attime 1000000000 hsm.crt",
        "-CAfile ca.crt -attime 4000000000 hsm.crt",
        "-CAfile chain.crt -attime 4000000000 deep.crt",
        "-CAfile ca.crt none.csr",
        "-CAfile none.csr ca.crt",
        "-CAfile missing ca.crt",
        "-CAfile ca.crt missing",
        "-purpose foo ca.crt",
    ] {
        twin.same(&format!("verify {line}"));
    }
    twin.done();
}

#[test]
fn error_messages_are_the_same() {
    let mut twin = equipped("mistakes");
    twin.make(
        "genrsa -aes256 -passout pass:secret -out enc.key 2048",
        "enc.key",
    );
    let csr = twin.bench.file("hsm.csr").unwrap();
    twin.put("cut.csr", &csr[..600]);
    twin.make(
        "ecparam -genkey -name prime256v1 -noout -out ec.key",
        "ec.key",
    );
    twin.put(
        "bad.conf",
        b"[a]\nbasicConstraints=CA:maybe\n[b]\nkeyUsage=foo\n[c]\nsubjectAltName=FOO:x\n\
[d]\nextendedKeyUsage=foo\n[e]\nbasicConstraints=foo:1\n",
    );
    for number in [1, 2] {
        let key = format!("twin{number}.key");
        twin.make(
            &format!("ecparam -genkey -noout -name prime256v1 -out {key}"),
            &key,
        );
        let line = format!("req -new -x509 -key {key} -subj /CN=same -out twin{number}.crt");
        twin.make(&line, &format!("twin{number}.crt"));
    }
    twin.make(
        "x509 -req -in hsm.csr -CA twin1.crt -CAkey twin1.key -out twinl.crt",
        "twinl.crt",
    );
    for line in [
        "foo",
        "genrsa abc",
        "genrsa 100",
        "genrsa 2048 more",
        "genrsa -zzz",
        "genrsa -out",
        "genrsa -out /nowhere/x 2048",
        "genrsa -aes256 -passout abc 2048",
        "genrsa -aes256 -passout foo:bar 2048",
        "req -zzz",
        "req -in missing",
        "req -in none.csr -noout -text",
        "req -in cut.csr",
        "req -new -x509 -key missing",
        "req -new -x509 -key ca.key -config missing",
        "req -new -key ca.key -subj CN=x",
        "req -new -key ca.key -subj /C=USA/CN=x",
        "req -x509 -key ca.key -subj /CN=x -addext foo=bar",
        "req -new -x509 -key ca.key -subj /CN=x -extensions nosuch -config ca.conf",
        "req -new -x509 -key ca.key -extensions v3_ca -config ca.conf",
        "req -new -x509 -key enc.key -passin pass:wrong -subj /CN=x",
        "x509 -in missing",
        "x509 -in none.csr",
        "x509 -in ca.key",
        "x509 -days",
        "x509 -days abc",
        "x509 -req -in none.csr -CA ca.crt -CAkey ca.key",
        "x509 -req -in cut.csr -CA ca.crt -CAkey ca.key",
        "x509 -req -in missing -CA ca.crt -CAkey ca.key",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey other.key",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey missing",
        "x509 -req -in hsm.csr -CA missing -CAkey ca.key",
        "x509 -req -in hsm.csr -CA none.csr -CAkey ca.key",
        "x509 -req -in hsm.csr -CA ca.key -CAkey ca.key",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey enc.key -passin pass:wrong",
        "x509 -req -in hsm.csr",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -extfile missing",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -extfile ca.conf -extensions nosuch",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -CAserial missing",
        "rsa -in missing",
        "rsa -in ca.crt",
        "rsa -in ec.key -noout",
        "rsa -in enc.key -passin pass:wrong",
        "rsa -in enc.key -passin pass:",
        "rsa -zzz",
        "pkey -zzz",
        "verify -zzz",
        "rand -zzz",
        "rand abc",
        "dgst -zzz",
        "dgst -sha256 missing",
        "dgst -sha256 -verify missing -signature ca.crt ca.crt",
        "dgst -sha256 -verify ca.key -signature missing ca.crt",
        "x509 -in ca.crt -out /nowhere/x",
        "ecparam -name foo -genkey",
        "ecparam -name foo",
        "req -new -key ca.key -subj /CN=x -reqexts nosuch -config ca.conf",
        "req -new -x509 -key ca.key -subj /CN=x -days 0",
        "req -new -x509 -key ca.key -subj /CN=x -config bad.conf -extensions a",
        "req -new -x509 -key ca.key -subj /CN=x -config bad.conf -extensions b",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -extfile bad.conf -extensions c",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -extfile bad.conf -extensions d",
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -extfile bad.conf -extensions e",
        "verify -CAfile twin2.crt twinl.crt",
        "rsa -pubin -in ca.key",
        "x509 -in ca.crt -noout -ext keyUsage",
    ] {
        twin.same(line);
    }
    twin.done();
}

#[test]
fn each_reads_the_files_of_the_other() {
    let mut twin = equipped("both");
    // Keys of both programs, encrypted and not.
    twin.make(
        "genrsa -aes256 -passout pass:secret -out lab.key 2048",
        "lab.key",
    );
    twin.take(
        "genrsa -aes256 -passout pass:secret -out real.key 2048",
        "real.key",
    );
    twin.take(
        "genrsa -aes128 -passout pass:secret -out real128.key 3072",
        "real128.key",
    );
    twin.make(
        "pkcs8 -topk8 -in ca.key -passout pass:secret -out lab8.key",
        "lab8.key",
    );
    for file in ["lab", "real", "real128", "lab8"] {
        twin.same(&format!(
            "rsa -in {file}.key -passin pass:secret -noout -text"
        ));
    }
    for curve in ["prime256v1", "secp384r1", "secp521r1"] {
        twin.make(
            &format!("ecparam -genkey -name {curve} -out lab{curve}.key"),
            &format!("lab{curve}.key"),
        );
        twin.take(
            &format!("ecparam -genkey -name {curve} -out real{curve}.key"),
            &format!("real{curve}.key"),
        );
        for who in ["lab", "real"] {
            twin.same(&format!("pkey -in {who}{curve}.key -noout -text"));
            // Certificates of each program for the lab's CSR, verified by both.
            let line = format!(
                "req -new -x509 -days 30 -key {who}{curve}.key -sha384 -subj /CN={who}{curve} -out {who}{curve}.crt"
            );
            let file = format!("{who}{curve}.crt");
            if who == "lab" {
                twin.make(&line, &file);
            } else {
                twin.take(&line, &file);
            }
            let line = format!(
                "x509 -req -days 30 -in hsm.csr -CA {file} -CAkey {who}{curve}.key -sha512 -out {who}{curve}-hsm.crt"
            );
            let signed = format!("{who}{curve}-hsm.crt");
            if who == "lab" {
                twin.make(&line, &signed);
            } else {
                twin.take(&line, &signed);
            }
            twin.same(&format!("x509 -in {file} -noout -text"));
            twin.same(&format!(
                "verify -purpose sslserver -CAfile {file} {signed}"
            ));
        }
    }
    // RSA-PSS and large keys.
    twin.take("req -new -x509 -key ca.key -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -sha512 -subj /CN=pss -out pss.crt", "pss.crt");
    twin.take("x509 -req -in hsm.csr -CA pss.crt -CAkey ca.key -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -out pss-hsm.crt", "pss-hsm.crt");
    twin.same("verify -CAfile pss.crt pss-hsm.crt");
    twin.take(
        "req -new -x509 -newkey rsa:4096 -nodes -keyout big.key -subj /CN=big -sha224 -out big.crt",
        "big.crt",
    );
    twin.same("verify -CAfile big.crt big.crt");
    twin.same("x509 -in big.crt -noout -text");
    // A chain with certificates of both programs.
    twin.take(
        "x509 -req -days 300 -in hsm.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out by-real.crt",
        "by-real.crt",
    );
    twin.same("verify -purpose sslserver -CAfile ca.crt by-real.crt");
    // Signatures over files.
    twin.make("dgst -sha256 -sign ca.key -out lab.sig ca.conf", "lab.sig");
    twin.take(
        "dgst -sha512 -sign realsecp384r1.key -out ec.sig ca.conf",
        "ec.sig",
    );
    twin.make("rsa -in ca.key -pubout -out ca.pub", "ca.pub");
    twin.make("pkey -in realsecp384r1.key -pubout -out ec.pub", "ec.pub");
    twin.same("dgst -sha256 -verify ca.pub -signature lab.sig ca.conf");
    twin.same("dgst -sha512 -verify ec.pub -signature ec.sig ca.conf");
    twin.same("dgst -sha256 -verify ca.pub -signature lab.sig ca.crt");
    twin.make("dgst -sha256 -binary -out conf.bin ca.conf", "conf.bin");
    twin.make(
        "pkeyutl -sign -inkey ca.key -pkeyopt digest:sha256 -in conf.bin -out util.sig",
        "util.sig",
    );
    twin.same("pkeyutl -verify -pubin -inkey ca.pub -sigfile util.sig -pkeyopt digest:sha256 -in conf.bin");
    twin.done();
}

#[test]
fn prompts_and_refusals() {
    let mut twin = Twin::new("questions");
    let ran = twin.lab("genrsa -aes256 -out a.key 2048", &["secret", "secrex"]);
    assert_eq!(ran.status, Some(1));
    assert_eq!(
        ran.prompts,
        [
            "Enter PEM pass phrase:",
            "Verifying - Enter PEM pass phrase:"
        ]
    );
    assert!(ran.stderr.starts_with("Verify failure\n"), "{}", ran.stderr);
    assert_eq!(twin.bench.file("a.key"), None);
    let ran = twin.lab("genrsa -aes256 -out a.key 2048", &["abc"]);
    assert!(
        ran.stderr.contains("You must type in 4 to 1024 characters"),
        "{}",
        ran.stderr
    );
    let ran = twin.lab("genrsa -aes256 -out a.key 2048", &["secret", "secret"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    let path = format!("{}/a.key", twin.bench.login.home());
    assert_eq!(twin.bench.host.fs.node(&path).unwrap().mode, 0o600);
    let ran = twin.lab(
        "req -new -x509 -days 3652 -key a.key -out a.crt",
        &["secret", "USA", "US", ".", "", "Example", "", "Root", ""],
    );
    assert_eq!(ran.status, Some(0), "{ran:?}");
    expect_test::expect![[r#"
        Enter pass phrase for a.key:
        Country Name (2 letter code) [AU]:
        Country Name (2 letter code) [AU]:
        State or Province Name (full name) [Some-State]:
        Locality Name (eg, city) []:
        Organization Name (eg, company) [Internet Widgits Pty Ltd]:
        Organizational Unit Name (eg, section) []:
        Common Name (e.g. server FQDN or YOUR name) []:
        Email Address []:"#]]
    .assert_eq(&ran.prompts.join("\n"));
    expect_test::expect![[r#"
        You are about to be asked to enter information that will be incorporated
        into your certificate request.
        What you are about to enter is what is called a Distinguished Name or a DN.
        There are quite a few fields but you can leave some blank
        For some fields there will be a default value,
        If you enter '.', the field will be left blank.
        -----
        String too long, must be at most 2 bytes long
    "#]]
    .assert_eq(&ran.stderr);
    let ran = twin.lab("x509 -in a.crt -noout -subject", &[]);
    assert_eq!(ran.stdout, "subject=C = US, O = Example, CN = Root\n");
    let ran = twin.lab(
        "req -new -key a.key -passin pass:secret -out a.csr",
        &["US", "", "", "", "", "x", "", "abc", "abcd", "co"],
    );
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let ran = twin.lab("req -in a.csr -noout -text", &[]);
    let attributes: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.contains("challenge") || line.contains("unstr"))
        .collect();
    assert_eq!(attributes.len(), 2, "{}", ran.stdout);
    let nothing = [".", ".", ".", ".", ".", ".", "."];
    let ran = twin.lab("req -new -key a.key -passin pass:secret", &nothing);
    assert!(ran.stderr.ends_with(
        "Error: No objects specified in config file\nError making certificate request\n"
    ));
}

#[test]
fn the_serial_file_is_incremented() {
    let mut twin = equipped("serial");
    let first = String::from_utf8(twin.bench.file("ca.srl").unwrap()).unwrap();
    assert_eq!(first.len(), 41);
    twin.make(
        "x509 -req -in hsm.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out b.crt",
        "b.crt",
    );
    let second = String::from_utf8(twin.bench.file("ca.srl").unwrap()).unwrap();
    let number = |text: &str| u64::from_str_radix(&text.trim()[30..], 16).unwrap();
    assert_eq!(number(&second), number(&first) + 1);
    let ran = twin.lab("x509 -in b.crt -noout -serial", &[]);
    assert_eq!(ran.stdout, format!("serial={second}"));
}

/// The size of the request of an hsm2m cluster, as observed on a real one (1,026 bytes with the line end
/// that the AWS CLI's text output adds).
#[test]
fn size_of_the_cluster_request() {
    let twin = equipped("size");
    assert_eq!(twin.bench.file("hsm.csr").unwrap().len(), 1025);
}
