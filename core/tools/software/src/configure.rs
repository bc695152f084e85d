//! The packages of the `CloudHSM` client and their configure tools: `configure-cli`, `configure-pkcs11`,
//! `configure-jce`, `configure-dyn`, `configure-openssl-provider` and `configure-ksp` of Client SDK 5, and
//! SDK 3's `configure`; and the support tools.

mod credentials;
pub mod identity;
pub mod places;
mod sdk3;
mod sdk5;
mod support;

use hsmlab_shell::host::{Host, Os};
use hsmlab_shell::process::PlainFn;
use hsmlab_shell::software::{Place, Program, Start};
use hsmlab_sim::SimTime;

/// The release of Client SDK 5 in the lab.
pub const SDK_VERSION: &str = "5.18.0";

/// A component of Client SDK 5: its package, tools, configuration and libraries.
pub struct Component {
    /// The name in `configure-cli` and `cloudhsm-cli.cfg`.
    name: &'static str,
    /// The tools in the tools' folder.
    tools: &'static [&'static str],
    /// Other files of the Linux packages, below `/opt/cloudhsm`; `None`: there is no package.
    linux: Option<&'static [&'static str]>,
    /// Other files of the MSI, below `C:\Program Files\Amazon\CloudHSM`; `None`: there is no MSI.
    windows: Option<&'static [&'static str]>,
    /// True if it logs to a file (otherwise to standard error).
    logs_to_file: bool,
}

const COMPONENTS: [Component; 6] = [
    Component {
        name: "cli",
        tools: &["cloudhsm-cli", "configure-cli", "cli_info"],
        linux: Some(&[]),
        windows: Some(&[]),
        logs_to_file: true,
    },
    Component {
        name: "pkcs11",
        tools: &["configure-pkcs11", "pkcs11_info"],
        linux: Some(&[
            "lib/libcloudhsm_pkcs11.so",
            "include/pkcs11/cloudhsm_pkcs11_vendor_defs.h",
        ]),
        // Guess: the folder of the library on Windows is not published.
        windows: Some(&["lib/cloudhsm_pkcs11.dll"]),
        logs_to_file: true,
    },
    Component {
        name: "jce",
        tools: &["configure-jce", "jce_info"],
        linux: Some(&["java/cloudhsm-5.18.0.jar"]),
        windows: Some(&["java/cloudhsm-5.18.0.jar"]),
        logs_to_file: true,
    },
    Component {
        name: "dyn",
        tools: &["configure-dyn", "dyn_info"],
        linux: Some(&["lib/libcloudhsm_openssl_engine.so"]),
        windows: None,
        logs_to_file: false,
    },
    Component {
        name: "openssl-provider",
        tools: &["configure-openssl-provider"],
        // Guess: the provider's file name is not published.
        linux: Some(&["lib/libcloudhsm_openssl_provider.so"]),
        windows: None,
        logs_to_file: false,
    },
    Component {
        name: "ksp",
        tools: &["configure-ksp", "ksp_info"],
        linux: None,
        // User Guide, "ksp-library-authentication": the tools' folder and that program; the library's
        // name is a Guess.
        windows: Some(&["lib/cloudhsm_ksp.dll", "tools/set_cloudhsm_credentials.exe"]),
        logs_to_file: true,
    },
];

impl Component {
    fn named(name: &str) -> Option<&'static Self> {
        COMPONENTS.iter().find(|component| component.name == name)
    }

    const fn files(&self, os: Os) -> Option<&'static [&'static str]> {
        if os.is_windows() {
            self.windows
        } else {
            self.linux
        }
    }
}

/// The packages that [`install`] knows on Linux: `cloudhsm-cli`, `cloudhsm-pkcs11`, `cloudhsm-jce`,
/// `cloudhsm-dyn`, `cloudhsm-openssl-provider`, and SDK 3's `cloudhsm-client` and `cloudhsm-mgmt-util`.
#[must_use]
pub fn packages() -> Vec<String> {
    let sdk5 = COMPONENTS
        .iter()
        .filter(|component| component.linux.is_some())
        .map(|component| format!("cloudhsm-{}", component.name));
    let sdk3 = ["cloudhsm-client", "cloudhsm-mgmt-util"].map(str::to_owned);
    sdk5.chain(sdk3).collect()
}

