//! Programs on files and folders.

use super::options;
use hsmlab_shell::fs::{FsError, NodeKind};
use hsmlab_shell::process::Io;

pub(super) fn basename(argv: &[String], io: &mut Io<'_>) -> i32 {
    let Some(path) = argv.get(1) else {
        return missing("basename", io);
    };
    let name = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let name = argv
        .get(2)
        .and_then(|suffix| name.strip_suffix(suffix.as_str()))
        .unwrap_or(name);
    io.out(format!("{name}\n"));
    0
}

pub(super) fn dirname(argv: &[String], io: &mut Io<'_>) -> i32 {
    let Some(path) = argv.get(1) else {
        return missing("dirname", io);
    };
    let folder = match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    };
    io.out(format!("{folder}\n"));
    0
}

pub(super) fn chmod(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|w| !is_flag(w)).collect();
    let Some((mode, files)) = words.split_first().filter(|(_, files)| !files.is_empty()) else {
        return missing("chmod", io);
    };
    let mut status = 0;
    for file in files {
        let path = io.path(file);
        let old = io.host.fs.node(&path).map_or(0, |node| node.mode);
        let Some(new) = new_mode(mode, old) else {
            io.err(format!("chmod: invalid mode: ‘{mode}’\n"));
            return 1;
        };
        let user = io.login.user.clone();
        if let Err(error) = io.host.fs.set_mode(&path, new, &user) {
            io.err(match error {
                FsError::NotFound => format!("chmod: cannot access '{file}': {}\n", error.text()),
                _ => format!("chmod: changing permissions of '{file}': Operation not permitted\n"),
            });
            status = 1;
        }
    }
    status
}

/// Parses an octal mode, or symbolic clauses such as `u+x`, `go-r`, `a=r`.
fn new_mode(text: &str, old: u16) -> Option<u16> {
    if text.chars().all(|c| c.is_digit(8)) {
        return u16::from_str_radix(text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777);
    }
    let mut mode = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let operator = rest.chars().next()?;
        let mut bits = 0;
        for c in rest.chars().skip(1) {
            bits |= match c {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                _ => return None,
            };
        }
        let mut mask = 0;
        for c in if who.is_empty() { "a" } else { who }.chars() {
            mask |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        let spread = (bits | bits << 3 | bits << 6) & mask;
        mode = match operator {
            '+' => mode | spread,
            '-' => mode & !spread,
            _ => (mode & !mask) | spread,
        };
    }
    Some(mode)
}

fn is_flag(word: &str) -> bool {
    matches!(word, "-R" | "-v" | "-f")
}

pub(super) fn chown(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|w| !is_flag(w)).collect();
    let Some((owner, files)) = words.split_first().filter(|(_, files)| !files.is_empty()) else {
        return missing("chown", io);
    };
    let owner = owner.split(':').next().unwrap_or_default();
    let mut status = 0;
    for file in files {
        let path = io.path(file);
        let user = io.login.user.clone();
        if let Err(error) = io.host.fs.set_owner(&path, owner, &user) {
            io.err(match error {
                FsError::NotFound => format!("chown: cannot access '{file}': {}\n", error.text()),
                _ => format!("chown: changing ownership of '{file}': Operation not permitted\n"),
            });
            status = 1;
        }
    }
    status
}

pub(super) fn cp(argv: &[String], io: &mut Io<'_>) -> i32 {
    transfer("cp", argv, io, false)
}

pub(super) fn mv(argv: &[String], io: &mut Io<'_>) -> i32 {
    transfer("mv", argv, io, true)
}

