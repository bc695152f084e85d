//! Which steps are done, why the present one is not, and which hints are shown.

use serde_json::Value;

use super::{Check, Condition, Lab, Probe, Ran, Reason, query};

/// A learner's way through a lab.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    done: Vec<bool>,
    hints: Vec<usize>,
    verdict: Option<Verdict>,
}

/// Why the present step is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// A sentence.
    pub text: String,
    /// The part of the diagram that it speaks of.
    pub about: Option<String>,
}

impl Progress {
    /// The beginning of a lab.
    #[must_use]
    pub fn new(lab: Option<&Lab>) -> Self {
        let steps = lab.map_or(0, |lab| lab.steps.len());
        Self {
            done: vec![false; steps],
            hints: vec![0; steps],
            verdict: None,
        }
    }

    /// Whether a step is done.
    #[must_use]
    pub fn is_done(&self, step: usize) -> bool {
        self.done.get(step).copied().unwrap_or(false)
    }

    /// The first step that is not done; the number of steps once all are.
    #[must_use]
    pub fn present(&self) -> usize {
        self.done
            .iter()
            .position(|done| !done)
            .unwrap_or(self.done.len())
    }

    /// Why the present step is not done, where a check says so.
    #[must_use]
    pub const fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// How many hints of a step are shown.
    #[must_use]
    pub fn hints_shown(&self, step: usize) -> usize {
        self.hints.get(step).copied().unwrap_or(0)
    }

    /// Shows the next hint of a step; false where there is none.
    pub fn show_hint(&mut self, lab: Option<&Lab>, id: &str) -> bool {
        let Some(index) = lab.and_then(|lab| lab.steps.iter().position(|step| step.id == id))
        else {
            return false;
        };
        let count = lab.map_or(0, |lab| lab.steps[index].hints.len());
        match self.hints.get_mut(index) {
            Some(shown) if *shown < count => {
                *shown += 1;
                true
            }
            _ => false,
        }
    }

    /// Marks a step as done without a check; false where it is done or unknown.
    pub fn mark_done(&mut self, step: usize) -> bool {
        match self.done.get_mut(step) {
            Some(done) => !std::mem::replace(done, true),
            None => false,
        }
    }

    /// Runs the checks of the steps that are not done; gives those that are done now. A step stays
    /// done: what a learner has shown once needs no second proof.
    pub fn check(&mut self, lab: &Lab, probe: &mut dyn Probe) -> Vec<usize> {
        let mut newly = Vec::new();
        self.verdict = None;
        for (index, step) in lab.steps.iter().enumerate() {
            if self.is_done(index) {
                continue;
            }
            match step.checks.iter().find_map(|check| verdict(check, probe)) {
                None if !step.checks.is_empty() => {
                    self.done[index] = true;
                    newly.push(index);
                }
                verdict => {
                    if self.verdict.is_none() && index == self.present() {
                        self.verdict = verdict;
                    }
                    // Later steps build on this one: theirs are looked at when it is done, so that a
                    // check is not met by accident before its step has been read.
                    break;
                }
            }
        }
        newly
    }
}

/// Why a check does not hold; `None` where it does.
pub(super) fn verdict(check: &Check, probe: &mut dyn Probe) -> Option<Verdict> {
    let ran = probe.run(&check.command);
    if holds(&check.pass, &ran) {
        return None;
    }
    let reason = check
        .reasons
        .iter()
        .filter(|reason| reason.when.as_ref().is_none_or(|when| holds(when, &ran)))
        .find_map(|reason| spoken(reason, &ran));
    Some(reason.unwrap_or_else(|| Verdict {
        text: unspoken(&ran),
        about: None,
    }))
}

fn holds(condition: &Condition, ran: &Ran) -> bool {
    match condition {
        Condition::Query(expression) => value(expression, ran).is_some_and(|value| truthy(&value)),
        Condition::Contains(text) => ran.stdout.contains(text) || ran.stderr.contains(text),
        Condition::Status(status) => ran.status == *status,
    }
}

/// What an expression gives on the JSON that a command has printed.
pub(super) fn value(expression: &str, ran: &Ran) -> Option<Value> {
    query::value(expression, &ran.stdout)
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// What is said where no reason fits: the command's own complaint, if it has one.
fn unspoken(ran: &Ran) -> String {
    match ran.stderr.lines().find(|line| !line.trim().is_empty()) {
        Some(line) if ran.status != 0 => format!("The lab could not look: {}", line.trim()),
        _ => "This step is not done yet.".into(),
    }
}

/// A reason with its expressions filled in; `None` where one of them has no value, so that the reason
/// does not speak of what is there.
fn spoken(reason: &Reason, ran: &Ran) -> Option<Verdict> {
    let mut text = String::new();
    let mut rest = reason.say.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((expression, tail)) = after.split_once('}') else {
            break;
        };
        text.push_str(before);
        match value(expression, ran) {
            Some(Value::String(value)) => text.push_str(&value),
            Some(Value::Null) | None => return None,
            Some(other) => text.push_str(&other.to_string()),
        }
        rest = tail;
    }
    text.push_str(rest);
    let about = reason
        .about
        .as_deref()
        .and_then(|expression| match value(expression, ran) {
            Some(Value::String(id)) => Some(id),
            _ => None,
        });
    Some(Verdict { text, about })
}
