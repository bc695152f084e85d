//! The seed of a run.

use hsmlab_sim::Seed;

/// Returns the requested seed, or one drawn from the operating system.
///
/// # Errors
/// Returns an error if the system has no randomness.
pub(crate) fn seed(number: Option<u64>) -> Result<Seed, String> {
    if let Some(number) = number {
        return Ok(Seed::from_number(number));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| format!("failed to get random bytes: {error}"))?;
    Ok(Seed::from_bytes(bytes))
}