fn transfer(name: &str, argv: &[String], io: &mut Io<'_>, moves: bool) -> i32 {
    let (_, _, words) = options(argv, "");
    let Some((target, sources)) = words
        .split_last()
        .filter(|(_, sources)| !sources.is_empty())
    else {
        io.err(format!(
            "{name}: missing file operand\nTry '{name} --help' for more information.\n"
        ));
        return 1;
    };
    let target_path = io.path(target);
    let into = io
        .host
        .fs
        .node(&target_path)
        .is_some_and(|node| node.kind == NodeKind::Folder);
    if sources.len() > 1 && !into {
        io.err(format!(
            "{name}: target '{target}': No such file or directory\n"
        ));
        return 1;
    }
    let mut status = 0;
    for source in sources {
        let from = io.path(source);
        let to = if into {
            format!(
                "{}/{}",
                target_path.trim_end_matches('/'),
                from.rsplit('/').next().unwrap_or_default()
            )
        } else {
            target_path.clone()
        };
        let user = io.login.user.clone();
        let bytes = match io.host.fs.read(&from, &user) {
            Ok(bytes) => bytes,
            Err(FsError::IsAFolder) => {
                io.err(format!(
                    "{name}: -r not specified; omitting directory '{source}'\n"
                ));
                status = 1;
                continue;
            }
            Err(error) => {
                io.err(format!(
                    "{name}: cannot stat '{source}': {}\n",
                    error.text()
                ));
                status = 1;
                continue;
            }
        };
        if from == to {
            io.err(format!(
                "{name}: '{source}' and '{target}' are the same file\n"
            ));
            status = 1;
            continue;
        }
        let mode = io.host.fs.node(&from).map_or(0o644, |node| node.mode);
        let now = io.sys.now();
        let existed = io.host.fs.exists(&to);
        if let Err(error) = io.host.fs.write(&to, bytes, &user, now) {
            io.err(format!(
                "{name}: cannot create regular file '{target}': {}\n",
                error.text()
            ));
            status = 1;
            continue;
        }
        if !existed {
            let _ = io.host.fs.set_mode(&to, mode, "root");
        }
        if moves && let Err(error) = io.host.fs.remove(&from, &user) {
            io.err(format!(
                "{name}: cannot remove '{source}': {}\n",
                error.text()
            ));
            status = 1;
        }
    }
    status
}

pub(super) fn ls(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, mut words) = options(argv, "");
    let (long, all, one) = (
        flags.contains('l'),
        flags.contains('a') || flags.contains('A'),
        flags.contains('1'),
    );
    if words.is_empty() {
        words.push(".");
    }
    let many = words.len() > 1;
    let mut status = 0;
    for word in &words {
        let path = io.path(word);
        let user = io.login.user.clone();
        let Some(node) = io.host.fs.node(&path) else {
            io.err(format!(
                "ls: cannot access '{word}': No such file or directory\n"
            ));
            status = 2;
            continue;
        };
        if node.kind != NodeKind::Folder || flags.contains('d') {
            let line = if long {
                long_line(word, node)
            } else {
                format!("{word}\n")
            };
            io.out(line);
            continue;
        }
        let listed = io.host.fs.list(&path, &user).map(|entries| {
            entries
                .filter(|(name, _)| all || !name.starts_with('.'))
                .map(|(name, node)| (name.to_owned(), long_line(name, node)))
                .collect::<Vec<(String, String)>>()
        });
        let entries = match listed {
            Ok(entries) => entries,
            Err(error) => {
                io.err(format!(
                    "ls: cannot open directory '{word}': {}\n",
                    error.text()
                ));
                status = 2;
                continue;
            }
        };
        if many {
            io.out(format!("{word}:\n"));
        }
        if long {
            io.out(format!("total {}\n", entries.len() * 4));
            for (_, line) in &entries {
                io.out(line);
            }
        } else if one || !io.tty {
            for (name, _) in &entries {
                io.out(format!("{name}\n"));
            }
        } else if !entries.is_empty() {
            let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
            io.out(format!("{}\n", names.join("  ")));
        }
    }
    status
}

/// Permission bits as `rwxr-xr-x`.
pub(super) fn mode_letters(mode: u16) -> String {
    let of = |shift: &u16| {
        let bits = mode >> shift;
        [(4, 'r'), (2, 'w'), (1, 'x')]
            .map(|(bit, letter)| if bits & bit != 0 { letter } else { '-' })
    };
    [6, 3, 0].iter().flat_map(of).collect()
}

fn long_line(name: &str, node: &hsmlab_shell::fs::Node) -> String {
    let (kind, size) = match &node.kind {
        NodeKind::Folder => ('d', 4096),
        NodeKind::File(bytes) => ('-', bytes.len()),
    };
    let bits = mode_letters(node.mode);
    let at = node.modified.to_utc();
    let month = &at.month().to_string()[..3];
    let owner = &node.owner;
    format!(
        "{kind}{bits}. 1 {owner} {owner} {size:>6} {month} {:>2} {:02}:{:02} {name}\n",
        at.day(),
        at.hour(),
        at.minute()
    )
}

pub(super) fn mkdir(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "m");
    if words.is_empty() {
        return missing("mkdir", io);
    }
    let mut status = 0;
    for word in words {
        let path = io.path(word);
        let (user, now) = (io.login.user.clone(), io.sys.now());
        let result = if flags.contains('p') {
            make_all(io, &path, &user, now)
        } else {
            io.host.fs.make_folder(&path, &user, now)
        };
        if let Err(error) = result {
            io.err(format!(
                "mkdir: cannot create directory ‘{word}’: {}\n",
                error.text()
            ));
            status = 1;
        }
    }
    status
}

