//! The programs of the hosts, one file each, and the table that finds them.

pub mod aws;
pub mod cloudhsm_cli;
pub mod cmu;
pub(crate) mod component;
pub mod configure;
pub mod hsm_load;
pub mod kmu;
pub mod openssl;
pub mod pkcs11_tool;
pub mod sdk3;
pub mod unix;

pub use self::unix::duration;
use super::Sys;
use super::host::{Host, Login, Os};
use super::process::Process;
use crate::sim::SimTime;

/// The folder of the CloudHSM client's tools on Linux (User Guide, "Install and configure CloudHSM
/// CLI").
pub const CLOUDHSM_BIN: &str = "/opt/cloudhsm/bin";

/// Creates the process of a program from the name in its file. `None`: the lab has no such program
/// for the host.
#[must_use]
pub fn named(host: &Host, name: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    system(host, name, argv).or_else(|| tool(name, argv))
}

/// Writes the files of the system's own programs to a new host.
pub fn install_system(host: &mut Host, now: SimTime) {
    if host.os.is_windows() {
        return;
    }
    let unix = unix::names(host.os).chain(super::lookup::shell_files());
    for name in unix.chain(["openssl"]) {
        install_file(host, "/usr/bin", name, now);
    }
    install_file(host, "/usr/local/bin", "aws", now);
    if hsm_load::is_on(host) {
        install_file(host, "/usr/local/bin", hsm_load::NAME, now);
    }
}

/// Writes a program's file to a folder; everyone may run it.
pub(crate) fn install_file(host: &mut Host, folder: &str, name: &str, now: SimTime) {
    let path = format!("{folder}/{name}");
    // A full disk leaves the file out, as on a real system.
    let image = super::lookup::image(name);
    if host.fs.write(&path, image, "root", now).is_ok() {
        let _ = host.fs.set_mode(&path, 0o755, "root");
    }
}

/// Candidates for the last word of a command line whose earlier words are `words` (the program's name
/// first), each a whole word.
#[must_use]
pub fn complete(
    host: &Host,
    login: &Login,
    sys: &mut dyn Sys,
    words: &[String],
    last: &str,
) -> Vec<String> {
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let name = first.rsplit('/').next().unwrap_or(first);
    match name {
        "aws" => {
            let region = login
                .variable("AWS_REGION")
                .unwrap_or(crate::aws::HOME_REGION)
                .to_owned();
            let mut looking = aws::live::Looking {
                sys,
                host: &host.id,
                region,
            };
            aws::complete::complete(words, last, &mut |member| {
                aws::complete::live_ids(member, &mut looking)
            })
        }
        "openssl" => openssl::complete(words, last),
        "cloudhsm-cli" => cloudhsm_cli::complete(words, last),
        "key_mgmt_util" => kmu::complete(words, last),
        "pkcs11-tool" => pkcs11_tool::complete(last),
        hsm_load::NAME => hsm_load::complete(words, last),
        name if is_tool(name) => configure::complete(words, last),
        _ => Vec::new(),
    }
}

fn system(host: &Host, name: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    match name {
        "aws" => Some(aws::start(argv.to_vec())),
        hsm_load::NAME => Some(hsm_load::start(argv.to_vec())),
        "openssl" if host.os != Os::WindowsServer2022 => Some(openssl::start(argv.to_vec())),
        "pkcs11-tool" => Some(pkcs11_tool::start(argv)),
        _ => unix::start(host.os, name, argv),
    }
}

fn is_tool(name: &str) -> bool {
    matches!(name, "cloudhsm-cli" | "configure")
        || sdk3::TOOLS.contains(&name)
        || name.starts_with("configure-")
}

/// Creates the process of one of the client's tools from its plain name.
pub(crate) fn tool(name: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    match name {
        "cloudhsm-cli" => Some(cloudhsm_cli::start(argv)),
        "cloudhsm_mgmt_util" => Some(cmu::start(argv)),
        "key_mgmt_util" => Some(kmu::start(argv)),
        "client_info" => Some(sdk3::client_info::start(argv)),
        _ => configure::start(name, argv),
    }
}
