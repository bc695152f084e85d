//! Known answers, given to an appliance as a client would: keys are imported wrapped, commands use the
//! encrypted channel, and results come back as replies or wrapped keys.
//!
//! A file of tests/data/vectors consists of lines: `@algorithm parameters…` begins a part, `K key` sets
//! its key if a part has one, and each other line is a case of hexadecimal fields (`-` is empty) that
//! ends in `v` (valid), `i` (invalid) or `a` (either is acceptable).

#![allow(
    clippy::unwrap_used,
    reason = "what cannot be set up ends with the reason"
)]

use hsmlab_client::cluster::{ClientError, Cluster, ClusterKey};
use hsmlab_crypto::curves;
use hsmlab_crypto::keyfile;
use hsmlab_crypto::keys::PrivateKey;
use hsmlab_crypto::ml_dsa::{self, ParameterSet};
use hsmlab_crypto::seal::{self, KeyWrap};
use hsmlab_proto::Handle;
use hsmlab_proto::cipher::{CipherCommand, CipherMechanism, DeriveMechanism, MacMechanism};
use hsmlab_proto::key::{
    Curve, Flag, Hash, KeyType, PublicPart, SignMechanism, Template, WrapMechanism,
};
use hsmlab_proto::message::{Command, PairKind, Reply, UnwrapKind};
use hsmlab_proto::pure::{PureCommand, PureMechanism};
use hsmlab_proto::role::Role;
use hsmlab_sim::Seed;

use crate::appliances::{ALICE, Appliances};

/// An appliance with a key encryption key that the test knows.
struct Bench {
    all: Appliances,
    cluster: Cluster,
    kek: Vec<u8>,
    kek_handle: Handle,
}

/// An appliance's answer: bytes, or a refusal.
type Got = Result<Vec<u8>, ClientError>;

impl Bench {
    fn new() -> Self {
        // Some vectors use algorithms that FIPS mode refuses.
        let mut all = Appliances::new(1, false);
        let mut cluster = all.connect();
        all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
        let mut bench = Self {
            all,
            cluster,
            kek: Vec::new(),
            kek_handle: 0,
        };
        // The key encryption key is agreed by ECDH: neither side sends it.
        let mut rng = Seed::from_number(7).stream("vectors");
        let (scalar, point) = curves::generate(Curve::P256, &mut rng);
        let pair = bench.makes(&Command::GeneratePair {
            kind: PairKind::Ec(Curve::P256),
            public: Template::default(),
            private: flags(&[Flag::Derive]),
        });
        let Some(PublicPart::Ec { point: theirs, .. }) = &pair[0].info.attributes.public else {
            panic!("an EC key has a point");
        };
        let shared = curves::shared_secret(Curve::P256, scalar.expose(), theirs).unwrap();
        bench.kek = x963(Hash::Sha256, shared.expose(), 32);
        let derive = CipherCommand::Derive {
            handle: pair[1].info.handle,
            mechanism: DeriveMechanism::Ecdh {
                kdf: Hash::Sha256,
                peer: point,
                shared_info: Vec::new(),
            },
            key_type: KeyType::Aes,
            length_bytes: 32,
            template: flags(&[Flag::Wrap, Flag::Unwrap]),
        };
        bench.kek_handle = bench.makes(&Command::Cipher(derive))[0].info.handle;
        bench
    }

    fn makes(&mut self, command: &Command) -> Vec<ClusterKey> {
        self.cluster
            .make_keys(None, command, true, &mut self.all)
            .unwrap()
    }

    fn asks(&mut self, command: &Command) -> Got {
        let keys: [&ClusterKey; 0] = [];
        match self.cluster.use_keys(&keys, command, &mut self.all)? {
            Reply::Bytes(bytes) => Ok(bytes),
            Reply::Wrapped { wrapped, .. } => Ok(wrapped),
            _ => Ok(Vec::new()),
        }
    }

    /// Imports a key, wrapped under the key encryption key.
    fn imports(
        &mut self,
        kind: UnwrapKind,
        value: &[u8],
        may: &[Flag],
    ) -> Result<Handle, ClientError> {
        let command = Command::Unwrap {
            wrapping: self.kek_handle,
            mechanism: WrapMechanism::AesZeroPad,
            wrapped: seal::wrap(KeyWrap::ZeroPad, &self.kek, value).unwrap(),
            kind,
            template: flags(may),
        };
        let made = self
            .cluster
            .make_keys(None, &command, true, &mut self.all)?;
        Ok(made[0].info.handle)
    }

    fn imports_public(&mut self, spki: &[u8]) -> Result<Handle, ClientError> {
        let command = Command::ImportPublic {
            spki: spki.to_vec(),
            template: flags(&[Flag::Verify, Flag::Encrypt]),
        };
        let made = self
            .cluster
            .make_keys(None, &command, true, &mut self.all)?;
        Ok(made[0].info.handle)
    }