/// Makes a folder and those above it, as far as they are not there.
pub(super) fn make_all(
    io: &mut Io<'_>,
    path: &str,
    user: &str,
    now: hsmlab_sim::SimTime,
) -> Result<(), FsError> {
    let mut at = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        at = format!("{at}/{part}");
        match io
            .host
            .fs
            .node(&at)
            .map(|node| node.kind == NodeKind::Folder)
        {
            Some(true) => {}
            Some(false) => return Err(FsError::NotAFolder),
            None => io.host.fs.make_folder(&at, user, now)?,
        }
    }
    Ok(())
}

pub(super) fn rm(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let (recursive, force) = (flags.contains(['r', 'R']), flags.contains('f'));
    if words.is_empty() && !force {
        return missing("rm", io);
    }
    let mut status = 0;
    for word in words {
        let path = io.path(word);
        let user = io.login.user.clone();
        let folder = io
            .host
            .fs
            .node(&path)
            .map(|node| node.kind == NodeKind::Folder);
        let result = match folder {
            None if force => Ok(()),
            Some(true) if !recursive => Err(FsError::IsAFolder),
            Some(true) => {
                let prefix = format!("{path}/");
                let mut below: Vec<String> = io
                    .host
                    .fs
                    .iter()
                    .map(|(path, _)| path.to_owned())
                    .filter(|path| path.starts_with(&prefix))
                    .collect();
                below.sort_by_key(|path| std::cmp::Reverse(path.len()));
                below
                    .iter()
                    .try_for_each(|path| io.host.fs.remove(path, &user))
                    .and_then(|()| io.host.fs.remove(&path, &user))
            }
            _ => io.host.fs.remove(&path, &user),
        };
        if let Err(error) = result {
            io.err(format!("rm: cannot remove '{word}': {}\n", error.text()));
            status = 1;
        }
    }
    status
}

pub(super) fn rmdir(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, _, words) = options(argv, "");
    let mut status = 0;
    for word in words {
        let path = io.path(word);
        let user = io.login.user.clone();
        let folder = io
            .host
            .fs
            .node(&path)
            .map(|node| node.kind == NodeKind::Folder);
        let result = if folder == Some(false) {
            Err(FsError::NotAFolder)
        } else {
            io.host.fs.remove(&path, &user)
        };
        if let Err(error) = result {
            io.err(format!(
                "rmdir: failed to remove '{word}': {}\n",
                error.text()
            ));
            status = 1;
        }
    }
    status
}

pub(super) fn stat(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, values, words) = options(argv, "c");
    let mut status = 0;
    for word in words {
        let path = io.path(word);
        let Some(node) = io.host.fs.node(&path) else {
            io.err(format!(
                "stat: cannot statx '{word}': No such file or directory\n"
            ));
            status = 1;
            continue;
        };
        let (size, kind) = match &node.kind {
            NodeKind::Folder => (4096, "directory"),
            NodeKind::File(bytes) => (bytes.len(), "regular file"),
        };
        let text = match values.first() {
            Some((_, format)) => format!(
                "{}\n",
                format
                    .replace("%s", &size.to_string())
                    .replace("%a", &format!("{:o}", node.mode))
                    .replace("%U", &node.owner)
                    .replace("%n", word)
            ),
            None => format!(
                "  File: {word}\n  Size: {size}\t{kind}\nAccess: ({:04o})  Uid: {}\nModify: {}\n",
                node.mode, node.owner, node.modified
            ),
        };
        io.out(text);
    }
    status
}

pub(super) fn touch(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, _, words) = options(argv, "");
    let mut status = 0;
    for word in words {
        let bytes = io
            .read_file(word)
            .map(|bytes| bytes.to_vec())
            .unwrap_or_default();
        if let Err(error) = io.write_file(word, bytes) {
            io.err(format!("touch: cannot touch '{word}': {}\n", error.text()));
            status = 1;
        }
    }
    status
}

pub(super) fn which(argv: &[String], io: &mut Io<'_>) -> i32 {
    let mut status = 0;
    for name in argv.iter().skip(1) {
        if let Some(path) = hsmlab_shell::lookup::on_path(io.host, io.login, name) {
            io.out(format!("{path}\n"));
        } else {
            let path = io.login.variable("PATH").unwrap_or_default().to_owned();
            io.err(format!("/usr/bin/which: no {name} in ({path})\n"));
            status = 1;
        }
    }
    status
}

fn missing(name: &str, io: &mut Io<'_>) -> i32 {
    io.err(format!(
        "{name}: missing operand\nTry '{name} --help' for more information.\n"
    ));
    1
}
