//! `tar`, as GNU tar 1.34 (its manual; the messages are those of the program).

use std::collections::BTreeSet;

use super::files::{make_all, mode_letters};
use hsmlab_shell::fs::NodeKind;
use hsmlab_shell::process::Io;
use hsmlab_tool_software::archive::{self, Entry};

const FATAL: &str = "tar: Error is not recoverable: exiting now\n";
const FAILED: &str = "tar: Exiting with failure status due to previous errors\n";

/// What the command line asks for.
#[derive(Default)]
struct Order<'a> {
    /// `c`, `x` or `t`.
    action: Option<char>,
    compressed: bool,
    verbose: bool,
    to_stdout: bool,
    keep_slash: bool,
    file: Option<&'a str>,
    folder: Option<&'a str>,
    members: Vec<&'a str>,
}

impl<'a> Order<'a> {
    /// Reads the command line. The first word may lack its `-`, and its options then take their
    /// values from the next words.
    fn read(argv: &'a [String]) -> Result<Self, String> {
        let mut order = Self::default();
        let mut words = argv.iter().skip(1).map(String::as_str);
        let mut first = true;
        while let Some(word) = words.next() {
            let old = first && !word.starts_with('-');
            first = false;
            if let Some(long) = word.strip_prefix("--") {
                order.long(long, &mut words)?;
            } else if old {
                for letter in word.chars() {
                    let value =
                        matches!(letter, 'f' | 'C').then(|| words.next().unwrap_or_default());
                    order.letter(letter, value)?;
                }
            } else if let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                order.letters(letters, &mut words)?;
            } else {
                order.members.push(word);
            }
        }
        Ok(order)
    }

    fn letters(
        &mut self,
        letters: &'a str,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        for (at, letter) in letters.char_indices() {
            if matches!(letter, 'f' | 'C') {
                let rest = &letters[at + 1..];
                let value = if rest.is_empty() {
                    words.next()
                } else {
                    Some(rest)
                };
                return self.letter(letter, value);
            }
            self.letter(letter, None)?;
        }
        Ok(())
    }

    fn long(
        &mut self,
        word: &'a str,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), String> {
        let (name, value) = word
            .split_once('=')
            .map_or((word, None), |(name, value)| (name, Some(value)));
        let letter = match name {
            "create" => 'c',
            "extract" | "get" => 'x',
            "list" => 't',
            "gzip" | "gunzip" | "ungzip" => 'z',
            "verbose" => 'v',
            "to-stdout" => 'O',
            "absolute-names" => 'P',
            "file" => 'f',
            "directory" => 'C',
            _ => return Err(format!("hsmlab: this lab's tar does not have --{name}\n")),
        };
        let value = match letter {
            'f' | 'C' => value.or_else(|| words.next()),
            _ => None,
        };
        self.letter(letter, value)
    }

    fn letter(&mut self, letter: char, value: Option<&'a str>) -> Result<(), String> {
        match letter {
            'c' | 'x' | 't' if self.action.is_some_and(|earlier| earlier != letter) => {
                return Err(
                    "tar: You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' \
                     option\nTry 'tar --help' or 'tar --usage' for more information.\n"
                        .to_owned(),
                );
            }
            'c' | 'x' | 't' => self.action = Some(letter),
            'z' => self.compressed = true,
            'v' => self.verbose = true,
            'O' => self.to_stdout = true,
            'P' => self.keep_slash = true,
            // Extraction keeps the modes anyhow.
            'p' => {}
            'f' | 'C' if value.is_none_or(str::is_empty) => {
                return Err(format!(
                    "tar: option requires an argument -- '{letter}'\nTry 'tar --help' or 'tar --usage' \
                     for more information.\n"
                ));
            }
            'f' => self.file = value,
            'C' => self.folder = value,
            _ => return Err(format!("hsmlab: this lab's tar does not have -{letter}\n")),
        }
        Ok(())
    }

    /// The path of a member, on the host.
    fn path(&self, member: &str, io: &Io<'_>) -> String {
        match self.folder {
            Some(folder) if !member.starts_with('/') => io.path(&format!("{folder}/{member}")),
            _ => io.path(member),
        }
    }
}

