//! Programs on text: filters and encoders.

use base64::Engine as _;
use regex_lite::RegexBuilder;
use sha2::{Digest, Sha256};

use super::{inputs, options};
use hsmlab_shell::process::Io;

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .map(str::to_owned)
        .collect()
}

fn print_lines<'a>(io: &mut Io<'_>, lines: impl IntoIterator<Item = &'a String>) {
    for line in lines {
        io.out(line);
        io.out("\n");
    }
}

pub(super) fn base64(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, values, mut words) = options(argv, "w");
    let mut width: usize = values
        .first()
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(76);
    words.retain(|word| {
        match word
            .strip_prefix("--wrap=")
            .and_then(|value| value.parse().ok())
        {
            Some(value) => {
                width = value;
                false
            }
            None => true,
        }
    });
    let (bytes, status) = inputs("base64", &words, io);
    if status != 0 {
        return status;
    }
    if flags.contains('d') {
        let text: Vec<u8> = bytes
            .into_iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        return match base64::engine::general_purpose::STANDARD.decode(text) {
            Ok(bytes) => {
                io.stdout.extend_from_slice(&bytes);
                0
            }
            Err(_) => {
                io.err("base64: invalid input\n");
                1
            }
        };
    }
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    if width == 0 {
        io.out(text);
        return 0;
    }
    for chunk in text.as_bytes().chunks(width) {
        io.stdout.extend_from_slice(chunk);
        io.out("\n");
    }
    0
}

pub(super) fn cat(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let (bytes, status) = inputs("cat", &words, io);
    if flags.contains('n') {
        let numbered: Vec<String> = lines(&bytes)
            .iter()
            .enumerate()
            .map(|(at, line)| format!("{:>6}\t{line}", at + 1))
            .collect();
        print_lines(io, &numbered);
    } else {
        io.stdout.extend_from_slice(&bytes);
    }
    status
}

pub(super) fn cut(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, values, words) = options(argv, "dfc");
    let delimiter = values
        .iter()
        .find(|(l, _)| *l == 'd')
        .map_or("\t", |(_, value)| value);
    let Some((letter, list)) = values.iter().find(|(l, _)| matches!(l, 'f' | 'c')) else {
        io.err("cut: you must specify a list of bytes, characters, or fields\n");
        return 1;
    };
    let ranges: Vec<(usize, usize)> = list
        .split(',')
        .filter_map(|range| match range.split_once('-') {
            Some((low, high)) => {
                Some((low.parse().unwrap_or(1), high.parse().unwrap_or(usize::MAX)))
            }
            None => range.parse().ok().map(|n| (n, n)),
        })
        .collect();
    let wanted = |at: usize| {
        ranges
            .iter()
            .any(|(low, high)| (*low..=*high).contains(&(at + 1)))
    };
    let (bytes, status) = inputs("cut", &words, io);
    for line in lines(&bytes) {
        let out = if *letter == 'c' {
            line.chars()
                .enumerate()
                .filter(|(at, _)| wanted(*at))
                .map(|(_, c)| c)
                .collect()
        } else if line.contains(delimiter) {
            let fields: Vec<&str> = line
                .split(delimiter)
                .enumerate()
                .filter(|(at, _)| wanted(*at))
                .map(|(_, f)| f)
                .collect();
            fields.join(delimiter)
        } else {
            line
        };
        io.out(format!("{out}\n"));
    }
    status
}

