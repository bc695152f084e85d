//! Tab completion: commands, parameters, paths.

use super::commands::{self, programs};
use hsmlab_shell::Sys;
use hsmlab_shell::fs::{NodeKind, resolve, windows_path};
use hsmlab_shell::host::{Host, Login};
use hsmlab_shell::software::Completion;

/// Returns the candidates for the last word of `text`, as whole words, and where that word begins.
#[must_use]
pub(crate) fn complete(
    host: &Host,
    login: &Login,
    sys: &mut dyn Sys,
    text: &str,
) -> (usize, Vec<String>) {
    let from = word_start(text);
    let last = text.get(from..).unwrap_or_default();
    let before = text.get(..from).unwrap_or_default();
    let command = before
        .rsplit(['|', ';', '('])
        .next()
        .unwrap_or_default()
        .trim_start();
    let first = command.trim_start_matches('&').trim_start();
    let mut found = Vec::new();
    if first.is_empty() && !last.contains(['\\', '/', '"', '\'']) {
        let names = commands::names().into_iter().map(str::to_owned);
        found.extend(
            names
                .chain(programs::names())
                .filter(|name| begins(name, last)),
        );
    } else if last.starts_with('-')
        && let Some(name) = first.split_whitespace().next()
        && let Some(cmdlet) = commands::find(name)
    {
        let names = cmdlet
            .parameters
            .iter()
            .map(|parameter| format!("-{}", parameter.name));
        found.extend(names.filter(|name| begins(name, last)));
    } else if let Some((program, rest)) = tool(first) {
        let mut words = vec![program];
        words.extend(rest.split_whitespace().map(str::to_owned));
        let software = sys.software();
        found.extend(software.complete(&mut Completion {
            host,
            login,
            sys,
            words: &words,
            last,
        }));
    }
    if found.is_empty() {
        found = paths(host, login, last);
    }
    found.sort();
    found.dedup();
    (from, found)
}

fn begins(name: &str, head: &str) -> bool {
    name.get(..head.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(head))
        && !head.is_empty()
}

/// The start of the last word; blanks inside quotes belong to the word.
fn word_start(text: &str) -> usize {
    let mut from = 0;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (' ' | '|' | ';' | '(' | '=', None) => from = at + c.len_utf8(),
            _ => {}
        }
    }
    from
}

/// The plain name of a line's program, and the rest of the line.
fn tool(line: &str) -> Option<(String, &str)> {
    let (path, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line.get(1..)?.split_once(quote)?,
        _ => line.split_once(' ')?,
    };
    Some((super::native::stem(path), rest))
}

fn paths(host: &Host, login: &Login, last: &str) -> Vec<String> {
    let quote = last.chars().next().filter(|c| matches!(c, '"' | '\''));
    let typed = last.trim_start_matches(['"', '\'']);
    let (folder, stem) = typed
        .rfind(['\\', '/'])
        .map_or(("", typed), |at| typed.split_at(at + 1));
    let base = if folder.is_empty() { "." } else { folder };
    let at = resolve(&login.cwd, &login.home(), base);
    let Ok(entries) = host.fs.list(&at, &login.user) else {
        return Vec::new();
    };
    let lead = if folder.is_empty() {
        ".\\".to_owned()
    } else {
        windows_path(&folder.replace('/', "\\"))
    };
    entries
        .filter(|(name, _)| stem.is_empty() || begins(name, stem))
        .map(|(name, node)| {
            let end = if node.kind == NodeKind::Folder {
                "\\"
            } else {
                ""
            };
            let path = format!("{lead}{name}{end}");
            match quote {
                Some(quote) if end.is_empty() => format!("{quote}{path}{quote}"),
                Some(quote) => format!("{quote}{path}"),
                None if path.contains(' ') => format!("'{path}"),
                None => path,
            }
        })
        .collect()
}
