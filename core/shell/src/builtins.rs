//! Builtin commands of the shell: those that change the login, and logins on other hosts.

mod help;
pub mod names;
pub mod read;
pub mod ssh;

use self::names::{NAMES, NOT_OFFERED};
pub use self::ssh::ssh_check;
use super::Sys;
use super::fs::NodeKind;
use super::host::{Host, Login, ShellOptions};
use super::lookup;
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
    /// The prefix of messages: `-bash: `, or a script's name and line.
    pub voice: String,
    /// The user that `sudo` names, if any.
    pub user: Option<String>,
    /// True if standard input is a terminal.
    pub has_terminal: bool,
}

/// The result of a builtin.
pub enum Control {
    /// An exit status.
    Status(i32),
    /// The screen is cleared.
    Clear,
    /// The shell ends.
    End(i32),
    /// The function or sourced file ends.
    Return(i32),
    /// These variables (`NAME` or `NAME=VALUE`) become local to the function.
    Local(Vec<String>),
    /// A login of another user starts on this host, or runs a command.
    LogIn {
        /// The user.
        user: String,
        /// The command; `None`: a shell.
        command: Option<String>,
    },
    /// These commands run next.
    Source(Vec<Item>),
    /// A login starts on another host, or runs a command there.
    Remote {
        /// The host's id.
        host: String,
        /// The user.
        user: String,
        /// The command; `None`: a shell.
        command: Option<String>,
        /// True if the command reads standard input.
        reads: bool,
    },
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
        // Inside a loop, the compiler handles them; they never reach this point.
        "break" | "continue" => {
            status(
                shell,
                &format!("{name}: only meaningful in a `for', `while', or `until' loop"),
            );
            Control::Status(0)
        }
        "cd" => cd(arguments, shell),
        "clear" => Control::Clear,
        "command" | "type" => which(name, arguments, shell),
        "echo" => echo(arguments, shell),
        "exit" | "logout" => Control::End(
            arguments
                .first()
                .and_then(|text| text.parse().ok())
                .unwrap_or(shell.login.status),
        ),
        "eval" => match syntax::parse(&arguments.join(" ")) {
            Ok(list) => Control::Source(list),
            Err(error) => status(shell, &format!("eval: {}", syntax_message(&error))),
        },
        "explain" => explain(arguments, shell),
        "export" => export(arguments, shell),
        "false" => Control::Status(1),
        "help" => help::help(arguments, shell),
        "history" => history(arguments, shell),
        "local" => Control::Local(arguments.iter().map(|word| (*word).to_owned()).collect()),
        "return" => Control::Return(
            arguments
                .first()
                .and_then(|text| text.parse().ok())
                .unwrap_or(shell.login.status),
        ),
        "set" => set(arguments, shell),
        "shift" => shift(arguments, shell),
        "pwd" => {
            shell
                .out
                .extend_from_slice(format!("{}\n", shell.login.cwd).as_bytes());
            Control::Status(0)
        }
        "ssh" => ssh::ssh(arguments, shell),
        "su" => su(arguments, shell),
        "unset" => {
            for name in arguments.iter().filter(|name| !name.starts_with('-')) {
                shell.login.variables.remove(*name);
                shell.login.exported.remove(*name);
            }
            Control::Status(0)
        }
        "wait" => wait(shell),
        name if NOT_OFFERED.contains(&name) => {
            let text = format!("hsmlab: this lab's bash does not have {name}\n");
            shell.err.extend_from_slice(text.as_bytes());
            Control::Status(2)
        }
        _ => Control::Status(0),
    }
}

