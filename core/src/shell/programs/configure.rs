//! The packages of the `CloudHSM` client and their configure tools: `configure-cli`, `configure-pkcs11`,
//! `configure-jce`, `configure-dyn` of Client SDK 5, and SDK 3's `configure`.

mod sdk3;
mod sdk5;

use crate::shell::host::Host;
use crate::shell::process::{Io, Plain, Process};
use crate::sim::SimTime;

/// The release of Client SDK 5 that the lab has.
pub const SDK_VERSION: &str = "5.18.0";

/// Where the client's files are.
pub const ROOT: &str = "/opt/cloudhsm";

/// A component of Client SDK 5: its package, tools, configuration and libraries.
pub(crate) struct Component {
    /// As in `configure-cli` and `cloudhsm-cli.cfg`.
    name: &'static str,
    /// The tools in `/opt/cloudhsm/bin`.
    tools: &'static [&'static str],
    /// Other files, below `/opt/cloudhsm`.
    files: &'static [&'static str],
    /// Whether it logs to a file (else to standard error).
    logs_to_file: bool,
}

const COMPONENTS: [Component; 4] = [
    Component {
        name: "cli",
        tools: &["cloudhsm-cli", "configure-cli"],
        files: &[],
        logs_to_file: true,
    },
    Component {
        name: "pkcs11",
        tools: &["configure-pkcs11", "pkcs11_info"],
        files: &["lib/libcloudhsm_pkcs11.so"],
        logs_to_file: true,
    },
    Component {
        name: "jce",
        tools: &["configure-jce", "jce_info"],
        files: &["java/cloudhsm-5.18.0.jar"],
        logs_to_file: true,
    },
    Component {
        name: "dyn",
        tools: &["configure-dyn", "dyn_info"],
        files: &["lib/libcloudhsm_openssl_engine.so"],
        logs_to_file: false,
    },
];

/// The packages that [`install`] knows: `cloudhsm-cli`, `cloudhsm-pkcs11`, `cloudhsm-jce`,
/// `cloudhsm-dyn`, and SDK 3's `cloudhsm-client`.
#[must_use]
pub fn packages() -> Vec<String> {
    let sdk5 = COMPONENTS
        .iter()
        .map(|component| format!("cloudhsm-{}", component.name));
    sdk5.chain(["cloudhsm-client".to_owned()]).collect()
}

/// Puts a package's files on a host, as its rpm or deb does. Configuration that is there already stays.
/// `false`: no such package.
pub fn install(host: &mut Host, package: &str, now: SimTime) -> bool {
    let Some(name) = package.strip_prefix("cloudhsm-") else {
        return false;
    };
    for folder in ["bin", "etc", "run"] {
        host.fs
            .make_folders(&format!("{ROOT}/{folder}"), "root", now);
    }
    // Every user's tools log here.
    let _ = host.fs.set_mode(&format!("{ROOT}/run"), 0o777, "root");
    if name == "client" {
        sdk3::install(host, now);
    } else if let Some(component) = COMPONENTS.iter().find(|component| component.name == name) {
        for tool in component.tools {
            put(host, &format!("{ROOT}/bin/{tool}"), PROGRAM, 0o755, now);
        }
        for file in component.files {
            put(host, &format!("{ROOT}/{file}"), PROGRAM, 0o755, now);
        }
        let config = sdk5::path(component.name);
        if !host.fs.exists(&config) {
            put(host, &config, &sdk5::template(component), 0o644, now);
        }
    } else {
        return false;
    }
    host.packages.insert(package.to_owned());
    true
}

/// What stands in a program's file: it is run by name, not by its bytes.
const PROGRAM: &str = "\u{7f}ELF\n";

/// Writes a file of a package.
fn put(host: &mut Host, path: &str, text: &str, mode: u16, now: SimTime) {
    if let Some((folder, _)) = path.rsplit_once('/') {
        host.fs.make_folders(folder, "root", now);
    }
    // A full disk leaves the file out, as it would.
    if host.fs.write(path, text.as_bytes(), "root", now).is_ok() {
        let _ = host.fs.set_mode(path, mode, "root");
    }
}

/// Makes the process of a configure tool: `configure-cli` and its like, or SDK 3's `configure`; `argv`
/// begins with the program as it was typed. `None`: no such tool.
#[must_use]
pub fn start(tool: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    let argv = argv.to_vec();
    if tool == "configure" {
        return Some(Box::new(Plain {
            argv,
            run: sdk3::run,
        }));
    }
    let name = tool.strip_prefix("configure-")?;
    let run: fn(&[String], &mut Io<'_>) -> i32 = match name {
        "cli" => |argv, io| sdk5::run("cli", argv, io),
        "pkcs11" => |argv, io| sdk5::run("pkcs11", argv, io),
        "jce" => |argv, io| sdk5::run("jce", argv, io),
        "dyn" => |argv, io| sdk5::run("dyn", argv, io),
        _ => return None,
    };
    Some(Box::new(Plain { argv, run }))
}

/// Candidates for the last word of a configure tool's command line.
#[must_use]
pub fn complete(words: &[String], last: &str) -> Vec<String> {
    let tool = words
        .first()
        .and_then(|word| word.rsplit('/').next())
        .unwrap_or_default();
    let Some(name) = tool.strip_prefix("configure-") else {
        return Vec::new();
    };
    sdk5::complete(name, last)
}
