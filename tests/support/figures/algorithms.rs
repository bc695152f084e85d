//! Operations per second through the whole client: command, encrypted record, appliance, answer.

#![allow(
    clippy::unwrap_used,
    reason = "a figure that cannot be taken ends with the reason"
)]

use hsmlab_client::cluster::{Cluster, ClusterKey};
use hsmlab_proto::Handle;
use hsmlab_proto::cipher::{CipherCommand, CipherMechanism, DeriveMechanism, MacMechanism};
use hsmlab_proto::key::{Curve, Flag, Hash, KeyType, PublicPart, SignMechanism, Template};
use hsmlab_proto::message::{Command, PairKind, Reply};
use hsmlab_proto::role::Role;

use super::{Clock, Figure, rate};
use crate::appliances::{ALICE, Appliances};

/// Sizes of clusters.
const HSMS: [usize; 5] = [1, 2, 3, 6, 28];
/// The number of bytes that are encrypted or authenticated at once.
const MESSAGE_BYTES: usize = 1024;

/// An algorithm: its name, and its operation on one of the keys of [`Keys`].
type Algorithm = (&'static str, fn(&Keys) -> (&ClusterKey, Command));

const ALGORITHMS: [Algorithm; 11] = [
    ("aes-256-gcm encrypt 1 KB", |keys| {
        (&keys.aes, encrypt(keys.aes.info.handle, gcm()))
    }),
    ("aes-256-cbc encrypt 1 KB", |keys| {
        let mechanism = CipherMechanism::AesCbcPad { iv: vec![1; 16] };
        (&keys.aes, encrypt(keys.aes.info.handle, mechanism))
    }),
    ("aes-256-cmac 1 KB", |keys| {
        let handle = keys.aes.info.handle;
        (&keys.aes, mac(handle, MacMechanism::AesCmac))
    }),
    ("hmac-sha256 1 KB", |keys| {
        let mechanism = MacMechanism::Hmac { hash: Hash::Sha256 };
        (&keys.secret, mac(keys.secret.info.handle, mechanism))
    }),
    ("rsa-2048 pkcs#1 v1.5 sign", |keys| {
        let mechanism = SignMechanism::RsaPkcs { hash: Hash::Sha256 };
        (&keys.rsa[1], sign(keys.rsa[1].info.handle, mechanism, 32))
    }),
    ("rsa-2048 oaep encrypt", |keys| {
        let mechanism = CipherMechanism::RsaOaep {
            hash: Hash::Sha256,
            mgf: Hash::Sha256,
        };
        let command = CipherCommand::Encrypt {
            handle: keys.rsa[0].info.handle,
            mechanism,
            data: vec![7; 32],
        };
        (&keys.rsa[0], Command::Cipher(command))
    }),
    ("ecdsa p-256 sign", |keys| ecdsa(&keys.p256, Hash::Sha256)),
    ("ecdsa p-384 sign", |keys| ecdsa(&keys.p384, Hash::Sha384)),
    ("ecdsa secp256k1 sign", |keys| {
        ecdsa(&keys.k256, Hash::Sha256)
    }),
    ("ecdsa p-256 verify", |keys| {
        let command = Command::Verify {
            handle: keys.p256[0].info.handle,
            mechanism: SignMechanism::Ecdsa {
                hash: Hash::Sha256,
                weak_hash: false,
            },
            digest: vec![7; 32],
            signature: keys.signature.clone(),
        };
        (&keys.p256[0], command)
    }),
    ("ecdh p-256 derive aes-256", |keys| {
        let Some(PublicPart::Ec { point, .. }) = keys.p256[0].info.attributes.public.clone() else {
            panic!("an EC key has a point");
        };
        let command = CipherCommand::Derive {
            handle: keys.p256[1].info.handle,
            mechanism: DeriveMechanism::Ecdh {
                kdf: Hash::Sha256,
                peer: point,
                shared_info: Vec::new(),
            },
            key_type: KeyType::Aes,
            length_bytes: 32,
            // A session key: thousands are made, and an HSM has room for them.
            template: Template {
                label: "derived".into(),
                session: true,
                ..Template::default()
            },
        };
        (&keys.p256[1], Command::Cipher(command))
    }),
];

/// Measures the rate of each algorithm by size of the cluster.
pub(super) fn algorithms(now: Clock<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for hsms in HSMS {
        let mut all = Appliances::new(hsms, true);
        let mut cluster = all.connect();
        all.log_in(&mut cluster, "alice", Role::CryptoUser, ALICE);
        let keys = Keys::make(&mut cluster, &mut all);
        for (name, operation) in ALGORITHMS {
            let (key, command) = operation(&keys);
            figures.push(Figure {
                name: format!("{name}, {hsms} HSMs"),
                value: rate(now, || {
                    cluster.use_keys(&[key], &command, &mut all).unwrap();
                }),
                unit: "ops/s",
            });
        }
    }
    figures
}

/// The keys that are used.
struct Keys {
    aes: ClusterKey,
    secret: ClusterKey,
    rsa: Vec<ClusterKey>,
    p256: Vec<ClusterKey>,
    p384: Vec<ClusterKey>,
    k256: Vec<ClusterKey>,
    /// The signature of the key `p256` over 32 bytes of 7.
    signature: Vec<u8>,
}

impl Keys {
    fn make(cluster: &mut Cluster, all: &mut Appliances) -> Self {
        let mut symmetric = |key_type| {
            let command = Command::GenerateSymmetric {
                key_type,
                length_bytes: 32,
                template: flags(&[Flag::Encrypt, Flag::Decrypt, Flag::Sign]),
            };
            let mut made = cluster.make_keys(None, &command, false, all).unwrap();
            made.pop().unwrap()
        };
        let (aes, secret) = (symmetric(KeyType::Aes), symmetric(KeyType::GenericSecret));
        let mut pair = |kind, private: &[Flag]| {
            let command = Command::GeneratePair {
                kind,
                public: flags(&[Flag::Verify, Flag::Encrypt]),
                private: flags(private),
            };
            cluster.make_keys(None, &command, false, all).unwrap()
        };
        let rsa = pair(
            PairKind::Rsa {
                bits: 2048,
                exponent: 65_537,
            },
            &[Flag::Sign],
        );
        let p256 = pair(PairKind::Ec(Curve::P256), &[Flag::Sign, Flag::Derive]);
        let p384 = pair(PairKind::Ec(Curve::P384), &[Flag::Sign]);
        let k256 = pair(PairKind::Ec(Curve::K256), &[Flag::Sign]);
        let (key, command) = ecdsa(&p256, Hash::Sha256);
        let Reply::Bytes(signature) = cluster.use_keys(&[key], &command, all).unwrap() else {
            panic!("a signature");
        };
        Self {
            aes,
            secret,
            rsa,
            p256,
            p384,
            k256,
            signature,
        }
    }
}

fn flags(flags: &[Flag]) -> Template {
    Template {
        flags: flags.iter().map(|flag| (*flag, true)).collect(),
        ..Template::default()
    }
}

fn gcm() -> CipherMechanism {
    CipherMechanism::AesGcm {
        iv: Vec::new(),
        aad: Vec::new(),
        tag_bits: 128,
    }
}

fn encrypt(handle: Handle, mechanism: CipherMechanism) -> Command {
    Command::Cipher(CipherCommand::Encrypt {
        handle,
        mechanism,
        data: vec![7; MESSAGE_BYTES],
    })
}

fn mac(handle: Handle, mechanism: MacMechanism) -> Command {
    Command::Cipher(CipherCommand::Mac {
        handle,
        mechanism,
        data: vec![7; MESSAGE_BYTES],
    })
}

fn sign(handle: Handle, mechanism: SignMechanism, digest_bytes: usize) -> Command {
    Command::Sign {
        handle,
        mechanism,
        digest: vec![7; digest_bytes],
    }
}

fn ecdsa(pair: &[ClusterKey], hash: Hash) -> (&ClusterKey, Command) {
    let mechanism = SignMechanism::Ecdsa {
        hash,
        weak_hash: false,
    };
    let digest_bytes = if hash == Hash::Sha384 { 48 } else { 32 };
    (&pair[1], sign(pair[1].info.handle, mechanism, digest_bytes))
}
