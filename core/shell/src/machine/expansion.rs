//! Expansion inside a machine: command substitution runs a separate machine.

use super::{Chunk, Context, EXPANSION_BYTES_MAX, Machine};
use crate::expand::Substitute;
use crate::fs::Fs;
use crate::host::Login;
use crate::syntax::Item;

/// The state that the expansion of one command's words uses.
pub(super) struct Expansion<'m, 'c, 'a> {
    machine: &'m mut Machine,
    context: &'c mut Context<'a>,
    spent: usize,
    /// The reason that the command cannot run.
    pub(super) failed: Option<String>,
    /// True if that ends a script.
    pub(super) fatal: bool,
    /// True if commands were run; their status then counts.
    pub(super) ran: bool,
}

impl<'m, 'c, 'a> Expansion<'m, 'c, 'a> {
    pub(super) const fn new(machine: &'m mut Machine, context: &'c mut Context<'a>) -> Self {
        Self {
            machine,
            context,
            spent: 0,
            failed: None,
            fatal: false,
            ran: false,
        }
    }
}

impl Substitute for Expansion<'_, '_, '_> {
    fn output_of(&mut self, list: &[Item]) -> String {
        self.ran = true;
        let mut inner = Machine::new(list);
        inner.voice = self.machine.voice();
        let (screen, status) = self.machine.run_nested(inner, self.context);
        self.context.login.status = status;
        let mut out = Vec::new();
        for chunk in screen {
            match chunk {
                Chunk::Out(bytes) => out.extend_from_slice(&bytes),
                Chunk::Err(bytes) => self.machine.put(true, bytes, self.context),
                Chunk::Clear => {}
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    fn login(&mut self) -> &mut Login {
        self.context.login
    }

    fn spend(&mut self, bytes: usize) -> bool {
        self.spent = self.spent.saturating_add(bytes);
        let enough = self.spent <= EXPANSION_BYTES_MAX;
        if !enough {
            self.fail("Argument list too long".into());
        }
        enough
    }

    fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    fn fail_shell(&mut self, why: String) {
        self.fatal = true;
        self.fail(why);
    }

    fn fs(&self) -> &Fs {
        &self.context.host.fs
    }
}
