//! Proves that the author's solution solves a lab, and that wrong attempts do not: the solution must
//! turn each check from red to green, and no wrong attempt may.

use super::{Check, Command, Condition, Lab, Probe, Step, Wrong, progress};

/// The test bench of a proof: a world that can be typed into and inspected.
pub trait Bench: Probe {
    /// Types lines into the terminal of a host, which is opened on first use. Fails if the host has no
    /// terminal.
    ///
    /// # Errors
    /// Returns the reason why no terminal could be opened.
    fn type_lines(&mut self, command: &Command) -> Result<(), String>;
    /// Returns the output of the last lines, for the report.
    fn last_output(&self) -> String;
    /// True if a step was ticked off in the learner's own session.
    fn has_ticked(&self, step: usize) -> bool;
    /// Returns a copy in the same state. Lines typed there do not change this one.
    fn fork(&self) -> Box<dyn Bench>;
}

/// The result of a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The flaws of the first flawed step (later ones build on it); empty if the lab is proven.
    pub flaws: Vec<Flaw>,
    /// The wrong attempts that were played and failed, as they must.
    pub refuted: Vec<Refuted>,
}

/// A flaw, with the line of the lab file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1 on.
    pub line: usize,
    /// The flaw.
    pub what: String,
}

/// A wrong attempt that leaves its step undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuted {
    /// The line of the lab file, from 1 on.
    pub line: usize,
    /// The step's id.
    pub step: String,
    /// The attempt's name.
    pub name: String,
    /// The reason that the learner is shown.
    pub reason: String,
}

/// Plays a lab's solution and its wrong attempts.
pub fn prove(lab: &Lab, bench: &mut dyn Bench) -> Proof {
    let mut proof = Proof::default();
    for (index, step) in lab.steps.iter().enumerate() {
        // Doing nothing must not complete the step.
        for check in &step.checks {
            if progress::verdict(check, bench).is_none() {
                let what = "the check holds before the step was done";
                proof.flaws.push(flaw(check.line, step, what));
            }
        }
        if !proof.flaws.is_empty() {
            break;
        }
        refute(index, step, false, bench, &mut proof);
        play(step, bench, &mut proof);
        if proof.flaws.is_empty() {
            refute(index, step, true, bench, &mut proof);
        }
        if !proof.flaws.is_empty() {
            break;
        }
    }
    proof
}

fn flaw(line: usize, step: &Step, what: &str) -> Flaw {
    Flaw {
        line,
        what: format!("step “{}”: {what}", step.title),
    }
}

/// Plays the solution of a step, which must turn all its checks green.
fn play(step: &Step, bench: &mut dyn Bench, proof: &mut Proof) {
    for command in &step.solution {
        if let Err(why) = bench.type_lines(command) {
            proof.flaws.push(flaw(step.line, step, &why));
        }
    }
    for check in &step.checks {
        if let Some(verdict) = progress::verdict(check, bench) {
            let what = format!(
                "the check does not hold after the solution: {}\n{}",
                verdict.text,
                bench.last_output()
            );
            proof.flaws.push(flaw(check.line, step, &what));
        } else if is_bare_number(check, bench) {
            let what = "“pass” gives a number, and every number counts as true, also 0: compare it";
            proof.flaws.push(flaw(check.line, step, what));
        }
    }
}

fn is_bare_number(check: &Check, bench: &mut dyn Bench) -> bool {
    let Condition::Query(expression) = &check.pass else {
        return false;
    };
    progress::value(expression, &bench.run(&check.command)).is_some_and(|value| value.is_number())
}

/// Plays the wrong attempts of a step, each on a copy.
fn refute(index: usize, step: &Step, after: bool, bench: &dyn Bench, proof: &mut Proof) {
    for wrong in &step.wrongs {
        if wrong.after_solution != after {
            continue;
        }
        match attempt(index, step, wrong, &mut *bench.fork()) {
            Ok(refuted) => proof.refuted.push(refuted),
            Err(what) => {
                let what = format!("the wrong attempt “{}” {what}", wrong.name);
                proof.flaws.push(flaw(wrong.line, step, &what));
            }
        }
    }
}

