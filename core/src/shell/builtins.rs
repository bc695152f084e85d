//! What the shell does itself: commands that change the login, and logins on other hosts.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::Sys;
use super::fs::NodeKind;
use super::host::{Host, Login};
use super::syntax::{self, Item, SyntaxError};

/// The shell's own state, as a builtin may use it.
pub struct Shell<'a> {
    /// The host.
    pub host: &'a mut Host,
    /// The login.
    pub login: &'a mut Login,
    /// The world outside.
    pub sys: &'a mut dyn Sys,
    /// Standard output.
    pub out: &'a mut Vec<u8>,
    /// Standard error.
    pub err: &'a mut Vec<u8>,
    /// What was piped in.
    pub input: &'a mut Option<VecDeque<u8>>,
    /// Whether a person types.
    pub interactive: bool,
}

/// What a builtin leads to.
pub enum Control {
    /// An exit status.
    Status(i32),
    /// The screen is cleared.
    Clear,
    /// The shell ends.
    End(i32),
    /// A login is put on top.
    LogIn {
        /// The host's id.
        host: String,
        /// The user.
        user: String,
    },
    /// These commands run next.
    Source(Vec<Item>),
    /// These commands run on another host.
    Remote {
        /// The host's id.
        host: String,
        /// The user.
        user: String,
        /// The commands.
        list: Vec<Item>,
    },
}

/// The names of the builtins.
pub const NAMES: [&str; 26] = [
    ".", ":", "[", "[[", "break", "cd", "clear", "command", "continue", "echo", "exit", "explain",
    "export", "false", "logout", "pwd", "read", "set", "source", "ssh", "test", "true", "type",
    "umask", "unset", "wait",
];

/// Whether the shell does this itself.
#[must_use]
pub fn is_builtin(name: &str) -> bool {
    NAMES.contains(&name) || name == "su"
}

/// Runs a builtin.
pub fn run(argv: &[String], shell: &mut Shell<'_>) -> Control {
    let words: Vec<&str> = argv.iter().map(String::as_str).collect();
    let Some((&name, arguments)) = words.split_first() else {
        return Control::Status(0);
    };
    match name {
        "." | "source" => source(arguments, shell),
        "[" | "[[" | "test" => test(name, arguments, shell),
        // Inside a loop they never come here.
        "break" | "continue" => {
            status(
                shell,
                &format!("{name}: only meaningful in a `for', `while', or `until' loop"),
            );
            Control::Status(0)
        }
        "cd" => cd(arguments, shell),
        "clear" => Control::Clear,
        "command" | "type" => which(arguments, shell),
        "echo" => echo(arguments, shell),
        "exit" | "logout" => Control::End(
            arguments
                .first()
                .and_then(|text| text.parse().ok())
                .unwrap_or(shell.login.status),
        ),
        "explain" => explain(arguments, shell),
        "export" => export(arguments, shell),
        "false" => Control::Status(1),
        "pwd" => {
            shell
                .out
                .extend_from_slice(format!("{}\n", shell.login.cwd).as_bytes());
            Control::Status(0)
        }
        "read" => read(arguments, shell),
        "ssh" => ssh(arguments, shell),
        "su" => su(arguments, shell),
        "unset" => {
            for name in arguments.iter().filter(|name| !name.starts_with('-')) {
                shell.login.variables.remove(*name);
                shell.login.exported.remove(*name);
            }
            Control::Status(0)
        }
        "wait" => wait(shell),
        _ => Control::Status(0),
    }
}

/// Takes `sudo` off a command: the rest runs as root (or as `-u USER`).
///
/// # Errors
/// sudo's own complaint.
pub fn strip_sudo(argv: &mut Vec<String>, login: &mut Login, host: &Host) -> Result<(), String> {
    if argv.first().map(String::as_str) != Some("sudo") {
        return Ok(());
    }
    let mut user = "root".to_owned();
    let mut shell = false;
    argv.remove(0);
    while let Some(option) = argv.first().filter(|word| word.starts_with('-')).cloned() {
        argv.remove(0);
        match option.as_str() {
            "-u" if !argv.is_empty() => user = argv.remove(0),
            "-i" | "-s" => shell = true,
            "-E" | "-H" | "-n" | "--" => {}
            other => {
                return Err(format!(
                    "sudo: invalid option -- '{}'",
                    other.trim_start_matches('-')
                ));
            }
        }
    }
    while let Some((name, value)) = argv.first().and_then(|word| word.split_once('=')) {
        login.variables.insert(name.to_owned(), value.to_owned());
        argv.remove(0);
    }
    if user != "root" && user != host.login {
        return Err(format!("sudo: unknown user {user}"));
    }
    login.user.clone_from(&user);
    login.variables.insert("USER".into(), user.clone());
    if argv.is_empty() {
        if !shell {
            return Err("usage: sudo [-u user] command".into());
        }
        *argv = vec!["su".into(), "-".into(), user];
    } else if argv.first().map(String::as_str) == Some("su") && argv.len() <= 2 {
        *argv = vec!["su".into(), "-".into(), user];
    }
    Ok(())
}