    /// Returns the value of a key, exported under the key encryption key.
    fn value(&mut self, handle: Handle) -> Vec<u8> {
        let wrapped = self
            .asks(&Command::Wrap {
                payload: handle,
                wrapping: self.kek_handle,
                mechanism: WrapMechanism::AesZeroPad,
            })
            .unwrap();
        let value = seal::unwrap(KeyWrap::ZeroPad, &self.kek, &wrapped).unwrap();
        value.expose().to_vec()
    }

    fn deletes(&mut self, handle: Handle) {
        self.asks(&Command::DeleteKey { handle }).unwrap();
    }
}

fn flags(set: &[Flag]) -> Template {
    Template {
        flags: set.iter().map(|flag| (*flag, true)).collect(),
        session: true,
        ..Template::default()
    }
}

fn x963(hash: Hash, shared: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for counter in 1_u32.. {
        if out.len() >= length {
            break;
        }
        out.extend(hash.digest(&[shared, &counter.to_be_bytes()].concat()));
    }
    out.truncate(length);
    out
}

/// Runs all cases of a file and returns their number.
///
/// # Errors
/// The first line whose result differs, or that cannot be read.
pub fn run(file: &str) -> Result<usize, String> {
    let mut bench = Bench::new();
    let (mut part, mut key, mut cases) = (Vec::new(), None, 0);
    for (number, line) in file.lines().enumerate() {
        let wrong = |what: &str| format!("line {}: {what}: {line:.160}", number + 1);
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if let Some(names) = line.strip_prefix('@') {
            part = names.split(' ').map(str::to_owned).collect();
            key = None;
            continue;
        }
        if let Some(value) = line.strip_prefix("K ") {
            let value = hex::decode(value).map_err(|_| wrong("not hexadecimal"))?;
            if let Some(old) = key.take() {
                bench.deletes(old);
            }
            key = shared_key(&mut bench, &part, &value).ok();
            continue;
        }
        let mut fields: Vec<&str> = line.split(' ').collect();
        let expected = fields.pop().unwrap_or_default();
        let fields: Vec<Vec<u8>> = fields
            .iter()
            .map(|field| hex::decode(if *field == "-" { "" } else { field }))
            .collect::<Result<_, _>>()
            .map_err(|_| wrong("not hexadecimal"))?;
        let right = case(&mut bench, &part, key, &fields).map_err(|what| wrong(&what))?;
        match (expected, right) {
            ("v", true) | ("i", false) | ("a", _) => cases += 1,
            ("v", false) => return Err(wrong("is valid and was refused")),
            ("i", true) => return Err(wrong("is invalid and was accepted")),
            _ => return Err(wrong("has no result")),
        }
    }
    Ok(cases)
}

/// Imports the key of a part's cases.
fn shared_key(bench: &mut Bench, part: &[String], value: &[u8]) -> Result<Handle, ClientError> {
    match part[0].as_str() {
        "rsa-oaep" | "rsa-pkcs-crypt" => {
            bench.imports(UnwrapKind::RsaPrivate, value, &[Flag::Decrypt])
        }
        _ => bench.imports_public(value),
    }
}

fn hash(part: &[String]) -> Hash {
    Hash::from_name(&part[1]).unwrap()
}

