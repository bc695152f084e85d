//! The learner's typed commands, step by step, for the summary at a lab's end and the marks next to
//! commands that were run. All of it follows from the journal.

use crate::lab::{Lab, Progress};
use crate::world::World;
use hsmlab_protocol::text;
use hsmlab_protocol::view::{RanView, StepTally, TallyView};
use hsmlab_shell::host::CLOUDSHELL;
use hsmlab_shell::terminal::Terminal;
use hsmlab_sim::SimTime;

/// The maximum number of a step's lines that are compared with its commands: far more than any step
/// has.
const LINES_MAX: usize = 1_000;

/// The lines typed since a lab began.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    start: SimTime,
    steps: Vec<StepRecord>,
    /// The lines of the current step, each with its host.
    lines: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default)]
struct StepRecord {
    commands: u32,
    done: Option<SimTime>,
}

impl Record {
    /// Creates the record of a lab that begins now.
    pub(super) fn new(lab: Option<&Lab>, now: SimTime) -> Self {
        let steps = lab.map_or(0, |lab| lab.steps.len());
        Self {
            start: now,
            steps: vec![StepRecord::default(); steps],
            ..Self::default()
        }
    }

    /// Records a line typed in a terminal. Hidden lines (passwords) are not recorded.
    pub(super) fn typed(&mut self, step: usize, terminal: &Terminal, line: &str) {
        let (prompt, echo) = terminal.prompt();
        if !echo {
            return;
        }
        let begins = !terminal.is_continued() && !prompt.is_empty();
        if begins && !matches!(line.trim().chars().next(), None | Some('#')) {
            if let Some(record) = self.steps.get_mut(step) {
                record.commands = record.commands.saturating_add(1);
            }
        }
        let host = terminal.place().map_or("", |(host, _)| host);
        if self.lines.len() >= LINES_MAX {
            self.lines.remove(0);
        }
        self.lines.push((host.to_owned(), line.to_owned()));
    }

    /// Records that a step was done: the lines of the next one begin.
    pub(super) fn step_done(&mut self, step: usize, now: SimTime) {
        if let Some(record) = self.steps.get_mut(step) {
            record.done = Some(now);
        }
        self.lines.clear();
    }

    /// Returns the record for the view.
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

    /// True if the lines of a command were typed on a host in the current step, in sequence.
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
