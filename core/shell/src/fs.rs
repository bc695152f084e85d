//! A host's file system: a value with limits.
//!
//! Windows paths are kept in the same form as all others: `C:\Users` is `/C:/Users` here. Names
//! there must differ in more than case. There are no permission checks: the only user of the lab's
//! Windows hosts is Administrator.

use std::borrow::Cow;
use std::rc::Rc;

use hsmlab_sim::{SharedMap, SimTime};

/// The largest file, in bytes: far above any certificate, key or log of the labs.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The only device: reads are empty, and writes are discarded.
const NULL_DEVICE: &str = "/dev/null";
/// The most entries (files and folders) of one host.
pub const ENTRIES_MAX: usize = 4096;

/// A file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The kind of node, with its content.
    pub kind: NodeKind,
    /// The user who owns it.
    pub owner: String,
    /// Permission bits as `0o644`.
    pub mode: u16,
    /// The last change.
    pub modified: SimTime,
}

/// The kind of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A folder.
    Folder,
    /// A file and its bytes.
    File(Rc<[u8]>),
}

/// The reason that a file operation failed, with the text that Unix tools print for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FsError {
    /// `ENOENT`.
    NotFound,
    /// `EACCES`.
    PermissionDenied,
    /// `EISDIR`.
    IsAFolder,
    /// `ENOTDIR`.
    NotAFolder,
    /// `EEXIST`.
    Exists,
    /// `ENOTEMPTY`.
    NotEmpty,
    /// `ENOSPC`: a limit of the lab.
    NoSpace,
}

impl FsError {
    /// The text of `strerror(3)`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotFound => "No such file or directory",
            Self::PermissionDenied => "Permission denied",
            Self::IsAFolder => "Is a directory",
            Self::NotAFolder => "Not a directory",
            Self::Exists => "File exists",
            Self::NotEmpty => "Directory not empty",
            Self::NoSpace => "No space left on device",
        }
    }
}

/// A file system. Paths are absolute and normalized (`/home/ec2-user/a.crt`); [`resolve`] makes them.
/// A copy shares the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fs {
    nodes: SharedMap<Rc<str>, Node>,
    /// On Windows: each path in lower case, and as it was first written.
    folded: Option<SharedMap<Rc<str>, Rc<str>>>,
}

impl Default for Fs {
    /// A file system with only its root folder, which root owns.
    fn default() -> Self {
        let root = Node {
            kind: NodeKind::Folder,
            owner: "root".into(),
            mode: 0o755,
            modified: SimTime::default(),
        };
        Self {
            nodes: [("/".into(), root)].into_iter().collect(),
            folded: None,
        }
    }
}

/// The prefix of all paths of a Windows host, which has one drive.
const DRIVE: &str = "/C:";

