//! Cmdlets that create, copy, move and remove files and folders.

use super::files::{below, drive, entry, expand, refused, variable};
use super::{Cmdlet, Output, Parameter};
use crate::call::Call;
use crate::failure::Failure;
use crate::run::Shell;
use hsmlab_shell::fs::{FsError, NodeKind};

pub(super) const CMDLETS: &[Cmdlet] = &[
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
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::switch("Force", &[]),
        ],
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
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::at("NewName").must(),
        ],
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

fn make_folder(shell: &mut Shell<'_, '_>, call: &Call, text: &str, force: bool) -> Output {
    let path = shell.io.path(text);
    drive(call, &path)?;
    let shown = shell.shown_path(&path);
    let known = shell
        .io
        .host
        .fs
        .node(&path)
        .map(|node| node.kind == NodeKind::Folder);
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
    Ok(node
        .map(|node| entry(&shell.io.host.fs.kept(&path), node))
        .into_iter()
        .collect())
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
    Ok(node
        .map(|node| entry(&shell.io.host.fs.kept(&path), node))
        .into_iter()
        .collect())
}

/// The sources of a copy or a move; true marks a folder.
fn sources(shell: &mut Shell<'_, '_>, call: &Call) -> Result<Vec<(String, bool)>, Failure> {
    let text = call.text("Path").unwrap_or_default();
    drive(call, &shell.io.path(&text))?;
    let mut all = Vec::new();
    for path in expand(shell, &text) {
        match shell.io.host.fs.node(&path) {
            Some(node) => all.push((shell.io.host.fs.kept(&path), node.kind == NodeKind::Folder)),
            None => return Err(call.no_path(&shell.shown_path(&path))),
        }
    }
    Ok(all)
}

/// The destination of a source: inside an existing folder, otherwise under the given name.
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

/// Copies a file, or a folder with its contents.
fn copy_tree(
    shell: &mut Shell<'_, '_>,
    call: &Call,
    from: &str,
    to: &str,
    deep: bool,
) -> Result<(), Failure> {
    let (user, now) = (shell.io.login.user.clone(), shell.io.sys.now());
    let shown = shell.shown_path(to);
    let failed = |error: FsError| refused(call, error, &shown, "CopyError");
    if let Ok(bytes) = shell.io.host.fs.read(from, &user) {
        return shell
            .io
            .host
            .fs
            .write(to, bytes, &user, now)
            .map_err(failed);
    }
    if !shell.io.host.fs.exists(to) {
        shell
            .io
            .host
            .fs
            .make_folder(to, &user, now)
            .map_err(failed)?;
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

/// Removes a file, or a folder with all its contents.
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

fn move_to(
    shell: &mut Shell<'_, '_>,
    call: &Call,
    from: &str,
    to: &str,
    force: bool,
) -> Result<(), Failure> {
    if from.eq_ignore_ascii_case(to) {
        return Ok(());
    }
    let shown = shell.shown_path(to);
    let inside = to
        .to_lowercase()
        .starts_with(&format!("{}/", from.to_lowercase()));
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
    remove_tree(shell, from)
        .map_err(|error| refused(call, error, &shown, "MoveFileInfoItemIOError"))
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
                // PowerShell prompts here; in a non-interactive session it refuses.
                shell.report(&call.failure(
                    &format!("The item at {shown} has children and the Recurse parameter was not specified: add -Recurse."),
                    "InvalidOperation",
                    (&shown, "String"),
                    "PSInvalidOperationException",
                    "InvalidOperation",
                ));
                continue;
            }
            if let Err(error) = remove_tree(shell, &path) {
                let failure = refused(
                    call,
                    error,
                    &shown,
                    "RemoveFileSystemItemUnAuthorizedAccess",
                );
                shell.report(&failure);
            }
        }
    }
    Ok(Vec::new())
}

fn remove_variable(shell: &mut Shell<'_, '_>, call: &Call, name: &str) {
    let key = name.to_ascii_uppercase();
    if shell.io.login.variables.remove(&key).is_none() {
        shell.report(&call.no_path(&format!("env:{name}")));
    }
    shell.io.login.exported.remove(&key);
}
