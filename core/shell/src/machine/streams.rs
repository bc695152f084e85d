//! The targets of output and the sources of input: the screen, pipes, files.

use std::collections::VecDeque;

use super::{Chunk, Context, Machine, OUTPUT_BYTES_MAX};
use crate::fs::{self, FsError};
use crate::syntax::{Descriptor, Target};

/// The target of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// The standard output of the enclosing frame; for the outermost, the screen.
    Out,
    /// The standard error of the enclosing frame.
    Err,
    /// The next stage of the pipeline.
    Pipe,
    /// A file, opened by a user.
    File(String),
}

/// The output streams of a command or a frame.
#[derive(Clone, Debug)]
pub(super) struct Sinks {
    pub(super) out: Sink,
    pub(super) err: Sink,
    /// The bytes written to the pipe.
    pub(super) pipe: Vec<u8>,
}

impl Sinks {
    /// The streams of the enclosing frame; `piped`: its output goes to the next stage.
    pub(super) const fn inherited(piped: bool) -> Self {
        Self {
            out: if piped { Sink::Pipe } else { Sink::Out },
            err: Sink::Err,
            pipe: Vec::new(),
        }
    }
}

/// The source of a command's standard input.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The command's own pipe or redirection.
    Own(VecDeque<u8>),
    /// The input of an enclosing frame, which other commands read too.
    Frame(usize),
    /// The person at the terminal.
    Terminal,
}

/// Removes the first line: returns it, and true if it had a line end.
pub(super) fn take_line(bytes: &mut VecDeque<u8>) -> Option<(String, bool)> {
    if bytes.is_empty() {
        return None;
    }
    let mut line = Vec::new();
    while let Some(byte) = bytes.pop_front() {
        if byte == b'\n' {
            return Some((String::from_utf8_lossy(&line).into_owned(), true));
        }
        line.push(byte);
    }
    Some((String::from_utf8_lossy(&line).into_owned(), false))
}

impl Machine {
    /// The source for a command; without its own input, that of an enclosing frame.
    pub(super) fn source(&self, own: Option<Vec<u8>>) -> Source {
        match own {
            Some(bytes) => Source::Own(bytes.into()),
            None => self
                .frames
                .iter()
                .rposition(|frame| frame.input.is_some())
                .map_or(Source::Terminal, Source::Frame),
        }
    }

    /// The unread bytes of a source; `None`: it is the terminal.
    pub(super) fn unread<'a>(&'a mut self, source: &'a mut Source) -> Option<&'a mut VecDeque<u8>> {
        match source {
            Source::Own(bytes) => Some(bytes),
            Source::Frame(at) => self.frames.get_mut(*at)?.input.as_mut(),
            Source::Terminal => None,
        }
    }

    /// True if output to a sink of the innermost command appears on the screen.
    pub(super) fn reaches_screen(&self, sink: &Sink) -> bool {
        let mut sink = sink;
        for frame in self.frames.iter().rev() {
            match sink {
                Sink::Out => sink = &frame.sinks.out,
                Sink::Err => sink = &frame.sinks.err,
                Sink::Pipe | Sink::File(_) => return false,
            }
        }
        matches!(sink, Sink::Out | Sink::Err)
    }

    /// Writes a command's output.
    pub(super) fn emit(
        &mut self,
        sinks: &mut Sinks,
        out: Vec<u8>,
        err: Vec<u8>,
        context: &mut Context<'_>,
    ) {
        for (bytes, is_err) in [(out, false), (err, true)] {
            if bytes.is_empty() {
                continue;
            }
            let sink = if is_err { &sinks.err } else { &sinks.out };
            match sink.clone() {
                Sink::Pipe => sinks.pipe.extend_from_slice(&bytes),
                Sink::File(path) => self.append(&path, &bytes, context),
                Sink::Out => self.put(false, bytes, context),
                Sink::Err => self.put(true, bytes, context),
            }
        }
    }

