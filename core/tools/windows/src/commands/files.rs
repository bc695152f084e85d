//! Cmdlets that change the working folder, and that list and find files and folders.

use super::{Cmdlet, Output, Parameter};
use crate::call::{Call, file_words};
use crate::evaluate::like;
use crate::failure::Failure;
use crate::run::Shell;
use crate::value::{Column, Value, View};
use hsmlab_shell::fs::{FsError, Node, NodeKind, windows_path};
use hsmlab_sim::SimTime;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Set-Location",
        parameters: &[Parameter::at("Path"), Parameter::one("LiteralPath", &[])],
        run: set_location,
    },
    Cmdlet {
        name: "Get-Location",
        parameters: &[],
        run: |shell, _| Ok(vec![location(&windows_path(&shell.io.login.cwd))]),
    },
    Cmdlet {
        name: "Get-ChildItem",
        parameters: &[
            Parameter::at("Path"),
            Parameter::at("Filter"),
            Parameter::one("LiteralPath", &[]),
            Parameter::switch("Recurse", &["s"]),
            Parameter::switch("Force", &[]),
            Parameter::switch("Name", &[]),
            Parameter::switch("File", &["af"]),
            Parameter::switch("Directory", &["ad"]),
        ],
        run: children,
    },
    Cmdlet {
        name: "Get-Item",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::switch("Force", &[]),
        ],
        run: item,
    },
    Cmdlet {
        name: "Test-Path",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::one("LiteralPath", &[]),
            Parameter::one("PathType", &["Type"]),
        ],
        run: test_path,
    },
];

fn location(path: &str) -> Value {
    const COLUMNS: &[Column] = &[Column {
        field: "Path",
        title: "Path",
        width: 0,
        right: false,
    }];
    Value::record(
        "System.Management.Automation.PathInfo",
        path,
        View::Table(COLUMNS),
        [("Path", Value::from(path))],
    )
}

/// Rejects a drive that does not exist. The lab's hosts have only C.
pub(super) fn drive(call: &Call, path: &str) -> Result<(), Failure> {
    let letter = path.get(1..2).unwrap_or_default();
    if path.starts_with("/C:") || path.get(2..3).is_none_or(|colon| colon != ":") {
        return Ok(());
    }
    Err(call.failure(
        &format!("Cannot find drive. A drive with the name '{letter}' does not exist."),
        "ObjectNotFound",
        (letter, "String"),
        "DriveNotFoundException",
        "DriveNotFound",
    ))
}

fn set_location(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let wanted = match call.by.to_ascii_lowercase().as_str() {
        "cd.." => Some("..".to_owned()),
        "cd\\" => Some("\\".to_owned()),
        _ => call.text("Path").or_else(|| call.text("LiteralPath")),
    };
    let Some(wanted) = wanted else {
        return Ok(Vec::new());
    };
    let path = shell.io.path(&wanted);
    drive(call, &path)?;
    match shell.io.host.fs.node(&path) {
        Some(node) if node.kind == NodeKind::Folder => {
            shell.io.login.cwd = shell.io.host.fs.kept(&path);
            Ok(Vec::new())
        }
        _ => Err(call.no_path(&shell.shown_path(&path))),
    }
}

/// Formats a time for a listing: `11/24/2026  10:00 AM`.
fn listed(at: SimTime) -> String {
    let at = at.to_utc();
    let date = format!("{}/{}/{}", u8::from(at.month()), at.day(), at.year());
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        hour @ 1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    let time = format!("{hour}:{:02} {half}", at.minute());
    format!("{date:>10}  {time:>8}")
}

