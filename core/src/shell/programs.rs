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

use super::Sys;
use super::fs::NodeKind;
use super::host::{Host, Login, Os};
use super::process::Process;

/// Where the CloudHSM client's tools are installed on Linux (User Guide, "Install and configure CloudHSM
/// CLI").
pub const CLOUDHSM_BIN: &str = "/opt/cloudhsm/bin";

/// Finds a program on a host by the name that was typed (a bare name is looked up on PATH, a path is
/// taken as it is) and makes a process of it. `None`: command not found.
#[must_use]
pub fn start(host: &Host, path_variable: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    let typed = argv.first()?;
    let (folder, name) = match typed.rsplit_once('/') {
        Some((folder, name)) => (Some(folder), name),
        None => (None, typed.as_str()),
    };
    if is_tool(name) {
        let installed = |folder: &str| {
            folder == CLOUDHSM_BIN && host.fs.exists(&format!("{CLOUDHSM_BIN}/{name}"))
        };
        let found = match folder {
            Some(folder) => installed(folder),
            None => path_variable.split(':').any(installed),
        };
        if found {
            return tool(name, argv);
        }
        return None;
    }
    match folder {
        None | Some("/usr/bin" | "/bin" | "/usr/local/bin" | "/usr/sbin" | "/sbin") => {
            system(host, name, argv)
        }
        _ => None,
    }
}

/// The path of a program, as `type` and `which` print it.
#[must_use]
pub fn locate(host: &Host, login: &Login, name: &str) -> Option<String> {
    if is_tool(name) {
        let on_path = login
            .variable("PATH")
            .unwrap_or_default()
            .split(':')
            .any(|f| f == CLOUDHSM_BIN);
        let path = format!("{CLOUDHSM_BIN}/{name}");
        return (on_path && host.fs.exists(&path)).then_some(path);
    }
    system(host, name, &[name.to_owned()]).map(|_| {
        let folder = if name == "aws" || name == hsm_load::NAME {
            "/usr/local/bin"
        } else {
            "/usr/bin"
        };
        format!("{folder}/{name}")
    })
}

/// The names of the programs on a host's PATH, for completion.
#[must_use]
pub fn names(host: &Host) -> Vec<String> {
    let mut names: Vec<String> = vec!["aws".into(), "openssl".into(), "sudo".into()];
    names.extend(unix::names(host.os).map(str::to_owned));
    if pkcs11_tool::installed(host) {
        names.push("pkcs11-tool".into());
    }
    if hsm_load::is_on(host) {
        names.push(hsm_load::NAME.to_owned());
    }
    names
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
        hsm_load::NAME if hsm_load::is_on(host) => Some(hsm_load::start(argv.to_vec())),
        "openssl" if host.os != Os::WindowsServer2022 => Some(openssl::start(argv.to_vec())),
        "pkcs11-tool" if pkcs11_tool::installed(host) => Some(pkcs11_tool::start(argv)),
        _ => unix::start(host.os, name, argv),
    }
}

fn is_tool(name: &str) -> bool {
    matches!(name, "cloudhsm-cli" | "configure")
        || sdk3::TOOLS.contains(&name)
        || name.starts_with("configure-")
}

/// Makes a process of one of the client's tools, by its plain name.
pub(crate) fn tool(name: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    match name {
        "cloudhsm-cli" => Some(cloudhsm_cli::start(argv)),
        "cloudhsm_mgmt_util" => Some(cmu::start(argv)),
        "key_mgmt_util" => Some(kmu::start(argv)),
        "client_info" => Some(sdk3::client_info::start(argv)),
        _ => configure::start(name, argv),
    }
}

/// Whether a path on the host is a file (not a folder).
#[must_use]
pub fn is_file(host: &Host, path: &str) -> bool {
    host.fs
        .node(path)
        .is_some_and(|node| node.kind != NodeKind::Folder)
}
