//! The paths of the client's files on each system (User Guide, "configure-tool-params5",
//! "cluster-connect", "hsm-client-logs", "ksp-library-install").
//!
//! Windows paths here have the form of configuration files; [`kept`] returns the form of a host's
//! file system.

use hsmlab_shell::host::Os;

/// The folder of the tools, in the form of the file system.
#[must_use]
pub const fn bin(os: Os) -> &'static str {
    if os.is_windows() {
        "/C:/Program Files/Amazon/CloudHSM/bin"
    } else {
        "/opt/cloudhsm/bin"
    }
}

/// The folder of everything that a package installs and users do not edit.
#[must_use]
pub const fn root(os: Os) -> &'static str {
    if os.is_windows() {
        r"C:\Program Files\Amazon\CloudHSM"
    } else {
        "/opt/cloudhsm"
    }
}

/// The folder of configuration files and certificates.
#[must_use]
pub const fn settings(os: Os) -> &'static str {
    if os.is_windows() {
        r"C:\ProgramData\Amazon\CloudHSM"
    } else {
        "/opt/cloudhsm/etc"
    }
}

/// The separator between the names of a path.
#[must_use]
pub const fn separator(os: Os) -> char {
    if os.is_windows() { '\\' } else { '/' }
}

/// A file among the configuration files.
#[must_use]
pub fn setting(os: Os, name: &str) -> String {
    format!("{}{}{name}", settings(os), separator(os))
}

/// A component's configuration file: `cloudhsm-cli.cfg`.
#[must_use]
pub fn config(os: Os, component: &str) -> String {
    setting(os, &format!("cloudhsm-{component}.cfg"))
}

/// The default path of the trust anchor.
#[must_use]
pub fn trust_anchor(os: Os) -> String {
    setting(os, "customerCA.crt")
}

/// A component's log file.
#[must_use]
pub fn log(os: Os, component: &str) -> String {
    if os.is_windows() {
        format!(r"{}\cloudhsm-{component}.log", root(os))
    } else {
        format!("{}/run/cloudhsm-{component}.log", root(os))
    }
}

/// A program's file in the tools' folder.
#[must_use]
pub fn tool(os: Os, name: &str) -> String {
    let ending = if os.is_windows() { ".exe" } else { "" };
    format!("{}/{name}{ending}", bin(os))
}

/// Converts a path of the functions above to the form of a host's file system.
#[must_use]
pub fn kept(os: Os, path: &str) -> String {
    if os.is_windows() && !path.starts_with('/') {
        format!("/{}", path.replace('\\', "/"))
    } else {
        path.to_owned()
    }
}

/// A configuration file of Client SDK 3 (User Guide of 2023, "configure-sdk-3").
#[must_use]
pub fn sdk3_setting(os: Os, name: &str) -> String {
    if os.is_windows() {
        format!(r"{}\data\{name}", settings(os))
    } else {
        setting(os, name)
    }
}

/// The file in which a daemon of Client SDK 3 stores the cluster's HSMs. Guess: its folder on
/// Windows.
#[must_use]
pub fn cluster_info(os: Os, daemon: &str) -> String {
    if os.is_windows() {
        format!(r"{}\daemon\{daemon}\cluster.info", settings(os))
    } else {
        format!("{}/daemon/{daemon}/cluster.info", root(os))
    }
}