/// `diff`: prints the one block in which two files differ, between their common head and tail.
pub(super) fn diff(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let [left, right] = words.as_slice() else {
        io.err("diff: missing operand\ndiff: Try 'diff --help' for more information.\n");
        return 2;
    };
    let mut sides = Vec::new();
    for name in [left, right] {
        match io.read_file(name) {
            Ok(bytes) => sides.push(lines(&bytes)),
            Err(error) => {
                io.err(format!("diff: {name}: {}\n", error.text()));
                return 2;
            }
        }
    }
    let [a, b] = sides.as_slice() else { return 2 };
    if a == b {
        return 0;
    }
    if flags.contains('q') {
        io.out(format!("Files {left} and {right} differ\n"));
        return 1;
    }
    for hunk in hunks(a, b) {
        let range = |start: usize, end: usize| {
            if end <= start + 1 {
                format!("{}", if end == start { start } else { start + 1 })
            } else {
                format!("{},{end}", start + 1)
            }
        };
        let (a0, a1, b0, b1) = hunk;
        let kind = if a0 == a1 {
            'a'
        } else if b0 == b1 {
            'd'
        } else {
            'c'
        };
        io.out(format!("{}{kind}{}\n", range(a0, a1), range(b0, b1)));
        for line in &a[a0..a1] {
            io.out(format!("< {line}\n"));
        }
        if kind == 'c' {
            io.out("---\n");
        }
        for line in &b[b0..b1] {
            io.out(format!("> {line}\n"));
        }
    }
    1
}