/// Returns whether the appliance accepts a case; an error is a case that is malformed.
fn case(
    bench: &mut Bench,
    part: &[String],
    key: Option<Handle>,
    fields: &[Vec<u8>],
) -> Result<bool, String> {
    match (part[0].as_str(), fields) {
        ("aes-gcm", [key, iv, aad, plain, sealed, tag]) => {
            let mechanism = CipherMechanism::AesGcm {
                iv: iv.clone(),
                aad: aad.clone(),
                tag_bits: 128,
            };
            let sealed = [sealed.as_slice(), tag].concat();
            Ok(decrypts(bench, key, mechanism, &sealed) == Some(plain.clone()))
        }
        ("aes-ecb", [key, plain, sealed]) => Ok(both_ways(
            bench,
            key,
            &CipherMechanism::AesEcb,
            plain,
            sealed,
        )),
        ("aes-cbc", [key, iv, plain, sealed]) => {
            let mechanism = CipherMechanism::AesCbc { iv: iv.clone() };
            Ok(both_ways(bench, key, &mechanism, plain, sealed))
        }
        ("aes-cbc-pad", [key, iv, plain, sealed]) => {
            let mechanism = CipherMechanism::AesCbcPad { iv: iv.clone() };
            Ok(both_ways(bench, key, &mechanism, plain, sealed))
        }
        ("aes-ctr", [key, counter, plain, sealed]) => {
            let mechanism = CipherMechanism::AesCtr {
                counter: counter.clone(),
                counter_bits: 128,
            };
            Ok(both_ways(bench, key, &mechanism, plain, sealed))
        }
        ("aes-cmac", [key, message, mac]) => Ok(authenticates(
            bench,
            UnwrapKind::Aes,
            key,
            MacMechanism::AesCmac,
            message,
            mac,
        )),
        ("hmac", [key, message, mac]) => {
            let mechanism = MacMechanism::Hmac { hash: hash(part) };
            Ok(authenticates(
                bench,
                UnwrapKind::GenericSecret,
                key,
                mechanism,
                message,
                mac,
            ))
        }
        ("aes-kw", [key, plain, sealed]) => {
            Ok(wraps(bench, key, WrapMechanism::AesNoPad, plain, sealed))
        }
        ("aes-kwp", [key, plain, sealed]) => {
            Ok(wraps(bench, key, WrapMechanism::AesZeroPad, plain, sealed))
        }
        ("ecdsa", [message, signature]) => {
            let mechanism = SignMechanism::Ecdsa {
                hash: hash(part),
                weak_hash: true,
            };
            Ok(verifies(bench, key, mechanism, message, signature))
        }
        ("ed25519", [message, signature]) => {
            let handle = key.ok_or("the key was refused")?;
            let verify = PureCommand::Verify {
                handle,
                mechanism: PureMechanism::Ed25519,
                message: message.clone(),
                signature: signature.clone(),
            };
            Ok(bench.asks(&Command::Pure(verify)).is_ok())
        }
        // No ML-DSA key can be brought into an appliance: these test only the algorithms.
        ("ml-dsa", [public, message, signature]) => {
            let set = ParameterSet::from_name(&part[1]).ok_or("no such parameter set")?;
            Ok(ml_dsa::verify(set, public, message, signature))
        }
        ("ml-dsa-seed", [seed, digest]) => {
            let set = ParameterSet::from_name(&part[1]).ok_or("no such parameter set")?;
            let public = ml_dsa::public_of(set, seed).unwrap_or_default();
            Ok(Hash::Sha256.digest(&public) == *digest)
        }
        ("rsa-pkcs", [message, signature]) => {
            let mechanism = SignMechanism::RsaPkcs { hash: hash(part) };
            Ok(verifies(bench, key, mechanism, message, signature))
        }
        ("rsa-pss", [message, signature]) => {
            let mechanism = SignMechanism::RsaPss {
                hash: hash(part),
                mgf: hash(part),
                salt_bytes: part[2].parse().map_err(|_| "no salt length")?,
            };
            Ok(verifies(bench, key, mechanism, message, signature))
        }
        ("rsa-oaep" | "rsa-pkcs-crypt", [plain, sealed]) => {
            let mechanism = if part[0] == "rsa-oaep" {
                CipherMechanism::RsaOaep {
                    hash: hash(part),
                    mgf: hash(part),
                }
            } else {
                CipherMechanism::RsaPkcs
            };
            let command = CipherCommand::Decrypt {
                handle: key.ok_or("the key was refused")?,
                mechanism,
                data: sealed.clone(),
            };
            Ok(bench.asks(&Command::Cipher(command)).ok().as_ref() == Some(plain))
        }
        ("ecdh", [private, public, shared]) => Ok(agrees(bench, &part[1], private, public, shared)),
        ("sp800-108", [key, fixed, out]) => {
            let handle = bench
                .imports(UnwrapKind::GenericSecret, key, &[Flag::Derive])
                .map_err(|error| format!("{error:?}"))?;
            let mechanism = DeriveMechanism::Sp800108Counter {
                hash: hash(part),
                counter_bits: 32,
                fixed: fixed.clone(),
            };
            let derived = derives(bench, handle, mechanism, out.len());
            bench.deletes(handle);
            Ok(derived.as_ref() == Some(out))
        }
        _ => Err("no such algorithm, or not its fields".into()),
    }
}

fn decrypts(
    bench: &mut Bench,
    key: &[u8],
    mechanism: CipherMechanism,
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let handle = bench.imports(UnwrapKind::Aes, key, &[Flag::Decrypt]).ok()?;
    let command = CipherCommand::Decrypt {
        handle,
        mechanism,
        data: sealed.to_vec(),
    };
    let plain = bench.asks(&Command::Cipher(command));
    bench.deletes(handle);
    plain.ok()
}

