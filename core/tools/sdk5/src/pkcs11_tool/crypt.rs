//! The data operations of `pkcs11-tool`: signatures, encryption, hashes, random bytes.

use super::{Done, Run, Stop, failed, fatal, hex_bytes, names};
use hsmlab_client::cluster::ClusterKey;
use hsmlab_client::cryptoki::mechanism::{self, Ckm, Use, ckm, pss_hash};
use hsmlab_client::cryptoki::operation::{PssParams, Signing, cipher_in_parts};
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_crypto::curves;
use hsmlab_proto::cipher::CipherMechanism;
use hsmlab_proto::key::{Class, Flag, Hash, PublicPart};
use hsmlab_shell::process::Io;

/// The length from which the tool passes data in parts, for signatures.
const SIGN_BUFFER: usize = 1025;
/// The same for encryption and decryption; also the length of a part.
const CIPHER_BUFFER: usize = 1024;
/// Counter bits of AES-CTR.
const COUNTER_BITS: u32 = 128;
/// The most random bytes that the lab prints at once.
const RANDOM_MAX: usize = 1024 * 1024;

impl Run {
    /// The mechanism of `-m`, or the library's first one for this use.
    fn mechanism_for(&self, usage: Use) -> Ckm {
        self.mechanism.unwrap_or_else(|| {
            mechanism::all()
                .into_iter()
                .find(|info| info.uses.contains(&usage))
                .map_or(ckm::RSA_PKCS, |info| info.mechanism)
        })
    }

    /// The hash of `--hash-algorithm`; an error for mechanisms that do not use one.
    fn hash_option(&self, number: Ckm, wanted: Ckm, label: &str) -> Done<Option<Hash>> {
        let Some(name) = self.options.value("hash-algorithm") else {
            return Ok(None);
        };
        let Some(named) = names::mechanism_named(name) else {
            return fatal(format!("Unknown PKCS11 mechanism \"{name}\""));
        };
        if number != wanted {
            return fatal(format!(
                "The hash-algorithm is applicable only to {label} mechanism"
            ));
        }
        match mechanism::digest(named) {
            Some(hash) => Ok(Some(hash)),
            None => fatal(format!(
                "Unknown hash algorithm '{}' for RSA-PSS signatures",
                names::mechanism(named)
            )),
        }
    }

    fn mgf_option(&self) -> Done<Option<Hash>> {
        match self.options.value("mgf") {
            None => Ok(None),
            Some(name) => match names::mgf_named(name) {
                Some(hash) => Ok(Some(hash)),
                None => fatal(format!("Unknown PKCS11 MGF \"{name}\"")),
            },
        }
    }

    fn pss(&self, io: &mut Io<'_>, number: Ckm, key: &ClusterKey) -> Done<Option<PssParams>> {
        let given = self.hash_option(number, ckm::RSA_PKCS_PSS, "RSA-PKCS-PSS")?;
        let hash = match (number, pss_hash(number)) {
            (_, Some(hash)) => hash,
            (ckm::RSA_PKCS_PSS, None) => given.unwrap_or(Hash::Sha1),
            _ => return Ok(None),
        };
        let mgf = self.mgf_option()?.unwrap_or(hash);
        let modulus = match &key.info.attributes.public {
            Some(PublicPart::Rsa { modulus, .. }) => modulus.len(),
            _ => 0,
        };
        let salt_bytes = match self.options.value("salt-len") {
            None | Some("-1") => hash.size(),
            Some("-2" | "-3") => modulus.saturating_sub(hash.size() + 2),
            Some(bytes) => match bytes.parse() {
                Ok(bytes) => bytes,
                Err(_) => {
                    return fatal(
                        "Salt length must be greater or equal to zero, or equal to -1 (meaning: use \
                         digest size) or to -2 or -3 (meaning: use maximum permissible size",
                    );
                }
            },
        };
        io.err(format!(
            "PSS parameters: hashAlg={}, mgf={}, salt_len={salt_bytes} B\n",
            names::hash(hash),
            names::mgf(mgf)
        ));
        Ok(Some(PssParams {
            hash,
            mgf,
            salt_bytes,
        }))
    }

