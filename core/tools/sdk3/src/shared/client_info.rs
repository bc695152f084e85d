//! `client_info`: collects the information that AWS Support asks for (User Guide of 2023,
//! "troubleshooting-log-collection-script").

use hsmlab_shell::process::{Io, Plain, Process};
use hsmlab_tool_software::daemon;

/// Creates the process.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Plain::new(argv.to_vec(), run, false))
}

/// Writes the information to a file. The guide names its content, and `/tmp` as the folder. Guess:
/// the file's name and the output.
fn run(_: &[String], io: &mut Io<'_>) -> i32 {
    let mut text = format!("System: {:?}\n", io.host.os);
    let packages: Vec<&str> = io.host.packages.iter().map(String::as_str).collect();
    text += &format!("Packages: {}\n", packages.join(" "));
    for path in [
        "/opt/cloudhsm/etc/cloudhsm_client.cfg",
        "/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg",
        "/opt/cloudhsm/etc/application.cfg",
        "/opt/cloudhsm/daemon/1/cluster.info",
    ] {
        let Ok(bytes) = io.host.fs.read(path, "root") else {
            continue;
        };
        text += &format!("\n== {path}\n{}", String::from_utf8_lossy(&bytes));
    }
    if let Some(service) = io.host.services.get(daemon::SERVICE) {
        text += &format!("\n== {}\n", daemon::SERVICE);
        for (at, line) in &service.log {
            text += &format!("{at} {line}\n");
        }
    }
    let path = format!("/tmp/client_info_{}.txt", io.sys.now().unix_seconds());
    match io.write_file(&path, text.into_bytes()) {
        Ok(()) => {
            io.out(format!("The information is in {path}\n"));
            0
        }
        Err(error) => {
            io.err(format!("client_info: {path}: {}\n", error.text()));
            1
        }
    }
}
