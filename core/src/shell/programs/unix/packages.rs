//! Package managers: they install the CloudHSM client's packages from files that were downloaded.
//!
//! A package file in the lab holds its name in plain text (see [`package_file`]); the real ones are
//! found at the same addresses (User Guide, "Install and configure CloudHSM CLI").

use super::options;
use crate::shell::host::Os;
use crate::shell::process::Io;
use crate::shell::programs::configure;

/// The version that the lab's packages have (User Guide, "Latest releases").
pub const CLIENT_VERSION: &str = "5.18.0";

/// The package of Client SDK 3, with the older `configure`.
const SDK3: &str = "cloudhsm-client";

/// The last version of Client SDK 3 that the guide's release list names.
const SDK3_VERSION: &str = "3.4.4";

/// The system that the lab's SDK 3 package was built for. AWS has none for Amazon Linux 2023; the lab has
/// no Amazon Linux 2, and installs it on both (docs/fidelity.md).
const SDK3_SYSTEM: &str = "el7";

/// Components that the guide offers as packages.
pub const COMPONENTS: [&str; 5] = [
    "cloudhsm-cli",
    SDK3,
    "cloudhsm-pkcs11",
    "cloudhsm-jce",
    "cloudhsm-dyn",
];

/// OpenSC, from the distribution's own repository: `pkcs11-tool`. Guess: that Amazon Linux 2023 has it;
/// Red Hat's and Ubuntu's releases do.
const OPENSC: &str = "opensc";

/// The version of a component's package.
fn version_of(component: &str) -> &'static str {
    if component == OPENSC {
        crate::shell::programs::pkcs11_tool::VERSION
    } else if component == SDK3 {
        SDK3_VERSION
    } else {
        CLIENT_VERSION
    }
}

/// The bytes of a package file: what the lab serves under the guide's download addresses.
#[must_use]
pub fn package_file(component: &str, system: &str) -> Vec<u8> {
    let version = version_of(component);
    format!("HSMLAB-PACKAGE\nname={component}\nversion={version}\nsystem={system}\n").into_bytes()
}

/// The package that a download address of the guide names: component and system.
#[must_use]
pub fn package_at(url: &str) -> Option<(&'static str, &'static str)> {
    let path = url
        .strip_prefix("https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/")
        .or_else(|| {
            url.strip_prefix("https://cloudhsmv2-software.s3.amazonaws.com/CloudHsmClient/")
        })?;
    let (folder, file) = path.split_once('/')?;
    let (system, marks): (_, [&str; 2]) = match folder {
        "Amzn2023" => (
            "amzn2023",
            [
                "-latest.amzn2023.x86_64.rpm",
                "-5.18.0-1.amzn2023.x86_64.rpm",
            ],
        ),
        "EL7" => (
            SDK3_SYSTEM,
            ["-latest.el7.x86_64.rpm", "-3.4.4-1.el7.x86_64.rpm"],
        ),
        "EL9" => (
            "el9",
            ["-latest.el9.x86_64.rpm", "-5.18.0-1.el9.x86_64.rpm"],
        ),
        "Noble" => (
            "u24.04",
            ["_latest_u24.04_amd64.deb", "_5.18.0-1_u24.04_amd64.deb"],
        ),
        _ => return None,
    };
    let component = marks.iter().find_map(|mark| file.strip_suffix(mark))?;
    let component = COMPONENTS.iter().find(|known| **known == component)?;
    ((*component == SDK3) == (system == SDK3_SYSTEM)).then_some((*component, system))
}

fn system_of(os: Os) -> &'static str {
    match os {
        Os::AmazonLinux2023 => "amzn2023",
        Os::AmazonLinux2 => "el7",
        Os::Ubuntu2404 => "u24.04",
        Os::Ubuntu2204 => "u22.04",
        Os::Rhel9 => "el9",
        Os::Rhel8 => "el8",
        Os::WindowsServer2022 => "windows",
    }
}

/// The component and the system of a package file.
fn read_package(bytes: &[u8]) -> Option<(&'static str, String)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix("HSMLAB-PACKAGE\n")?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    let component = COMPONENTS
        .iter()
        .find(|known| Some(**known) == field("name"))?;
    Some((component, field("system")?.to_owned()))
}

pub(super) fn yum(argv: &[String], io: &mut Io<'_>) -> i32 {
    let name = argv
        .first()
        .map_or("yum", |word| word.rsplit('/').next().unwrap_or("yum"))
        .to_owned();
    let (_, _, words) = options(argv, "");
    let Some((&command, packages)) = words.split_first() else {
        io.err(format!("usage: {name} [options] COMMAND\n"));
        return 1;
    };
    match command {
        "install" | "localinstall" => {}
        "update" | "upgrade" | "check-update" => {
            io.out("Dependencies resolved.\nNothing to do.\nComplete!\n");
            return 0;
        }
        "remove" | "erase" => return remove(packages, io),
        "list" => return list(io),
        other => {
            io.err(format!(
                "No such command: {other}. Please use /usr/bin/{name} --help\n"
            ));
            return 1;
        }
    }
    if io.login.user != "root" {
        io.err("Error: This command has to be run with superuser privileges (under the root user on most systems).\n");
        return 1;
    }
    install(packages, io, |io, package, version| {
        let arch = "x86_64";
        io.out(format!(
            "Dependencies resolved.\n\nInstalling:\n {package}  {arch}  {version}-1  @commandline\n\n\
             Transaction Summary\nInstall  1 Package\n\nRunning transaction\n  Installing : {package}-{version}-1.{arch}  1/1\n\
             \x20 Verifying  : {package}-{version}-1.{arch}  1/1\n\nInstalled:\n  {package}-{version}-1.{arch}\n\nComplete!\n"
        ));
    })
}

