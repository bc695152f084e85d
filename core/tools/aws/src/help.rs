//! `aws help`, `aws SERVICE help` and `aws SERVICE OPERATION help`: manual pages generated from the service
//! models. Their order and headings are the AWS CLI's; the sentences are the lab's own.

mod page;
mod syntax;
mod texts;

use super::help_texts;
use hsmlab_api::model::{
    self, Kind, Member, Operation, Service, Shape, ShapeId, Waiter, xform_name,
};
use page::Page;

/// Returns the page of `aws help`, of a service, of an operation or of a service's waiters. `topic` is the
/// words before `help`; `None` if there is no such page.
#[must_use]
pub fn page(topic: &[String]) -> Option<String> {
    match topic {
        [] => Some(top()),
        [service] => Some(service_page(model::service(service)?)),
        [service, wait] if wait == "wait" => waiters_page(model::service(service)?),
        [service, operation] => {
            let service = model::service(service)?;
            Some(operation_page(
                service,
                service.operation_by_cli_name(operation)?,
            ))
        }
        [service, wait, waiter] if wait == "wait" => {
            let service = model::service(service)?;
            let waiter = service.waiter(waiter)?;
            Some(waiter_page(
                service,
                waiter,
                service.operation(&waiter.operation)?,
            ))
        }
        _ => None,
    }
}

fn top() -> String {
    let mut page = Page::new("aws");
    page.heading("NAME");
    page.paragraph(1, "aws -");
    page.heading("DESCRIPTION");
    page.paragraph(1, texts::AWS);
    page.heading("SYNOPSIS");
    page.paragraph(2, "aws [options] <command> <subcommand> [parameters]");
    page.paragraph(1, texts::AWS_SYNOPSIS);
    page.heading("GLOBAL OPTIONS");
    global_options(&mut page);
    page.heading("AVAILABLE SERVICES");
    for command in model::catalog()
        .commands
        .iter()
        .filter(|command| *command != "help")
    {
        page.bullet(1, command);
    }
    page.finish()
}

fn service_page(service: &'static Service) -> String {
    let mut page = Page::new(&service.cli_name);
    page.heading("NAME");
    page.paragraph(1, &format!("{} -", service.cli_name));
    page.heading("DESCRIPTION");
    page.paragraph(
        1,
        help_texts::service(&service.cli_name).unwrap_or(&service.full_name),
    );
    page.heading("AVAILABLE COMMANDS");
    let mut commands: Vec<&str> = service.commands.iter().map(String::as_str).collect();
    if !commands.contains(&"help") {
        commands.push("help");
    }
    commands.sort_unstable();
    for command in commands {
        page.bullet(1, command);
    }
    page.finish()
}

fn waiters_page(service: &Service) -> Option<String> {
    if service.waiters.is_empty() {
        return None;
    }
    let mut page = Page::new("wait");
    page.heading("NAME");
    page.paragraph(1, "wait -");
    page.heading("DESCRIPTION");
    page.paragraph(1, texts::WAIT);
    page.heading("AVAILABLE COMMANDS");
    for waiter in &service.waiters {
        page.bullet(1, &waiter.cli_name);
    }
    Some(page.finish())
}

fn waiter_page(service: &Service, waiter: &Waiter, operation: &Operation) -> String {
    let mut page = Page::new(&waiter.cli_name);
    page.heading("NAME");
    page.paragraph(1, &format!("{} -", waiter.cli_name));
    page.heading("DESCRIPTION");
    let (delay, most) = (waiter.delay_s, waiter.max_attempts);
    page.paragraph(1, &texts::waiter(&operation.cli_name, delay, most));
    page.heading("SYNOPSIS");
    page.line(2, &format!("  {}", waiter.cli_name));
    for line in synopsis(service, operation) {
        page.line(2, &line);
    }
    page.end_lines();
    page.heading("OUTPUT");
    page.paragraph(1, "None");
    page.finish()
}

fn operation_page(service: &Service, operation: &Operation) -> String {
    let mut page = Page::new(&operation.cli_name);
    page.heading("NAME");
    page.paragraph(1, &format!("{} -", operation.cli_name));
    page.heading("DESCRIPTION");
    if let Some(text) = help_texts::operation(&service.cli_name, &operation.cli_name) {
        page.paragraph(1, text);
    }
    page.paragraph(1, texts::SEE_ALSO);
    if let Some(paginator) = &operation.paginator {
        let keys = paginator.result_keys.join(", ");
        page.paragraph(1, &texts::paginated(&operation.cli_name, &keys));
    }
    page.heading("SYNOPSIS");
    page.line(2, &format!("  {}", operation.cli_name));
    for line in synopsis(service, operation) {
        page.line(2, &line);
    }
    page.end_lines();
    page.heading("OPTIONS");
    let input = service.input(operation);
    for member in visible_members(input, operation) {
        let text = help_texts::member(&service.cli_name, &operation.cli_name, &member.name);
        option(&mut page, service, input, member, text);
    }
    for (flag, kind, text) in texts::OPERATION_OPTIONS {
        let is_paging = matches!(*flag, "--starting-token" | "--page-size" | "--max-items");
        if is_paging && !has_paging_option(operation, flag) {
            continue;
        }
        page.paragraph(1, &format!("{flag} ({kind})"));
        page.paragraph(2, text);
    }
    page.heading("GLOBAL OPTIONS");
    global_options(&mut page);
    page.heading("OUTPUT");
    let output = service.output(operation);
    if output.members().is_empty() {
        page.paragraph(1, "None");
    }
    let mut stack = Vec::new();
    for member in output.members() {
        let walk = Walk {
            service,
            required: output.is_required(&member.name),
        };
        walk.named(&mut page, &member.name, member.shape, 1, &mut stack);
    }
    page.finish()
}

