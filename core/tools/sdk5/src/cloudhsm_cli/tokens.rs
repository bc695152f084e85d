//! The files of tokens and of their signatures (User Guide, "quorum-auth-chsm-cli-first-time",
//! "key-quorum-auth-chsm-cli-crypto-user", "reference-mfa-cloudhsm-cli").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ArgMatches;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::arguments::{optional, write};
use super::session::{Failure, read};
use super::texts;
use hsmlab_crypto::pem;
use hsmlab_proto::Handle;
use hsmlab_proto::quorum::{Approval, ApproverSignature, QuorumFault, Service};
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;

fn fault(fault: &QuorumFault) -> Failure {
    texts::quorum::fault(fault).into()
}

fn write_json(io: &mut Io<'_>, path: &str, file: &Value) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(file).unwrap_or_default();
    text.push('\n');
    write(io, path, text.into_bytes())
}

fn read_json(io: &Io<'_>, path: &str) -> Result<Value, Failure> {
    serde_json::from_str(&read(io, path)?).map_err(|_| texts::quorum::bad_file(path).into())
}

/// The base64 of a member; `None` if it is missing, empty or not base64.
fn bytes_of(value: &Value, name: &str) -> Option<Vec<u8>> {
    let text = value.get(name)?.as_str()?;
    let plain: String = text.split_whitespace().collect();
    STANDARD
        .decode(plain)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

/// Writes a new token.
pub(super) fn write_token(
    io: &mut Io<'_>,
    path: &str,
    service: Service,
    handle: Option<Handle>,
    approval_data: &[u8],
) -> Result<(), Failure> {
    let token = STANDARD.encode(Sha256::digest(approval_data));
    let data = STANDARD.encode(approval_data);
    let file = match handle {
        _ if service == Service::Registration => json!({
            "version": "2.0",
            "tokens": [{ "approval_data": data, "unsigned": token, "signed": "" }],
        }),
        Some(handle) => json!({
            "version": "2.0",
            "service": service.text(),
            "key_reference": super::render::reference(handle),
            "approval_data": data,
            "token": token,
            "signatures": [],
        }),
        None => json!({
            "version": "2.0",
            "approval_data": data,
            "token": token,
            "signatures": [],
        }),
    };
    write_json(io, path, &file)
}

/// The approvals in the files that these options name.
pub(super) fn approvals(
    io: &Io<'_>,
    arguments: &ArgMatches,
    options: &[&str],
) -> Result<Vec<Approval>, Failure> {
    options
        .iter()
        .filter_map(|name| optional(arguments, name))
        .map(|path| approval(&read_json(io, path)?))
        .collect()
}

fn approval(file: &Value) -> Result<Approval, Failure> {
    let entries = file.get("signatures").and_then(Value::as_array);
    let entries = entries
        .filter(|entries| !entries.is_empty())
        .ok_or(texts::quorum::NO_SIGNATURES)?;
    let member = |name| bytes_of(file, name).ok_or_else(|| fault(&QuorumFault::InvalidSignature));
    let (approval_data, token) = (member("approval_data")?, member("token")?);
    let signatures = entries.iter().map(signature).collect::<Result<_, _>>()?;
    Ok(Approval {
        approval_data,
        token,
        signatures,
    })
}

fn signature(entry: &Value) -> Result<ApproverSignature, Failure> {
    let invalid = || fault(&QuorumFault::InvalidPair);
    let username = entry.get("username").and_then(Value::as_str);
    let role = match entry.get("role").map(Value::as_str) {
        None => None,
        Some(Some("admin")) => Some(Role::Admin),
        Some(Some("crypto-user")) => Some(Role::CryptoUser),
        Some(_) => return Err(invalid()),
    };
    Ok(ApproverSignature {
        username: username.ok_or_else(invalid)?.to_owned(),
        role,
        signature: bytes_of(entry, "signature").ok_or_else(invalid)?,
    })
}

/// The approval data and the signature of a registration token.
pub(super) fn registration(io: &Io<'_>, path: &str) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let file = read_json(io, path)?;
    let entry = file.get("tokens").and_then(|tokens| tokens.get(0));
    let member = |name| entry.and_then(|entry| bytes_of(entry, name));
    match (
        member("approval_data"),
        member("unsigned"),
        member("signed"),
    ) {
        (Some(data), Some(token), Some(signed))
            if Sha256::digest(&data).as_slice() == token.as_slice() =>
        {
            Ok((data, signed))
        }
        _ => Err(fault(&QuorumFault::InvalidSignature)),
    }
}

/// Writes the data that each HSM wants signed.
pub(super) fn write_challenges<'a>(
    io: &mut Io<'_>,
    path: &str,
    challenges: impl Iterator<Item = &'a Vec<u8>>,
) -> Result<(), Failure> {
    let tokens: Vec<Value> = challenges
        .map(|challenge| json!({ "unsigned": STANDARD.encode(challenge), "signed": "" }))
        .collect();
    write_json(io, path, &json!({ "version": "2.0", "tokens": tokens }))
}

/// The data to sign, and the signature if there is one.
type Pair = (Vec<u8>, Option<Vec<u8>>);

/// The pairs of a file.
pub(super) fn signed_pairs(io: &Io<'_>, path: &str) -> Result<Vec<Pair>, Failure> {
    let file = read_json(io, path)?;
    let tokens = file
        .get("tokens")
        .and_then(Value::as_array)
        .ok_or_else(|| texts::quorum::bad_file(path))?;
    Ok(tokens
        .iter()
        .filter_map(|entry| Some((bytes_of(entry, "unsigned")?, bytes_of(entry, "signed"))))
        .collect())
}

/// A public key file, as DER.
pub(super) fn public_key(io: &Io<'_>, path: &str) -> Result<Vec<u8>, Failure> {
    pem::find(&read(io, path)?, &["PUBLIC KEY"])
        .map(|block| block.bytes)
        .map_err(|error| texts::file(path, error.text()).into())
}