/// `tar`.
pub(super) fn tar(argv: &[String], io: &mut Io<'_>) -> i32 {
    let order = match Order::read(argv) {
        Ok(order) => order,
        Err(text) => {
            io.err(text);
            return 2;
        }
    };
    let folder = order.folder.map(|folder| (folder, io.path(folder)));
    if let Some((name, path)) = folder
        && io.host.fs.list(&path, &io.login.user).is_err()
    {
        io.err(format!(
            "tar: {name}: Cannot open: No such file or directory\n{FATAL}"
        ));
        return 2;
    }
    match order.action {
        Some('c') => create(&order, io),
        Some(_) => read(&order, io),
        None => {
            io.err(
                "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n\
                 Try 'tar --help' or 'tar --usage' for more information.\n",
            );
            2
        }
    }
}

fn create(order: &Order<'_>, io: &mut Io<'_>) -> i32 {
    if order.members.is_empty() {
        io.err(
            "tar: Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for \
             more information.\n",
        );
        return 2;
    }
    let (mut all, mut failed, mut warned) = (Vec::new(), false, false);
    for member in &order.members {
        let name = member.trim_end_matches('/');
        let stored = if order.keep_slash {
            name
        } else {
            name.trim_start_matches('/')
        };
        if stored != name && !warned {
            warned = true;
            io.err("tar: Removing leading `/' from member names\n");
        }
        failed |= !add(&order.path(name, io), stored, &mut all, io);
    }
    let Some(mut bytes) = archive::pack(&all) else {
        io.err("hsmlab: this lab's tar cannot store such a long name\n");
        return 2;
    };
    if order.compressed {
        bytes = archive::compress(&bytes, io.sys.now());
    }
    let to_stdout = order.file.is_none_or(|file| file == "-");
    if order.verbose {
        let names: String = all
            .iter()
            .map(|entry| format!("{}\n", entry.path))
            .collect();
        if to_stdout {
            io.err(names)
        } else {
            io.out(names)
        }
    }
    if let Some(file) = order.file.filter(|_| !to_stdout) {
        if let Err(error) = io.write_file(file, bytes) {
            io.err(format!(
                "tar: {file}: Cannot open: {}\n{FATAL}",
                error.text()
            ));
            return 2;
        }
    } else {
        io.stdout.extend_from_slice(&bytes);
    }
    if failed {
        io.err(FAILED);
    }
    if failed { 2 } else { 0 }
}

/// Adds a file, or a folder with all that is in it; false if something could not be read.
fn add(path: &str, stored: &str, all: &mut Vec<Entry>, io: &mut Io<'_>) -> bool {
    let Some(node) = io.host.fs.node(path).cloned() else {
        io.err(format!(
            "tar: {stored}: Cannot stat: No such file or directory\n"
        ));
        return false;
    };
    let entry = |path: String, content| Entry {
        path,
        content,
        mode: node.mode,
        owner: node.owner.clone(),
        modified: node.modified,
    };
    let user = io.login.user.clone();
    if node.kind != NodeKind::Folder {
        return match io.host.fs.read(path, &user) {
            Ok(bytes) => {
                all.push(entry(stored.to_owned(), Some(bytes.to_vec())));
                true
            }
            Err(error) => {
                io.err(format!("tar: {stored}: Cannot open: {}\n", error.text()));
                false
            }
        };
    }
    all.push(entry(format!("{stored}/"), None));
    let names = io.host.fs.list(path, &user);
    let names = names.map(|nodes| nodes.map(|(name, _)| name.to_owned()).collect::<Vec<_>>());
    let names = match names {
        Ok(names) => names,
        Err(error) => {
            io.err(format!("tar: {stored}: Cannot open: {}\n", error.text()));
            return false;
        }
    };
    let mut good = true;
    for name in names {
        good &= add(
            &format!("{path}/{name}"),
            &format!("{stored}/{name}"),
            all,
            io,
        );
    }
    good
}