/// The same as [`resolve`], for a Windows host: both slashes, drive letters, and the internal form
/// of paths.
fn resolve_windows(cwd: &str, home: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("//?/").unwrap_or(&path);
    let joined = if path == "~" {
        home.to_owned()
    } else if let Some(rest) = path.strip_prefix("~/") {
        format!("{home}/{rest}")
    } else if let Some(rest) = drive(path.strip_prefix('/').unwrap_or(path)) {
        let letter = path.trim_start_matches('/').get(..1).unwrap_or("C");
        // `C:file` is relative to the drive's working folder.
        if rest.is_empty() || rest.starts_with('/') {
            format!("/{}:{rest}", letter.to_ascii_uppercase())
        } else {
            format!("{cwd}/{rest}")
        }
    } else if path.starts_with('/') {
        format!("{DRIVE}{path}")
    } else {
        format!("{cwd}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.len() > 1 {
                    parts.pop();
                }
            }
            part => parts.push(part.trim_end_matches([' ', '.'])),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The rest of a path after a drive letter.
fn drive(path: &str) -> Option<&str> {
    let (letter, rest) = (path.get(..1)?, path.get(1..)?);
    (letter.chars().all(|c| c.is_ascii_alphabetic()))
        .then(|| rest.strip_prefix(':'))
        .flatten()
}

/// An internal path as Windows writes it: `C:\Users`. Other paths are unchanged.
#[must_use]
pub fn windows_path(path: &str) -> String {
    match path.strip_prefix('/') {
        Some(rest) if drive(rest).is_some() => {
            let shown = rest.replace('/', "\\");
            if shown.len() == 2 {
                format!("{shown}\\")
            } else {
                shown
            }
        }
        _ => path.to_owned(),
    }
}

/// The absolute, normalized form of `path` relative to `cwd`; `~` is `home`.
#[must_use]
pub fn resolve(cwd: &str, home: &str, path: &str) -> String {
    if home.starts_with(DRIVE) {
        return resolve_windows(cwd, home, path);
    }
    let joined = if path == "~" {
        home.to_owned()
    } else if let Some(rest) = path.strip_prefix("~/") {
        format!("{home}/{rest}")
    } else if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{cwd}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Fs {
    /// The file system of a Windows host, with the root of its drive.
    #[must_use]
    pub fn windows() -> Self {
        let mut fs = Self {
            folded: Some(SharedMap::default()),
            ..Self::default()
        };
        fs.make_folders(DRIVE, "SYSTEM", SimTime::default());
        fs
    }

    /// The path under which a node is kept: where case does not matter, the first spelling.
    fn real<'a>(&self, path: &'a str) -> Cow<'a, str> {
        let Some(folded) = &self.folded else {
            return Cow::Borrowed(path);
        };
        if let Some(known) = folded.get(path.to_lowercase().as_str()) {
            return Cow::Owned(known.to_string());
        }
        match path.rsplit_once('/') {
            Some((parent, name)) if !parent.is_empty() => {
                Cow::Owned(format!("{}/{name}", self.real(parent)))
            }
            _ => Cow::Borrowed(path),
        }
    }

    fn keep(&mut self, path: &str) {
        if let Some(folded) = &mut self.folded {
            folded.insert(path.to_lowercase().into(), path.into());
        }
    }

    fn permits(&self, node: &Node, user: &str, bit: u16) -> bool {
        self.folded.is_some() || permits(node, user, bit)
    }

    /// Reads a file as `user`.
    ///
    /// # Errors
    /// Not found, a folder, or not readable.
    pub fn read(&self, path: &str, user: &str) -> Result<Rc<[u8]>, FsError> {
        if path == NULL_DEVICE {
            return Ok([].into());
        }
        let node = self.node(path).ok_or(FsError::NotFound)?;
        if !self.permits(node, user, 0o4) {
            return Err(FsError::PermissionDenied);
        }
        match &node.kind {
            NodeKind::Folder => Err(FsError::IsAFolder),
            NodeKind::File(bytes) => Ok(bytes.clone()),
        }
    }

    /// Writes a file as `user`: makes it (mode 0644) or replaces its bytes.
    ///
    /// # Errors
    /// No such folder, the path is a folder, not writable, or a limit.
    pub fn write(
        &mut self,
        path: &str,
        bytes: impl Into<Rc<[u8]>>,
        user: &str,
        now: SimTime,
    ) -> Result<(), FsError> {
        if path == NULL_DEVICE {
            return Ok(());
        }
        let bytes = bytes.into();
        if bytes.len() > FILE_BYTES_MAX {
            return Err(FsError::NoSpace);
        }
        let path = &*self.real(path);
        let open = self.folded.is_some();
        if let Some(node) = self.nodes.get_mut(path) {
            if matches!(node.kind, NodeKind::Folder) {
                return Err(FsError::IsAFolder);
            }
            if !open && !permits(node, user, 0o2) {
                return Err(FsError::PermissionDenied);
            }
            node.kind = NodeKind::File(bytes);
            node.modified = now;
            return Ok(());
        }
        self.insert(path, NodeKind::File(bytes), 0o644, user, now)
    }

    /// Makes a folder (mode 0755) as `user`.
    ///
    /// # Errors
    /// It exists, no such parent, not writable, or a limit.
    pub fn make_folder(&mut self, path: &str, user: &str, now: SimTime) -> Result<(), FsError> {
        if self.exists(path) {
            return Err(FsError::Exists);
        }
        self.insert(path, NodeKind::Folder, 0o755, user, now)
    }

    /// Makes a folder and its parents, owned by `owner`, without permission checks: for set-up.
    pub fn make_folders(&mut self, path: &str, owner: &str, now: SimTime) {
        let mut at = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            at = self.real(&format!("{at}/{part}")).into_owned();
            if !self.nodes.contains_key(at.as_str()) {
                let folder = Node {
                    kind: NodeKind::Folder,
                    owner: owner.to_owned(),
                    mode: 0o755,
                    modified: now,
                };
                self.nodes.insert(at.as_str().into(), folder);
            }
            self.keep(&at);
        }
    }

    /// Removes a file or an empty folder as `user`.
    ///
    /// # Errors
    /// Not found, not empty, or its folder is not writable.
    pub fn remove(&mut self, path: &str, user: &str) -> Result<(), FsError> {
        let path = &*self.real(path);
        let node = self.nodes.get(path).ok_or(FsError::NotFound)?;
        if matches!(node.kind, NodeKind::Folder) && self.list(path, "root")?.next().is_some() {
            return Err(FsError::NotEmpty);
        }
        self.check_parent(path, user)?;
        self.nodes.remove(path);
        if let Some(folded) = &mut self.folded {
            folded.remove(path.to_lowercase().as_str());
        }
        Ok(())
    }

    /// The names in a folder, sorted, with their nodes.
    ///
    /// # Errors
    /// Not found, not a folder, or not readable.
    pub fn list<'a>(
        &'a self,
        path: &str,
        user: &str,
    ) -> Result<impl Iterator<Item = (&'a str, &'a Node)> + use<'a>, FsError> {
        let path = &*self.real(path);
        if let Some(node) = self.node(path) {
            if !matches!(node.kind, NodeKind::Folder) {
                return Err(FsError::NotAFolder);
            }
            if !self.permits(node, user, 0o4) {
                return Err(FsError::PermissionDenied);
            }
        } else {
            return Err(FsError::NotFound);
        }
        let prefix = if path == "/" {
            "/".to_owned()
        } else {
            format!("{path}/")
        };
        let skip = prefix.len();
        Ok(self
            .nodes
            .iter_from(|name| **name < *prefix)
            .take_while(move |(name, _)| name.starts_with(&prefix))
            .filter(move |(name, _)| name.len() > skip && !name[skip..].contains('/'))
            .map(move |(name, node)| (&name[skip..], node)))
    }

    /// The node at a path.
    #[must_use]
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.get(&*self.real(path))
    }

    /// The path under which a node is kept: on Windows in its first spelling.
    #[must_use]
    pub fn kept(&self, path: &str) -> String {
        self.real(path).into_owned()
    }

    /// Changes a node's permission bits.
    ///
    /// # Errors
    /// Not found, or not the owner.
    pub fn set_mode(&mut self, path: &str, mode: u16, user: &str) -> Result<(), FsError> {
        let path = &*self.real(path);
        let node = self.nodes.get_mut(path).ok_or(FsError::NotFound)?;
        if user != "root" && node.owner != user {
            return Err(FsError::PermissionDenied);
        }
        node.mode = mode & 0o7777;
        Ok(())
    }

    /// Gives a node to another user; only root may do this.
    ///
    /// # Errors
    /// Not found, or not root.
    pub fn set_owner(&mut self, path: &str, owner: &str, user: &str) -> Result<(), FsError> {
        let path = &*self.real(path);
        let node = self.nodes.get_mut(path).ok_or(FsError::NotFound)?;
        if user != "root" {
            return Err(FsError::PermissionDenied);
        }
        owner.clone_into(&mut node.owner);
        Ok(())
    }

    /// True if there is a node at a path.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        path == NULL_DEVICE || self.node(path).is_some()
    }

    /// All nodes in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (&**path, node))
    }

    fn insert(
        &mut self,
        path: &str,
        kind: NodeKind,
        mode: u16,
        user: &str,
        now: SimTime,
    ) -> Result<(), FsError> {
        let path = &*self.real(path);
        self.check_parent(path, user)?;
        if self.nodes.len() >= ENTRIES_MAX {
            return Err(FsError::NoSpace);
        }
        let node = Node {
            kind,
            owner: user.to_owned(),
            mode,
            modified: now,
        };
        self.nodes.insert(path.into(), node);
        self.keep(path);
        Ok(())
    }

    fn check_parent(&self, path: &str, user: &str) -> Result<(), FsError> {
        let parent = match path.rfind('/') {
            Some(0) | None => "/",
            Some(at) => &path[..at],
        };
        let node = self.node(parent).ok_or(FsError::NotFound)?;
        if !matches!(node.kind, NodeKind::Folder) {
            return Err(FsError::NotAFolder);
        }
        if self.permits(node, user, 0o2) {
            Ok(())
        } else {
            Err(FsError::PermissionDenied)
        }
    }
}

fn permits(node: &Node, user: &str, bit: u16) -> bool {
    user == "root"
        || if node.owner == user {
            node.mode & (bit << 6) != 0
        } else {
            node.mode & bit != 0
        }
}