fn status(shell: &mut Shell<'_>, message: &str) -> Control {
    shell
        .err
        .extend_from_slice(format!("-bash: {message}\n").as_bytes());
    Control::Status(1)
}

fn source(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let Some(name) = arguments.first() else {
        return status(shell, "source: filename argument required");
    };
    let path = super::fs::resolve(&shell.login.cwd, &shell.login.home(), name);
    match shell.host.fs.read(&path, &shell.login.user) {
        Ok(bytes) => match syntax::parse(&String::from_utf8_lossy(&bytes)) {
            Ok(list) => Control::Source(list),
            Err(error) => status(shell, &format!("{name}: {}", syntax_message(&error))),
        },
        Err(error) => status(shell, &format!("{name}: {}", error.text())),
    }
}

/// Bash's words for a syntax error.
#[must_use]
pub fn syntax_message(error: &SyntaxError) -> String {
    match error {
        SyntaxError::Incomplete => "syntax error: unexpected end of file".into(),
        SyntaxError::Unexpected(token) => format!("syntax error near unexpected token `{token}'"),
        SyntaxError::TooDeep => "the command nests too deeply".into(),
    }
}

fn cd(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let home = shell.login.home();
    let previous = shell.login.variable("OLDPWD").unwrap_or("/").to_owned();
    let target = match arguments.first() {
        None => home.clone(),
        Some(&"-") => previous,
        Some(path) => (*path).to_owned(),
    };
    let path = super::fs::resolve(&shell.login.cwd, &home, &target);
    match shell.host.fs.list(&path, &shell.login.user).map(|_| ()) {
        Ok(()) => {
            let old = std::mem::replace(&mut shell.login.cwd, path);
            shell.login.variables.insert("OLDPWD".into(), old);
            Control::Status(0)
        }
        Err(error) => status(shell, &format!("cd: {target}: {}", error.text())),
    }
}

fn echo(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let (mut newline, mut escapes, mut rest) = (true, false, arguments);
    while let Some((&flag, after)) = rest.split_first() {
        match flag {
            "-n" => newline = false,
            "-e" => escapes = true,
            "-ne" | "-en" => (newline, escapes) = (false, true),
            _ => break,
        }
        rest = after;
    }
    let mut text = rest.join(" ");
    if escapes {
        text = text
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("\\\\", "\\");
    }
    if newline {
        text.push('\n');
    }
    shell.out.extend_from_slice(text.as_bytes());
    Control::Status(0)
}

fn export(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    if arguments.is_empty() || arguments == ["-p"] {
        for name in &shell.login.exported {
            let value = shell
                .login
                .variables
                .get(name)
                .map(String::as_str)
                .unwrap_or_default();
            shell
                .out
                .extend_from_slice(format!("declare -x {name}=\"{value}\"\n").as_bytes());
        }
        return Control::Status(0);
    }
    for argument in arguments {
        let (name, value) = argument
            .split_once('=')
            .map_or((*argument, None), |(n, v)| (n, Some(v)));
        let valid = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !valid {
            return status(
                shell,
                &format!("export: `{argument}': not a valid identifier"),
            );
        }
        if let Some(value) = value {
            shell
                .login
                .variables
                .insert(name.to_owned(), value.to_owned());
        }
        shell.login.exported.insert(name.to_owned());
    }
    Control::Status(0)
}

