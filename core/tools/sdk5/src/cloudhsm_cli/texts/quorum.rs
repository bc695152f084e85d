//! Texts on quorum authentication and second factors. Those without a source are guesses.

use hsmlab_proto::quorum::QuorumFault;

/// Observed (5.18.0): an approval file of another shape, or one without signatures.
pub(in super::super) const NO_SIGNATURES: &str = "No token signatures provided";
// Guess: not published.
pub(in super::super) const UNSIGNED: &str =
    "The signed token file must hold a signature for each unsigned token";
// Guess: not published.
pub(in super::super) const FILTER: &str =
    "A filter must be given for key-usage and key-management tokens, and for no others";
/// Observed: one of a key's two values is missing or below 2.
pub(in super::super) const KEY_VALUES: &str =
    "The manage key and use key quorum values must be set to a value greater than 1";

/// Guess: not published.
pub(in super::super) fn bad_file(path: &str) -> String {
    format!("Failed to parse token file {path}")
}

/// The error text for an HSM's refusal. All are guesses except those with a source.
pub(in super::super) fn fault(fault: &QuorumFault) -> String {
    match fault {
        // User Guide, "quorum-auth-chsm-cli-admin".
        QuorumFault::ApprovalRequired => "Quorum approval is required for this operation".into(),
        // User Guide, "key-quorum-auth-chsm-cli-crypto-user".
        QuorumFault::KeyApprovalRequired => "Quorum Failed".into(),
        // Observed.
        QuorumFault::TooFew { have, need } => format!(
            "Too few quorum approvals: currently {have} approvals, but {need} approvals required"
        ),
        // Observed.
        QuorumFault::InvalidPair => {
            "Invalid username-signature pair for quorum authorization".into()
        }
        // Observed.
        QuorumFault::InvalidSignature => "InvalidQuorumSignature".into(),
        // User Guide, "key-quorum-auth-chsm-cli-first-time".
        QuorumFault::InvalidValue => "Invalid quorum value provided.".into(),
        QuorumFault::KeyValues => KEY_VALUES.into(),
        QuorumFault::ActiveToken => "The user already has an active token for this service".into(),
        QuorumFault::TooManyTokens => "The maximum number of quorum tokens is reached".into(),
        QuorumFault::NotControlled => {
            "Quorum authentication is not enabled: the quorum value must be greater than 1".into()
        }
        QuorumFault::NoSuchService => "The service is not available on this HSM".into(),
        QuorumFault::InvalidTimeout => "Invalid timeout value provided".into(),
        QuorumFault::PublicKey => "The public key must be a 2048-bit RSA key".into(),
        QuorumFault::OtherKey => {
            "The public key must be the one that is registered for the user's MFA and quorum \
             authentication"
                .into()
        }
        QuorumFault::MfaRequired => "The user must log in with mfa-token-sign".into(),
        QuorumFault::MfaNotSet => "MFA is not enabled for the user".into(),
        QuorumFault::MfaFailed => "The signed token is not valid".into(),
    }
}
