//! The inner channel: from the client into the HSM, through the host that contains the HSM.
//!
//! AWS documents that the HSM presents its cluster certificate, that the client verifies it against
//! `customerCA.crt`, and that AWS's host sees only ciphertext (User Guide,
//! "client-end-to-end-encryption"). The wire format is not published, so this one is the lab's own.
//! It has the shape of TLS 1.3 (RFC 8446) with one suite: ECDH on P-256 with fresh keys on both sides
//! (SEC 1), an RSASSA-PKCS1-v1.5 SHA-256 signature over the transcript (RFC 8017), HKDF-SHA-256
//! (RFC 5869), AES-256-GCM records (SP 800-38D).
//!
//! ```text
//! client hello   01  "HSM1"  random[32]  point[65]
//! server hello   02  random[32]  point[65]  wants  len16 certificate  len16 signature
//! record         03  sequence64  ciphertext ‖ tag[16]
//! alert          04  code
//! client proof   05  sequence64  ciphertext ‖ tag[16]
//! ```
//!
//! `wants` is 1 if the HSM asks for the client's certificate, otherwise 0. The client must then first
//! send a client proof, like Certificate and CertificateVerify in TLS 1.3: see [`ClientProof`]. The HSM
//! answers it with an empty record or an alert.
//!
//! Integers are big-endian. The signature covers [`SIGNED_CONTEXT`] and SHA-256 of the client hello
//! and of the server hello up to and including the certificate. The traffic secrets are
//! `HKDF(salt = SHA-256(both hellos, signature included), ikm = ECDH x-coordinate)`, expanded to a
//! key and a 12-byte IV for each direction. A record's nonce is the IV XOR its sequence number; its
//! additional data are its first nine bytes. Each side counts its records from 0 and accepts a record only
//! with exactly the next number: a replayed, reordered, dropped or altered record ends the connection.

mod proof;

use std::fmt;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use hkdf::Hkdf;
use p256::elliptic_curve::Generate as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use rand_core::Rng as _;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use self::proof::{ClientProof, PROOF_CONTEXT};
use hsmlab_sim::Rng;

/// Maximum plaintext of a record: a page of keys with all their attributes fits.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// The prefix of the bytes that a server hello signs, so that the signature fits nothing else.
pub const SIGNED_CONTEXT: &[u8] = b"hsmlab end-to-end channel, server hello, v1\0";

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const RECORD: u8 = 3;
const ALERT: u8 = 4;
const CLIENT_PROOF: u8 = 5;
const MAGIC: &[u8; 4] = b"HSM1";
const POINT_BYTES: usize = 65;
const HEAD_BYTES: usize = 9;

/// The reasons that a side ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// The HSM has no cluster certificate yet: the cluster is not initialized.
    NotInitialized,
    /// A message that does not belong to this protocol, or that came out of order.
    Malformed,
    /// A record that is not authentic or not the next one.
    BadRecord,
    /// Too many connections.
    Busy,
    /// A client must present a certificate, and this one has none.
    CertificateRequired,
    /// The client's certificate is not trusted, or its key did not sign.
    BadCertificate,
}

impl Alert {
    /// Encodes the alert as a message.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let code = match self {
            Self::NotInitialized => 1,
            Self::Malformed => 2,
            Self::BadRecord => 3,
            Self::Busy => 4,
            Self::CertificateRequired => 5,
            Self::BadCertificate => 6,
        };
        vec![ALERT, code]
    }

    /// Parses an alert; `None` if the message is not one.
    #[must_use]
    pub fn parse(message: &[u8]) -> Option<Self> {
        match message {
            [ALERT, 1] => Some(Self::NotInitialized),
            [ALERT, 3] => Some(Self::BadRecord),
            [ALERT, 4] => Some(Self::Busy),
            [ALERT, 5] => Some(Self::CertificateRequired),
            [ALERT, 6] => Some(Self::BadCertificate),
            [ALERT, ..] => Some(Self::Malformed),
            _ => None,
        }
    }
}

/// The reasons that a hello or a record is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelError {
    /// The other side ended the connection.
    Alerted(Alert),
    /// The message does not belong to this protocol.
    Malformed,
    /// The certificate's key did not sign this handshake.
    NotProven,
    /// The record is not authentic, or not the next one.
    BadRecord,
    /// The plaintext is larger than [`MESSAGE_BYTES_MAX`].
    TooLarge,
}

/// True if a message is a client hello.
#[must_use]
pub fn is_client_hello(message: &[u8]) -> bool {
    message.first() == Some(&CLIENT_HELLO)
}

/// A client that has sent its hello and waits for the answer.
pub struct ClientHandshake {
    secret: p256::SecretKey,
    hello: Vec<u8>,
}

