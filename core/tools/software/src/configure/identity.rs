//! The client certificate that a configuration names, for every tool that connects.

use hsmlab_client::config::ClusterConfig;
use hsmlab_client::identity::{ClientIdentity, IdentityError};
use hsmlab_proto::Secret;
use hsmlab_shell::process::Io;

/// Reads the files that the configuration names; `None` if it names none.
///
/// # Errors
/// The problem with the files, for the log.
pub fn load(io: &Io<'_>, config: &ClusterConfig) -> Result<Option<ClientIdentity>, String> {
    let Some((certificates, key)) = &config.client_tls else {
        return Ok(None);
    };
    let read = |path: &str| {
        io.read_file(path)
            .map_err(|error| format!("Failed to access file {path}: {}", error.text()))
    };
    let certificates = read(certificates)?;
    let key = Secret::new(read(key)?.to_vec());
    ClientIdentity::from_pem(
        &String::from_utf8_lossy(&certificates),
        &String::from_utf8_lossy(key.expose()),
    )
    .map(Some)
    .map_err(|error| text(error).to_owned())
}

/// Guess: not published.
const fn text(error: IdentityError) -> &'static str {
    match error {
        IdentityError::Certificate => "the client certificate file cannot be read",
        IdentityError::Key => "the client private key file cannot be read",
        IdentityError::PassPhrase => "the client private key has a pass phrase",
        IdentityError::Mismatch => "the client private key is not that of the certificate",
        IdentityError::KeyKind => "the client private key is of a kind that is not supported",
    }
}
