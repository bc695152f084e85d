//! Tab completion of `aws` lines: services, operations, options, the values that a model lists, and
//! the ids of existing resources.

use serde_json::{Value, json};

use super::Service as Caller;
use super::globals::Output;
use super::services::SERVICES;
use hsmlab_api::model::{self, Kind, Member, Operation, Service, xform_name};
use hsmlab_jmespath::data::Data;
use hsmlab_jmespath::query::Query;

/// The options of every command.
const GLOBAL_OPTIONS: [&str; 19] = [
    "--debug",
    "--endpoint-url",
    "--no-verify-ssl",
    "--no-paginate",
    "--output",
    "--query",
    "--profile",
    "--region",
    "--version",
    "--color",
    "--no-sign-request",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
    "--cli-error-format",
];

/// The options that take no value.
const WITHOUT_VALUE: [&str; 8] = [
    "--debug",
    "--no-verify-ssl",
    "--no-paginate",
    "--version",
    "--no-sign-request",
    "--no-cli-pager",
    "--cli-auto-prompt",
    "--no-cli-auto-prompt",
];

/// Returns the candidates for `last`, each a whole word; `words` are the words before it, starting with
/// `aws`. `ids` lists the existing ids for a member of an operation (`ClusterId`, `SubnetIds`): see
/// [`live_ids`]. The shell completes paths after `file://`.
pub fn complete(
    words: &[String],
    last: &str,
    ids: &mut dyn FnMut(&str) -> Vec<String>,
) -> Vec<String> {
    let mut found = candidates(words, last, ids);
    found.retain(|candidate| candidate.starts_with(last));
    found.sort();
    found.dedup();
    found
}

fn candidates(
    words: &[String],
    last: &str,
    ids: &mut dyn FnMut(&str) -> Vec<String>,
) -> Vec<String> {
    let places = places(words.get(1..).unwrap_or_default());
    let before = words.last().map_or("", String::as_str);
    if let Some(values) = global_values(before) {
        return texts(values);
    }
    let service = places.first().and_then(|name| model::service(name));
    let operation = service
        .zip(places.get(1))
        .and_then(|(service, name)| service.operation_by_cli_name(name));
    match (places.len(), service, operation) {
        (0, ..) if last.starts_with("--") => texts(&GLOBAL_OPTIONS),
        (0, ..) => {
            let catalog = model::catalog();
            let offered = catalog.services.iter().filter(|service| service.offered);
            let mut names: Vec<String> = offered.map(|service| service.cli_name.clone()).collect();
            // The CLI's other commands are offered once a first letter is typed.
            if !last.is_empty() {
                names.extend(catalog.commands.iter().cloned());
            }
            names.push("help".into());
            names
        }
        (1, Some(service), _) if !last.starts_with("--") => {
            let mut names: Vec<String> = service
                .operations
                .iter()
                .map(|operation| operation.cli_name.clone())
                .collect();
            names.push("help".into());
            if !service.waiters.is_empty() {
                names.push("wait".into());
            }
            names
        }
        (2, Some(service), None) if places.last().is_some_and(|word| word == "wait") => service
            .waiters
            .iter()
            .map(|waiter| waiter.cli_name.clone())
            .collect(),
        (_, Some(service), Some(operation)) => of_operation(service, operation, words, last, ids),
        _ => texts(&GLOBAL_OPTIONS),
    }
}

/// Returns the service and the operation: words that are neither options nor values of global options.
fn places(words: &[String]) -> Vec<String> {
    let mut places = Vec::new();
    let mut takes_value = false;
    for word in words {
        if std::mem::take(&mut takes_value) {
            continue;
        }
        if word.starts_with("--") {
            takes_value =
                places.len() < 2 && !word.contains('=') && !WITHOUT_VALUE.contains(&word.as_str());
        } else if places.len() < 2 {
            places.push(word.clone());
        }
    }
    places
}

fn of_operation(
    service: &Service,
    operation: &Operation,
    words: &[String],
    last: &str,
    ids: &mut dyn FnMut(&str) -> Vec<String>,
) -> Vec<String> {
    let input = service.input(operation);
    let option = words.iter().rev().find(|word| word.starts_with("--"));
    let is_next = words.last() == option;
    let member = option.and_then(|option| {
        input
            .members()
            .iter()
            .find(|member| format!("--{}", xform_name(&member.name)) == **option)
    });
    if let Some(member) = member
        && !last.starts_with("--")
    {
        let shape = service.shape(member.shape);
        let (item, is_list) = match shape.element() {
            Some(element) => (service.shape(element), true),
            None => (shape, false),
        };
        if is_list || (is_next && !matches!(shape.kind, Kind::Boolean)) {
            if !item.enumeration.is_empty() {
                return item.enumeration.clone();
            }
            return ids(&member.name);
        }
    }
    let mut options = texts(&GLOBAL_OPTIONS);
    options.extend(
        input
            .members()
            .iter()
            .flat_map(|member| flags(service, member)),
    );
    options.extend(texts(&[
        "--cli-input-json",
        "--cli-input-yaml",
        "--generate-cli-skeleton",
    ]));
    if operation.paginator.is_some() {
        options.extend(texts(&["--starting-token", "--page-size", "--max-items"]));
    }
    // An option that is already on the line is not offered again.
    options.retain(|option| !words.contains(option));
    options.push("help".into());
    options.retain(|option| option != "help" || words.len() == 3);
    options
}