/// The archive's bytes, unpacked by gzip if they are packed: GNU tar finds that out automatically.
fn load(order: &Order<'_>, io: &mut Io<'_>) -> Result<Vec<u8>, String> {
    let bytes = match order.file.filter(|file| *file != "-") {
        Some(file) => io
            .read_file(file)
            .map_err(|error| format!("tar: {file}: Cannot open: {}\n{FATAL}", error.text()))?
            .to_vec(),
        None => io.input(),
    };
    if archive::is_compressed(&bytes) {
        return archive::decompress(&bytes).ok_or_else(|| {
            format!("\ngzip: stdin: unexpected end of file\ntar: Child returned status 1\n{FATAL}")
        });
    }
    if order.compressed {
        return Err(format!(
            "\ngzip: stdin: not in gzip format\ntar: Child returned status 1\n{FATAL}"
        ));
    }
    Ok(bytes)
}

fn read(order: &Order<'_>, io: &mut Io<'_>) -> i32 {
    let bytes = match load(order, io) {
        Ok(bytes) => bytes,
        Err(text) => {
            io.err(text);
            return 2;
        }
    };
    let Some(entries) = archive::unpack(&bytes) else {
        io.err(format!(
            "tar: This does not look like a tar archive\n{FAILED}"
        ));
        return 2;
    };
    let (mut found, mut good) = (BTreeSet::<&str>::new(), true);
    for entry in entries {
        let name = entry.path.trim_end_matches('/');
        let wanted = |member: &&&str| {
            let member = member.trim_end_matches('/');
            name == member
                || name
                    .strip_prefix(member)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        let member = order.members.iter().find(wanted);
        if member.is_none() && !order.members.is_empty() {
            continue;
        }
        found.extend(member.copied());
        if order.action == Some('t') {
            let line = if order.verbose {
                long(&entry)
            } else {
                entry.path.clone()
            };
            io.out(format!("{line}\n"));
        } else {
            good &= extract(order, &entry, io);
        }
    }
    for member in order
        .members
        .iter()
        .filter(|member| !found.contains(*member))
    {
        io.err(format!("tar: {member}: Not found in archive\n"));
        good = false;
    }
    if !good {
        io.err(FAILED);
    }
    if good { 0 } else { 2 }
}

/// A line of `tar -tv`.
fn long(entry: &Entry) -> String {
    let kind = if entry.content.is_some() { '-' } else { 'd' };
    let mode = mode_letters(entry.mode);
    let size = entry.content.as_ref().map_or(0, Vec::len).to_string();
    let owner = format!("{0}/{0}", entry.owner);
    let width = 19_usize.saturating_sub(owner.len() + 1);
    let time = entry.modified.to_string().replace('T', " ");
    let time = time.get(..16).unwrap_or_default();
    format!("{kind}{mode} {owner} {size:>width$} {time} {}", entry.path)
}

fn extract(order: &Order<'_>, entry: &Entry, io: &mut Io<'_>) -> bool {
    if entry.path.split('/').any(|part| part == "..") {
        io.err(format!("tar: {}: Member name contains '..'\n", entry.path));
        return false;
    }
    if order.to_stdout {
        io.stdout
            .extend_from_slice(entry.content.as_deref().unwrap_or_default());
        return true;
    }
    if order.verbose {
        io.out(format!("{}\n", entry.path));
    }
    let path = order.path(entry.path.trim_matches('/'), io);
    let user = io.login.user.clone();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let now = io.sys.now();
    let done = make_all(io, parent, &user, now).and_then(|()| match &entry.content {
        Some(content) => io
            .host
            .fs
            .write(&path, content.clone(), &user, entry.modified),
        None if io.host.fs.exists(&path) => Ok(()),
        None => io.host.fs.make_folder(&path, &user, entry.modified),
    });
    if let Err(error) = done {
        io.err(format!(
            "tar: {}: Cannot open: {}\n",
            entry.path,
            error.text()
        ));
        return false;
    }
    // A file of another user keeps its mode.
    let _ = io.host.fs.set_mode(&path, entry.mode, &user);
    true
}
