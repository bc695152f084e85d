//! Folders and files: where one is, what is there, and making, copying, moving and removing.

use super::{Cmdlet, Output, Parameter};
use crate::shell::fs::{FsError, Node, NodeKind, windows_path};
use crate::shell::powershell::call::{Call, file_words};
use crate::shell::powershell::evaluate::like;
use crate::shell::powershell::failure::Failure;
use crate::shell::powershell::run::Shell;
use crate::shell::powershell::value::{Column, Value, View};
use crate::sim::SimTime;

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
        parameters: &[Parameter::at("Path").must(), Parameter::switch("Force", &[])],
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
    Cmdlet {
        name: "New-Item",
        parameters: &[
            Parameter::at("Path"),
            Parameter::one("ItemType", &["Type"]),
            Parameter::one("Name", &[]),
            Parameter::one("Value", &[]),
            Parameter::switch("Force", &[]),
        ],
        run: new_item,
    },
    Cmdlet {
        name: "mkdir",
        parameters: &[Parameter::at("Path").must(), Parameter::switch("Force", &[])],
        run: |shell, call| {
            let path = call.text("Path").unwrap_or_default();
            make_folder(shell, call, &path, call.flag("Force"))
        },
    },
    Cmdlet {
        name: "Copy-Item",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::at("Destination"),
            Parameter::switch("Recurse", &[]),
            Parameter::switch("Force", &[]),
        ],
        run: copy,
    },
    Cmdlet {
        name: "Move-Item",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::at("Destination"),
            Parameter::switch("Force", &[]),
        ],
        run: move_item,
    },
    Cmdlet {
        name: "Rename-Item",
        parameters: &[Parameter::at("Path").must(), Parameter::at("NewName").must()],
        run: rename,
    },
    Cmdlet {
        name: "Remove-Item",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::one("LiteralPath", &[]),
            Parameter::switch("Recurse", &[]),
            Parameter::switch("Force", &[]),
        ],
        run: remove,
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

/// A drive that is not there. The lab's hosts have C alone.
fn drive(call: &Call, path: &str) -> Result<(), Failure> {
    let letter = path.get(1..2).unwrap_or_default();
    if path.starts_with("/C:") || !path.get(2..3).is_some_and(|colon| colon == ":") {
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

/// `11/24/2026  10:00 AM`, as a listing has it.
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

/// A file or folder as an object.
fn entry(path: &str, node: &Node) -> Value {
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

/// The kept paths that a path with `*` or `?` in its last name means; a path without is itself.
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

/// The name behind `env:`, the drive of environment variables.
fn variable(path: &str) -> Option<&str> {
    let (drive, name) = path.split_once(':')?;
    drive
        .eq_ignore_ascii_case("env")
        .then(|| name.trim_matches(['\\', '/']))
}

fn remove_variable(shell: &mut Shell<'_, '_>, call: &Call, name: &str) {
    let key = name.to_ascii_uppercase();
    if shell.io.login.variables.remove(&key).is_none() {
        shell.report(&call.no_path(&format!("env:{name}")));
    }
    shell.io.login.exported.remove(&key);
}

/// The variables of `env:` whose names fit.
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
            && !(call.flag("File") && folder)
            && !(call.flag("Directory") && !folder)
    });
    if call.flag("Name") {
        let name = |path: &String| Value::from(path.rsplit('/').next().unwrap_or(path));
        return Ok(found.iter().map(|(path, _)| name(path)).collect());
    }
    Ok(found.iter().map(|(path, node)| entry(path, node)).collect())
}

/// What is in a folder: folders first, each part by name; with `deep` what is in those too.
fn below(shell: &Shell<'_, '_>, folder: &str, deep: bool, found: &mut Vec<(String, Node)>) {
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
        let set = shell.io.login.variable(&name.to_ascii_uppercase()).is_some();
        return Ok(vec![Value::Bool(set)]);
    }
    let kind = call.text("PathType").unwrap_or_default().to_ascii_lowercase();
    let found = expand(shell, &text).iter().any(|path| {
        shell.io.host.fs.node(path).is_some_and(|node| match kind.as_str() {
            "leaf" => node.kind != NodeKind::Folder,
            "container" => node.kind == NodeKind::Folder,
            _ => true,
        })
    });
    Ok(vec![Value::Bool(found)])
}

