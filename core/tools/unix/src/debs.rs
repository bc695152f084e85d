//! `apt` and `dpkg`: the package managers of Debian's family.

use super::packages::{
    Conflict, add, as_path, conflict, installed, list, named, open, release, remove,
};
use super::{builds, options, repository};
use hsmlab_shell::process::Io;

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
            io.out("Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n");
            for name in packages {
                let status = apt_install(name, io);
                if status != 0 {
                    return status;
                }
            }
            0
        }
        _ => {
            io.err("Usage: apt [options] command\n");
            1
        }
    }
}

fn apt_install(name: &str, io: &mut Io<'_>) -> i32 {
    if let Some(status) = repository::install(name, io) {
        return status;
    }
    let package = match open(name, true, io) {
        Ok(package) => package,
        Err(text) => {
            io.err(text);
            return 100;
        }
    };
    let (component, release, arch) = (
        package.component,
        release(&package),
        package.architecture.deb(),
    );
    let own = io.host.architecture.deb();
    let shown = if arch == own {
        component.to_owned()
    } else {
        format!("{component}:{arch}")
    };
    io.out(format!("Note, selecting '{shown}' instead of '{name}'\n"));
    if io.host.packages.contains(component) {
        io.out(format!(
            "{component} is already the newest version ({release}).\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n"
        ));
        return 0;
    }
    let new = format!(
        "The following NEW packages will be installed:\n  {shown}\n0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.\n"
    );
    match conflict(io.host, &package) {
        // Observed in issues of v4l2rtspserver and upbound/up.
        Some(Conflict::Architecture) => {
            io.out(new);
            let path = io.path(name);
            io.err(format!(
                "dpkg: error processing archive {path} (--unpack):\n package architecture ({arch}) does not match system ({own})\nErrors were encountered while processing:\n {path}\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n"
            ));
            100
        }
        Some(Conflict::Needs(what)) => {
            let text = if what.contains("installable") {
                what.to_owned()
            } else {
                format!("{what} but {} is to be installed", builds::libc(io.host.os))
            };
            io.out(format!(
                "Some packages could not be installed. This may mean that you have\nrequested an impossible situation or if you are using the unstable\ndistribution that some required packages have not yet been created\nor been moved out of Incoming.\nThe following information may help to resolve the situation:\n\nThe following packages have unmet dependencies:\n {component} : {text}\n"
            ));
            io.err("E: Unable to correct problems, you have held broken packages.\n");
            100
        }
        None => {
            add(&package, io);
            io.out(format!(
                "{new}Selecting previously unselected package {component}.\nPreparing to unpack {name} ...\nUnpacking {component} ({release}) ...\nSetting up {component} ({release}) ...\n"
            ));
            0
        }
    }
}

pub(super) fn dpkg(argv: &[String], io: &mut Io<'_>) -> i32 {
    if argv.iter().any(|word| word == "-l" || word == "--list") {
        for package in installed(io.host) {
            io.out(format!(
                "ii  {}  {}  {}\n",
                package.component,
                release(&package),
                package.architecture.deb()
            ));
        }
        return 0;
    }
    if io.login.user != "root" {
        io.err("dpkg: error: requested operation requires superuser privilege\n");
        return 2;
    }
    for name in named(argv) {
        let Ok(package) = open(&as_path(name), true, io) else {
            io.err(format!(
                "dpkg: error: cannot access archive '{name}': No such file or directory\n"
            ));
            return 2;
        };
        let (component, release) = (package.component, release(&package));
        match conflict(io.host, &package) {
            Some(Conflict::Architecture) => {
                io.err(format!(
                    "dpkg: error processing archive {name} (--install):\n package architecture ({}) does not match system ({})\nErrors were encountered while processing:\n {name}\n",
                    package.architecture.deb(),
                    io.host.architecture.deb()
                ));
                return 1;
            }
            Some(Conflict::Needs(what)) => {
                let what = what.strip_prefix("Depends: ").unwrap_or(what);
                let what = what
                    .strip_suffix(" but it is not installable")
                    .unwrap_or(what);
                io.err(format!(
                    "dpkg: dependency problems prevent configuration of {component}:\n {component} depends on {what}; however:\n  The system does not have it.\n\ndpkg: error processing package {component} (--install):\n dependency problems - leaving unconfigured\nErrors were encountered while processing:\n {component}\n"
                ));
                return 1;
            }
            None => {
                add(&package, io);
                io.out(format!(
                    "Selecting previously unselected package {component}.\nPreparing to unpack {name} ...\nUnpacking {component} ({release}) ...\nSetting up {component} ({release}) ...\n"
                ));
            }
        }
    }
    0
}