    /// The data to sign or verify, and the mechanism.
    fn signing(
        &mut self,
        io: &mut Io<'_>,
        key: &ClusterKey,
        number: Ckm,
        function: &str,
    ) -> Done<(Vec<u8>, Signing)> {
        io.err(format!(
            "Using signature algorithm {}\n",
            names::mechanism(number)
        ));
        let pss = self.pss(io, number, key)?;
        let data = self.input(io)?;
        if let (ckm::RSA_PKCS_PSS, Some(params)) = (number, pss)
            && data.len() != params.hash.size()
        {
            return fatal(format!(
                "For RSA-PKCS-PSS mechanism, message size (got {} bytes) must be equal to specified \
                 digest length ({})\n",
                data.len().min(SIGN_BUFFER),
                params.hash.size()
            ));
        }
        let how = Signing::of(number, pss).map_err(|rv| failed(function, rv))?;
        Ok((data, how))
    }

    fn signing_key(&mut self, io: &mut Io<'_>, number: Ckm, classes: &[Class]) -> Done<ClusterKey> {
        if names::takes_secret_key(number) {
            return self.key(
                io,
                &[Class::SecretKey],
                "Could not find key of type: Secret",
            );
        }
        let missing = if classes.first() == Some(&Class::PrivateKey) {
            "Private/secret key not found"
        } else {
            "Public key nor certificate not found"
        };
        self.key(io, classes, missing)
    }

    /// `--sign`.
    pub(super) fn sign(&mut self, io: &mut Io<'_>) -> Done {
        let number = self.mechanism_for(Use::Sign);
        let key = self.signing_key(io, number, &[Class::PrivateKey, Class::SecretKey])?;
        let (data, how) = self.signing(io, &key, number, "C_SignInit")?;
        self.call(io, "C_SignInit", |token, _| token.init(&key, Flag::Sign))?;
        let whole = data.len() < SIGN_BUFFER;
        let signed = if whole || how.in_parts() {
            self.try_call(io, |token, link| token.sign(&key, how, &data, link))
        } else {
            Err(Rv::FUNCTION_NOT_SUPPORTED)
        };
        // A failed signature in one piece is tried again in parts.
        let function = if how.in_parts() {
            "C_SignFinal"
        } else {
            "C_SignUpdate"
        };
        let mut signature = signed.map_err(|rv| failed(function, rv))?;
        if self.in_sequence()
            && let Some(PublicPart::Ec { curve, .. }) = &key.info.attributes.public
        {
            match curves::signature_to_der(*curve, &signature) {
                Some(der) => signature = der,
                None => return fatal("Failed to convert signature to ASN.1 sequence format"),
            }
        }
        self.output(io, &signature)
    }

    /// True if ECDSA signatures use OpenSSL's format.
    fn in_sequence(&self) -> bool {
        matches!(
            self.options.value("signature-format"),
            Some("openssl" | "sequence")
        )
    }

    /// `--verify`.
    pub(super) fn verify(&mut self, io: &mut Io<'_>) -> Done {
        let number = self.mechanism_for(Use::Verify);
        let key = self.signing_key(io, number, &[Class::PublicKey])?;
        let Some(path) = self.options.value("signature-file").map(str::to_owned) else {
            io.err(format!(
                "Using signature algorithm {}\n",
                names::mechanism(number)
            ));
            return fatal("No file with signature provided. Use --signature-file");
        };
        let mut signature = match io.read_file(&path) {
            Ok(bytes) => bytes.to_vec(),
            Err(error) => return fatal(format!("Cannot open {path}: {}", error.text())),
        };
        let (data, how) = self.signing(io, &key, number, "C_VerifyInit")?;
        if self.in_sequence()
            && let Some(PublicPart::Ec { curve, .. }) = &key.info.attributes.public
        {
            match curves::signature_from_der(*curve, &signature) {
                Some(bare) => signature = bare,
                None => return fatal("Failed to convert ASN.1 signature"),
            }
        }
        self.call(io, "C_VerifyInit", |token, _| {
            token.init(&key, Flag::Verify)
        })?;
        let verified = if data.len() < SIGN_BUFFER || how.in_parts() {
            self.try_call(io, |token, link| {
                token.verify(&key, how, &data, &signature, link)
            })
        } else {
            Err(Rv::FUNCTION_NOT_SUPPORTED)
        };
        match verified {
            Ok(()) => {
                io.out("Signature is valid\n");
                Ok(())
            }
            Err(Rv::SIGNATURE_INVALID) => fatal("Invalid signature"),
            Err(rv) if how.in_parts() => Err(failed("C_VerifyFinal", rv)),
            Err(rv) => Err(failed("C_VerifyUpdate", rv)),
        }
    }