/// An error of the file system, as a cmdlet tells it.
pub(super) fn refused(call: &Call, error: FsError, shown: &str, id: &str) -> Failure {
    let (category, exception) = match error {
        FsError::PermissionDenied | FsError::IsAFolder => {
            ("PermissionDenied", "UnauthorizedAccessException")
        }
        FsError::NotFound | FsError::NotAFolder => ("WriteError", "DirectoryNotFoundException"),
        _ => ("WriteError", "IOException"),
    };
    call.failure(&file_words(error, shown), category, (shown, "String"), exception, id)
}

fn make_folder(shell: &mut Shell<'_, '_>, call: &Call, text: &str, force: bool) -> Output {
    let path = shell.io.path(text);
    drive(call, &path)?;
    let shown = shell.shown_path(&path);
    let known = shell.io.host.fs.node(&path).map(|node| node.kind == NodeKind::Folder);
    match known {
        Some(true) if force => {}
        Some(_) => {
            return Err(call.failure(
                &format!("An item with the specified name {shown} already exists."),
                "ResourceExists",
                (&shown, "String"),
                "IOException",
                "DirectoryExist",
            ));
        }
        None => {
            let (user, now) = (shell.io.login.user.clone(), shell.io.sys.now());
            shell.io.host.fs.make_folders(&path, &user, now);
        }
    }
    let node = shell.io.host.fs.node(&path);
    Ok(node.map(|node| entry(&shell.io.host.fs.kept(&path), node)).into_iter().collect())
}

fn new_item(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut text = call.text("Path").unwrap_or_else(|| ".".into());
    if let Some(name) = call.text("Name") {
        text = format!("{text}\\{name}");
    }
    let force = call.flag("Force");
    let kind = call.text("ItemType").unwrap_or_else(|| "File".into());
    match kind.to_ascii_lowercase().as_str() {
        "directory" | "container" => return make_folder(shell, call, &text, force),
        "file" | "leaf" => {}
        _ => {
            return Err(call.failure(
                &format!("The type '{kind}' is not a known type for the file system. Only \"file\",\"directory\" or \"symboliclink\" can be specified."),
                "InvalidArgument",
                (&kind, "String"),
                "PSArgumentException",
                "Argument",
            ));
        }
    }
    let path = shell.io.path(&text);
    drive(call, &path)?;
    let shown = shell.shown_path(&path);
    if shell.io.host.fs.exists(&path) && !force {
        return Err(refused(call, FsError::Exists, &shown, "NewItemIOError"));
    }
    let bytes = call.text("Value").unwrap_or_default().into_bytes();
    let (user, now) = (shell.io.login.user.clone(), shell.io.sys.now());
    shell
        .io
        .host
        .fs
        .write(&path, bytes, &user, now)
        .map_err(|error| refused(call, error, &shown, "NewItemIOError"))?;
    let node = shell.io.host.fs.node(&path);
    Ok(node.map(|node| entry(&shell.io.host.fs.kept(&path), node)).into_iter().collect())
}

/// The sources of a copy or a move, and whether each is a folder.
fn sources(shell: &mut Shell<'_, '_>, call: &Call) -> Result<Vec<(String, bool)>, Failure> {
    let text = call.text("Path").unwrap_or_default();
    drive(call, &shell.io.path(&text))?;
    let mut all = Vec::new();
    for path in expand(shell, &text) {
        match shell.io.host.fs.node(&path) {
            Some(node) => all.push((
                shell.io.host.fs.kept(&path),
                node.kind == NodeKind::Folder,
            )),
            None => return Err(call.no_path(&shell.shown_path(&path))),
        }
    }
    Ok(all)
}

/// Where a source goes: into a folder that is there, else to that name.
fn target(shell: &Shell<'_, '_>, source: &str, text: &str) -> String {
    let path = shell.io.path(text);
    let folder = shell
        .io
        .host
        .fs
        .node(&path)
        .is_some_and(|node| node.kind == NodeKind::Folder);
    if folder {
        let name = source.rsplit('/').next().unwrap_or(source);
        return format!("{}/{name}", path.trim_end_matches('/'));
    }
    path
}

