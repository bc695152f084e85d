//! The lab's own one-line texts about operations and their members.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Lines of `service<TAB>operation<TAB>member<TAB>text`. An operation's own text has `-` for the member; a
/// text for a member of every operation of a service has `*` for the operation.
static TEXTS: &str = include_str!("../../../models/help.tsv");

type Texts = BTreeMap<(&'static str, &'static str, &'static str), &'static str>;

fn texts() -> &'static Texts {
    static READ: OnceLock<Texts> = OnceLock::new();
    READ.get_or_init(|| {
        let mut texts = Texts::new();
        for line in TEXTS.lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.splitn(4, '\t');
            if let (Some(service), Some(operation), Some(member), Some(text)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            {
                texts.insert((service, operation, member), text);
            }
        }
        texts
    })
}

/// The description of a service. `service` is the command-line name.
#[must_use]
pub fn service(service: &'static str) -> Option<&'static str> {
    texts().get(&(service, "-", "-")).copied()
}

/// The description of an operation. Names are those of the command line.
#[must_use]
pub fn operation(service: &str, operation: &str) -> Option<&'static str> {
    find(service, operation, "-")
}

/// The description of a member (by its model name) of an operation's parameters or answer.
#[must_use]
pub fn member(service: &str, operation: &str, member: &str) -> Option<&'static str> {
    find(service, operation, member).or_else(|| find(service, "*", member))
}

fn find(service: &str, operation: &str, member: &str) -> Option<&'static str> {
    texts()
        .iter()
        .find(|(key, _)| key.0 == service && key.1 == operation && key.2 == member)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_api::model;

    #[test]
    fn every_line_of_the_file_has_its_four_parts() {
        let lines = TEXTS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(texts().len(), lines);
    }

    #[test]
    fn every_offered_operation_has_a_text_and_every_text_its_operation() {
        for each in model::catalog()
            .services
            .iter()
            .filter(|service| service.offered)
        {
            assert!(service(&each.cli_name).is_some());
            for operation_model in &each.operations {
                let name = &operation_model.cli_name;
                assert!(
                    operation(&each.cli_name, name).is_some(),
                    "{} {name}",
                    each.cli_name
                );
            }
        }
        for (service, operation, _) in texts().keys().filter(|key| key.1 != "*" && key.1 != "-") {
            let model = model::service(service).expect("a service of the models");
            assert!(
                model.operation_by_cli_name(operation).is_some(),
                "{service} {operation}"
            );
        }
    }

    #[test]
    fn every_member_of_cloudhsm_has_a_text() {
        let service = model::service("cloudhsmv2").expect("modelled");
        for shape in service.shapes.iter() {
            let is_error = matches!(&shape.kind, model::Kind::Structure(s) if s.error.is_some());
            for each in shape.members().iter().filter(|_| !is_error) {
                assert!(
                    member("cloudhsmv2", "-", &each.name).is_some(),
                    "{}",
                    each.name
                );
            }
        }
    }
}