fn read(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let names: Vec<&&str> = arguments
        .iter()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let Some(input) = shell.input.as_mut().filter(|input| !input.is_empty()) else {
        return Control::Status(1);
    };
    let mut line = Vec::new();
    while let Some(byte) = input.pop_front() {
        if byte == b'\n' {
            break;
        }
        line.push(byte);
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    let mut words = line.split_whitespace();
    for (index, name) in names.iter().enumerate() {
        let value = if index + 1 == names.len() {
            words.by_ref().collect::<Vec<_>>().join(" ")
        } else {
            words.next().unwrap_or_default().to_owned()
        };
        shell.login.variables.insert((**name).to_owned(), value);
    }
    Control::Status(0)
}

fn test(name: &str, arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let mut arguments = arguments.to_vec();
    let end = match name {
        "[" => Some("]"),
        "[[" => Some("]]"),
        _ => None,
    };
    if let Some(end) = end
        && arguments.pop() != Some(end)
    {
        status(shell, &format!("{name}: missing `{end}'"));
        return Control::Status(2);
    }
    match holds(name, &arguments, shell) {
        Ok(holds) => Control::Status(i32::from(!holds)),
        Err(message) => {
            status(shell, &format!("{name}: {message}"));
            Control::Status(2)
        }
    }
}

/// Whether a condition holds. `-o` and `||` join more loosely than `-a` and `&&`; up to three words
/// are one condition, whatever they look like (POSIX, test).
fn holds(name: &str, arguments: &[&str], shell: &Shell<'_>) -> Result<bool, String> {
    let joint = if name == "[[" { "||" } else { "-o" };
    if arguments.len() > 3 && arguments.contains(&joint) {
        for part in arguments.split(|word| *word == joint) {
            if condition(name, part, shell)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    condition(name, arguments, shell)
}

fn condition(name: &str, arguments: &[&str], shell: &Shell<'_>) -> Result<bool, String> {
    let joint = if name == "[[" { "&&" } else { "-a" };
    if arguments.len() > 3 && arguments.contains(&joint) {
        for part in arguments.split(|word| *word == joint) {
            if !condition(name, part, shell)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if let ["!", rest @ ..] = arguments
        && !rest.is_empty()
    {
        return condition(name, rest, shell).map(|holds| !holds);
    }
    let path = |name: &str| super::fs::resolve(&shell.login.cwd, &shell.login.home(), name);
    let node = |name: &str| shell.host.fs.node(&path(name));
    let number = |text: &str| text.trim().parse::<i64>();
    let equal = |left: &str, right: &str| {
        if name == "[[" {
            super::expand::matches(right, left)
        } else {
            left == right
        }
    };
    match arguments {
        [] => Ok(false),
        [text] | ["-n", text] => Ok(!text.is_empty()),
        ["-z", text] => Ok(text.is_empty()),
        ["-f", name] => Ok(node(name).is_some_and(|node| node.kind != NodeKind::Folder)),
        ["-d", name] => Ok(node(name).is_some_and(|node| node.kind == NodeKind::Folder)),
        ["-s", name] => Ok(
            matches!(node(name).map(|node| &node.kind), Some(NodeKind::File(bytes)) if !bytes.is_empty()),
        ),
        ["-e" | "-r" | "-x" | "-w", name] => Ok(node(name).is_some()),
        [left, "=" | "==", right] => Ok(equal(left, right)),
        [left, "!=", right] => Ok(!equal(left, right)),
        [left, "=~", right] if name == "[[" => regex::Regex::new(right)
            .map(|pattern| pattern.is_match(left))
            .map_err(|_| format!("{right}: invalid regular expression")),
        [
            left,
            operator @ ("-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge"),
            right,
        ] => match (number(left), number(right)) {
            (Ok(left), Ok(right)) => Ok(match *operator {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                _ => left >= right,
            }),
            (Err(_), _) => Err(format!("{left}: integer expression expected")),
            _ => Err(format!("{right}: integer expression expected")),
        },
        [_, operator, _] => Err(format!("{operator}: binary operator expected")),
        [operator, _] => Err(format!("{operator}: unary operator expected")),
        _ => Err("too many arguments".into()),
    }
}

fn which(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let mut result = 0;
    for name in arguments.iter().filter(|name| !name.starts_with('-')) {
        if is_builtin(name) {
            shell
                .out
                .extend_from_slice(format!("{name} is a shell builtin\n").as_bytes());
        } else if let Some(path) = super::programs::locate(shell.host, shell.login, name) {
            shell
                .out
                .extend_from_slice(format!("{name} is {path}\n").as_bytes());
        } else {
            status(shell, &format!("type: {name}: not found"));
            result = 1;
        }
    }
    Control::Status(result)
}

/// `wait`: lets simulated time pass until nothing is in progress. (Bash's own `wait` waits for
/// background jobs, of which a lab's terminal has none.)
fn wait(shell: &mut Shell<'_>) -> Control {
    const TURNS_MAX: usize = 1000;
    for _ in 0..TURNS_MAX {
        let Some((at, what)) = shell.sys.next_change() else {
            break;
        };
        let now = shell.sys.now();
        shell.sys.sleep(at.since(now));
        let clock = shell.sys.now().to_utc();
        let line = format!(
            "{:02}:{:02}:{:02}  {what}\n",
            clock.hour(),
            clock.minute(),
            clock.second()
        );
        shell.out.extend_from_slice(line.as_bytes());
    }
    Control::Status(0)
}

/// `explain`: the way that the last connection from this host took, hop by hop; with an address and a
/// port, the way that a connection there would take.
fn explain(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let explained = match arguments {
        [] => shell.sys.last_reach(&shell.host.id),
        [address, port] if let (Ok(address), Ok(port)) = (address.parse(), port.parse()) => Some((
            address,
            port,
            shell.sys.reach(&shell.host.id, address, port),
        )),
        _ => {
            shell.err.extend_from_slice(
                b"explain: usage: explain [ADDRESS PORT]\nWithout an address: the last connection that was tried from here.\n",
            );
            return Control::Status(2);
        }
    };
    let Some((address, port, reach)) = explained else {
        shell
            .out
            .extend_from_slice(b"No connection has been tried from this host yet.\n");
        return Control::Status(1);
    };
    let verdict = if reach.reachable {
        "can be made"
    } else {
        "is refused"
    };
    let mut text = format!("The connection to {address} port {port} {verdict}:\n");
    for hop in &reach.hops {
        let mark = if hop.allows { "ok     " } else { "refused" };
        text.push_str(&format!("  {mark}  {}  {}\n", hop.id, hop.why));
    }
    shell.out.extend_from_slice(text.as_bytes());
    Control::Status(i32::from(!reach.reachable))
}

fn su(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let user = arguments
        .iter()
        .find(|word| !word.starts_with('-'))
        .copied()
        .unwrap_or("root");
    let _ = &shell.login.user;
    Control::LogIn {
        host: shell.host.id.clone(),
        user: user.to_owned(),
    }
}

/// The port of SSH (RFC 4253, section 4.1).
const SSH_PORT: u16 = 22;

fn ssh(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let mut key = None;
    let mut target = None;
    let mut command: Vec<&str> = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "-i" => key = words.next().copied(),
            "-o" | "-p" | "-l" => {
                words.next();
            }
            word if word.starts_with('-') && target.is_none() => {}
            word if target.is_none() => target = Some(word),
            word => command.push(word),
        }
    }
    let Some(target) = target else {
        shell
            .err
            .extend_from_slice(b"usage: ssh [-i identity_file] destination [command]\n");
        return Control::Status(255);
    };
    let (user, address) = target.split_once('@').unwrap_or(("", target));
    let user = if user.is_empty() {
        shell.login.user.clone()
    } else {
        user.to_owned()
    };
    let user = user.as_str();
    match ssh_check(key, user, address, shell) {
        Ok(host) if command.is_empty() && shell.interactive => Control::LogIn {
            host,
            user: user.to_owned(),
        },
        Ok(host) if command.is_empty() => {
            let _ = host;
            Control::Status(0)
        }
        Ok(host) => match syntax::parse(&command.join(" ")) {
            Ok(list) => Control::Remote {
                host,
                user: user.to_owned(),
                list,
            },
            Err(error) => status(shell, &syntax_message(&error)),
        },
        Err(message) => {
            shell
                .err
                .extend_from_slice(format!("{message}\n").as_bytes());
            Control::Status(255)
        }
    }
}

/// Whether an SSH login can be had: network, host, user and key.
///
/// # Errors
/// OpenSSH's words.
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
        Err(crate::client::LinkError::TimedOut) => {
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
        let path = super::fs::resolve(&shell.login.cwd, &shell.login.home(), name);
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
