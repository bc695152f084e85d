//! Finds credentials as the CLI does: the environment, the profile's files, and the host's own.

use super::config::Config;
use super::failure::Problem;
use super::globals::Globals;
use super::paramfile::Files;
use hsmlab_shell::host::CLOUDSHELL;

/// Credentials, and the method that found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The access key id.
    pub access_key_id: String,
    /// The method, as `aws configure list` names it.
    pub method: &'static str,
}

/// Looks for credentials in the CLI's order; `by_host` are those that the host provides automatically.
///
/// # Errors
/// A key id without its secret.
pub fn find(
    globals: &Globals,
    config: &Config,
    files: &Files<'_>,
    by_host: Option<String>,
    host: &str,
) -> Result<Option<Found>, Problem> {
    let profile = globals.profile.clone();
    // A profile named on the line has precedence over the environment.
    let by_line = profile.is_some() && files.variable("AWS_PROFILE") != profile;
    if !by_line && let Some(access_key_id) = files.variable("AWS_ACCESS_KEY_ID") {
        if files.variable("AWS_SECRET_ACCESS_KEY").is_none() {
            return Err(partial("env", "AWS_SECRET_ACCESS_KEY"));
        }
        return Ok(Some(Found {
            access_key_id,
            method: "env",
        }));
    }
    let profile = profile.unwrap_or_else(|| "default".into());
    if let Some(access_key_id) = config.get(&profile, "aws_access_key_id") {
        if config.get(&profile, "aws_secret_access_key").is_none() {
            return Err(partial("shared-credentials-file", "aws_secret_access_key"));
        }
        let access_key_id = access_key_id.to_owned();
        return Ok(Some(Found {
            access_key_id,
            method: "shared-credentials-file",
        }));
    }
    // CloudShell provides the credentials of the console's user through a separate endpoint.
    let method = if host == CLOUDSHELL {
        "container-role"
    } else {
        "iam-role"
    };
    Ok(by_host.map(|access_key_id| Found {
        access_key_id,
        method,
    }))
}

fn partial(provider: &str, missing: &str) -> Problem {
    Problem::General(format!(
        "Partial credentials found in {provider}, missing: {missing}"
    ))
}
