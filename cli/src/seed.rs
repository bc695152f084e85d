//! The seed of a run.

use hsmlab_sim::Seed;

/// The seed that was asked for, or one drawn from the operating system.
///
/// # Errors
/// The system gave no randomness.
pub(crate) fn seed(number: Option<u64>) -> Result<Seed, String> {
    if let Some(number) = number {
        return Ok(Seed::from_number(number));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness could be had: {error}"))?;
    Ok(Seed::from_bytes(bytes))
}
