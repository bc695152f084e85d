//! The support tools of Client SDK 5, `pkcs11_info` and its like: what AWS Support asks for, in one
//! archive (User Guide, "support-tool-sdk5").

use hsmlab_shell::fs::windows_path;
use hsmlab_shell::process::Io;

use super::places;
use crate::archive::{self, Entry};
use hsmlab_client::config::Logging;

/// Collects a component's configuration, logs, system and packages.
///
/// The guide names the contents, and `/tmp`. The archive's name on Linux, its folder and the logs in
/// it are as in Mozilla's notes on CloudHSM. Guess: the names of the other two files, the folder on
/// Windows, and what is printed.
pub(super) fn run(component: &str, argv: &[String], io: &mut Io<'_>) -> i32 {
    let program = format!("{component}_info");
    if let Some(option) = argv.get(1) {
        io.err(format!(
            "hsmlab: this lab's {program} has no options (‘{option}’)\n"
        ));
        return 1;
    }
    let name = format!("{component}-data");
    let path = format!("{}/{name}.tar.gz", folder(io));
    let entries = collect(component, &name, io);
    let Some(packed) = archive::pack(&entries) else {
        io.err(format!("hsmlab: {program} cannot store such long names\n"));
        return 1;
    };
    let now = io.sys.now();
    let shown = if io.host.os.is_windows() {
        io.host.fs.make_folders(&folder(io), &io.login.user, now);
        windows_path(&path)
    } else {
        path.clone()
    };
    match io.write_file(&path, archive::compress(&packed, now)) {
        Ok(()) => {
            io.out(format!("The support data is in {shown}\n"));
            0
        }
        Err(error) => {
            io.err(format!("{program}: {shown}: {}\n", error.text()));
            1
        }
    }
}

/// The folder of the archive.
fn folder(io: &Io<'_>) -> String {
    if io.host.os.is_windows() {
        format!("{}/AppData/Local/Temp", io.login.home())
    } else {
        "/tmp".to_owned()
    }
}

/// The archive's files.
fn collect(component: &str, name: &str, io: &Io<'_>) -> Vec<Entry> {
    let os = io.host.os;
    let now = io.sys.now();
    let entry = |file: &str, content: Option<Vec<u8>>, mode| Entry {
        path: format!("{name}/{file}"),
        content,
        mode,
        owner: io.login.user.clone(),
        modified: now,
    };
    let packages: Vec<&str> = io.host.packages.iter().map(String::as_str).collect();
    let mut all = vec![
        entry("", None, 0o755),
        entry("os.txt", Some(format!("{os:?}\n").into_bytes()), 0o644),
        entry(
            "packages.txt",
            Some((packages.join("\n") + "\n").into_bytes()),
            0o644,
        ),
    ];
    let config = places::kept(os, &places::config(os, component));
    if let Ok(bytes) = io.host.fs.read(&config, &io.login.user) {
        let file = format!("cloudhsm-{component}.cfg");
        all.push(entry(&file, Some(bytes.to_vec()), 0o644));
        all.extend(
            logs(&bytes, io)
                .into_iter()
                .map(|(file, bytes)| entry(&file, Some(bytes), 0o644)),
        );
    }
    all
}

/// The log files of a configuration: the names without their folder, and the bytes.
fn logs(config: &[u8], io: &Io<'_>) -> Vec<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(config);
    let Some(path) = Logging::parse(&text).and_then(|logging| logging.file) else {
        return Vec::new();
    };
    let path = places::kept(io.host.os, &path);
    let Some((folder, name)) = path.rsplit_once('/') else {
        return Vec::new();
    };
    let Ok(nodes) = io.host.fs.list(folder, &io.login.user) else {
        return Vec::new();
    };
    let files: Vec<String> = nodes
        .map(|(file, _)| file.to_owned())
        .filter(|file| {
            file.strip_prefix(name)
                .is_some_and(|ending| ending.is_empty() || ending.starts_with('.'))
        })
        .collect();
    files
        .into_iter()
        .filter_map(|file| {
            let path = format!("{folder}/{file}");
            let bytes = io.host.fs.read(&path, &io.login.user).ok()?;
            Some((file, bytes.to_vec()))
        })
        .collect()
}