    /// Writes to the innermost frame's standard output or error.
    pub(super) fn put(&mut self, is_err: bool, bytes: Vec<u8>, context: &mut Context<'_>) {
        let mut is_err = is_err;
        for at in (0..self.frames.len()).rev() {
            let Some(frame) = self.frames.get_mut(at) else {
                break;
            };
            let sink = if is_err {
                &frame.sinks.err
            } else {
                &frame.sinks.out
            };
            match sink {
                Sink::Out => is_err = false,
                Sink::Err => is_err = true,
                Sink::Pipe => return frame.sinks.pipe.extend_from_slice(&bytes),
                Sink::File(path) => {
                    let path = path.clone();
                    return self.append(&path, &bytes, context);
                }
            }
        }
        self.show(bytes, is_err, context);
    }

    /// Writes the shell's own message to the innermost frame's standard error.
    pub(super) fn complain(&mut self, text: &str, context: &mut Context<'_>) {
        self.put(true, text.as_bytes().to_vec(), context);
    }

    fn append(&mut self, path: &str, bytes: &[u8], context: &mut Context<'_>) {
        let old = context.host.fs.read(path, "root");
        let mut all = old.map(|old| old.to_vec()).unwrap_or_default();
        all.extend_from_slice(bytes);
        let now = context.sys.now();
        // The permission was checked when the file was opened.
        if let Err(error) = context.host.fs.write(path, all, "root", now) {
            let message = format!("{}{path}: {}\n", self.voice(), error.text());
            self.show(message.into_bytes(), true, context);
        }
    }

    fn show(&mut self, bytes: Vec<u8>, is_err: bool, context: &mut Context<'_>) {
        if self.printed > OUTPUT_BYTES_MAX {
            return;
        }
        self.printed += bytes.len();
        context.screen.push(if is_err {
            Chunk::Err(bytes)
        } else {
            Chunk::Out(bytes)
        });
        if self.printed > OUTPUT_BYTES_MAX {
            self.stop(context, "the line printed more than 1 MiB and was stopped");
        }
    }
}

/// Opens one redirection as the learner, even before `sudo`, as on a real system.
pub(super) fn open(
    from: Descriptor,
    to: &Target,
    text: &str,
    sinks: &mut Sinks,
    input: &mut Option<Vec<u8>>,
    context: &mut Context<'_>,
) -> Result<(), String> {
    let path = fs::resolve(&context.login.cwd, &context.login.home(), text);
    let user = context.login.user.clone();
    let failed = |error: FsError| format!("{text}: {}", error.text());
    let sink = match to {
        Target::Text(_) | Target::Heredoc(_) => {
            *input = Some(text.as_bytes().to_vec());
            return Ok(());
        }
        Target::File(_) if from == Descriptor::Stdin => {
            *input = Some(context.host.fs.read(&path, &user).map_err(failed)?.to_vec());
            return Ok(());
        }
        Target::Same(Descriptor::Stdout) => sinks.out.clone(),
        Target::Same(_) => sinks.err.clone(),
        Target::File(_) | Target::Append(_) if path == "/dev/stdout" => sinks.out.clone(),
        Target::File(_) | Target::Append(_) if path == "/dev/stderr" => sinks.err.clone(),
        Target::File(_) | Target::Append(_) => {
            let keeps = matches!(to, Target::Append(_)) && context.host.fs.exists(&path);
            let old = if keeps {
                context.host.fs.read(&path, "root").map_err(failed)?
            } else {
                [].into()
            };
            let now = context.sys.now();
            context
                .host
                .fs
                .write(&path, old, &user, now)
                .map_err(failed)?;
            Sink::File(path)
        }
    };
    match from {
        Descriptor::Stdout => sinks.out = sink,
        Descriptor::Stderr => sinks.err = sink,
        Descriptor::Both => {
            sinks.out = sink.clone();
            sinks.err = sink;
        }
        Descriptor::Stdin => {}
    }
    Ok(())
}