/// The members that have their own options. The CLI's paging options replace paging members.
fn visible_members<'a>(
    input: &'a Shape,
    operation: &'a Operation,
) -> impl Iterator<Item = &'a Member> {
    let is_paging = |name: &str| {
        operation.paginator.as_ref().is_some_and(|paginator| {
            paginator.input_token.iter().any(|token| token == name)
                || paginator.limit_key.as_deref() == Some(name)
        })
    };
    input
        .members()
        .iter()
        .filter(move |member| !is_paging(&member.name))
}

fn has_paging_option(operation: &Operation, flag: &str) -> bool {
    operation
        .paginator
        .as_ref()
        .is_some_and(|paginator| flag != "--page-size" || paginator.limit_key.is_some())
}

fn flag_of(shape: &Shape, member: &Member) -> String {
    let name = xform_name(&member.name);
    match shape.kind {
        Kind::Boolean => format!("--{name} | --no-{name}"),
        _ => format!("--{name}"),
    }
}

fn synopsis(service: &Service, operation: &Operation) -> Vec<String> {
    let input = service.input(operation);
    let mut lines: Vec<String> = visible_members(input, operation)
        .map(|member| {
            let shape = service.shape(member.shape);
            let flag = flag_of(shape, member);
            let usage = match shape.kind {
                Kind::Boolean => flag,
                _ => format!("{flag} <value>"),
            };
            if input.is_required(&member.name) {
                usage
            } else {
                format!("[{usage}]")
            }
        })
        .collect();
    lines.push("[--cli-input-json | --cli-input-yaml]".into());
    for flag in ["--starting-token", "--page-size", "--max-items"] {
        if has_paging_option(operation, flag) {
            lines.push(format!("[{flag} <value>]"));
        }
    }
    lines.push("[--generate-cli-skeleton <value>]".into());
    lines.extend(
        texts::GLOBAL_OPTIONS
            .iter()
            .map(|(flag, kind, ..)| match *kind {
                "boolean" => format!("[{flag}]"),
                _ => format!("[{flag} <value>]"),
            }),
    );
    lines
}

fn global_options(page: &mut Page) {
    for (flag, kind, text, values) in texts::GLOBAL_OPTIONS {
        page.paragraph(1, &format!("{flag} ({kind})"));
        page.paragraph(1, text);
        for value in *values {
            page.bullet(1, value);
        }
    }
}

fn option(page: &mut Page, service: &Service, input: &Shape, member: &Member, text: Option<&str>) {
    let shape = service.shape(member.shape);
    let required = if input.is_required(&member.name) {
        " [required]"
    } else {
        ""
    };
    let kind = shape.type_name();
    page.paragraph(1, &format!("{} ({kind}){required}", flag_of(shape, member)));
    if let Some(text) = text {
        page.paragraph(2, text);
    }
    let mut stack = vec![member.shape];
    limits(page, shape, 2);
    Walk {
        service,
        required: false,
    }
    .inside(page, shape, 2, &mut stack);
    if let Some(shorthand) = syntax::shorthand(service, shape) {
        let is_plain = shape
            .element()
            .is_some_and(|e| !service.shape(e).is_complex());
        page.paragraph(
            1,
            if is_plain {
                "Syntax:"
            } else {
                "Shorthand Syntax:"
            },
        );
        page.line(2, &shorthand);
        page.end_lines();
        if !is_plain {
            page.paragraph(1, "JSON Syntax:");
            for line in syntax::json(service, shape) {
                page.line(2, &line);
            }
            page.end_lines();
        }
    }
}

/// Prints the constraints of a value.
fn limits(page: &mut Page, shape: &Shape, level: usize) {
    if !shape.enumeration.is_empty() {
        page.paragraph(level, "Possible values:");
        for value in &shape.enumeration {
            page.bullet(level, value);
        }
    }
    let mut limits = Vec::new();
    limits.extend(shape.min.map(|min| format!("min: {min}")));
    limits.extend(shape.max.map(|max| format!("max: {max}")));
    limits.extend(
        shape
            .pattern
            .as_ref()
            .map(|pattern| format!("pattern: {pattern}")),
    );
    if !limits.is_empty() {
        page.paragraph(level, "Constraints:");
        for limit in limits {
            page.bullet(level, &limit);
        }
    }
}

