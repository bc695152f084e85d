//! The client's library as an application uses it: Cryptoki's operations (PKCS#11 2.40) on a cluster.
//!
//! The PKCS#11 library has one slot for each cluster; its token is the cluster (User Guide,
//! "pkcs11-library"). The OpenSSL engine does the same under other names.

mod keys;
pub mod mechanism;
pub mod operation;
pub mod parts;
pub mod rv;

use super::Link;
use super::cluster::{ClientError, Cluster, ClusterKey, ConnectError, LogLine};
use super::config::ClusterConfig;
use super::identity::ClientIdentity;
use hsmlab_proto::Secret;
use hsmlab_proto::cipher::{CipherCommand, CipherMechanism, RANDOM_BYTES_MAX};
use hsmlab_proto::key::{Flag, Template, Term};
use hsmlab_proto::message::{Command, HsmInfo, Reply};
use hsmlab_proto::role::Role;
use operation::Signing;
use rv::Rv;

/// The token's label (seen with SDK 5; SDK 3 had `cavium`).
pub const TOKEN_LABEL: &str = "hsm1";
/// The slot's number (aws-cloudhsm-pkcs11-examples, pull request 64).
pub const SLOT_ID: u64 = 2_305_843_009_213_693_953;

/// A token: a cluster that an application has opened, and its login. A copy shares only the HSMs' view
/// of the connections with the original.
#[derive(Clone, Debug)]
pub struct Token {
    cluster: Cluster,
    info: HsmInfo,
    weak_hash: bool,
    raw_ecdh: bool,
    check_at_init: bool,
    logged_in: bool,
}

/// The result of an encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The IV, for mechanisms where the HSM generates it.
    pub iv: Vec<u8>,
    /// The ciphertext.
    pub data: Vec<u8>,
}

/// A new key's attributes, as requested by an application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyTemplate {
    /// `CKA_PRIVATE`, if given.
    pub private: Option<bool>,
    /// The other attributes.
    pub template: Template,
}

impl KeyTemplate {
    /// Checks the template: AWS's library only accepts keys with `CKA_PRIVATE` true (User Guide,
    /// "pkcs11-attributes", note 8; OpenSC issue 2747). Guess: the return value.
    fn check(&self) -> Result<&Template, Rv> {
        if self.private == Some(false) {
            Err(Rv::ATTRIBUTE_VALUE_INVALID)
        } else {
            Ok(&self.template)
        }
    }
}

type Done<T> = Result<T, Rv>;