/// Plays one wrong attempt; an error describes a wrong success.
fn attempt(
    index: usize,
    step: &Step,
    wrong: &Wrong,
    bench: &mut dyn Bench,
) -> Result<Refuted, String> {
    for command in &wrong.commands {
        bench
            .type_lines(command)
            .map_err(|why| format!("cannot be played: {why}"))?;
    }
    // After the solution the step was already ticked off: then only the checks can tell.
    if !wrong.after_solution && bench.has_ticked(index) {
        return Err("does the step".into());
    }
    let mut reason = None;
    for check in &step.checks {
        let listed = wrong
            .red
            .iter()
            .find(|id| check.id.as_deref() == Some(id.as_str()));
        match (progress::verdict(check, bench), listed) {
            (Some(verdict), _) => reason = reason.or(Some(verdict.text)),
            (None, Some(id)) => return Err(format!("leaves the check “{id}” green")),
            (None, None) => {}
        }
    }
    let reason = reason.ok_or_else(|| "leaves all checks of the step green".to_owned())?;
    Ok(Refuted {
        line: wrong.line,
        step: step.id.clone(),
        name: wrong.name.clone(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lab::Ran;

    /// A world of files: `touch x` makes one, `rm x` removes one, and `ls` prints their names as JSON.
    #[derive(Clone)]
    struct Files {
        lab: Lab,
        names: BTreeSet<String>,
        ticked: BTreeSet<usize>,
    }

    impl Files {
        fn of(source: &str) -> Self {
            Self {
                lab: Lab::parse(source).unwrap(),
                names: BTreeSet::new(),
                ticked: BTreeSet::new(),
            }
        }

        fn proof(source: &str) -> Proof {
            let mut files = Self::of(source);
            prove(&files.lab.clone(), &mut files)
        }
    }

    impl Probe for Files {
        fn run(&mut self, _: &Command) -> Ran {
            Ran {
                stdout: serde_json::to_string(&self.names).unwrap(),
                ..Ran::default()
            }
        }
    }

    impl Bench for Files {
        fn type_lines(&mut self, command: &Command) -> Result<(), String> {
            if let Some(host) = &command.on {
                return Err(format!("there is no instance {host}"));
            }
            for line in command.text.lines() {
                match line.split_once(' ') {
                    Some(("touch", name)) => self.names.insert(name.to_owned()),
                    Some(("rm", name)) => self.names.remove(name),
                    _ => false,
                };
                for (index, step) in self.lab.clone().steps.iter().enumerate() {
                    let holds = |check| progress::verdict(check, self).is_none();
                    if step.checks.iter().all(holds) {
                        self.ticked.insert(index);
                    }
                }
            }
            Ok(())
        }

        fn last_output(&self) -> String {
            String::new()
        }

        fn has_ticked(&self, step: usize) -> bool {
            self.ticked.contains(&step)
        }

        fn fork(&self) -> Box<dyn Bench> {
            Box::new(self.clone())
        }
    }

    /// A lab of two steps; the blocks come at the end of the second, from line 33 on.
    fn lab(blocks: &str) -> String {
        let one = "## One\n```sh\ntouch a\n```\n```check\nrun = \"ls\"\npass = \"contains(@, 'a')\"\n[[because]]\nsay = \"There is no a.\"\n```\n";
        let two = "## Two\n```sh\ntouch b\nrm junk\n```\n```check\nid = \"b\"\nrun = \"ls\"\npass = \"contains(@, 'b')\"\n[[because]]\nsay = \"There is no b.\"\n```\n```check\nid = \"both\"\nrun = \"ls\"\npass = \"contains(@, 'a') && contains(@, 'b')\"\n```\n";
        format!("+++\nformat = 1\nid = \"a\"\ntitle = \"A\"\n+++\n{one}{two}{blocks}")
    }

    #[test]
    fn a_wrong_attempt_that_fails_is_named_with_what_the_learner_is_told() {
        let proof = Files::proof(&lab(
            "```wrong name=\"c instead\" red=b,both\ntouch c\n```\n",
        ));
        assert_eq!(proof.flaws, []);
        assert_eq!(
            proof.refuted,
            [Refuted {
                line: 33,
                step: "two".into(),
                name: "c instead".into(),
                reason: "There is no b.".into(),
            }]
        );
    }

    #[track_caller]
    fn refused(block: &str, why: &str) {
        let proof = Files::proof(&lab(block));
        assert_eq!(proof.refuted, []);
        assert_eq!(proof.flaws.len(), 1, "{:?}", proof.flaws);
        assert_eq!(proof.flaws[0].line, 33);
        assert!(proof.flaws[0].what.ends_with(why), "{:?}", proof.flaws);
    }

    #[test]
    fn a_wrong_attempt_that_does_the_step_is_a_flaw_at_its_line() {
        refused(
            "```wrong name=other\ntouch c\ntouch b\n```\n",
            "the wrong attempt “other” does the step",
        );
    }

    #[test]
    fn a_wrong_attempt_that_does_the_step_for_a_moment_is_a_flaw_too() {
        refused(
            "```wrong name=moment\ntouch b\nrm b\n```\n",
            "the wrong attempt “moment” does the step",
        );
    }

    #[test]
    fn a_check_that_is_named_must_fail_itself() {
        refused(
            "```wrong name=half red=b\nrm a\ntouch b\n```\n",
            "the wrong attempt “half” leaves the check “b” green",
        );
        let good = "```wrong name=half red=both\nrm a\ntouch b\n```\n";
        assert_eq!(Files::proof(&lab(good)).flaws, []);
    }

    #[test]
    fn an_attempt_after_the_solution_must_spoil_it() {
        let good = "```wrong name=spoilt after=solution red=b\nrm b\n```\n";
        let proof = Files::proof(&lab(good));
        assert_eq!((proof.flaws.len(), proof.refuted.len()), (0, 1));
        refused(
            "```wrong name=harmless after=solution\ntouch d\n```\n",
            "the wrong attempt “harmless” leaves all checks of the step green",
        );
    }

    #[test]
    fn an_attempt_that_cannot_be_played_is_a_flaw() {
        refused(
            "```wrong name=nowhere on=client-9\nls\n```\n",
            "the wrong attempt “nowhere” cannot be played: there is no instance client-9",
        );
    }

    #[test]
    fn attempts_change_nothing_for_one_another_and_for_the_solution() {
        let blocks = "```wrong name=first\nrm a\n```\n```wrong name=second red=b\ntouch c\n```\n";
        let mut files = Files::of(&lab(blocks));
        let proof = prove(&files.lab.clone(), &mut files);
        assert_eq!((proof.flaws.len(), proof.refuted.len()), (0, 2));
        assert_eq!(files.names, BTreeSet::from(["a".into(), "b".into()]));
    }

    #[test]
    fn a_bare_number_proves_nothing() {
        let source = lab("").replace("contains(@, 'a')\"", "length(@)\"");
        let proof = Files::proof(&source);
        assert!(!proof.flaws.is_empty());
        let numbered = lab("").replace("\"contains(@, 'b')\"", "\"contains(@, 'b') && length(@)\"");
        let proof = Files::proof(&numbered);
        assert!(proof.flaws[0].what.contains("every number counts as true"));
    }
}
