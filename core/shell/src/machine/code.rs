//! Compiles a parsed list into operations that a frame steps through, so that it can stop anywhere.

use std::rc::Rc;

use crate::syntax::{Command, Item, Join, Simple, Word};

/// One operation of a frame.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// Runs a pipeline: its source line, and whether `set -e` applies to it.
    Run(Rc<[Command]>, usize, bool),
    /// Turns success into failure and back.
    Negate,
    Jump(usize),
    /// Jumps if the status is success (true) or failure (false).
    JumpIf(bool, usize),
    Status(i32),
    ForStart(Option<Vec<Word>>),
    ForNext(String, usize),
    /// Leaves a `for` loop before its end.
    ForLeave,
    /// Remembers the word that a `case` compares.
    CaseWord(Word),
    /// Jumps if no pattern matches that word.
    CaseTest(Vec<Word>, usize),
    /// `set -e`: leaves the shell if the command before it failed.
    ErrExit,
    /// `time`: starts the clock.
    TimeStart,
    /// `time`: prints the elapsed time; true for the POSIX format.
    TimeEnd(bool),
}

impl Op {
    /// The operation to continue with, if it is not the next one.
    fn target(&mut self) -> Option<&mut usize> {
        match self {
            Self::Jump(to) | Self::JumpIf(_, to) | Self::ForNext(_, to) | Self::CaseTest(_, to) => {
                Some(to)
            }
            _ => None,
        }
    }
}

/// A loop that is being compiled: the point where it continues, a flag for `for` loops, and the
/// jumps out of it.
struct Loop {
    top: usize,
    is_for: bool,
    leaves: Vec<usize>,
}

/// Compiles a list.
pub(super) fn compile(list: &[Item]) -> Vec<Op> {
    let mut compiler = Compiler::default();
    compiler.list(list, true);
    compiler.code
}

/// Compiles one command as the body of a separate frame.
pub(super) fn compile_command(command: &Command) -> Vec<Op> {
    let mut compiler = Compiler::default();
    match command {
        Command::Subshell(list) => compiler.list(list, true),
        command => compiler.command(command, 0, true),
    }
    compiler.code
}

#[derive(Default)]
struct Compiler {
    code: Vec<Op>,
    loops: Vec<Loop>,
}

impl Compiler {
    /// Compiles a list. `exits`: a failure in it ends the shell under `set -e`. Conditions are
    /// exempt.
    fn list(&mut self, list: &[Item], exits: bool) {
        for (at, item) in list.iter().enumerate() {
            let guard = match item.join {
                Join::Always => None,
                Join::And => Some(false),
                Join::Or => Some(true),
            };
            let jump = guard.map(|skips_on| self.push(Op::JumpIf(skips_on, 0)));
            // Only the last command of an && or || chain can end the shell.
            let last = list
                .get(at + 1)
                .is_none_or(|next| next.join == Join::Always);
            let exits = exits && last && !item.negated;
            if item.timed.is_some() {
                self.push(Op::TimeStart);
            }
            match item.stages.as_slice() {
                [one] => self.command(one, item.line, exits),
                stages => {
                    self.push(Op::Run(stages.into(), item.line, exits));
                }
            }
            if let Some(posix) = item.timed {
                self.push(Op::TimeEnd(posix));
            }
            if item.negated {
                self.push(Op::Negate);
            }
            if exits {
                self.push(Op::ErrExit);
            }
            self.patch(jump);
        }
    }

    fn push(&mut self, op: Op) -> usize {
        self.code.push(op);
        self.code.len() - 1
    }

    /// Points the jump at `at` to the current end of the code.
    fn patch(&mut self, at: Option<usize>) {
        let end = self.code.len();
        let jump = at.and_then(|at| self.code.get_mut(at));
        if let Some(to) = jump.and_then(Op::target) {
            *to = end;
        }
    }

    fn run(&mut self, command: &Command, line: usize, exits: bool) {
        self.push(Op::Run(Rc::new([command.clone()]), line, exits));
    }