    /// Bytes of an option in hexadecimal digits. Invalid digits are left out with a warning.
    fn hex_option(&self, io: &mut Io<'_>, name: &str, shown: &str) -> Vec<u8> {
        let Some(digits) = self.options.value(name) else {
            return Vec::new();
        };
        hex_bytes(digits).unwrap_or_else(|| {
            io.err(format!(
                "Warning, unable to parse {shown}, {shown} will not be used.\n"
            ));
            Vec::new()
        })
    }

    /// The parameters of a cipher, as the tool builds them; an error for a mechanism that the
    /// library does not have, or to which the tool passes no parameters.
    pub(super) fn cipher(&self, io: &mut Io<'_>, number: Ckm) -> Done<Result<CipherMechanism, Rv>> {
        let hash = self.hash_option(number, ckm::RSA_PKCS_OAEP, "RSA-PKCS-OAEP")?;
        Ok(match number {
            ckm::RSA_PKCS => Ok(CipherMechanism::RsaPkcs),
            ckm::RSA_X_509 => Ok(CipherMechanism::RsaX509),
            ckm::AES_ECB => Ok(CipherMechanism::AesEcb),
            ckm::RSA_PKCS_OAEP => Ok(self.oaep(io, hash)?),
            ckm::AES_CBC | ckm::AES_CBC_PAD => {
                let mut iv = self.hex_option(io, "iv", "IV");
                if !iv.is_empty() && iv.len() < 16 {
                    io.err(
                        "Warning: IV string is too short, IV will be padded from the right by zeros.\n",
                    );
                    iv.resize(16, 0);
                }
                Ok(if number == ckm::AES_CBC {
                    CipherMechanism::AesCbc { iv }
                } else {
                    CipherMechanism::AesCbcPad { iv }
                })
            }
            ckm::AES_CTR => {
                let counter = self.hex_option(io, "iv", "IV");
                if counter.len() != 16 {
                    return fatal(format!("Invalid IV length {}", counter.len()));
                }
                Ok(CipherMechanism::AesCtr {
                    counter,
                    counter_bits: COUNTER_BITS,
                })
            }
            ckm::AES_GCM => {
                let tag_bits = match self.options.value("tag-bits-len").map(str::parse) {
                    None => 0,
                    Some(Ok(bits)) => bits,
                    Some(Err(_)) => {
                        return fatal("--tag-bits-len option needs a decimal value argument");
                    }
                };
                Ok(CipherMechanism::AesGcm {
                    iv: self.hex_option(io, "iv", "IV"),
                    aad: self.hex_option(io, "aad", "AAD"),
                    tag_bits,
                })
            }
            // The tool passes no parameters for it.
            ckm::CLOUDHSM_AES_GCM => Err(Rv::MECHANISM_PARAM_INVALID),
            _ => Err(Rv::MECHANISM_INVALID),
        })
    }

    fn oaep(&self, io: &mut Io<'_>, hash: Option<Hash>) -> Done<CipherMechanism> {
        let hash = match hash {
            Some(hash) => hash,
            None => {
                io.err(format!(
                    "hash-algorithm {} unknown, defaulting to CKM_SHA256\n",
                    names::mechanism(0)
                ));
                Hash::Sha256
            }
        };
        let mgf = match self.mgf_option()? {
            Some(mgf) => mgf,
            None => {
                io.err(format!("mgf not set, defaulting to {}\n", names::mgf(hash)));
                hash
            }
        };
        io.err(format!(
            "OAEP parameters: hashAlg={}, mgf={}, source_type=1, source_ptr=(nil), source_len=0\n",
            names::hash(hash),
            names::mgf(mgf)
        ));
        Ok(CipherMechanism::RsaOaep { hash, mgf })
    }

