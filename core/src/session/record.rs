//! What a learner typed, step by step: for the summary at a lab's end, for the marks beside commands that
//! were run, and for the programs that the diagram names. All of it follows from the journal.

use std::collections::BTreeMap;

use super::request::TerminalId;
use super::view::{RanView, StepTally, TallyView};
use crate::lab::{Lab, Progress, text};
use crate::shell::host::CLOUDSHELL;
use crate::shell::powershell;
use crate::shell::terminal::Terminal;
use crate::sim::SimTime;
use crate::world::World;

/// The most lines of a step that are compared with its commands: far more than any step has.
const LINES_MAX: usize = 1_000;
/// What bash shows while it waits for the end of a command.
const CONTINUATION: &str = "> ";

/// What was typed since a lab began.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    start: SimTime,
    steps: Vec<StepRecord>,
    /// The lines of the present step, each with the host that it went to.
    lines: Vec<(String, String)>,
    /// The last program that was started from each terminal's shell.
    programs: BTreeMap<TerminalId, String>,
}

#[derive(Clone, Debug, Default)]
struct StepRecord {
    commands: u32,
    done: Option<SimTime>,
}

impl Record {
    /// The record of a lab that begins now.
    pub(super) fn new(lab: Option<&Lab>, now: SimTime) -> Self {
        let steps = lab.map_or(0, |lab| lab.steps.len());
        Self {
            start: now,
            steps: vec![StepRecord::default(); steps],
            ..Self::default()
        }
    }

    /// A line is typed in a terminal. What is not shown as it is typed (a password) is not recorded.
    pub(super) fn typed(&mut self, step: usize, id: TerminalId, terminal: &Terminal, line: &str) {
        let (prompt, echo) = terminal.prompt();
        if !echo {
            return;
        }
        let begins = !continues(&prompt) && !prompt.is_empty();
        if begins && !matches!(line.trim().chars().next(), None | Some('#')) {
            if let Some(record) = self.steps.get_mut(step) {
                record.commands = record.commands.saturating_add(1);
            }
            if !terminal.is_waiting() {
                self.programs.insert(id, program(line));
            }
        }
        let host = terminal.place().map_or("", |(host, _)| host);
        if self.lines.len() >= LINES_MAX {
            self.lines.remove(0);
        }
        self.lines.push((host.to_owned(), line.to_owned()));
    }

    /// A step was done: the lines of the next one begin.
    pub(super) fn step_done(&mut self, step: usize, now: SimTime) {
        if let Some(record) = self.steps.get_mut(step) {
            record.done = Some(now);
        }
        self.lines.clear();
    }

    /// The program that runs in a terminal or waits for a line there; `None` is the shell itself.
    pub(super) fn program(&self, id: TerminalId, terminal: &Terminal) -> Option<&str> {
        let waits = terminal.is_waiting() && !continues(&terminal.prompt().0);
        let name = self.programs.get(&id).map(String::as_str);
        name.filter(|_| waits || terminal.is_running())
    }

    /// The record as it is shown.
    pub(super) fn view(&self, world: &World, lab: Option<&Lab>, progress: &Progress) -> TallyView {
        let mut before = self.start;
        let mut steps = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            steps.push(StepTally {
                commands: step.commands,
                hints: progress.hints_shown(index),
                took_ms: step.done.map(|done| done.since(before).as_ms()),
            });
            before = step.done.unwrap_or(before);
        }
        let present = lab.and_then(|lab| lab.steps.get(progress.present()));
        let commands = present.map(|step| text::commands(&step.body));
        let ran = (commands.into_iter().flatten())
            .filter(|(host, command)| self.ran(world, host, command))
            .map(|(host, command)| RanView {
                host: host.to_owned(),
                text: command.to_owned(),
            });
        TallyView {
            ran: ran.collect(),
            steps,
        }
    }

    /// Whether the lines of a command were typed on a host in the present step, one after the other.
    fn ran(&self, world: &World, host: &str, command: &str) -> bool {
        if self.lines.is_empty() {
            return false;
        }
        let named = match host {
            CLOUDSHELL => None,
            name => world.instance_named(name),
        };
        let host = named.as_deref().unwrap_or(host);
        let wanted: Vec<&str> = command.lines().map(str::trim_end).collect();
        let typed = self.lines.iter().filter(|(on, _)| on == host);
        let typed: Vec<&str> = typed.map(|(_, line)| line.trim_end()).collect();
        typed
            .windows(wanted.len().max(1))
            .any(|some| some == wanted)
    }
}

fn continues(prompt: &str) -> bool {
    prompt == CONTINUATION || prompt == powershell::CONTINUATION
}

/// The name of the program that a line runs last: `cloudhsm-cli` of
/// `sudo /opt/cloudhsm/bin/cloudhsm-cli interactive`.
fn program(line: &str) -> String {
    let ends = [';', '&', '|'];
    let line = line.trim_end_matches(|c: char| c.is_whitespace() || ends.contains(&c));
    let last = line.rsplit(ends).next().unwrap_or_default();
    let name = match last.trim().strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => last
            .split_whitespace()
            .find(|word| *word != "sudo" && !word.contains('=')),
    };
    let name = name.unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_suffix(".exe").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn a_program_has_its_file_name() {
        for (line, name) in [
            ("/opt/cloudhsm/bin/cloudhsm-cli interactive", "cloudhsm-cli"),
            ("sudo A=1 ./bin/hsm-load --seconds 5", "hsm-load"),
            ("cd x && hsm-load", "hsm-load"),
            (
                r#"& "C:\Program Files\Amazon\cloudhsm-cli.exe" interactive"#,
                "cloudhsm-cli",
            ),
            (r".\cloudhsm-cli.exe interactive", "cloudhsm-cli"),
            ("", ""),
            (";", ""),
        ] {
            assert_eq!(program(line), name, "{line}");
        }
    }
}