    fn command(&mut self, command: &Command, line: usize, exits: bool) {
        match command {
            Command::Simple(simple) => {
                if !self.leave(simple) {
                    self.run(command, line, exits);
                }
            }
            Command::Redirected(..) | Command::Subshell(_) | Command::Function(..) => {
                self.run(command, line, exits);
            }
            Command::Group(list) => self.list(list, exits),
            Command::If(branches, otherwise) => self.branches(branches, otherwise, exits),
            Command::While(wanted, test, body) => self.while_loop(*wanted, test, body, exits),
            Command::For(name, words, body) => self.for_loop(name, words.as_deref(), body, exits),
            Command::Case(word, branches) => self.case(word, branches, exits),
        }
    }

    fn branches(&mut self, branches: &[(Vec<Item>, Vec<Item>)], otherwise: &[Item], exits: bool) {
        let mut ends = Vec::new();
        for (test, body) in branches {
            self.list(test, false);
            let skip = self.push(Op::JumpIf(false, 0));
            self.list(body, exits);
            ends.push(self.push(Op::Jump(0)));
            self.patch(Some(skip));
        }
        self.push(Op::Status(0));
        self.list(otherwise, exits);
        for end in ends {
            self.patch(Some(end));
        }
    }

    fn while_loop(&mut self, wanted: bool, test: &[Item], body: &[Item], exits: bool) {
        // The status of a loop is that of its last body, or success.
        let top = self.code.len();
        self.open(top, false);
        self.list(test, false);
        let skip = self.push(Op::JumpIf(!wanted, 0));
        self.list(body, exits);
        self.push(Op::Jump(top));
        self.patch(Some(skip));
        self.push(Op::Status(0));
        self.close();
    }

    fn for_loop(&mut self, name: &str, words: Option<&[Word]>, body: &[Item], exits: bool) {
        self.push(Op::ForStart(words.map(<[Word]>::to_vec)));
        let top = self.push(Op::ForNext(name.to_owned(), 0));
        self.open(top, true);
        self.list(body, exits);
        self.push(Op::Jump(top));
        self.patch(Some(top));
        self.close();
    }

    fn case(&mut self, word: &Word, branches: &[(Vec<Word>, Vec<Item>)], exits: bool) {
        self.push(Op::CaseWord(word.clone()));
        let mut ends = Vec::new();
        for (patterns, body) in branches {
            let skip = self.push(Op::CaseTest(patterns.clone(), 0));
            self.push(Op::Status(0));
            self.list(body, exits);
            ends.push(self.push(Op::Jump(0)));
            self.patch(Some(skip));
        }
        self.push(Op::Status(0));
        for end in ends {
            self.patch(Some(end));
        }
    }

    fn open(&mut self, top: usize, is_for: bool) {
        self.loops.push(Loop {
            top,
            is_for,
            leaves: Vec::new(),
        });
    }

    /// Ends a loop; `break` jumps to this point.
    fn close(&mut self) {
        for leave in self
            .loops
            .pop()
            .map(|closed| closed.leaves)
            .unwrap_or_default()
        {
            self.patch(Some(leave));
        }
    }

    /// `break [N]` and `continue [N]` inside a loop; false for any other command.
    fn leave(&mut self, simple: &Simple) -> bool {
        let words: Vec<String> = simple.words.iter().filter_map(Word::plain).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (name, levels) = match words.as_slice() {
            [name @ ("break" | "continue")] => (*name, 1),
            [name @ ("break" | "continue"), levels] => (*name, levels.parse().unwrap_or(1)),
            _ => return false,
        };
        let levels = levels.clamp(1, self.loops.len().max(1));
        let Some(target) = self.loops.len().checked_sub(levels) else {
            return false;
        };
        self.push(Op::Status(0));
        let inner = self.loops.get(target + 1..).unwrap_or_default();
        for _ in 0..inner.iter().filter(|inner| inner.is_for).count() {
            self.push(Op::ForLeave);
        }
        let Some((top, is_for)) = self.loops.get(target).map(|left| (left.top, left.is_for)) else {
            return false;
        };
        if name == "continue" {
            self.push(Op::Jump(top));
            return true;
        }
        if is_for {
            self.push(Op::ForLeave);
        }
        let jump = self.push(Op::Jump(0));
        if let Some(left) = self.loops.get_mut(target) {
            left.leaves.push(jump);
        }
        true
    }
}
