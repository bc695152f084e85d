//! Package managers: they install the CloudHSM client's packages from downloaded files.
//!
//! A package file in the lab contains its name in plain text (see [`package_file`]);
//! `unix/builds.rs` lists all packages and their systems.

use super::builds;
use super::{options, repository};
use hsmlab_shell::host::{Host, Os};
use hsmlab_shell::process::Io;
use hsmlab_tool_software::configure;

pub use super::builds::{
    CLIENT_VERSION, Installer, Package, installer, package_at, package_file, products,
};

/// The obstacle to an installation.
pub(super) enum Conflict {
    /// It was built for another processor.
    Architecture,
    /// It needs something that this system does not have.
    Needs(&'static str),
}

/// Checks whether a package can be installed on a host; `None`: it fits.
pub(super) fn conflict(host: &Host, package: &Package) -> Option<Conflict> {
    if package.architecture != host.architecture {
        return Some(Conflict::Architecture);
    }
    let (system, wanted) = (package.build.system, builds::system_of(host.os));
    let fits = system == wanted || builds::runs_older(host.os, package.component, system);
    (!fits).then(|| Conflict::Needs(builds::missing(package.build, wanted)))
}

/// A package's version and release: `5.18.0-1.amzn2023`, or `5.18.0-1` of a deb package.
pub(super) fn release(package: &Package) -> String {
    let version = builds::version_of(package.component);
    if package.build.debian {
        format!("{version}-1")
    } else {
        format!("{version}-1.{}", package.build.system)
    }
}

/// An rpm package's whole name: `cloudhsm-cli-5.18.0-1.amzn2023.x86_64`.
fn rpm_name(package: &Package) -> String {
    let architecture = package.architecture.rpm();
    format!("{}-{}.{architecture}", package.component, release(package))
}

/// The installed packages of a host.
pub(super) fn installed(host: &Host) -> Vec<Package> {
    host.packages
        .iter()
        .filter_map(|name| builds::installed(host, name))
        .collect()
}

/// Reads a package that a package manager was given.
///
/// # Errors
/// The message for a name that is not a file, or for a file that is not a package.
pub(super) fn open(name: &str, debian: bool, io: &Io<'_>) -> Result<Package, String> {
    let local = name.contains('/') || name.ends_with(".rpm") || name.ends_with(".deb");
    if debian && !name.contains('/') {
        // apt treats a name as a file only if it contains a path.
        return Err(format!("E: Unable to locate package {name}\n"));
    }
    if !local {
        return Err(format!(
            "No match for argument: {name}\nError: Unable to find a match: {name}\n"
        ));
    }
    let bytes = io.read_file(name).map_err(|error| {
        if debian {
            format!("E: Unsupported file {name} given on commandline\n")
        } else {
            format!("Could not open: {name}: {}\n", error.text())
        }
    })?;
    builds::read_package(&bytes)
        .filter(|package| package.build.debian == debian)
        .ok_or_else(|| {
            if debian {
                format!("E: Unsupported file {name} given on commandline\n")
            } else {
                format!("Could not open: {name}: not a package\n")
            }
        })
}

/// Installs a package on the host.
pub(super) fn add(package: &Package, io: &mut Io<'_>) {
    let now = io.sys.now();
    configure::install(io.host, package.component, now);
    io.host.packages.insert(package.component.to_owned());
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
    if packages.is_empty() {
        io.err("Error: Need to pass a list of pkgs to install\n");
        return 1;
    }
    for name in packages {
        match repository::install(name, io) {
            None => {}
            Some(0) => continue,
            Some(status) => return status,
        }
        let package = match open(name, false, io) {
            Ok(package) => package,
            Err(text) => {
                io.err(text);
                return 1;
            }
        };
        if io.host.packages.contains(package.component) {
            io.out(format!(
                "Package {} is already installed.\nNothing to do.\nComplete!\n",
                rpm_name(&package)
            ));
            continue;
        }
        if let Some(conflict) = conflict(io.host, &package) {
            yum_refuses(name, &package, &conflict, io);
            return 1;
        }
        add(&package, io);
        let (component, arch) = (package.component, package.architecture.rpm());
        let (release, whole) = (release(&package), rpm_name(&package));
        io.out(format!(
            "Dependencies resolved.\n\nInstalling:\n {component}  {arch}  {release}  @commandline\n\n\
             Transaction Summary\nInstall  1 Package\n\nRunning transaction\n  Installing : {whole}  1/1\n\
             \x20 Verifying  : {whole}  1/1\n\nInstalled:\n  {whole}\n\nComplete!\n"
        ));
    }
    0
}

/// The messages of dnf for a package that does not fit, and those of yum 3 on Amazon Linux 2
/// (observed in issues of vernemq, fluent-bit, OctopusTentacle and amazon-linux-2023).
fn yum_refuses(file: &str, package: &Package, conflict: &Conflict, io: &mut Io<'_>) {
    let whole = rpm_name(package);
    let text = match (io.host.os, conflict) {
        (Os::AmazonLinux2, Conflict::Architecture) => format!(
            "Cannot add package {whole} to transaction. Not a compatible architecture: {}\nError: Nothing to do\n",
            package.architecture.rpm()
        ),
        (Os::AmazonLinux2, Conflict::Needs(what)) => {
            let stem = file.rsplit('/').next().unwrap_or(file);
            let stem = stem.strip_suffix(".rpm").unwrap_or(stem);
            format!(
                "Error: Package: {whole} (/{stem})\n           Requires: {what}\n You could try using --skip-broken to work around the problem\n You could try running: rpm -Va --nofiles --nodigest\n"
            )
        }
        (_, Conflict::Architecture) => format!(
            "Error: \n Problem: conflicting requests\n  - package {whole} from @commandline does not have a compatible architecture\n(try to add '--skip-broken' to skip uninstallable packages)\n"
        ),
        (_, Conflict::Needs(what)) => format!(
            "Error: \n Problem: conflicting requests\n  - nothing provides {what} needed by {whole} from @commandline\n(try to add '--skip-broken' to skip uninstallable packages)\n"
        ),
    };
    io.err(text);
}

pub(super) fn remove(packages: &[&str], io: &mut Io<'_>) -> i32 {
    let debian = io.host.os.is_debian();
    if io.login.user != "root" {
        io.err(if debian {
            "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n"
        } else {
            "Error: This command has to be run with superuser privileges (under the root user on most systems).\n"
        });
        return if debian { 100 } else { 1 };
    }
    let mut status = 0;
    for name in packages {
        if repository::remove(name, io) {
            continue;
        }
        let package = builds::installed(io.host, name);
        match package.filter(|_| configure::uninstall(io.host, name)) {
            Some(package) if debian => {
                io.out(format!("Removing {name} ({}) ...\n", release(&package)));
            }
            Some(package) => {
                io.out(format!("Removed:\n  {}\n\nComplete!\n", rpm_name(&package)));
            }
            None if debian => {
                io.err(format!("E: Unable to locate package {name}\n"));
                status = 100;
            }
            None => {
                io.err(format!("No match for argument: {name}\n"));
                status = 1;
            }
        }
    }
    status
}

pub(super) fn list(io: &mut Io<'_>) -> i32 {
    let debian = io.host.os.is_debian();
    let mut text = String::new();
    if debian {
        text.push_str("Listing... Done\n");
    }
    for package in installed(io.host) {
        let (name, release) = (package.component, release(&package));
        text.push_str(&if debian {
            format!(
                "{name}/now {release} {} [installed,local]\n",
                package.architecture.deb()
            )
        } else {
            format!(
                "{name}.{}  {release}  @commandline\n",
                package.architecture.rpm()
            )
        });
    }
    io.out(text);
    0
}

/// The file arguments of `rpm` or `dpkg`.
pub(super) fn named(argv: &[String]) -> Vec<&str> {
    argv.iter()
        .skip(1)
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect()
}

pub(super) fn rpm(argv: &[String], io: &mut Io<'_>) -> i32 {
    if let Some(query) = argv.iter().find(|word| word.starts_with("-q")) {
        let wanted = named(argv);
        let all = installed(io.host);
        let mut status = 0;
        if query.contains('a') {
            for package in &all {
                io.out(format!("{}\n", rpm_name(package)));
            }
            return 0;
        }
        for name in wanted {
            match all.iter().find(|package| package.component == name) {
                Some(package) => io.out(format!("{}\n", rpm_name(package))),
                None => {
                    io.out(format!("package {name} is not installed\n"));
                    status = 1;
                }
            }
        }
        return status;
    }
    if io.login.user != "root" {
        io.err(
            "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Permission denied)\n",
        );
        return 1;
    }
    for name in named(argv) {
        let package = match open(&as_path(name), false, io) {
            Ok(package) => package,
            Err(text) => {
                io.err(format!("error: {text}"));
                return 1;
            }
        };
        let whole = rpm_name(&package);
        if io.host.packages.contains(package.component) {
            io.err(format!("\tpackage {whole} is already installed\n"));
            return 1;
        }
        match conflict(io.host, &package) {
            Some(Conflict::Architecture) => {
                io.err(format!(
                    "\tpackage {whole} is intended for a different architecture\n"
                ));
                return 1;
            }
            Some(Conflict::Needs(what)) => {
                io.err(format!(
                    "error: Failed dependencies:\n\t{what} is needed by {whole}\n"
                ));
                return 1;
            }
            None => {
                add(&package, io);
                io.out(format!("Updating / installing...\n   1:{whole}\n"));
            }
        }
    }
    0
}

/// A file's name as a path.
pub(super) fn as_path(name: &str) -> String {
    if name.contains('/') {
        name.to_owned()
    } else {
        format!("./{name}")
    }
}
