//! Redirections, and writing text to files.

use super::call;
use super::encoding::{self, Encoding};
use super::failure::Failure;
use super::render;
use super::run::Shell;
use super::syntax::{Expression, Redirection, Stream, Target};
use super::value::Value;

impl Shell<'_, '_> {
    /// Sends the output to its redirections; returns the values that continue through the pipeline.
    pub(super) fn redirect(
        &mut self,
        redirections: &[Redirection],
        mut values: Vec<Value>,
        errors_before: usize,
    ) -> Result<Vec<Value>, Failure> {
        for redirection in redirections {
            match &redirection.to {
                Target::Output => {
                    let errors = self
                        .io
                        .stderr
                        .split_off(errors_before.min(self.io.stderr.len()));
                    let text = String::from_utf8_lossy(&errors).into_owned();
                    values.extend(text.lines().map(Value::from));
                }
                Target::File { path, append } => {
                    let mut text = String::new();
                    if redirection.from != Stream::Out {
                        let errors = self
                            .io
                            .stderr
                            .split_off(errors_before.min(self.io.stderr.len()));
                        text.push_str(&String::from_utf8_lossy(&errors));
                    }
                    if redirection.from != Stream::Err {
                        text.insert_str(0, &render::render(&values));
                        values.clear();
                    }
                    self.put_in_file(path, *append, &text)?;
                }
            }
        }
        Ok(values)
    }

    fn put_in_file(&mut self, path: &Expression, append: bool, text: &str) -> Result<(), Failure> {
        let target = self.evaluate(path)?;
        if target == Value::Null {
            return Ok(());
        }
        let name = target.text();
        self.write_text(&name, text, Encoding::Unicode, append)
            .map_err(|why| Failure {
                by: "out-file".into(),
                category: "OpenError",
                activity: "Out-File".into(),
                exception: "DirectoryNotFoundException",
                ..Failure::parser(
                    &why,
                    "FileOpenFailure,Microsoft.PowerShell.Commands.OutFileCommand",
                    path.span,
                )
            })
    }

    /// Writes a text with Windows' line ends; on failure returns PowerShell's message.
    pub(super) fn write_text(
        &mut self,
        name: &str,
        text: &str,
        encoding: Encoding,
        append: bool,
    ) -> Result<(), String> {
        let path = self.io.path(name);
        let old = if append {
            self.io.host.fs.read(&path, &self.io.login.user).ok()
        } else {
            None
        };
        let old = old.map(|bytes| bytes.to_vec()).unwrap_or_default();
        // Existing content keeps its encoding if a mark shows it (Add-Content); `>>` writes UTF-16.
        let mut bytes = old;
        let mark = bytes.is_empty();
        bytes.extend(encoding.encode(&encoding::with_crlf(text), mark));
        let now = self.io.sys.now();
        let user = self.io.login.user.clone();
        let shown = self.shown_path(&path);
        self.io
            .host
            .fs
            .write(&path, bytes, &user, now)
            .map_err(|error| call::file_words(error, &shown))
    }
}