    /// `--encrypt`. The HSM writes the IV that it makes for AES-GCM to the tool's memory; the tool
    /// does not show it.
    pub(super) fn encrypt(&mut self, io: &mut Io<'_>) -> Done {
        let number = self.mechanism_for(Use::Encrypt);
        let classes = [Class::PublicKey, Class::SecretKey];
        let key = self.key(io, &classes, "Public/Secret key not found")?;
        io.err(format!(
            "Using encrypt algorithm {}\n",
            names::mechanism(number)
        ));
        let (mechanism, data) = self.start_cipher(io, &key, number, true)?;
        let done = if data.len() < CIPHER_BUFFER {
            self.try_call(io, |token, link| {
                token.encrypt(&key, &mechanism, &data, link)
            })
            .map(|sealed| sealed.data)
        } else {
            self.try_call(io, |token, link| {
                token.encrypt_parts(&key, &mechanism, &data, CIPHER_BUFFER, link)
            })
        };
        let sealed = done.map_err(|rv| failed(last_function(&mechanism, "Encrypt"), rv))?;
        self.output(io, &sealed)
    }

    /// `--decrypt`.
    pub(super) fn decrypt(&mut self, io: &mut Io<'_>) -> Done {
        let number = self.mechanism_for(Use::Decrypt);
        let classes = [Class::PrivateKey, Class::SecretKey];
        let key = self.key(io, &classes, "Private/secret key not found")?;
        io.err(format!(
            "Using decrypt algorithm {}\n",
            names::mechanism(number)
        ));
        let (mechanism, data) = self.start_cipher(io, &key, number, false)?;
        let done = if data.len() < CIPHER_BUFFER {
            self.try_call(io, |token, link| {
                token.decrypt(&key, &mechanism, &data, link)
            })
        } else {
            self.try_call(io, |token, link| {
                token.decrypt_parts(&key, &mechanism, &data, CIPHER_BUFFER, link)
            })
        };
        let plain = done.map_err(|rv| failed(last_function(&mechanism, "Decrypt"), rv))?;
        self.output(io, plain.expose())
    }

    fn start_cipher(
        &mut self,
        io: &mut Io<'_>,
        key: &ClusterKey,
        number: Ckm,
        encrypt: bool,
    ) -> Done<(CipherMechanism, Vec<u8>)> {
        let function = if encrypt {
            "C_EncryptInit"
        } else {
            "C_DecryptInit"
        };
        let mechanism = self.cipher(io, number)?;
        let data = self.input(io)?;
        let mechanism = mechanism.map_err(|rv| failed(function, rv))?;
        self.call(io, function, |token, _| {
            token.init_cipher(key, &mechanism, encrypt)
        })?;
        Ok((mechanism, data))
    }

    /// `--hash`: runs in the library, without the HSM.
    pub(super) fn hash(&mut self, io: &mut Io<'_>) -> Done {
        let number = self.mechanism_for(Use::Digest);
        io.err(format!(
            "Using digest algorithm {}\n",
            names::mechanism(number)
        ));
        let Some(hash) = mechanism::digest(number) else {
            return Err(failed("C_DigestInit", Rv::MECHANISM_INVALID));
        };
        let data = self.input(io)?;
        self.output(io, &hash.digest(&data))
    }

    /// `--generate-random`.
    pub(super) fn random(&mut self, io: &mut Io<'_>) -> Done {
        let typed = self.options.value("generate-random").unwrap_or_default();
        let length: usize = typed.parse().unwrap_or(0);
        if length > RANDOM_MAX {
            return fatal("Not enough memory to allocate random data buffer");
        }
        match self.try_call(io, |token, link| token.random(length, link)) {
            Ok(bytes) => self.output(io, &bytes),
            Err(_) => Err(Stop::Fatal("Could not generate random bytes".into())),
        }
    }
}

/// The function in which a failed operation ends: after a failure in one piece, the tool tries
/// again in parts.
fn last_function(mechanism: &CipherMechanism, verb: &str) -> &'static str {
    match (verb, cipher_in_parts(mechanism)) {
        ("Encrypt", true) => "C_EncryptFinal",
        ("Encrypt", false) => "C_EncryptUpdate",
        (_, true) => "C_DecryptFinal",
        (_, false) => "C_DecryptUpdate",
    }
}