/// Returns whether the key decrypts one to the other; if so, also encrypts it back.
fn both_ways(
    bench: &mut Bench,
    key: &[u8],
    mechanism: &CipherMechanism,
    plain: &[u8],
    sealed: &[u8],
) -> bool {
    if decrypts(bench, key, mechanism.clone(), sealed).as_deref() != Some(plain) {
        return false;
    }
    let handle = bench
        .imports(UnwrapKind::Aes, key, &[Flag::Encrypt])
        .unwrap();
    let command = CipherCommand::Encrypt {
        handle,
        mechanism: mechanism.clone(),
        data: plain.to_vec(),
    };
    let again = bench.asks(&Command::Cipher(command)).unwrap();
    bench.deletes(handle);
    assert_eq!(again, sealed, "what was decrypted is encrypted otherwise");
    true
}

fn authenticates(
    bench: &mut Bench,
    kind: UnwrapKind,
    key: &[u8],
    mechanism: MacMechanism,
    message: &[u8],
    mac: &[u8],
) -> bool {
    let Ok(handle) = bench.imports(kind, key, &[Flag::Sign, Flag::Verify]) else {
        return false;
    };
    let made = bench.asks(&Command::Cipher(CipherCommand::Mac {
        handle,
        mechanism,
        data: message.to_vec(),
    }));
    let verified = bench.asks(&Command::Cipher(CipherCommand::VerifyMac {
        handle,
        mechanism,
        data: message.to_vec(),
        mac: mac.to_vec(),
    }));
    bench.deletes(handle);
    assert_eq!(made.as_deref() == Ok(mac), verified.is_ok());
    verified.is_ok()
}

fn wraps(
    bench: &mut Bench,
    key: &[u8],
    mechanism: WrapMechanism,
    plain: &[u8],
    sealed: &[u8],
) -> bool {
    let Ok(handle) = bench.imports(UnwrapKind::Aes, key, &[Flag::Wrap, Flag::Unwrap]) else {
        return false;
    };
    let unwrap = Command::Unwrap {
        wrapping: handle,
        mechanism: mechanism.clone(),
        wrapped: sealed.to_vec(),
        kind: UnwrapKind::GenericSecret,
        template: flags(&[]),
    };
    let made = bench.cluster.make_keys(None, &unwrap, true, &mut bench.all);
    let Ok(made) = made else {
        bench.deletes(handle);
        return false;
    };
    let inner = made[0].info.handle;
    let same = bench.value(inner) == plain;
    let again = bench.asks(&Command::Wrap {
        payload: inner,
        wrapping: handle,
        mechanism,
    });
    bench.deletes(inner);
    bench.deletes(handle);
    same && again.as_deref() == Ok(sealed)
}

fn verifies(
    bench: &mut Bench,
    key: Option<Handle>,
    mechanism: SignMechanism,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let hash = match mechanism {
        SignMechanism::Ecdsa { hash, .. }
        | SignMechanism::RsaPkcs { hash }
        | SignMechanism::RsaPss { hash, .. } => hash,
    };
    key.is_some_and(|handle| {
        let command = Command::Verify {
            handle,
            mechanism,
            digest: hash.digest(message),
            signature: signature.to_vec(),
        };
        bench.asks(&command).is_ok()
    })
}

fn derives(
    bench: &mut Bench,
    handle: Handle,
    mechanism: DeriveMechanism,
    length: usize,
) -> Option<Vec<u8>> {
    let command = Command::Cipher(CipherCommand::Derive {
        handle,
        mechanism,
        key_type: KeyType::GenericSecret,
        length_bytes: u32::try_from(length).unwrap(),
        template: flags(&[]),
    });
    let made = bench
        .cluster
        .make_keys(None, &command, true, &mut bench.all);
    let derived = made.ok()?[0].info.handle;
    let value = bench.value(derived);
    bench.deletes(derived);
    Some(value)
}

fn agrees(bench: &mut Bench, curve: &str, private: &[u8], public: &[u8], shared: &[u8]) -> bool {
    let curve = Curve::from_name(curve).unwrap();
    // The scalar padded to the field's length: the vectors have numbers of any length.
    let zeros = private.iter().take_while(|byte| **byte == 0).count();
    let bare = &private[zeros..];
    let mut scalar = vec![0; curve.bytes().saturating_sub(bare.len())];
    scalar.extend_from_slice(bare);
    let Ok(key) = PrivateKey::from_scalar(curve, &scalar) else {
        return false;
    };
    let pkcs8 = keyfile::to_pkcs8(&key);
    let Ok(handle) = bench.imports(UnwrapKind::EcPrivate, pkcs8.expose(), &[Flag::Derive]) else {
        return false;
    };
    let mechanism = DeriveMechanism::Ecdh {
        kdf: Hash::Sha384,
        peer: public.to_vec(),
        shared_info: Vec::new(),
    };
    let derived = derives(bench, handle, mechanism, 100);
    bench.deletes(handle);
    derived == Some(x963(Hash::Sha384, shared, 100))
}