/// The differing ranges of two texts by a longest common subsequence; texts too large for the table
/// give one range between their common head and tail.
fn hunks(a: &[String], b: &[String]) -> Vec<(usize, usize, usize, usize)> {
    const CELLS_MAX: usize = 4_000_000;
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (am, bm) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    if am.len().saturating_mul(bm.len()) > CELLS_MAX {
        return vec![(head, a.len() - tail, head, b.len() - tail)];
    }
    let width = bm.len() + 1;
    let mut table = vec![0u32; (am.len() + 1) * width];
    for i in (0..am.len()).rev() {
        for j in (0..bm.len()).rev() {
            table[i * width + j] = if am[i] == bm[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out: Vec<(usize, usize, usize, usize)> = Vec::new();
    while i < am.len() || j < bm.len() {
        if i < am.len() && j < bm.len() && am[i] == bm[j] {
            i += 1;
            j += 1;
            continue;
        }
        let (i0, j0) = (i, j);
        while (i < am.len() || j < bm.len()) && !(i < am.len() && j < bm.len() && am[i] == bm[j]) {
            if i < am.len()
                && (j == bm.len() || table[(i + 1) * width + j] >= table[i * width + j + 1])
            {
                i += 1;
            } else {
                j += 1;
            }
        }
        out.push((head + i0, head + i, head + j0, head + j));
    }
    out
}

pub(super) fn grep(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, values, mut words) = options(argv, "eABCm");
    let pattern = match values.iter().find(|(letter, _)| *letter == 'e') {
        Some((_, pattern)) => (*pattern).to_owned(),
        None if words.is_empty() => {
            io.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
            return 2;
        }
        None => words.remove(0).to_owned(),
    };
    let mut source = pattern.clone();
    if flags.contains('F') {
        source = regex_lite::escape(&pattern);
    } else if !flags.contains(['E', 'P']) {
        source = basic_to_extended(&pattern);
    }
    if flags.contains('w') {
        source = format!(r"\b(?:{source})\b");
    }
    if flags.contains('x') {
        source = format!("^(?:{source})$");
    }
    let Ok(regex) = RegexBuilder::new(&source)
        .case_insensitive(flags.contains('i'))
        .build()
    else {
        io.err(format!("grep: Invalid regular expression: {pattern}\n"));
        return 2;
    };
    let around = |letter: char| {
        values
            .iter()
            .find(|(l, _)| *l == letter || *l == 'C')
            .and_then(|(_, value)| value.parse::<usize>().ok())
            .unwrap_or(0)
    };
    let (before, after) = (around('B'), around('A'));
    let files: Vec<Option<&str>> = if words.is_empty() {
        vec![None]
    } else {
        words.iter().map(|word| Some(*word)).collect()
    };
    let (mut found, mut status) = (false, 0);
    for file in &files {
        let (bytes, failed) = inputs("grep", &file.iter().copied().collect::<Vec<_>>(), io);
        if failed != 0 {
            status = 2;
            continue;
        }
        let all = lines(&bytes);
        let hits: Vec<usize> = (0..all.len())
            .filter(|at| regex.is_match(&all[*at]) != flags.contains('v'))
            .collect();
        found |= !hits.is_empty();
        let prefix = match file {
            Some(name) if files.len() > 1 => format!("{name}:"),
            _ => String::new(),
        };
        if flags.contains('q') {
            continue;
        }
        if flags.contains('c') {
            io.out(format!("{prefix}{}\n", hits.len()));
            continue;
        }
        if flags.contains('l') {
            if let (Some(name), false) = (file, hits.is_empty()) {
                io.out(format!("{name}\n"));
            }
            continue;
        }
        for at in 0..all.len() {
            let near = hits
                .iter()
                .any(|hit| at + before >= *hit && at <= hit + after);
            if !near {
                continue;
            }
            let number = if flags.contains('n') {
                format!("{}:", at + 1)
            } else {
                String::new()
            };
            if flags.contains('o') && !flags.contains('v') {
                for part in regex.find_iter(&all[at]) {
                    io.out(format!("{prefix}{number}{}\n", part.as_str()));
                }
            } else {
                io.out(format!("{prefix}{number}{}\n", all[at]));
            }
        }
    }
    if status != 0 {
        status
    } else {
        i32::from(!found)
    }
}

/// Converts a POSIX basic regular expression to an extended one: `\(`, `\{`, `\|`, `\+` are
/// special, their bare forms are not.
fn basic_to_extended(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => out.push(c),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push_str("\\\\"),
            },
            '(' | ')' | '{' | '}' | '|' | '+' | '?' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

pub(super) fn head(argv: &[String], io: &mut Io<'_>) -> i32 {
    part("head", argv, io)
}

pub(super) fn tail(argv: &[String], io: &mut Io<'_>) -> i32 {
    part("tail", argv, io)
}

fn part(name: &str, argv: &[String], io: &mut Io<'_>) -> i32 {
    // `-5` is the old form of `-n 5`.
    let argv: Vec<String> = argv
        .iter()
        .map(|word| {
            match word
                .strip_prefix('-')
                .filter(|rest| rest.parse::<usize>().is_ok())
            {
                Some(count) => format!("-n{count}"),
                None => word.clone(),
            }
        })
        .collect();
    let (_, values, words) = options(&argv, "nc");
    let (letter, text) = values.first().copied().unwrap_or(('n', "10"));
    let from_start = text.starts_with('+');
    let Ok(count) = text.trim_start_matches(['+', '-']).parse::<usize>() else {
        io.err(format!("{name}: invalid number of lines: ‘{text}’\n"));
        return 1;
    };
    let (bytes, status) = inputs(name, &words, io);
    if letter == 'c' {
        let range = if name == "head" {
            0..count.min(bytes.len())
        } else {
            bytes.len().saturating_sub(count)..bytes.len()
        };
        io.stdout.extend_from_slice(&bytes[range]);
        return status;
    }
    let all = lines(&bytes);
    let range = match name {
        "head" => 0..count.min(all.len()),
        _ if from_start => count.saturating_sub(1).min(all.len())..all.len(),
        _ => all.len().saturating_sub(count)..all.len(),
    };
    print_lines(io, &all[range]);
    status
}

pub(super) fn printf(argv: &[String], io: &mut Io<'_>) -> i32 {
    let Some(format) = argv.get(1) else {
        io.err("printf: usage: printf [-v var] format [arguments]\n");
        return 2;
    };
    let mut arguments = argv.iter().skip(2);
    loop {
        let (text, used) = formatted(format, &mut arguments);
        io.stdout.extend_from_slice(text.as_bytes());
        if !used || arguments.len() == 0 {
            return 0;
        }
    }
}

fn formatted<'a>(format: &str, arguments: &mut impl Iterator<Item = &'a String>) -> (String, bool) {
    let (mut out, mut used) = (String::new(), false);
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('\\') => out.push('\\'),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            },
            '%' => match chars.next() {
                Some('%') | None => out.push('%'),
                Some('s' | 'b') => {
                    used = true;
                    out.push_str(arguments.next().map(String::as_str).unwrap_or_default());
                }
                Some('d' | 'i' | 'u') => {
                    used = true;
                    let value = arguments
                        .next()
                        .and_then(|text| text.parse::<i64>().ok())
                        .unwrap_or(0);
                    out.push_str(&value.to_string());
                }
                Some(c) => {
                    out.push('%');
                    out.push(c);
                }
            },
            c => out.push(c),
        }
    }
    (out, used)
}