/// Copies a file, or a folder with what is in it.
fn copy_tree(shell: &mut Shell<'_, '_>, call: &Call, from: &str, to: &str, deep: bool) -> Result<(), Failure> {
    let (user, now) = (shell.io.login.user.clone(), shell.io.sys.now());
    let shown = shell.shown_path(to);
    let failed = |error: FsError| refused(call, error, &shown, "CopyError");
    if let Ok(bytes) = shell.io.host.fs.read(from, &user) {
        return shell.io.host.fs.write(to, bytes, &user, now).map_err(failed);
    }
    if !shell.io.host.fs.exists(to) {
        shell.io.host.fs.make_folder(to, &user, now).map_err(failed)?;
    }
    if deep {
        let mut inside = Vec::new();
        below(shell, from, false, &mut inside);
        for (path, _) in inside {
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            copy_tree(shell, call, &path, &format!("{to}/{name}"), true)?;
        }
    }
    Ok(())
}

fn copy(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let destination = call.text("Destination").unwrap_or_else(|| ".".into());
    for (source, _) in sources(shell, call)? {
        let to = target(shell, &source, &destination);
        let (from, into) = (source.to_lowercase(), to.to_lowercase());
        if from == into || into.starts_with(&format!("{from}/")) {
            let shown = shell.shown_path(&source);
            return Err(call.failure(
                &format!("Cannot overwrite the item {shown} with itself."),
                "WriteError",
                (&shown, "String"),
                "IOException",
                "CopyError",
            ));
        }
        copy_tree(shell, call, &source, &to, call.flag("Recurse"))?;
    }
    Ok(Vec::new())
}

/// Takes a file or a folder with all that is in it away.
fn remove_tree(shell: &mut Shell<'_, '_>, path: &str) -> Result<(), FsError> {
    let mut inside = vec![];
    below(shell, path, true, &mut inside);
    inside.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    let user = shell.io.login.user.clone();
    for (inner, _) in inside {
        shell.io.host.fs.remove(&inner, &user)?;
    }
    shell.io.host.fs.remove(path, &user)
}

fn move_to(shell: &mut Shell<'_, '_>, call: &Call, from: &str, to: &str, force: bool) -> Result<(), Failure> {
    if from.eq_ignore_ascii_case(to) {
        return Ok(());
    }
    let shown = shell.shown_path(to);
    let inside = to.to_lowercase().starts_with(&format!("{}/", from.to_lowercase()));
    if inside || (shell.io.host.fs.exists(to) && !force) {
        return Err(call.failure(
            "Cannot create a file when that file already exists.",
            "WriteError",
            (&shown, "String"),
            "IOException",
            "MoveFileInfoItemIOError",
        ));
    }
    copy_tree(shell, call, from, to, true)?;
    remove_tree(shell, from).map_err(|error| refused(call, error, &shown, "MoveFileInfoItemIOError"))
}

fn move_item(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let destination = call.text("Destination").unwrap_or_else(|| ".".into());
    for (source, _) in sources(shell, call)? {
        let to = target(shell, &source, &destination);
        move_to(shell, call, &source, &to, call.flag("Force"))?;
    }
    Ok(Vec::new())
}

fn rename(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let name = call.text("NewName").unwrap_or_default();
    for (source, _) in sources(shell, call)? {
        let (folder, _) = source.rsplit_once('/').unwrap_or(("", &source));
        let to = format!("{folder}/{name}");
        move_to(shell, call, &source, &to, false)?;
    }
    Ok(Vec::new())
}

fn remove(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut texts = call.texts("Path");
    texts.extend(call.texts("LiteralPath"));
    for text in texts {
        if let Some(name) = variable(&text) {
            remove_variable(shell, call, name);
            continue;
        }
        drive(call, &shell.io.path(&text))?;
        for path in expand(shell, &text) {
            let shown = shell.shown_path(&path);
            if !shell.io.host.fs.exists(&path) {
                shell.report(&call.no_path(&shown));
                continue;
            }
            let full = shell
                .io
                .host
                .fs
                .list(&path, &shell.io.login.user)
                .is_ok_and(|mut inside| inside.next().is_some());
            if full && !call.flag("Recurse") {
                // A person would be asked; where nobody can be, PowerShell refuses.
                shell.report(&call.failure(
                    &format!("The item at {shown} has children and the Recurse parameter was not specified: give -Recurse."),
                    "InvalidOperation",
                    (&shown, "String"),
                    "PSInvalidOperationException",
                    "InvalidOperation",
                ));
                continue;
            }
            if let Err(error) = remove_tree(shell, &path) {
                let failure = refused(call, error, &shown, "RemoveFileSystemItemUnAuthorizedAccess");
                shell.report(&failure);
            }
        }
    }
    Ok(Vec::new())
}
