//! `file://` and `fileb://`: values from files.

use std::collections::BTreeMap;

use super::py::{Py, str_repr};
use hsmlab_shell::fs::{FsError, resolve};
use hsmlab_shell::process::Io;

/// Reads the file at a path.
type Read<'a> = dyn Fn(&str) -> Result<Vec<u8>, FsError> + 'a;

/// The files and variables of a host that a command line can read.
pub struct Files<'a> {
    read: Box<Read<'a>>,
    variables: Box<dyn Fn(&str) -> Option<String> + 'a>,
    home: String,
}

impl<'a> Files<'a> {
    /// Provides no files.
    #[must_use]
    pub fn none() -> Self {
        Self {
            read: Box::new(|_| Err(FsError::NotFound)),
            variables: Box::new(|_| None),
            home: "/".into(),
        }
    }

    /// Provides the files of a program's host, as its user sees them.
    #[must_use]
    pub fn of(io: &'a Io<'_>) -> Self {
        let (login, host) = (&*io.login, &*io.host);
        Self {
            read: Box::new(move |path| {
                let path = resolve(&login.cwd, &login.home(), path);
                host.fs.read(&path, &login.user).map(|bytes| bytes.to_vec())
            }),
            variables: Box::new(move |name| {
                login
                    .variable(name)
                    .filter(|_| login.exported.contains(name))
                    .map(str::to_owned)
            }),
            home: login.home(),
        }
    }

    /// Returns the bytes of a file; `~` is the home folder.
    ///
    /// # Errors
    /// The reason why the file cannot be read.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, FsError> {
        (self.read)(&self.expand(path))
    }

    /// Returns an exported environment variable; an empty one counts as missing.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// Provides given files and variables, for tests and recorded lines.
    #[must_use]
    pub fn fixed(files: BTreeMap<String, Vec<u8>>, variables: BTreeMap<String, String>) -> Self {
        Self {
            read: Box::new(move |path| files.get(path).cloned().ok_or(FsError::NotFound)),
            variables: Box::new(move |name| variables.get(name).cloned()),
            home: "/home/user".into(),
        }
    }

    /// Resolves a `file://` or `fileb://` reference to the file's content; `None` if `text` is not one.
    ///
    /// # Errors
    /// The CLI's message.
    #[must_use]
    pub fn load(&self, text: &str) -> Option<Result<Py, String>> {
        let (path, binary) = match text.strip_prefix("file://") {
            Some(path) => (path, false),
            None => (text.strip_prefix("fileb://")?, true),
        };
        let path = self.expand(path);
        let bytes = match self.bytes(&path) {
            Ok(bytes) if binary => return Some(Ok(Py::Bytes(bytes))),
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(cannot_load(text, &path, error))),
        };
        Some(match String::from_utf8(bytes) {
            // Python reads text with universal newlines.
            Ok(content) => Ok(Py::Str(content.replace("\r\n", "\n").replace('\r', "\n"))),
            Err(_) => Err(format!(
                "Unable to load paramfile ({path}), text contents could not be decoded.  If this is a \
                 binary file, please use the fileb:// prefix instead of the file:// prefix."
            )),
        })
    }

    /// Expands `~` to the home folder, and `$NAME` and `${NAME}` to their values.
    #[must_use]
    pub fn expand(&self, path: &str) -> String {
        let path = match path.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                format!("{}{rest}", self.home)
            }
            _ => path.to_owned(),
        };
        let mut expanded = String::new();
        let mut rest = path.as_str();
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, length) = variable_name(after);
            match (self.variables)(name).filter(|_| length > 0) {
                Some(value) => {
                    expanded.push_str(&value);
                    rest = &after[length..];
                }
                None => {
                    expanded.push('$');
                    rest = after;
                }
            }
        }
        expanded.push_str(rest);
        expanded
    }
}

/// The variable's name in the text after a `$`, and its length in bytes.
fn variable_name(text: &str) -> (&str, usize) {
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.find('}') {
            Some(end) => (&inner[..end], end + 2),
            None => ("", 0),
        };
    }
    let end = text
        .find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .unwrap_or(text.len());
    (&text[..end], end)
}

fn cannot_load(text: &str, path: &str, error: FsError) -> String {
    let number = match error {
        FsError::NotFound => 2,
        FsError::PermissionDenied => 13,
        FsError::Exists => 17,
        FsError::NotAFolder => 20,
        FsError::IsAFolder => 21,
        FsError::NoSpace => 28,
        FsError::NotEmpty => 39,
    };
    format!(
        "Unable to load paramfile {text}: [Errno {number}] {}: {}",
        error.text(),
        str_repr(path)
    )
}