/// `sed`: `s/old/new/[g]`, `/pattern/d`, `Np`, `N,Mp`, with `-n`, `-e`, `-i`.
pub(super) fn sed(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, values, mut words) = options(argv, "e");
    let script = match values.first() {
        Some((_, script)) => (*script).to_owned(),
        None if words.is_empty() => {
            io.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
            return 1;
        }
        None => words.remove(0).to_owned(),
    };
    let extended = flags.contains(['E', 'r']);
    let Some(edit) = Edit::parse(&script, extended) else {
        io.err(format!(
            "hsmlab: this lab's sed has only s///, d and p (expression #1, char {})\n",
            script.len()
        ));
        return 1;
    };
    let in_place = flags.contains('i');
    let (bytes, status) = inputs("sed", &words, io);
    let mut out = String::new();
    for (index, line) in lines(&bytes).into_iter().enumerate() {
        for line in edit.apply(index + 1, &line, flags.contains('n')) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    if in_place && let [file] = words.as_slice() {
        if let Err(error) = io.write_file(file, out.into_bytes()) {
            io.err(format!(
                "sed: couldn't open file {file}: {}\n",
                error.text()
            ));
            return 4;
        }
        return status;
    }
    io.out(out);
    status
}

enum Edit {
    Substitute {
        old: regex_lite::Regex,
        new: String,
        all: bool,
        print: bool,
        /// The only line to change.
        line: Option<usize>,
    },
    Delete(regex_lite::Regex),
    Print(regex_lite::Regex),
    PrintLines(usize, usize),
}

impl Edit {
    fn parse(script: &str, extended: bool) -> Option<Self> {
        let regex = |text: &str| {
            let source = if extended {
                text.to_owned()
            } else {
                basic_to_extended(text)
            };
            regex_lite::Regex::new(&source).ok()
        };
        let digits = script.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let (line, command) = script.split_at(digits);
        if let Some(rest) = command.strip_prefix('s') {
            let separator = rest.chars().next()?;
            let parts: Vec<&str> = rest[separator.len_utf8()..].split(separator).collect();
            let [old, new, marks] = parts.as_slice() else {
                return None;
            };
            let mut replacement = String::new();
            let mut chars = new.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => match chars.next()? {
                        digit if digit.is_ascii_digit() => {
                            replacement.push_str(&format!("${{{digit}}}"))
                        }
                        'n' => replacement.push('\n'),
                        other => replacement.push(other),
                    },
                    '&' => replacement.push_str("${0}"),
                    '$' => replacement.push_str("$$"),
                    c => replacement.push(c),
                }
            }
            return Some(Self::Substitute {
                old: regex(old)?,
                new: replacement,
                all: marks.contains('g'),
                print: marks.contains('p'),
                line: line.parse().ok(),
            });
        }
        if let Some(rest) = script.strip_prefix('/') {
            let (pattern, command) = rest.rsplit_once('/')?;
            return match command {
                "d" => Some(Self::Delete(regex(pattern)?)),
                "p" => Some(Self::Print(regex(pattern)?)),
                _ => None,
            };
        }
        let range = script.strip_suffix('p')?;
        let (from, to) = range.split_once(',').unwrap_or((range, range));
        let to = if to == "$" {
            usize::MAX
        } else {
            to.parse().ok()?
        };
        Some(Self::PrintLines(from.parse().ok()?, to))
    }

    fn apply(&self, number: usize, line: &str, quiet: bool) -> Vec<String> {
        let mut out = Vec::new();
        match self {
            Self::Substitute {
                old,
                new,
                all,
                print,
                line: only,
            } => {
                let count = usize::from(!all);
                let changed = match only {
                    Some(only) if *only != number => line.to_owned(),
                    _ => old.replacen(line, count, new.as_str()).into_owned(),
                };
                if !quiet {
                    out.push(changed.clone());
                }
                if *print && changed != line {
                    out.push(changed);
                }
            }
            Self::Delete(pattern) => {
                if !quiet && !pattern.is_match(line) {
                    out.push(line.to_owned());
                }
            }
            Self::Print(pattern) => {
                if !quiet {
                    out.push(line.to_owned());
                }
                if pattern.is_match(line) {
                    out.push(line.to_owned());
                }
            }
            Self::PrintLines(from, to) => {
                if !quiet {
                    out.push(line.to_owned());
                }
                if (*from..=*to).contains(&number) {
                    out.push(line.to_owned());
                }
            }
        }
        out
    }
}

