//! The encoded authorization message of EC2's refusals: an opaque text that contains the decision.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::json;

use crate::iam::Denial;
use crate::iam::evaluate::Reason;

/// Encodes the decision as an opaque text.
pub(super) fn encode(denial: &Denial) -> String {
    let explicit = matches!(denial.reason, Reason::Explicit(_));
    let decision = json!({
        "allowed": false,
        "explicitDeny": explicit,
        "matchedStatements": { "items": [] },
        "failures": { "items": [] },
        "context": {
            "principal": { "arn": denial.principal },
            "action": denial.action,
            "resource": denial.resource,
            "conditions": { "items": [] },
        },
    });
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let _ = encoder.write_all(decision.to_string().as_bytes());
    URL_SAFE_NO_PAD.encode(encoder.finish().unwrap_or_default())
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Read as _;

    use super::*;

    /// Decodes a text of [`encode`] to the decision.
    pub(in crate::ec2) fn decode(text: &str) -> Option<serde_json::Value> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut json = String::new();
        let mut decoder = flate2::read::ZlibDecoder::new(bytes.as_slice());
        decoder.read_to_string(&mut json).ok()?;
        serde_json::from_str(&json).ok()
    }
}
