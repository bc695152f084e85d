//! Progress through a lab: completed steps, the reason why the current one is not done, shown hints.

use serde_json::Value;

use super::{Check, Condition, Lab, Probe, Ran, Reason, query};

/// A learner's progress through a lab.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    done: Vec<bool>,
    hints: Vec<usize>,
    verdict: Option<Verdict>,
}

/// The reason why the current step is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// A sentence.
    pub text: String,
    /// The affected part of the diagram.
    pub about: Option<String>,
}

impl Progress {
    /// Creates the progress at the beginning of a lab.
    #[must_use]
    pub fn new(lab: Option<&Lab>) -> Self {
        let steps = lab.map_or(0, |lab| lab.steps.len());
        Self {
            done: vec![false; steps],
            hints: vec![0; steps],
            verdict: None,
        }
    }

    /// True if a step is done.
    #[must_use]
    pub fn is_done(&self, step: usize) -> bool {
        self.done.get(step).copied().unwrap_or(false)
    }

    /// Returns the first step that is not done; the number of steps once all are.
    #[must_use]
    pub fn present(&self) -> usize {
        self.done
            .iter()
            .position(|done| !done)
            .unwrap_or(self.done.len())
    }

    /// The reason why the current step is not done, if a check gives one.
    #[must_use]
    pub const fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// The number of shown hints of a step.
    #[must_use]
    pub fn hints_shown(&self, step: usize) -> usize {
        self.hints.get(step).copied().unwrap_or(0)
    }

    /// Shows the next hint of a step; returns false if there is none.
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

    /// Runs the checks of the steps that are not done; returns the steps that are done now. A step
    /// stays done: the learner need not prove it again.
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
                    // Later steps build on this one: their checks run only when it is done, so that a
                    // check does not hold by accident before the learner has read its step.
                    break;
                }
            }
        }
        newly
    }
}

/// Returns the reason why a check fails; `None` if it holds.
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

/// Evaluates an expression on the JSON output of a command.
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

/// The text if no reason fits: the command's own error, if it has one.
fn unspoken(ran: &Ran) -> String {
    match ran.stderr.lines().find(|line| !line.trim().is_empty()) {
        Some(line) if ran.status != 0 => {
            format!("The lab could not check this step: {}", line.trim())
        }
        _ => "This step is not done yet.".into(),
    }
}

/// Fills the expressions of a reason in. Returns `None` if one of them has no value, so that the reason
/// does not apply.
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