/// The most numbers that `seq` prints.
const SEQUENCE_MAX: i64 = 100_000;

pub(super) fn seq(argv: &[String], io: &mut Io<'_>) -> i32 {
    let numbers: Result<Vec<i64>, _> = argv.iter().skip(1).map(|text| text.parse()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Ok([last]) => (1, 1, *last),
        Ok([first, last]) => (*first, 1, *last),
        Ok([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => {
            io.err("seq: invalid argument\n");
            return 1;
        }
    };
    let mut at = first;
    for _ in 0..SEQUENCE_MAX {
        if (step > 0 && at > last) || (step < 0 && at < last) {
            return 0;
        }
        io.out(format!("{at}\n"));
        match at.checked_add(step) {
            Some(next) => at = next,
            None => return 0,
        }
    }
    if (step > 0 && at > last) || (step < 0 && at < last) {
        return 0;
    }
    io.err(format!(
        "hsmlab: this lab's seq stops after {SEQUENCE_MAX} numbers\n"
    ));
    1
}

pub(super) fn sha256sum(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, _, words) = options(argv, "");
    let mut status = 0;
    let files = if words.is_empty() { vec!["-"] } else { words };
    for file in files {
        let (bytes, failed) = inputs("sha256sum", &[file], io);
        if failed == 0 {
            io.out(format!("{}  {file}\n", hex::encode(Sha256::digest(bytes))));
        }
        status |= failed;
    }
    status
}

pub(super) fn sort(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "kt");
    let (bytes, status) = inputs("sort", &words, io);
    let mut all = lines(&bytes);
    if flags.contains('n') {
        all.sort_by_key(|line| {
            let digits: String = line
                .trim_start()
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == '-')
                .collect();
            digits.parse::<i64>().unwrap_or(0)
        });
    } else {
        all.sort();
    }
    if flags.contains('r') {
        all.reverse();
    }
    if flags.contains('u') {
        all.dedup();
    }
    print_lines(io, &all);
    status
}

pub(super) fn tee(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let bytes = io.input();
    if io.starved {
        return 0;
    }
    let mut status = 0;
    for word in words {
        let mut all = Vec::new();
        if flags.contains('a') {
            all = io
                .read_file(word)
                .map(|old| old.to_vec())
                .unwrap_or_default();
        }
        all.extend_from_slice(&bytes);
        if let Err(error) = io.write_file(word, all) {
            io.err(format!("tee: {word}: {}\n", error.text()));
            status = 1;
        }
    }
    io.stdout.extend_from_slice(&bytes);
    status
}

