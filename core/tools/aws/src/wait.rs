//! `aws … wait …`: polls an operation until the resource reaches a state.

use serde_json::Value;

use super::answer::presented;
use super::failure::Problem;
use super::{ParsedCommand, Service};
use hsmlab_api::ServiceError;
use hsmlab_api::model::{Acceptor, Matcher, Waiter, WaiterState};
use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::query::Query;

/// Polls until the resource reaches the waiter's state.
///
/// # Errors
/// The waiter's failure, in botocore's words (exit status 255).
pub fn run(
    command: &ParsedCommand,
    waiter: &Waiter,
    service: &mut dyn Service,
) -> Result<(), Problem> {
    let failed =
        |reason: String| Problem::General(format!("Waiter {} failed: {reason}", waiter.name));
    let mut retried = false;
    let mut attempts = 0;
    loop {
        let operation = &command.operation.name;
        let answer = service.call(&command.service.cli_name, operation, &command.params);
        let answer = answer.map(|answer| presented(command, answer));
        attempts += 1;
        let matched = waiter
            .acceptors
            .iter()
            .find(|acceptor| matches(acceptor, &answer));
        match (matched, &answer) {
            (Some(acceptor), _) => match acceptor.state {
                WaiterState::Success => return Ok(()),
                WaiterState::Failure => {
                    let reason = explanation(acceptor);
                    return Err(failed(format!(
                        "Waiter encountered a terminal failure state: {reason}"
                    )));
                }
                WaiterState::Retry => retried = true,
            },
            (None, Err(error)) => {
                return Err(failed(format!(
                    "An error occurred ({}): {}",
                    error.code, error.message
                )));
            }
            (None, Ok(_)) => {}
        }
        if attempts >= waiter.max_attempts {
            // botocore names the acceptor that it checked last.
            let last = matched.or(waiter.acceptors.last()).filter(|_| retried);
            return Err(failed(match last {
                None => "Max attempts exceeded".into(),
                Some(acceptor) => format!(
                    "Max attempts exceeded. Previously accepted state: {}",
                    explanation(acceptor)
                ),
            }));
        }
        service.sleep(waiter.delay_s);
    }
}

fn explanation(acceptor: &Acceptor) -> String {
    let argument = acceptor.argument.as_deref().unwrap_or_default();
    let expected = Data::from(&acceptor.expected).python_str();
    match acceptor.matcher {
        Matcher::Path => {
            format!("For expression \"{argument}\" we matched expected path: \"{expected}\"")
        }
        Matcher::PathAll => {
            format!(
                "For expression \"{argument}\" all members matched excepted path: \"{expected}\""
            )
        }
        Matcher::PathAny => format!(
            "For expression \"{argument}\" we matched expected path: \"{expected}\" at least once"
        ),
        Matcher::Status => format!("Matched expected HTTP status code: {expected}"),
        Matcher::Error => format!("Matched expected service error code: {expected}"),
    }
}

fn matches(acceptor: &Acceptor, answer: &Result<Value, ServiceError>) -> bool {
    let found = || -> Option<Value> {
        let answer = answer.as_ref().ok()?;
        let query = Query::parse(acceptor.argument.as_deref()?).ok()?;
        query
            .search(&Data::from(answer))
            .ok()
            .map(|found| Value::from(&found))
    };
    match acceptor.matcher {
        Matcher::Path => found().is_some_and(|found| found == acceptor.expected),
        Matcher::PathAll => match found() {
            Some(Value::Array(items)) => {
                !items.is_empty() && items.iter().all(|item| *item == acceptor.expected)
            }
            _ => false,
        },
        Matcher::PathAny => match found() {
            Some(Value::Array(items)) => items.contains(&acceptor.expected),
            _ => false,
        },
        Matcher::Status => {
            let status = answer
                .as_ref()
                .map_or_else(|error| error.http_status, |_| 200);
            acceptor.expected.as_u64() == Some(u64::from(status))
        }
        Matcher::Error => match (&acceptor.expected, answer) {
            (Value::Bool(expected), answer) => *expected == answer.is_err(),
            (Value::String(code), Err(error)) => *code == error.code,
            _ => false,
        },
    }
}