fn status(shell: &mut Shell<'_>, message: &str) -> Control {
    shell
        .err
        .extend_from_slice(format!("{}{message}\n", shell.voice).as_bytes());
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

/// Bash's message for a syntax error.
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

/// `history`: lists the typed lines; `history N` the last N; `history -c` clears them.
fn history(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let lines = shell.login.history.clone();
    let count = match arguments {
        [] => lines.len(),
        ["-c"] => {
            shell.login.history = std::rc::Rc::default();
            return Control::Status(0);
        }
        [count] if count.parse::<usize>().is_ok() => count.parse().unwrap_or(lines.len()),
        [option, ..] if option.starts_with('-') => {
            let text = format!("hsmlab: this lab's history does not have {option}\n");
            shell.err.extend_from_slice(text.as_bytes());
            return Control::Status(2);
        }
        [word, ..] => {
            return status(
                shell,
                &format!("history: {word}: numeric argument required"),
            );
        }
    };
    let first = lines.len().saturating_sub(count);
    for (at, line) in lines.iter().enumerate().skip(first) {
        let text = format!("{:>5}  {line}\n", at + 1);
        shell.out.extend_from_slice(text.as_bytes());
    }
    Control::Status(0)
}

/// `set`: options, the positional parameters, or the list of the variables.
fn set(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    if arguments.is_empty() {
        for (name, value) in &shell.login.variables {
            let text = format!("{name}={value}\n");
            shell.out.extend_from_slice(text.as_bytes());
        }
        return Control::Status(0);
    }
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let (on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            (Some("-"), _) => {
                positional(words.as_slice(), shell);
                break;
            }
            (Some(letters), _) => (true, letters),
            (_, Some(letters)) => (false, letters),
            _ => {
                let mut all = vec![*word];
                all.extend(words.as_slice());
                positional(&all, shell);
                break;
            }
        };
        for letter in letters.chars() {
            let letter = if letter == 'o' {
                words.next().and_then(|name| ShellOptions::letter(name))
            } else {
                Some(letter)
            };
            if !letter.is_some_and(|letter| shell.login.options.set(letter, on)) {
                let text = format!("hsmlab: this lab's set does not have {word}\n");
                shell.err.extend_from_slice(text.as_bytes());
                return Control::Status(2);
            }
        }
    }
    Control::Status(0)
}

/// Replaces `$1` and the parameters after it.
fn positional(words: &[&str], shell: &mut Shell<'_>) {
    shell.login.positional.truncate(1);
    let words = words.iter().map(|word| (*word).to_owned());
    shell.login.positional.extend(words);
}

fn shift(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let count = arguments.first().map_or(Ok(1), |word| word.parse());
    let Ok(count) = count else {
        return status(shell, "shift: numeric argument required");
    };
    let have = shell.login.positional.len().saturating_sub(1);
    if count > have {
        return Control::Status(1);
    }
    shell.login.positional.drain(1..=count);
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

/// Evaluates a condition. `-o` and `||` bind more loosely than `-a` and `&&`. Up to three words are
/// one condition, even if one of them looks like an operator (POSIX, test).
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
            hsmlab_sim::wildcard::matches_classes(right, left)
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
        [left, "=~", right] if name == "[[" => regex_lite::Regex::new(right)
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

/// `command -v`, `command -V` and `type`: reports what a name refers to.
fn which(command: &str, arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    let mut result = 0;
    let option = arguments.first().filter(|word| word.starts_with('-'));
    let terse = command == "command" && option == Some(&"-v");
    let (only_path, only_kind) = (option == Some(&"-p"), option == Some(&"-t"));
    for name in arguments.iter().filter(|name| !name.starts_with('-')) {
        let path = if name.contains('/') {
            let at = super::fs::resolve(&shell.login.cwd, &shell.login.home(), name);
            shell.host.fs.exists(&at).then(|| (*name).to_owned())
        } else {
            lookup::on_path(shell.host, shell.login, name)
        };
        let (kind, long, short) = if shell.login.functions.contains_key(*name) {
            (
                "function",
                format!("{name} is a function"),
                (*name).to_owned(),
            )
        } else if NAMES.contains(name) {
            let long = format!("{name} is a shell builtin");
            ("builtin", long, (*name).to_owned())
        } else if let Some(path) = path {
            ("file", format!("{name} is {path}"), path)
        } else {
            if !terse && !only_path && !only_kind {
                status(shell, &format!("{command}: {name}: not found"));
            }
            result = 1;
            continue;
        };
        let text = match (terse, only_path, only_kind) {
            (true, ..) => short,
            (_, true, _) if kind != "file" => continue,
            (_, true, _) => short,
            (_, _, true) => kind.to_owned(),
            _ => long,
        };
        shell.out.extend_from_slice(format!("{text}\n").as_bytes());
    }
    Control::Status(result)
}

/// `wait`: lets simulated time pass until nothing is in progress. (Bash's own `wait` waits for
/// background jobs; the lab's terminal has none.)
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

/// `explain`: shows the path of the last connection from this host, hop by hop; with an address and
/// a port, the path of a connection to them.
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
                b"explain: usage: explain [ADDRESS PORT]\nWithout an address: the last connection from this host.\n",
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
    let mut user = None;
    let mut command = None;
    let mut words = arguments.iter();
    while let Some(&word) = words.next() {
        match word {
            "-c" | "--command" => command = words.next().map(|text| (*text).to_owned()),
            "-" | "-l" | "--login" => {}
            word if word.starts_with('-') => {
                let text = format!("hsmlab: this lab's su does not have {word}\n");
                shell.err.extend_from_slice(text.as_bytes());
                return Control::Status(1);
            }
            word => user = Some(word),
        }
    }
    Control::LogIn {
        user: user.unwrap_or("root").to_owned(),
        command,
    }
}