pub(super) fn tr(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let text = String::from_utf8_lossy(&io.input()).into_owned();
    let set = |text: &str| -> Vec<char> {
        let text = text
            .replace("\\n", "\n")
            .replace("\\t", "\t")
            .replace("[:upper:]", "A-Z")
            .replace("[:lower:]", "a-z")
            .replace("[:digit:]", "0-9")
            .replace("[:space:]", " \t\n");
        let chars: Vec<char> = text.chars().collect();
        let mut out = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            if at + 2 < chars.len() && chars[at + 1] == '-' {
                out.extend(chars[at]..=chars[at + 2]);
                at += 3;
            } else {
                out.push(chars[at]);
                at += 1;
            }
        }
        out
    };
    let out: String = match words.as_slice() {
        [gone] if flags.contains('d') => {
            let gone = set(gone);
            text.chars().filter(|c| !gone.contains(c)).collect()
        }
        [from, to] => {
            let (from, to) = (set(from), set(to));
            text.chars()
                .map(|c| match from.iter().position(|f| *f == c) {
                    Some(at) => to.get(at).or(to.last()).copied().unwrap_or(c),
                    None => c,
                })
                .collect()
        }
        _ => {
            io.err("tr: missing operand\nTry 'tr --help' for more information.\n");
            return 1;
        }
    };
    io.out(out);
    0
}

pub(super) fn uniq(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let (bytes, status) = inputs("uniq", &words, io);
    let mut groups: Vec<(String, usize)> = Vec::new();
    for line in lines(&bytes) {
        match groups.last_mut() {
            Some((last, count)) if *last == line => *count += 1,
            _ => groups.push((line, 1)),
        }
    }
    for (line, count) in groups {
        io.out(if flags.contains('c') {
            format!("{count:>7} {line}\n")
        } else {
            format!("{line}\n")
        });
    }
    status
}

pub(super) fn wc(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let (bytes, status) = inputs("wc", &words, io);
    if status != 0 {
        return status;
    }
    let text = String::from_utf8_lossy(&bytes);
    let counts = [
        ('l', bytes.iter().filter(|byte| **byte == b'\n').count()),
        ('w', text.split_whitespace().count()),
        ('c', bytes.len()),
    ];
    let wanted: Vec<String> = counts
        .iter()
        .filter(|(letter, _)| flags.is_empty() || flags.contains(*letter))
        .map(|(_, count)| {
            if flags.is_empty() {
                format!("{count:>7}")
            } else {
                count.to_string()
            }
        })
        .collect();
    let name = if words.is_empty() {
        String::new()
    } else {
        format!(" {}", words.join(" "))
    };
    io.out(format!("{}{name}\n", wanted.join(" ")));
    0
}

pub(super) fn xxd(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, _, words) = options(argv, "");
    let (bytes, status) = inputs("xxd", &words, io);
    if flags.contains('p') {
        for chunk in bytes.chunks(30) {
            io.out(format!("{}\n", hex::encode(chunk)));
        }
        return status;
    }
    for (at, chunk) in bytes.chunks(16).enumerate() {
        let pairs: Vec<String> = chunk.chunks(2).map(hex::encode).collect();
        let shown: String = chunk
            .iter()
            .map(|byte| {
                if (0x20..0x7f).contains(byte) {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        io.out(format!(
            "{:08x}: {:<39}  {shown}\n",
            at * 16,
            pairs.join(" ")
        ));
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diff_hunks() {
        let text = |s: &str| -> Vec<String> { s.split(' ').map(str::to_owned).collect() };
        assert_eq!(hunks(&text("a b c d"), &text("a x c d")), [(1, 2, 1, 2)]);
        assert_eq!(
            hunks(&text("a c"), &text("a b c d")),
            [(1, 1, 1, 2), (2, 2, 3, 4)]
        );
    }

    #[test]
    fn sed_edits() {
        let edit = Edit::parse(r"s/\(a*\)b/[\1]&/g", false).unwrap();
        assert_eq!(edit.apply(1, "aab b", false), ["[aa]aab []b"]);
        let edit = Edit::parse("2s|x|/|", false).unwrap();
        assert_eq!(edit.apply(1, "x", false), ["x"]);
        assert_eq!(edit.apply(2, "xx", false), ["/x"]);
        assert!(Edit::parse("y/a/b/", false).is_none());
    }
}