/// A walk through the shapes of a parameter or an answer.
#[derive(Clone, Copy)]
struct Walk<'a> {
    service: &'a Service,
    required: bool,
}

impl Walk<'_> {
    fn named(
        self,
        page: &mut Page,
        name: &str,
        id: ShapeId,
        level: usize,
        stack: &mut Vec<ShapeId>,
    ) {
        let shape = self.service.shape(id);
        let required = if self.required { " [required]" } else { "" };
        page.paragraph(
            level,
            &format!("{name} -> ({}){required}", shape.type_name()),
        );
        self.below(page, id, level + 1, stack);
    }

    fn below(self, page: &mut Page, id: ShapeId, level: usize, stack: &mut Vec<ShapeId>) {
        if stack.contains(&id) {
            page.paragraph(level, "( ... recursive ... )");
            return;
        }
        stack.push(id);
        let shape = self.service.shape(id);
        limits(page, shape, level);
        self.inside(page, shape, level, stack);
        stack.pop();
    }

    fn inside(self, page: &mut Page, shape: &Shape, level: usize, stack: &mut Vec<ShapeId>) {
        match &shape.kind {
            Kind::Structure(structure) => {
                for member in &structure.members {
                    let required = shape.is_required(&member.name);
                    let walk = Walk { required, ..self };
                    walk.named(page, &member.name, member.shape, level, stack);
                }
            }
            Kind::List(element) => {
                let kind = self.service.shape(*element).type_name();
                page.paragraph(level, &format!("({kind})"));
                self.below(page, *element, level + 1, stack);
            }
            Kind::Map(key, value) => {
                let walk = Walk {
                    required: false,
                    ..self
                };
                walk.named(page, "key", *key, level, stack);
                walk.named(page, "value", *value, level, stack);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn page(words: &[&str]) -> Option<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        super::page(&words)
    }

    #[test]
    fn the_page_of_an_operation() {
        let page = page(&["cloudhsmv2", "delete-hsm"]).unwrap();
        let (before, rest) = page.split_once("          [--debug]\n").unwrap();
        let options = rest
            .split_once("OPTIONS\n")
            .unwrap()
            .1
            .split_once("GLOBAL")
            .unwrap()
            .0;
        let options = options.split_once("       --cli-input-json").unwrap().0;
        let output = rest.split_once("OUTPUT\n").unwrap().1;
        expect![[r#"
            DELETE-HSM()                                                       DELETE-HSM()



            NAME
                   delete-hsm -

            DESCRIPTION
                   Takes an HSM out of a cluster: name it by its id, its network interface
                   or its address.

                   See also: AWS API Documentation

            SYNOPSIS
                        delete-hsm
                      --cluster-id <value>
                      [--hsm-id <value>]
                      [--eni-id <value>]
                      [--eni-ip <value>]
                      [--cli-input-json | --cli-input-yaml]
                      [--generate-cli-skeleton <value>]
            ...
                   --cluster-id (string) [required]

                      The cluster: cluster- and 11 to 16 letters and digits 2-7.

                      Constraints:

                      o pattern: cluster-[2-7a-zA-Z]{11,16}

                   --hsm-id (string)

                      The HSM: hsm- and 11 to 16 letters and digits 2-7.

                      Constraints:

                      o pattern: hsm-[2-7a-zA-Z]{11,16}

                   --eni-id (string)

                      The HSM's network interface.

                      Constraints:

                      o pattern: eni-[0-9a-fA-F]{8,17}

                   --eni-ip (string)

                      The HSM's address.

                      Constraints:

                      o pattern: \d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}

            ...
                   HsmId -> (string)

                      Constraints:

                      o pattern: hsm-[2-7a-zA-Z]{11,16}



                                                                               DELETE-HSM()
        "#]]
        .assert_eq(&format!("{before}...\n{options}...\n{output}"));
    }

    #[test]
    fn every_operation_has_a_page_within_the_width() {
        for service in &model::catalog().services {
            for operation in &service.operations {
                let page = page(&[&service.cli_name, &operation.cli_name]).unwrap();
                for word in ["NAME", "DESCRIPTION", "SYNOPSIS", "OPTIONS", "OUTPUT"] {
                    assert!(
                        page.contains(&format!("\n{word}\n")),
                        "{} {word}",
                        operation.name
                    );
                }
            }
        }
        assert!(
            page(&["cloudhsmv2"])
                .unwrap()
                .contains("       o create-cluster\n")
        );
        assert!(page(&[]).unwrap().contains("       o cloudhsmv2\n"));
        assert_eq!(page(&["nope"]), None);
    }
}