impl ClientHandshake {
    /// Begins a handshake; the bytes to send are [`ClientHandshake::hello`].
    #[must_use]
    pub fn start(rng: &mut Rng) -> Self {
        let secret = p256::SecretKey::generate_from_rng(rng);
        let mut hello = vec![CLIENT_HELLO];
        hello.extend_from_slice(MAGIC);
        let mut random = [0; 32];
        rng.fill_bytes(&mut random);
        hello.extend_from_slice(&random);
        hello.extend_from_slice(secret.public_key().to_sec1_point(false).as_bytes());
        Self { secret, hello }
    }

    /// Returns the client hello.
    #[must_use]
    pub fn hello(&self) -> &[u8] {
        &self.hello
    }

    /// Processes the server hello. `certified` receives the certificate (DER), decides whether it is
    /// trusted and returns its RSA key; that key must have signed the transcript.
    ///
    /// # Errors
    /// The error of `certified`, or a [`ChannelError`] converted into its error type.
    pub fn finish<E: From<ChannelError>>(
        self,
        server_hello: &[u8],
        certified: impl FnOnce(&[u8]) -> Result<rsa::PublicKey, E>,
    ) -> Result<Opened, E> {
        if let Some(alert) = Alert::parse(server_hello) {
            return Err(ChannelError::Alerted(alert).into());
        }
        let hello = ServerHello::parse(server_hello).ok_or(ChannelError::Malformed)?;
        let key = certified(hello.certificate)?;
        let signed = signed_bytes(&self.hello, hello.unsigned);
        key.verify(
            rsa::Pkcs1v15Sign::new::<Sha256>(),
            &Sha256::digest(&signed),
            hello.signature,
        )
        .map_err(|_| ChannelError::NotProven)?;
        let secrets = secrets(&self.secret, hello.point, &self.hello, server_hello)
            .ok_or(ChannelError::Malformed)?;
        Ok(Opened {
            channel: Channel::new(secrets.0, secrets.1),
            transcript: transcript(&self.hello, server_hello),
            wants_proof: hello.wants_proof,
        })
    }
}

/// A channel that was just opened.
pub struct Opened {
    /// The channel.
    pub channel: Channel,
    /// SHA-256 of both hellos; a client proof signs it.
    pub transcript: [u8; 32],
    /// True if a [`ClientProof`] must come first.
    pub wants_proof: bool,
}

/// Answers a client hello with a server hello; the server's side. `sign` receives the bytes to sign
/// (RSASSA-PKCS1-v1.5 with SHA-256, with the key of `certificate`). If `wants_proof` is true, the client
/// is asked for its certificate.
///
/// # Errors
/// The hello is malformed, or `sign` returns nothing.
pub fn accept(
    client_hello: &[u8],
    certificate: &[u8],
    wants_proof: bool,
    rng: &mut Rng,
    sign: impl FnOnce(&mut Rng, &[u8]) -> Option<Vec<u8>>,
) -> Result<(Vec<u8>, Opened), ChannelError> {
    let rest = client_hello
        .strip_prefix(&[CLIENT_HELLO])
        .ok_or(ChannelError::Malformed)?;
    let rest = rest.strip_prefix(MAGIC).ok_or(ChannelError::Malformed)?;
    if rest.len() != 32 + POINT_BYTES {
        return Err(ChannelError::Malformed);
    }
    let (_, point) = rest.split_at(32);
    let secret = p256::SecretKey::generate_from_rng(rng);
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    let mut hello = vec![SERVER_HELLO];
    hello.extend_from_slice(&random);
    hello.extend_from_slice(secret.public_key().to_sec1_point(false).as_bytes());
    hello.push(u8::from(wants_proof));
    push_counted(&mut hello, certificate).ok_or(ChannelError::Malformed)?;
    let signature =
        sign(rng, &signed_bytes(client_hello, &hello)).ok_or(ChannelError::Malformed)?;
    push_counted(&mut hello, &signature).ok_or(ChannelError::Malformed)?;
    let (from_client, to_client) =
        secrets(&secret, point, client_hello, &hello).ok_or(ChannelError::Malformed)?;
    let opened = Opened {
        channel: Channel::new(to_client, from_client),
        transcript: transcript(client_hello, &hello),
        wants_proof,
    };
    Ok((hello, opened))
}

/// One end of an open channel.
#[derive(Clone)]
pub struct Channel {
    send: Direction,
    receive: Direction,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Channel(..)")
    }
}

impl Channel {
    fn new(send: Direction, receive: Direction) -> Self {
        Self { send, receive }
    }

    /// Encrypts a message as the next record.
    ///
    /// # Errors
    /// The message is too large.
    pub fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, ChannelError> {
        self.seal_as(RECORD, message)
    }

    /// Encrypts a client proof as the next record.
    ///
    /// # Errors
    /// The proof is too large.
    pub fn seal_proof(&mut self, proof: &[u8]) -> Result<Vec<u8>, ChannelError> {
        self.seal_as(CLIENT_PROOF, proof)
    }

