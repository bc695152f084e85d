//! `ssh`: a login on another host, or commands that run there.

use std::net::IpAddr;

use super::{Control, Shell};

/// The port of SSH (RFC 4253, section 4.1).
const SSH_PORT: u16 = 22;

/// The parsed command line of `ssh` (OpenSSH, ssh(1)).
#[derive(Default)]
struct Options<'a> {
    key: Option<&'a str>,
    user: Option<&'a str>,
    target: Option<&'a str>,
    command: Vec<&'a str>,
    /// `-n`: standard input is not read.
    deaf: bool,
    /// `-T` or `-t`: no warning about a missing terminal.
    settled: bool,
    quiet: bool,
}

/// Parses the command line.
///
/// # Errors
/// A message that the lab does not have an option, or ssh's usage.
fn options<'a>(arguments: &[&'a str]) -> Result<Options<'a>, String> {
    let mut options = Options::default();
    let mut words = arguments.iter();
    while let Some(&word) = words.next() {
        if options.target.is_some() {
            options.command.push(word);
            continue;
        }
        let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
            options.target = Some(word);
            continue;
        };
        for (at, letter) in letters.char_indices() {
            let mut value = || {
                let rest = &letters[at + letter.len_utf8()..];
                if rest.is_empty() {
                    words.next().copied()
                } else {
                    Some(rest)
                }
            };
            match letter {
                'i' => options.key = value(),
                'l' => options.user = value(),
                // The lab knows each host's key, and its servers listen on port 22 only.
                'o' => drop(value()),
                'p' => {
                    if value() != Some("22") {
                        return Err("hsmlab: the lab's ssh servers listen only on port 22".into());
                    }
                }
                'n' => options.deaf = true,
                'T' | 't' => options.settled = true,
                'q' => options.quiet = true,
                // Accepted without effect: no forwarding of an agent or of X11, IPv4, no
                // compression.
                'a' | 'x' | '4' | 'C' => {}
                'v' | 'A' | 'X' => {
                    return Err(format!("hsmlab: this lab's ssh does not have -{letter}"));
                }
                'L' | 'R' | 'D' | 'N' | 'f' | 'W' | 'J' => {
                    return Err(format!(
                        "hsmlab: this lab's ssh does not have tunnels (-{letter})"
                    ));
                }
                _ => return Err(format!("unknown option -- {letter}\n{USAGE}")),
            }
            if matches!(letter, 'i' | 'l' | 'o' | 'p') {
                break;
            }
        }
    }
    if options.target.is_none() {
        return Err(USAGE.into());
    }
    Ok(options)
}

const USAGE: &str = "usage: ssh [-nqTt] [-i identity_file] [-l login_name] [-o option] [-p port] destination [command]";

/// Runs `ssh`.
pub(super) fn ssh(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let options = match options(arguments) {
        Ok(options) => options,
        Err(message) => return fail(&message, shell),
    };
    let target = options.target.unwrap_or_default();
    let target = target.strip_prefix("ssh://").unwrap_or(target);
    let (named, address) = match target.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, target),
    };
    let user = named.or(options.user).map_or_else(
        || {
            let user = shell.user.as_deref();
            user.unwrap_or(&shell.login.user).to_owned()
        },
        str::to_owned,
    );
    match ssh_check(options.key, &user, address, shell) {
        Ok(host) => {
            let command = (!options.command.is_empty()).then(|| options.command.join(" "));
            if command.is_none() && !shell.has_terminal && !options.settled && !options.quiet {
                shell.err.extend_from_slice(
                    b"Pseudo-terminal will not be allocated because stdin is not a terminal.\n",
                );
            }
            Control::Remote {
                host,
                user,
                command,
                reads: !options.deaf,
            }
        }
        Err(message) => fail(&message, shell),
    }
}

fn fail(message: &str, shell: &mut Shell<'_>) -> Control {
    shell
        .err
        .extend_from_slice(format!("{message}\n").as_bytes());
    Control::Status(255)
}

/// Checks whether an SSH login is possible: network, host, user and key. Returns the host's id.
///
/// # Errors
/// OpenSSH's message.
pub fn ssh_check(
    key: Option<&str>,
    user: &str,
    address: &str,
    shell: &mut Shell<'_>,
) -> Result<String, String> {
    let ip: IpAddr = address.parse().map_err(|_| {
        format!("ssh: Could not resolve hostname {address}: Name or service not known")
    })?;
    let here = shell.host.id.clone();
    let connected = {
        let mut link = shell.sys.link(&here);
        let connected = link.connect(ip, SSH_PORT);
        if let Ok(connection) = connected {
            link.close(connection);
        }
        connected
    };
    match connected {
        Ok(_) => {}
        Err(hsmlab_client::LinkError::TimedOut) => {
            return Err(format!(
                "ssh: connect to host {address} port 22: Connection timed out"
            ));
        }
        Err(_) => {
            return Err(format!(
                "ssh: connect to host {address} port 22: Connection refused"
            ));
        }
    }
    let host = shell
        .sys
        .host_at(&here, ip)
        .ok_or_else(|| format!("ssh: connect to host {address} port 22: Connection refused"))?;
    let mut material = String::new();
    if let Some(name) = key {
        let path = crate::fs::resolve(&shell.login.cwd, &shell.login.home(), name);
        match shell.host.fs.read(&path, &shell.login.user) {
            Ok(bytes) => {
                let mode = shell.host.fs.node(&path).map_or(0o600, |node| node.mode);
                if mode & 0o077 != 0 {
                    return Err(format!(
                        "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
                         @         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n\
                         @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n\
                         Permissions {mode:04o} for '{name}' are too open.\n\
                         It is required that your private key files are NOT accessible by others.\n\
                         This private key will be ignored.\n\
                         Load key \"{name}\": bad permissions\n\
                         {user}@{address}: Permission denied (publickey,gssapi-keyex,gssapi-with-mic)."
                    ));
                }
                material = String::from_utf8_lossy(&bytes).into_owned();
            }
            Err(error) => {
                let warning = format!(
                    "Warning: Identity file {name} not accessible: {}.\n",
                    error.text()
                );
                shell.err.extend_from_slice(warning.as_bytes());
            }
        }
    }
    if shell.sys.accepts_login(&host, user, &material) {
        Ok(host)
    } else {
        Err(format!(
            "{user}@{address}: Permission denied (publickey,gssapi-keyex,gssapi-with-mic)."
        ))
    }
}
