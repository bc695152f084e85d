//! The texts of a card: titles, states and names, from the view.

use hsmlab_protocol::view::{
    ClusterView, GroupView, HsmView, InstanceView, InterfaceView, VpcView,
};

use super::shape::{Card, CardKind, Rect, Status, Tone};
use super::{cut, short};

pub(super) fn hsm(view: &HsmView, rect: Rect) -> Card {
    let status = hsm_status(view);
    let detail = if view.state == "ACTIVE" {
        format!(
            "{}, {}",
            keys(view.appliance.keys),
            users(view.appliance.users)
        )
    } else {
        String::new()
    };
    Card {
        id: view.id.clone(),
        interface: Some(view.interface.clone()),
        kind: CardKind::Hsm,
        rect,
        title: short(&view.id),
        name: format!(
            "HSM {} in {}: {}, {detail}",
            view.id, view.zone, status.text
        ),
        detail,
        status: Some(status),
    }
}

fn hsm_status(view: &HsmView) -> Status {
    let (tone, glyph, text) = match view.state.as_str() {
        "ACTIVE" => (Tone::Good, '●', "active".to_owned()),
        "CREATE_IN_PROGRESS" => (Tone::Waiting, '◐', "creating".to_owned()),
        "DELETE_IN_PROGRESS" => (Tone::Waiting, '◐', "deleting".to_owned()),
        "DEGRADED" => (Tone::Bad, '✕', "degraded".to_owned()),
        "DELETED" => (Tone::Quiet, '○', "deleted".to_owned()),
        other => (Tone::Quiet, '○', words(other)),
    };
    Status { tone, glyph, text }
}

fn keys(count: usize) -> String {
    match count {
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    }
}

fn users(count: usize) -> String {
    match count {
        1 => "1 user".to_owned(),
        count => format!("{count} users"),
    }
}

pub(super) fn cluster(view: &ClusterView, rect: Rect) -> Card {
    let (tone, glyph) = match view.state.as_str() {
        "ACTIVE" => (Tone::Good, '●'),
        "DEGRADED" => (Tone::Bad, '✕'),
        "DELETED" => (Tone::Quiet, '○'),
        _ => (Tone::Waiting, '◐'),
    };
    let text = words(&view.state);
    let mode = if view.mode == "NON_FIPS" {
        "non-FIPS"
    } else {
        "FIPS"
    };
    Card {
        id: view.id.clone(),
        interface: None,
        kind: CardKind::Cluster,
        rect,
        title: short(&view.id),
        detail: format!("{} {mode}", view.hsm_type),
        name: format!("Cluster {}, {}, {mode}: {text}", view.id, view.hsm_type),
        status: Some(Status { tone, glyph, text }),
    }
}

pub(super) fn interface(view: &InterfaceView, rect: Rect) -> Card {
    let name = match &view.hsm_id {
        Some(hsm) => format!("Network interface {} of HSM {hsm}, {}", view.id, view.ip),
        None => format!("Network interface {}, {}", view.id, view.ip),
    };
    Card {
        id: view.id.clone(),
        interface: Some(view.id.clone()),
        kind: CardKind::Interface,
        rect,
        title: view.ip.clone(),
        detail: short(&view.id),
        status: None,
        name,
    }
}

pub(super) fn instance(
    vpc: &VpcView,
    view: &InterfaceView,
    instance: &InstanceView,
    rect: Rect,
) -> Card {
    let title = if instance.name.is_empty() {
        short(&instance.id)
    } else {
        instance.name.clone()
    };
    let (tone, glyph) = match instance.state.as_str() {
        "running" => (Tone::Good, '●'),
        "stopped" | "terminated" => (Tone::Quiet, '○'),
        _ => (Tone::Waiting, '◐'),
    };
    let runs = |program: &&String| instance.state == "running" && !program.is_empty();
    let program = instance.program.as_ref().filter(runs);
    let text = match program {
        Some(program) => cut(program, 19),
        None => words(&instance.state),
    };
    let doing = match program {
        Some(program) => format!("{}, runs {program}", instance.state),
        None => instance.state.clone(),
    };
    let clients = instance.packages.iter();
    let clients = clients.filter(|package| package.contains("cloudhsm"));
    let installed: String = clients.map(|package| format!(", with {package}")).collect();
    let groups: Vec<_> = view
        .groups
        .iter()
        .map(|id| group_name(&vpc.groups, id))
        .collect();
    Card {
        id: instance.id.clone(),
        interface: Some(view.id.clone()),
        kind: CardKind::Instance,
        rect,
        name: format!(
            "Instance {title} ({}), {}{installed}, {doing}, {}, security groups: {}",
            instance.id,
            instance.os,
            view.ip,
            groups.join(", ")
        ),
        title: cut(&title, 18),
        detail: cut(&format!("{} {}", view.ip, short_os(&instance.os)), 20),
        status: Some(Status { tone, glyph, text }),
    }
}

fn group_name<'a>(groups: &'a [GroupView], id: &'a str) -> &'a str {
    groups
        .iter()
        .find(|group| group.id == id)
        .map_or(id, |group| group.name.as_str())
}

fn short_os(os: &str) -> &str {
    match os {
        "Amazon Linux 2023" => "AL2023",
        "Amazon Linux 2" => "AL2",
        os => os.split(' ').next().unwrap_or(os),
    }
}

/// Turns `CREATE_IN_PROGRESS` into `create in progress`.
pub(super) fn words(state: &str) -> String {
    state.to_ascii_lowercase().replace(['_', '-'], " ")
}

/// A group's name and its inbound rules, for its outline.
pub(super) fn group_label(group: &GroupView) -> String {
    let name = match &group.cluster_id {
        Some(cluster) => group.name.replace(cluster.as_str(), &short(cluster)),
        None => group.name.clone(),
    };
    match group.inbound.as_slice() {
        [] => format!("{name} · lets nothing in"),
        [rule] => format!("{name} · {rule}"),
        [rule, more @ ..] => format!("{name} · {rule} · +{} more", more.len()),
    }
}