impl Token {
    /// Connects to the cluster.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn open(
        config: &ClusterConfig,
        anchors: &str,
        identity: Option<&ClientIdentity>,
        link: &mut dyn Link,
        log: &mut Vec<LogLine>,
    ) -> Result<Self, ConnectError> {
        let mut cluster = Cluster::connect_as(config, anchors, identity, link, log)?;
        let info = cluster
            .info(link)
            .ok()
            .and_then(|infos| infos.into_iter().next())
            .ok_or(ConnectError::Handshake)?;
        Ok(Self {
            cluster,
            info,
            weak_hash: config.weak_hash,
            raw_ecdh: config.ecdh_without_kdf,
            check_at_init: !config.disable_validate_key_at_init,
            logged_in: false,
        })
    }

    /// Closes the connections.
    pub fn close(&mut self, link: &mut dyn Link) {
        self.cluster.close(link);
    }

    /// Returns what the first HSM reports about itself.
    #[must_use]
    pub const fn info(&self) -> &HsmInfo {
        &self.info
    }

    /// Returns the log lines since the last call.
    pub fn take_log(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.cluster.log)
    }

    /// Logs a failure and returns its return value.
    fn failed(&mut self, error: &ClientError, link: &dyn Link) -> Rv {
        let rv = Rv::from(error);
        self.cluster.log.push(LogLine {
            at: link.now(),
            level: "ERROR",
            module: "hsm1::session",
            // Guess: AWS does not publish the library's text.
            message: format!("The operation failed: {rv}"),
        });
        rv
    }

    fn run<T>(
        &mut self,
        link: &mut dyn Link,
        act: impl FnOnce(&mut Cluster, &mut dyn Link) -> Result<T, ClientError>,
    ) -> Done<T> {
        match act(&mut self.cluster, link) {
            Ok(done) => Ok(done),
            Err(error) => Err(self.failed(&error, link)),
        }
    }

    /// `C_Login` of a crypto user with a PIN of the form `user:password` (User Guide, "pkcs11-pin").
    ///
    /// `CKR_PIN_INCORRECT` and other return values.
    /// `CKR_PIN_INCORRECT` and others.
    pub fn login(&mut self, pin: &Secret, link: &mut dyn Link) -> Done<()> {
        if self.logged_in {
            return Err(Rv::USER_ALREADY_LOGGED_IN);
        }
        let colon = pin.expose().iter().position(|byte| *byte == b':');
        let (username, password) = colon
            .and_then(|at| Some((pin.expose().get(..at)?, pin.expose().get(at + 1..)?)))
            .ok_or(Rv::PIN_INCORRECT)?;
        let command = Command::Login {
            username: String::from_utf8_lossy(username).into_owned(),
            role: Role::CryptoUser,
            password: Secret::new(password),
        };
        self.run(link, |cluster, link| cluster.login(&command, link))?;
        self.logged_in = true;
        Ok(())
    }

    /// `C_FindObjects`: returns all keys that match the terms.
    ///
    /// # Errors
    /// Nobody is logged in, or no connection is left.
    pub fn find(&mut self, terms: &[Term], link: &mut dyn Link) -> Done<Vec<ClusterKey>> {
        self.run(link, |cluster, link| cluster.find(terms, link))
    }

    /// The checks of `C_SignInit` and similar functions, unless they are switched off (`configure-pkcs11
    ///
    /// # Errors
    /// The key may not be used for this.
    pub fn init(&self, key: &ClusterKey, flag: Flag) -> Done<()> {
        if self.check_at_init && !key.info.attributes.flags.has(flag) {
            return Err(Rv::KEY_FUNCTION_NOT_PERMITTED);
        }
        Ok(())
    }

    /// The same as [`Token::init`], with the cipher's parameters.
    ///
    /// # Errors
    /// The parameters are wrong, or the key may not be used for this.
    pub fn init_cipher(
        &self,
        key: &ClusterKey,
        mechanism: &CipherMechanism,
        encrypt: bool,
    ) -> Done<()> {
        // Guess: in FIPS mode the library refuses RSAES-PKCS1-v1.5 when the operation starts (User Guide,
        // "compliance-dep-notif", says only that it is refused).
        if self.info.fips && *mechanism == CipherMechanism::RsaPkcs {
            return Err(Rv::MECHANISM_INVALID);
        }
        operation::check_cipher(mechanism, encrypt)?;
        let flag = if encrypt {
            Flag::Encrypt
        } else {
            Flag::Decrypt
        };
        self.init(key, flag)
    }

    fn bytes(
        &mut self,
        keys: &[&ClusterKey],
        command: &Command,
        link: &mut dyn Link,
    ) -> Done<Encrypted> {
        match self.run(link, |cluster, link| cluster.use_keys(keys, command, link))? {
            Reply::Bytes(data) => Ok(Encrypted {
                iv: Vec::new(),
                data,
            }),
            Reply::Wrapped { iv, wrapped } => Ok(Encrypted { iv, data: wrapped }),
            _ => Err(Rv::DEVICE_ERROR),
        }
    }

    /// `C_Sign`.
    ///
    /// # Errors
    /// The refusal.
    pub fn sign(
        &mut self,
        key: &ClusterKey,
        how: Signing,
        data: &[u8],
        link: &mut dyn Link,
    ) -> Done<Vec<u8>> {
        let command = how.command(key.info.handle, data, self.weak_hash, None)?;
        self.bytes(&[key], &command, link).map(|signed| signed.data)
    }

    /// `C_Verify`.
    ///
    /// # Errors
    /// `CKR_SIGNATURE_INVALID`, or another refusal.
    pub fn verify(
        &mut self,
        key: &ClusterKey,
        how: Signing,
        data: &[u8],
        signature: &[u8],
        link: &mut dyn Link,
    ) -> Done<()> {
        let command = how.command(key.info.handle, data, self.weak_hash, Some(signature))?;
        self.run(link, |cluster, link| {
            cluster.use_keys(&[key], &command, link)
        })
        .map(|_| ())
    }

    /// `C_Encrypt`.
    ///
    /// # Errors
    /// The refusal.
    pub fn encrypt(
        &mut self,
        key: &ClusterKey,
        mechanism: &CipherMechanism,
        data: &[u8],
        link: &mut dyn Link,
    ) -> Done<Encrypted> {
        let command = Command::Cipher(CipherCommand::Encrypt {
            handle: key.info.handle,
            mechanism: mechanism.clone(),
            data: data.to_vec(),
        });
        self.bytes(&[key], &command, link)
    }

    /// `C_Decrypt`.
    ///
    /// # Errors
    /// The refusal.
    pub fn decrypt(
        &mut self,
        key: &ClusterKey,
        mechanism: &CipherMechanism,
        data: &[u8],
        link: &mut dyn Link,
    ) -> Done<Secret> {
        let command = Command::Cipher(CipherCommand::Decrypt {
            handle: key.info.handle,
            mechanism: mechanism.clone(),
            data: data.to_vec(),
        });
        match self.bytes(&[key], &command, link) {
            Ok(plain) => Ok(Secret::new(plain.data)),
            // PKCS#11 has a separate code for ciphertexts.
            Err(Rv::DATA_LEN_RANGE) => Err(Rv::ENCRYPTED_DATA_LEN_RANGE),
            Err(rv) => Err(rv),
        }
    }

    /// `C_GenerateRandom`, with as many commands as necessary.
    ///
    /// # Errors
    /// The refusal.
    pub fn random(&mut self, length: usize, link: &mut dyn Link) -> Done<Vec<u8>> {
        let mut out = Vec::new();
        while out.len() < length {
            let part = (length - out.len()).min(RANDOM_BYTES_MAX);
            let command = Command::Cipher(CipherCommand::Random {
                length_bytes: u32::try_from(part).unwrap_or(0),
            });
            let bytes = self.bytes(&[], &command, link)?.data;
            if bytes.is_empty() {
                return Err(Rv::DEVICE_ERROR);
            }
            out.extend_from_slice(&bytes);
        }
        Ok(out)
    }
}
