//! The system's own package repository: OpenSC, with `pkcs11-tool`.

use hsmlab_shell::process::Io;
use hsmlab_tool_software::OPENSC_VERSION as VERSION;

/// OpenSC. Guess: that Amazon Linux 2023 has it; Red Hat's and Ubuntu's releases do.
const OPENSC: &str = "opensc";
/// The program in that package.
const PROGRAM: &str = "pkcs11-tool";
/// The folder of that program.
const FOLDER: &str = "/usr/bin";

/// Installs a package by its name, which needs the Internet. Returns the exit status; `None`: the
/// repository does not have the package.
pub(super) fn install(name: &str, io: &mut Io<'_>) -> Option<i32> {
    if name != OPENSC {
        return None;
    }
    let debian = io.host.os.is_debian();
    let arch = super::builds::architecture_name(debian, io.host.architecture);
    if io.host.packages.contains(OPENSC) {
        io.out(if debian {
            format!("{OPENSC} is already the newest version ({VERSION}-1).\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n")
        } else {
            format!(
                "Package {OPENSC}-{VERSION}-1.{arch} is already installed.\nNothing to do.\nComplete!\n"
            )
        });
        return Some(0);
    }
    if !io.sys.has_internet(&io.host.id) {
        io.err(if debian {
            "E: Failed to fetch the package: Cannot initiate the connection to the repository\n"
        } else {
            "Error: Failed to download metadata for repo: Cannot download repomd.xml\n"
        });
        return Some(if debian { 100 } else { 1 });
    }
    io.host.packages.insert(OPENSC.to_owned());
    let now = io.sys.now();
    hsmlab_shell::image::install_file(io.host, FOLDER, PROGRAM, now);
    io.out(if debian {
        format!(
            "The following NEW packages will be installed:\n  {OPENSC}\n0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.\nSetting up {OPENSC} ({VERSION}-1) ...\n"
        )
    } else {
        format!(
            "Dependencies resolved.\n\nInstalling:\n {OPENSC}  {arch}  {VERSION}-1\n\nTransaction Summary\nInstall  1 Package\n\nRunning transaction\n  Installing : {OPENSC}-{VERSION}-1.{arch}  1/1\n\nInstalled:\n  {OPENSC}-{VERSION}-1.{arch}\n\nComplete!\n"
        )
    });
    Some(0)
}

/// Removes a package of the repository; true if it was installed.
pub(super) fn remove(name: &str, io: &mut Io<'_>) -> bool {
    let removed = name == OPENSC && io.host.packages.remove(OPENSC);
    if removed {
        let _ = io.host.fs.remove(&format!("{FOLDER}/{PROGRAM}"), "root");
        io.out(if io.host.os.is_debian() {
            format!("Removing {OPENSC} ({VERSION}-1) ...\n")
        } else {
            format!("Removed:\n  {OPENSC}-{VERSION}-1\n\nComplete!\n")
        });
    }
    removed
}