    fn seal_as(&mut self, kind: u8, message: &[u8]) -> Result<Vec<u8>, ChannelError> {
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(ChannelError::TooLarge);
        }
        let mut record = vec![kind];
        record.extend_from_slice(&self.send.sequence.to_be_bytes());
        let sealed = self
            .send
            .cipher()
            .encrypt(
                &self.send.nonce().into(),
                Payload {
                    msg: message,
                    aad: &record,
                },
            )
            .map_err(|_| ChannelError::TooLarge)?;
        self.send.sequence += 1;
        record.extend_from_slice(&sealed);
        Ok(record)
    }

    /// Opens the next record.
    ///
    /// # Errors
    /// An alert, or a record that is not authentic or not the next one; the channel is unchanged.
    pub fn open(&mut self, record: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, ChannelError> {
        self.open_as(RECORD, record)
    }

    /// Opens the next record, which must be a client proof.
    ///
    /// # Errors
    /// The same as for [`Channel::open`].
    pub fn open_proof(
        &mut self,
        record: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, ChannelError> {
        self.open_as(CLIENT_PROOF, record)
    }

    fn open_as(
        &mut self,
        kind: u8,
        record: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, ChannelError> {
        if let Some(alert) = Alert::parse(record) {
            return Err(ChannelError::Alerted(alert));
        }
        let (head, sealed) = record
            .split_at_checked(HEAD_BYTES)
            .ok_or(ChannelError::BadRecord)?;
        let mut expected = vec![kind];
        expected.extend_from_slice(&self.receive.sequence.to_be_bytes());
        if head != expected {
            return Err(ChannelError::BadRecord);
        }
        let message = self
            .receive
            .cipher()
            .decrypt(
                &self.receive.nonce().into(),
                Payload {
                    msg: sealed,
                    aad: head,
                },
            )
            .map_err(|_| ChannelError::BadRecord)?;
        self.receive.sequence += 1;
        Ok(message.into())
    }
}

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Direction {
    key: [u8; 32],
    iv: [u8; 12],
    sequence: u64,
}

impl Direction {
    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.key.into())
    }

    fn nonce(&self) -> [u8; 12] {
        let mut nonce = self.iv;
        for (byte, count) in nonce.iter_mut().skip(4).zip(self.sequence.to_be_bytes()) {
            *byte ^= count;
        }
        nonce
    }
}

struct ServerHello<'a> {
    point: &'a [u8],
    wants_proof: bool,
    certificate: &'a [u8],
    /// All bytes before the signature's length.
    unsigned: &'a [u8],
    signature: &'a [u8],
}

impl<'a> ServerHello<'a> {
    fn parse(message: &'a [u8]) -> Option<Self> {
        let rest = message.strip_prefix(&[SERVER_HELLO])?;
        let (_random, rest) = rest.split_at_checked(32)?;
        let (point, rest) = rest.split_at_checked(POINT_BYTES)?;
        let (wants, rest) = rest.split_first()?;
        let wants_proof = match wants {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (certificate, rest) = take_counted(rest)?;
        let unsigned = message.get(..message.len() - rest.len())?;
        let (signature, rest) = take_counted(rest)?;
        rest.is_empty().then_some(Self {
            point,
            wants_proof,
            certificate,
            unsigned,
            signature,
        })
    }
}

fn push_counted(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend_from_slice(&u16::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend_from_slice(bytes);
    Some(())
}

fn take_counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*count).into())
}

/// Returns SHA-256 of both hellos.
fn transcript(client_hello: &[u8], server_hello: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(client_hello);
    hash.update(server_hello);
    hash.finalize().into()
}

fn signed_bytes(client_hello: &[u8], server_hello: &[u8]) -> Vec<u8> {
    let mut signed = SIGNED_CONTEXT.to_vec();
    signed.extend_from_slice(&transcript(client_hello, server_hello));
    signed
}

/// Returns the secrets of the client and of the server.
fn secrets(
    own: &p256::SecretKey,
    point: &[u8],
    client_hello: &[u8],
    server_hello: &[u8],
) -> Option<(Direction, Direction)> {
    let other = p256::PublicKey::from_sec1_bytes(point).ok()?;
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), other.as_affine());
    let salt = transcript(client_hello, server_hello);
    let kdf = Hkdf::<Sha256>::new(Some(&salt), shared.raw_secret_bytes());
    let direction = |name: &str| {
        let mut bytes = [0; 44];
        kdf.expand(name.as_bytes(), &mut bytes).ok()?;
        let (key, iv) = bytes.split_first_chunk::<32>()?;
        let direction = Direction {
            key: *key,
            iv: iv.try_into().ok()?,
            sequence: 0,
        };
        bytes.zeroize();
        Some(direction)
    };
    Some((
        direction("client to server")?,
        direction("server to client")?,
    ))
}