/// Returns a file or folder as an object.
pub(super) fn entry(path: &str, node: &Node) -> Value {
    let shown = windows_path(path);
    let (parent, name) = shown.rsplit_once('\\').unwrap_or(("", &shown));
    let parent = if parent.ends_with(':') {
        format!("{parent}\\")
    } else {
        parent.to_owned()
    };
    let (kind, mode, length) = match &node.kind {
        NodeKind::Folder => ("System.IO.DirectoryInfo", "d-----", Value::Null),
        NodeKind::File(bytes) => (
            "System.IO.FileInfo",
            "-a----",
            Value::Int(i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        ),
    };
    Value::record(
        kind,
        name,
        View::Files,
        [
            ("PSParentPath", Value::from(parent)),
            ("Mode", mode.into()),
            ("LastWriteTime", listed(node.modified).into()),
            ("Length", length),
            ("Name", name.into()),
            ("FullName", shown.as_str().into()),
        ],
    )
}

/// The kept paths that match a path with `*` or `?` in its last name. A path without wildcards matches
/// only itself.
pub(super) fn expand(shell: &Shell<'_, '_>, text: &str) -> Vec<String> {
    let path = shell.io.path(text);
    if !text.contains(['*', '?']) {
        return vec![path];
    }
    let (folder, pattern) = path.rsplit_once('/').unwrap_or(("", &path));
    let user = &shell.io.login.user;
    shell.io.host.fs.list(folder, user).map_or_else(
        |_| Vec::new(),
        |entries| {
            entries
                .filter(|(name, _)| like(name, pattern))
                .map(|(name, _)| format!("{folder}/{name}"))
                .collect()
        },
    )
}

/// The name after `env:`, the drive of environment variables.
pub(super) fn variable(path: &str) -> Option<&str> {
    let (drive, name) = path.split_once(':')?;
    drive
        .eq_ignore_ascii_case("env")
        .then(|| name.trim_matches(['\\', '/']))
}

/// The variables of `env:` whose names match.
fn environment(shell: &Shell<'_, '_>, pattern: &str) -> Vec<Value> {
    const COLUMNS: &[Column] = &[
        Column {
            field: "Name",
            title: "Name",
            width: 30,
            right: false,
        },
        Column {
            field: "Value",
            title: "Value",
            width: 0,
            right: false,
        },
    ];
    let variables = shell.io.login.variables.iter();
    variables
        .filter(|(name, _)| pattern.is_empty() || like(name, pattern))
        .map(|(name, value)| {
            Value::record(
                "System.Collections.DictionaryEntry",
                "System.Collections.DictionaryEntry",
                View::Table(COLUMNS),
                [
                    ("Name", Value::from(name.as_str())),
                    ("Value", Value::from(value.as_str())),
                ],
            )
        })
        .collect()
}

fn children(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let text = call
        .text("Path")
        .or_else(|| call.text("LiteralPath"))
        .unwrap_or_else(|| ".".into());
    if let Some(name) = variable(&text) {
        return Ok(environment(shell, name));
    }
    let wild = text.contains(['*', '?']);
    drive(call, &shell.io.path(&text))?;
    let mut found: Vec<(String, Node)> = Vec::new();
    for path in expand(shell, &text) {
        let Some(node) = shell.io.host.fs.node(&path).cloned() else {
            let shown = shell.shown_path(&path);
            shell.report(&call.no_path(&shown));
            return Ok(Vec::new());
        };
        if node.kind != NodeKind::Folder || wild {
            found.push((shell.io.host.fs.kept(&path), node));
        } else {
            below(shell, &path, call.flag("Recurse"), &mut found);
        }
    }
    let filter = call.text("Filter");
    found.retain(|(path, node)| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = node.kind == NodeKind::Folder;
        filter.as_ref().is_none_or(|filter| like(name, filter))
            && (!call.flag("File") || !folder)
            && (!call.flag("Directory") || folder)
    });
    if call.flag("Name") {
        let name = |path: &String| Value::from(path.rsplit('/').next().unwrap_or(path));
        return Ok(found.iter().map(|(path, _)| name(path)).collect());
    }
    Ok(found.iter().map(|(path, node)| entry(path, node)).collect())
}

/// The contents of a folder: folders first, each part sorted by name. `deep` includes subfolders.
pub(super) fn below(
    shell: &Shell<'_, '_>,
    folder: &str,
    deep: bool,
    found: &mut Vec<(String, Node)>,
) {
    let folder = shell.io.host.fs.kept(folder);
    let mut entries: Vec<(String, Node)> = shell
        .io
        .host
        .fs
        .list(&folder, &shell.io.login.user)
        .map(|entries| {
            entries
                .map(|(name, node)| (format!("{folder}/{name}"), node.clone()))
                .collect()
        })
        .unwrap_or_default();
    entries.sort_by_key(|(path, node)| (node.kind != NodeKind::Folder, path.to_lowercase()));
    let folders: Vec<String> = entries
        .iter()
        .filter(|(_, node)| node.kind == NodeKind::Folder)
        .map(|(path, _)| path.clone())
        .collect();
    found.append(&mut entries);
    if deep {
        for folder in folders {
            below(shell, &folder, true, found);
        }
    }
}

fn item(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut all = Vec::new();
    for path in expand(shell, &call.text("Path").unwrap_or_default()) {
        match shell.io.host.fs.node(&path) {
            Some(node) => all.push(entry(&shell.io.host.fs.kept(&path), node)),
            None => {
                let shown = shell.shown_path(&path);
                shell.report(&call.no_path(&shown));
            }
        }
    }
    Ok(all)
}

fn test_path(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let text = call.text("Path").unwrap_or_default();
    if let Some(name) = variable(&text) {
        let set = shell
            .io
            .login
            .variable(&name.to_ascii_uppercase())
            .is_some();
        return Ok(vec![Value::Bool(set)]);
    }
    let kind = call
        .text("PathType")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let found = expand(shell, &text).iter().any(|path| {
        shell
            .io
            .host
            .fs
            .node(path)
            .is_some_and(|node| match kind.as_str() {
                "leaf" => node.kind != NodeKind::Folder,
                "container" => node.kind == NodeKind::Folder,
                _ => true,
            })
    });
    Ok(vec![Value::Bool(found)])
}

/// Returns a file-system error as a cmdlet reports it.
pub(super) fn refused(call: &Call, error: FsError, shown: &str, id: &str) -> Failure {
    let (category, exception) = match error {
        FsError::PermissionDenied | FsError::IsAFolder => {
            ("PermissionDenied", "UnauthorizedAccessException")
        }
        FsError::NotFound | FsError::NotAFolder => ("WriteError", "DirectoryNotFoundException"),
        _ => ("WriteError", "IOException"),
    };
    call.failure(
        &file_words(error, shown),
        category,
        (shown, "String"),
        exception,
        id,
    )
}
