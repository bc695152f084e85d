//! The console's forms, generated from the same models as the command line.

use hsmlab_protocol::form::{FieldKind, FieldView, FormView};

use super::arguments::{self, StandsFor, Target};
use super::help_texts;
use hsmlab_api::model::{self, Kind, Operation, Service};

/// Returns the form of an operation. Without an operation it offers the operations; without a service it
/// offers the services. Names are those of the command line.
#[must_use]
pub fn form(service: Option<&str>, operation: Option<&str>) -> FormView {
    let mut view = FormView {
        service: service.map(str::to_owned),
        operation: operation.map(str::to_owned),
        choices: Vec::new(),
        fields: Vec::new(),
    };
    let Some(service) = service else {
        let offered = model::catalog()
            .services
            .iter()
            .filter(|service| service.offered);
        view.choices = offered
            .map(|service| {
                let line = help_texts::service(&service.cli_name).unwrap_or(&service.full_name);
                (service.cli_name.clone(), line.to_owned())
            })
            .collect();
        return view;
    };
    let Some(service) = model::service(service) else {
        return view;
    };
    let Some(operation) = operation else {
        view.choices = service
            .operations
            .iter()
            .map(|operation| {
                let line = help_texts::operation(&service.cli_name, &operation.cli_name);
                (
                    operation.cli_name.clone(),
                    line.unwrap_or_default().to_owned(),
                )
            })
            .collect();
        return view;
    };
    if let Some(operation) = service.operation_by_cli_name(operation) {
        view.fields = fields(service, operation);
    }
    view
}

fn fields(service: &Service, operation: &Operation) -> Vec<FieldView> {
    let mut fields = Vec::new();
    for argument in arguments::table(service, operation, false) {
        let (target, is_switch) = match &argument.stands_for {
            StandsFor::Member(target) => (Some(target), false),
            StandsFor::Flag(target, true, _) | StandsFor::Raised(target) => (Some(target), true),
            StandsFor::Extra(extra) => match extra.field() {
                Some(is_switch) => (None, is_switch),
                None => continue,
            },
            _ => continue,
        };
        if argument.hidden {
            continue;
        }
        let member = target.map_or_else(|| argument.name.clone(), |target| target.member.clone());
        let help = help_texts::member(&service.cli_name, &operation.cli_name, &member);
        fields.push(FieldView {
            option: argument.flag(),
            help: help.unwrap_or_default().to_owned(),
            kind: kind(service, target, is_switch),
            required: argument.required
                || target.is_some_and(|target| {
                    is_switch && service.input(operation).is_required(&target.member)
                }),
            choices: target
                .map(|target| choices(service, target))
                .unwrap_or_default(),
        });
    }
    fields
}

fn kind(service: &Service, target: Option<&Target>, is_switch: bool) -> FieldKind {
    if is_switch {
        return FieldKind::Switch;
    }
    let Some(target) = target else {
        return FieldKind::Text;
    };
    match &service.shape(target.shape).kind {
        Kind::Integer | Kind::Long | Kind::Double | Kind::Float => FieldKind::Number,
        Kind::Boolean => FieldKind::Switch,
        Kind::List(element) if !service.shape(*element).is_complex() => FieldKind::List,
        Kind::List(_) | Kind::Structure(_) | Kind::Map(..) => FieldKind::Structure,
        _ => FieldKind::Text,
    }
}

fn choices(service: &Service, target: &Target) -> Vec<String> {
    let shape = service.shape(target.shape);
    match shape.element() {
        Some(element) => service.shape(element).enumeration.clone(),
        None => shape.enumeration.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_create_hsm_has_its_fields() {
        let view = form(Some("cloudhsmv2"), Some("create-hsm"));
        let options: Vec<&str> = view
            .fields
            .iter()
            .map(|field| field.option.as_str())
            .collect();
        assert_eq!(
            options,
            ["--cluster-id", "--availability-zone", "--ip-address"]
        );
        assert!(view.fields.iter().take(2).all(|field| field.required));
        let services: Vec<String> = form(None, None).choices.into_iter().map(|c| c.0).collect();
        assert_eq!(services, ["cloudhsmv2", "ec2", "iam", "sts"]);
    }
}