pub(super) fn apt(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, _, words) = options(argv, "");
    match words.split_first() {
        Some((&"update" | &"upgrade", _)) => {
            io.out("Reading package lists... Done\n");
            0
        }
        Some((&"list", _)) => list(io),
        Some((&"remove", packages)) => remove(packages, io),
        Some((&"install", packages)) => {
            if io.login.user != "root" {
                io.err("E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n");
                return 100;
            }
            install(packages, io, |io, package, version| {
                io.out(format!(
                    "Reading package lists... Done\nBuilding dependency tree... Done\nThe following NEW packages will be installed:\n  {package}\n\
                     Selecting previously unselected package {package}.\nUnpacking {package} ({version}-1) ...\nSetting up {package} ({version}-1) ...\n"
                ));
            })
        }
        _ => {
            io.err("Usage: apt [options] command\n");
            1
        }
    }
}

fn install(packages: &[&str], io: &mut Io<'_>, tell: fn(&mut Io<'_>, &str, &str)) -> i32 {
    if packages.is_empty() {
        io.err("Error: Need to pass a list of pkgs to install\n");
        return 1;
    }
    for package in packages {
        let looks_local =
            package.contains('/') || package.ends_with(".rpm") || package.ends_with(".deb");
        if !looks_local && *package == OPENSC {
            match install_opensc(io, tell) {
                0 => continue,
                status => return status,
            }
        }
        if !looks_local {
            io.err(format!(
                "No match for argument: {package}\nError: Unable to find a match: {package}\n"
            ));
            return 1;
        }
        let bytes = match io.read_file(package) {
            Ok(bytes) => bytes,
            Err(error) => {
                io.err(format!("Could not open: {package}: {}\n", error.text()));
                return 1;
            }
        };
        let Some((component, system)) = read_package(&bytes) else {
            io.err(format!("Could not open: {package}: not a package\n"));
            return 1;
        };
        let wanted = system_of(io.host.os);
        let older = system == SDK3_SYSTEM && matches!(io.host.os, Os::AmazonLinux2023 | Os::Rhel9);
        if system != wanted && !older {
            io.err(format!(
                "Error: {component} was built for {system}, and this host is {wanted}\n"
            ));
            return 1;
        }
        if io.host.packages.contains(component) {
            let version = version_of(component);
            io.out(format!(
                "Package {component}-{version}-1 is already installed.\nNothing to do.\nComplete!\n"
            ));
            continue;
        }
        let now = io.sys.now();
        configure::install(io.host, component, now);
        io.host.packages.insert(component.to_owned());
        tell(io, component, version_of(component));
    }
    0
}

/// Installs OpenSC, which takes the Internet.
fn install_opensc(io: &mut Io<'_>, tell: fn(&mut Io<'_>, &str, &str)) -> i32 {
    let version = version_of(OPENSC);
    if io.host.packages.contains(OPENSC) {
        io.out(format!(
            "Package {OPENSC}-{version}-1 is already installed.\nNothing to do.\nComplete!\n"
        ));
        return 0;
    }
    if !io.sys.has_internet(&io.host.id) {
        io.err("Error: Failed to download metadata for repo: Cannot download repomd.xml\n");
        return 1;
    }
    io.host.packages.insert(OPENSC.to_owned());
    tell(io, OPENSC, version);
    0
}

fn remove(packages: &[&str], io: &mut Io<'_>) -> i32 {
    let mut status = 0;
    for package in packages {
        let removed = if *package == OPENSC {
            io.host.packages.remove(OPENSC)
        } else {
            configure::uninstall(io.host, package)
        };
        if removed {
            io.out(format!(
                "Removed:\n  {package}-{}-1.x86_64\n\nComplete!\n",
                version_of(package)
            ));
        } else {
            io.err(format!("No match for argument: {package}\n"));
            status = 1;
        }
    }
    status
}

fn list(io: &mut Io<'_>) -> i32 {
    let lines: Vec<String> = io
        .host
        .packages
        .iter()
        .map(|name| format!("{name}.x86_64  {}-1  @commandline\n", version_of(name)))
        .collect();
    io.out(lines.concat());
    0
}

pub(super) fn rpm(argv: &[String], io: &mut Io<'_>) -> i32 {
    if argv.iter().any(|word| word.starts_with("-q")) {
        let lines: Vec<String> = io
            .host
            .packages
            .iter()
            .map(|name| format!("{name}-{}-1.x86_64\n", version_of(name)))
            .collect();
        io.out(lines.concat());
        return 0;
    }
    let packages: Vec<&str> = argv
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect();
    if io.login.user != "root" {
        io.err(
            "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)\n",
        );
        return 1;
    }
    install(&packages, io, |io, package, version| {
        io.out(format!(
            "Updating / installing...\n   1:{package}-{version}-1\n"
        ))
    })
}

pub(super) fn dpkg(argv: &[String], io: &mut Io<'_>) -> i32 {
    if argv.iter().any(|word| word == "-l") {
        return list(io);
    }
    let packages: Vec<&str> = argv
        .iter()
        .skip(1)
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect();
    if io.login.user != "root" {
        io.err("dpkg: error: requested operation requires superuser privilege\n");
        return 2;
    }
    install(&packages, io, |io, package, version| {
        io.out(format!("Setting up {package} ({version}-1) ...\n"))
    })
}
