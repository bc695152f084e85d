//! Shells inside a shell: scripts, `bash -c`, `su`, and commands on another host.

use std::collections::VecDeque;

use super::frame::{Frame, Pipeline};
use super::simple::Prepared;
use super::streams::{Sinks, Source};
use super::{Chunk, Context, Machine, NESTING_MAX, State};
use crate::host::{Host, Login, ShellOptions};
use crate::process::Input;
use crate::{Sys, fs};

impl Machine {
    /// Runs commands in a separate shell: a script's text, or piped input.
    #[expect(
        clippy::too_many_arguments,
        reason = "a shell takes what its command was given"
    )]
    pub(super) fn shell(
        &mut self,
        name: &str,
        text: Option<String>,
        flags: &str,
        positional: Vec<String>,
        prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let mut login = prepared.environment(context.login);
        login.functions.clear();
        login.positional = positional;
        login.options = ShellOptions::default();
        for flag in flags.chars() {
            login.options.set(flag, true);
        }
        let deadline = prepared.prefix.deadline(context);
        let mut frame = Frame::script(name, text);
        if let Some(script) = &mut frame.script {
            script.inline = flags.contains('c');
        }
        frame.sinks = prepared.sinks;
        frame.input = prepared.input.map(VecDeque::from);
        frame.pipeline = pipeline;
        frame.deadline = deadline;
        login.status = 0;
        frame.login = Some(std::mem::replace(context.login, login));
        self.push(frame, context)
    }

    /// `bash` and `sh`: `-c COMMANDS`, a file, standard input, or a shell at the terminal.
    pub(super) fn bash(
        &mut self,
        mut prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let argv = std::mem::take(&mut prepared.argv);
        let typed = argv.first().map_or("bash", String::as_str);
        let who = typed.rsplit('/').next().unwrap_or(typed).to_owned();
        let mut flags = String::new();
        let mut words = argv.iter().skip(1);
        let mut rest: Vec<String> = Vec::new();
        let (mut command, mut reads_input) = (false, false);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--login" | "-l" | "-i" | "--norc" | "--noprofile" => {}
                "-o" => {
                    let name = words.next().map_or("", String::as_str);
                    let Some(letter) = ShellOptions::letter(name) else {
                        let message = format!("hsmlab: this lab's {who} does not have -o {name}\n");
                        return self.refuse(message, 2, prepared, pipeline, context);
                    };
                    flags.push(letter);
                }
                option if option.starts_with('+') => {
                    let message = format!("hsmlab: this lab's {who} does not have {option}\n");
                    return self.refuse(message, 2, prepared, pipeline, context);
                }
                "-s" => reads_input = true,
                "--" | "-" => {
                    rest.extend(words.by_ref().cloned());
                }
                option if option.len() > 1 && option.starts_with('-') => {
                    for letter in option.chars().skip(1) {
                        match letter {
                            'c' => command = true,
                            'e' | 'u' | 'x' | 'l' => flags.push(letter),
                            other => {
                                let message =
                                    format!("hsmlab: this lab's {who} does not have -{other}\n");
                                return self.refuse(message, 2, prepared, pipeline, context);
                            }
                        }
                    }
                }
                _ => {
                    rest.push(word.clone());
                    rest.extend(words.by_ref().cloned());
                }
            }
        }
        if command {
            if rest.is_empty() {
                let message = format!("{who}: -c: option requires an argument\n");
                return self.refuse(message, 2, prepared, pipeline, context);
            }
            let text = rest.remove(0);
            let name = rest.first().cloned().unwrap_or_else(|| who.clone());
            if rest.is_empty() {
                rest.push(typed.to_owned());
            }
            flags.push('c');
            return self.shell(&name, Some(text), &flags, rest, prepared, pipeline, context);
        }
        if let Some(file) = rest.first().filter(|_| !reads_input).cloned() {
            let login = prepared.prefix.login(context.login);
            let path = fs::resolve(&login.cwd, &login.home(), &file);
            return match context.host.fs.read(&path, &login.user) {
                Ok(bytes) if bytes.contains(&0) || bytes.starts_with(b"\x7fELF") => {
                    let message = format!("{file}: {file}: cannot execute binary file\n");
                    self.refuse(message, 2, prepared, pipeline, context)
                }
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.shell(&file, Some(text), &flags, rest, prepared, pipeline, context)
                }
                Err(error) => {
                    let message = format!("{who}: {file}: {}\n", error.text());
                    self.refuse(message, 127, prepared, pipeline, context)
                }
            };
        }
        let mut positional = vec![typed.to_owned()];
        positional.extend(rest);
        let mut source = self.source(prepared.input.take());
        if matches!(source, Source::Terminal) && context.interactive {
            let mut login = prepared.environment(context.login);
            login.functions.clear();
            login.positional = vec![typed.to_owned()];
            return Some(State::LogIn {
                host: context.host.id.clone(),
                user: login.user.clone(),
                command: None,
                login: Some(Box::new(login)),
            });
        }
        prepared.input = Some(self.drain(&mut source).unwrap_or_default());
        self.shell(&who, None, &flags, positional, prepared, pipeline, context)
    }

    /// `su` and `sudo -i`: a login of another user on this host, or commands as that user.
    pub(super) fn log_in(
        &mut self,
        user: String,
        command: Option<String>,
        prepared: Prepared,
        pipeline: Pipeline,
        context: &mut Context<'_>,
    ) -> Option<State> {
        let asks = context.interactive
            && prepared.input.is_none()
            && !pipeline.many
            && self.reaches_screen(&prepared.sinks.out);
        if asks && command.is_none() {
            return Some(State::LogIn {
                host: context.host.id.clone(),
                user,
                command: None,
                login: None,
            });
        }
        let mut login = context.host.log_in_as(&user);
        login.positional = vec!["bash".to_owned()];
        let prepared = prepared.as_login(login);
        let positional = vec!["bash".to_owned()];
        self.shell("bash", command, "", positional, prepared, pipeline, context)
    }

    /// Runs commands on another host, non-interactively; returns their status.
    pub(super) fn remote(
        &mut self,
        host: &str,
        user: &str,
        command: Option<String>,
        input: Option<Vec<u8>>,
        sinks: &mut Sinks,
        context: &mut Context<'_>,
    ) -> i32 {
        if self.nesting >= NESTING_MAX {
            self.complain("hsmlab: ssh nests too deeply\n", context);
            return 255;
        }
        let Some((mut remote, mut login)) = context.sys.check_out(host, user) else {
            let text = format!("ssh: connect to host {host} port 22: Connection refused\n");
            self.complain(&text, context);
            return 255;
        };
        let mut inner = Self::remote_shell(command);
        if let Some(frame) = inner.frames.last_mut() {
            frame.input = Some(input.unwrap_or_default().into());
        }
        let (screen, status) = self.run_alone(inner, &mut remote, &mut login, context.sys);
        context.sys.check_in(remote);
        self.replay(screen, sinks, context);
        status
    }

    /// Runs another machine to its end, not interactively. Returns its output and its status.
    fn run_alone(
        &mut self,
        mut inner: Self,
        host: &mut Host,
        login: &mut Login,
        sys: &mut dyn Sys,
    ) -> (Vec<Chunk>, i32) {
        inner.nesting = self.nesting + 1;
        inner.commands = self.commands;
        let mut screen = Vec::new();
        let state = inner.resume(
            &mut Context {
                host,
                login,
                sys,
                screen: &mut screen,
                interactive: false,
            },
            Input::Start,
        );
        self.commands = inner.commands;
        let status = match state {
            State::Ended(status) => status,
            _ => login.status,
        };
        (screen, status)
    }

    /// Writes the output of a nested machine to a command's sinks.
    fn replay(&mut self, screen: Vec<Chunk>, sinks: &mut Sinks, context: &mut Context<'_>) {
        for chunk in screen {
            match chunk {
                Chunk::Out(bytes) => self.emit(sinks, bytes, Vec::new(), context),
                Chunk::Err(bytes) => self.emit(sinks, Vec::new(), bytes, context),
                Chunk::Clear => {}
            }
        }
    }

    /// Runs a list to its end, non-interactively; its changes to the login are lost, as in a
    /// subshell. Returns its output and its status.
    pub(super) fn run_nested(
        &mut self,
        inner: Self,
        context: &mut Context<'_>,
    ) -> (Vec<Chunk>, i32) {
        if self.nesting >= NESTING_MAX {
            let text = b"hsmlab: command substitutions nest too deeply\n".to_vec();
            return (vec![Chunk::Err(text)], 1);
        }
        let mut login = context.login.clone();
        login.status = 0;
        self.run_alone(inner, context.host, &mut login, context.sys)
    }
}

impl Prepared {
    /// The login of a started command: the exported variables, and those set only for it.
    pub(super) fn environment(&self, login: &Login) -> Login {
        let mut login = self.prefix.login(login).into_owned();
        login
            .variables
            .retain(|name, _| login.exported.contains(name));
        for (name, value) in self.assigned() {
            login.exported.insert(name.clone());
            login.variables.insert(name.clone(), value.clone());
        }
        login
    }
}