/// Writes a package's files to a host, as its rpm, deb or MSI does. Keeps an existing
/// configuration. `false`: no such package for this system.
pub fn install(host: &mut Host, package: &str, now: SimTime) -> bool {
    let name = package.strip_prefix("cloudhsm-").unwrap_or(package);
    let os = host.os;
    let root = places::kept(os, places::root(os));
    if package == AWS_CLI && os.is_windows() {
        let path = "/C:/Program Files/Amazon/AWSCLIV2/aws.exe";
        put(host, path, PROGRAM, 0o755, now);
        host.packages.insert(package.to_owned());
        return true;
    }
    if sdk3::tools(name).is_some() && (name == "client" || !os.is_windows()) {
        make_folders(host, now);
        sdk3::install(host, name, now);
    } else if let Some(component) = Component::named(name)
        && let Some(files) = component.files(os)
    {
        make_folders(host, now);
        for tool in component.tools {
            put(host, &places::tool(os, tool), &image(os, tool), 0o755, now);
        }
        for file in files {
            put(host, &format!("{root}/{file}"), PROGRAM, 0o755, now);
        }
        let config = places::kept(os, &places::config(os, name));
        if !host.fs.exists(&config) {
            put(host, &config, &sdk5::template(component, os), 0o644, now);
        }
    } else {
        return false;
    }
    host.packages.insert(package.to_owned());
    true
}

/// Removes a package's files. Configuration, certificates and logs stay, as with real packages.
pub fn uninstall(host: &mut Host, package: &str) -> bool {
    if !host.packages.remove(package) {
        return false;
    }
    let name = package.strip_prefix("cloudhsm-").unwrap_or(package);
    let os = host.os;
    let root = places::kept(os, places::root(os));
    if package == AWS_CLI {
        let path = "/C:/Program Files/Amazon/AWSCLIV2/aws.exe";
        let _ = host.fs.remove(path, "root");
    } else if let Some(component) = Component::named(name) {
        for tool in component.tools {
            let _ = host.fs.remove(&places::tool(os, tool), "root");
        }
        for file in component.files(os).unwrap_or_default() {
            let _ = host.fs.remove(&format!("{root}/{file}"), "root");
        }
    } else {
        sdk3::uninstall(host, name);
    }
    true
}

fn make_folders(host: &mut Host, now: SimTime) {
    let os = host.os;
    let root = places::kept(os, places::root(os));
    host.fs.make_folders(places::bin(os), "root", now);
    host.fs
        .make_folders(&places::kept(os, places::settings(os)), "root", now);
    if !os.is_windows() {
        let run = format!("{root}/run");
        host.fs.make_folders(&run, "root", now);
        // The tools of all users log here.
        let _ = host.fs.set_mode(&run, 0o777, "root");
    }
}

/// The AWS CLI, which is not preinstalled on Windows hosts (AWS CLI User Guide).
const AWS_CLI: &str = "aws-cli";

/// The content of a library's file, or of a Windows program's file.
const PROGRAM: &str = "\u{7f}ELF\n";

/// The content of a tool's file.
fn image(os: Os, tool: &str) -> String {
    if os.is_windows() {
        return PROGRAM.to_owned();
    }
    String::from_utf8_lossy(&hsmlab_shell::image::image(tool)).into_owned()
}

/// Writes a file of a package.
fn put(host: &mut Host, path: &str, text: &str, mode: u16, now: SimTime) {
    if let Some((folder, _)) = path.rsplit_once('/') {
        host.fs.make_folders(folder, "root", now);
    }
    // A full disk leaves the file out, as on a real system.
    if host.fs.write(path, text.as_bytes(), "root", now).is_ok() {
        let _ = host.fs.set_mode(path, mode, "root");
    }
}

/// The configure tools: `configure-cli` and its like, and SDK 3's `configure`; and the support tools.
pub static PROGRAMS: [Program; 13] = [
    tool("cli_info", |argv, io| support::run("cli", argv, io)),
    tool("configure", sdk3::run),
    tool("configure-cli", |argv, io| sdk5::run("cli", argv, io)),
    tool("configure-dyn", |argv, io| sdk5::run("dyn", argv, io)),
    tool("configure-jce", |argv, io| sdk5::run("jce", argv, io)),
    tool("configure-ksp", |argv, io| sdk5::run("ksp", argv, io)),
    tool("configure-openssl-provider", |argv, io| {
        sdk5::run("openssl-provider", argv, io)
    }),
    tool("configure-pkcs11", |argv, io| sdk5::run("pkcs11", argv, io)),
    tool("dyn_info", |argv, io| support::run("dyn", argv, io)),
    tool("jce_info", |argv, io| support::run("jce", argv, io)),
    tool("ksp_info", |argv, io| support::run("ksp", argv, io)),
    tool("pkcs11_info", |argv, io| support::run("pkcs11", argv, io)),
    tool("set_cloudhsm_credentials", credentials::run),
];

const fn tool(name: &'static str, run: PlainFn) -> Program {
    Program {
        name,
        place: Place::Package,
        start: Start::Plain(run),
        complete: |typed| complete(typed.words, typed.last),
    }
}

/// Candidates for the last word of a configure tool's command line.
fn complete(words: &[String], last: &str) -> Vec<String> {
    let tool = words
        .first()
        .and_then(|word| word.rsplit(['/', '\\']).next())
        .map(|word| word.strip_suffix(".exe").unwrap_or(word))
        .unwrap_or_default();
    let Some(name) = tool.strip_prefix("configure-") else {
        return Vec::new();
    };
    sdk5::complete(name, last)
}