fn flags(service: &Service, member: &Member) -> Vec<String> {
    let name = xform_name(&member.name);
    match service.shape(member.shape).kind {
        Kind::Boolean => vec![format!("--{name}"), format!("--no-{name}")],
        _ => vec![format!("--{name}")],
    }
}

fn global_values(option: &str) -> Option<&'static [&'static str]> {
    Some(match option {
        "--output" => &Output::NAMES,
        "--color" => &["on", "off", "auto"],
        "--cli-binary-format" => &["base64", "raw-in-base64-out"],
        "--cli-error-format" => &["legacy", "json", "yaml", "text", "table", "enhanced"],
        "--generate-cli-skeleton" => &["input", "output", "yaml-input"],
        "--region" => &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "eu-west-1",
        ],
        _ => return None,
    })
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Returns the existing ids for a member of that name, as the services list them. The result is empty if
/// no operation lists them, or if the caller may not call it.
pub fn live_ids(member: &str, services: &mut dyn Caller) -> Vec<String> {
    let is_for = |name: &str| member == name || member.strip_suffix('s') == Some(name);
    let mut sources = SERVICES
        .iter()
        .flat_map(|row| row.ids.iter().map(|source| (row.name, source)));
    let Some((service, (_, operation, query))) = sources.find(|(_, source)| is_for(source.0))
    else {
        return Vec::new();
    };
    let Ok(answer) = services.call(service, operation, &json!({})) else {
        return Vec::new();
    };
    let found = Query::parse(query).and_then(|query| query.search(&Data::from(&answer)));
    match found.map(|found| Value::from(&found)) {
        Ok(Value::Array(ids)) => ids
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_api::ServiceError;

    fn offered(line: &str) -> Vec<String> {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let last = words.pop().unwrap_or_default();
        complete(&words, &last, &mut |member| vec![format!("id-of-{member}")])
    }

    #[test]
    fn candidates_fit_their_place() {
        for (line, expected) in [
            ("aws cloudhs", &["cloudhsm", "cloudhsmv2"][..]),
            ("aws cloudhsmv2 create-", &["create-cluster", "create-hsm"]),
            (
                "aws --region us-east-1 cloudhsmv2 init",
                &["initialize-cluster"],
            ),
            ("aws cloudhsmv2 create-cluster --subnet", &["--subnet-ids"]),
            (
                "aws cloudhsmv2 create-cluster --subnet-ids ",
                &["id-of-SubnetIds"],
            ),
            (
                "aws cloudhsmv2 create-cluster --subnet-ids a i",
                &["id-of-SubnetIds"],
            ),
            (
                "aws cloudhsmv2 create-cluster --mode ",
                &["FIPS", "NON_FIPS"],
            ),
            (
                "aws cloudhsmv2 create-hsm --cluster-id ",
                &["id-of-ClusterId"],
            ),
            (
                "aws cloudhsmv2 describe-clusters --output y",
                &["yaml", "yaml-stream"],
            ),
            (
                "aws cloudhsmv2 describe-clusters --max",
                &["--max-items", "--max-results"],
            ),
            ("aws cloudhsmv2 create-hsm --cluster-id a --cluster", &[]),
            ("aws ec2 wait instance-run", &["instance-running"]),
            ("aws nope x", &[]),
        ] {
            assert_eq!(offered(line), expected, "{line}");
        }
        assert!(offered("aws ").contains(&"ec2".to_owned()));
        assert!(offered("aws cloudhsmv2 ").contains(&"help".to_owned()));
    }

    struct Listing;

    impl Caller for Listing {
        fn call(&mut self, _: &str, operation: &str, _: &Value) -> Result<Value, ServiceError> {
            assert_eq!(operation, "DescribeSubnets");
            Ok(json!({"Subnets": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]}))
        }
    }

    #[test]
    fn ids_come_from_the_services() {
        assert_eq!(
            live_ids("SubnetIds", &mut Listing),
            ["subnet-1", "subnet-2"]
        );
        assert_eq!(live_ids("SignedCert", &mut Listing), Vec::<String>::new());
    }
}
