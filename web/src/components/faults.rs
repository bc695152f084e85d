//! The faults that the learner can start: all, grouped by target, or those of one part.

use hsmlab_html::html;
use hsmlab_protocol::view::{DiagramView, FaultView, FaultsView};
use yew::{Html, classes};

use crate::diagram::short_ids;
use crate::state::{Act, LabState};
use crate::verbs::Verbs;

/// One kind of fault, and all its targets.
struct Group<'a> {
    kind: &'a str,
    faults: Vec<&'a FaultView>,
}

/// The panel: grouped by target, then by kind.
pub fn faults_panel(
    verbs: &Verbs,
    view: &FaultsView,
    diagram: &DiagramView,
    focus: Option<&str>,
) -> Html {
    let lasting: Vec<_> = (view.faults.iter())
        .filter(|fault| fault.active && fault.lasting)
        .cloned()
        .collect();
    let count = lasting.len();
    let end_all = {
        let verbs = verbs.clone();
        move |_| lasting.iter().for_each(|fault| verbs.fault(fault, false))
    };
    let sections = ["HSMs", "Clusters", "Zones", "Instances"];
    html! {
        <div class="faults" data-testid="faults">
            <p class="meta">
                { "Break something on purpose and see what happens. Nothing here costs anything, \
                   and the menu can start the lab over." }
            </p>
            if view.faults.is_empty() {
                <p>{ "There is nothing to break yet: build a cluster first." }</p>
            }
            if count > 1 {
                <p class="row">
                    <button class="quiet" onclick={end_all}>{ format!("End all {count}") }</button>
                </p>
            }
            for section in sections {
                { section_of(verbs, view, diagram, section, focus) }
            }
        </div>
    }
}

fn section_of(
    verbs: &Verbs,
    view: &FaultsView,
    diagram: &DiagramView,
    section: &'static str,
    focus: Option<&str>,
) -> Html {
    let groups = groups(view, section);
    if groups.is_empty() {
        return Html::default();
    }
    html! {
        <section aria-label={section}>
            <h3>{ section }</h3>
            for group in groups {
                { draw(verbs, &group, diagram, focus) }
            }
        </section>
    }
}

fn draw(verbs: &Verbs, group: &Group<'_>, diagram: &DiagramView, focus: Option<&str>) -> Html {
    let Some(first) = group.faults.first() else {
        return Html::default();
    };
    let row = |fault: &&FaultView| {
        let here = focus == Some(fault.target.as_str());
        let class = classes!("fault", here.then_some("pointed"));
        html! {
            <li key={fault.id.clone()} {class}>
                <span class="mono">{ short_ids(&fault.target) }</span>
                <span class="meta">{ zone_of(diagram, &fault.target) }</span>
                { lever(verbs, fault) }
            </li>
        }
    };
    html! {
        <div key={group.kind.to_owned()} class="fault-kind">
            <h4>{ kind_title(first) }</h4>
            <p class="meta">{ &first.about }</p>
            <ul>{ for group.faults.iter().map(row) }</ul>
        </div>
    }
}

/// The faults that affect one part, for its inspector: its own faults and those of its zone.
pub fn faults_of(verbs: &Verbs, view: &FaultsView, diagram: &DiagramView, id: &str) -> Html {
    let zone = zone_of(diagram, id);
    let mut faults = (view.faults.iter())
        .filter(|fault| fault.target == id || (!zone.is_empty() && fault.target == zone))
        .peekable();
    if faults.peek().is_none() {
        return Html::default();
    }
    html! {
        <section aria-label="What can go wrong" data-testid="can-go-wrong">
            <h3>{ "What can go wrong" }</h3>
            <ul class="faults-of">
                for fault in faults {
                    <li key={fault.id.clone()} class="fault">
                        <details>
                            <summary>{ short_ids(&fault.title) }</summary>
                            <p class="meta">{ &fault.about }</p>
                        </details>
                        { lever(verbs, fault) }
                    </li>
                }
            </ul>
        </section>
    }
}

/// The button that starts or ends a fault, and the fault's state.
fn lever(verbs: &Verbs, fault: &FaultView) -> Html {
    let word = match (fault.active, fault.lasting) {
        (true, _) => "End",
        (false, false) if kind_of(fault).starts_with("fail") => "Fail",
        (false, _) => "Begin",
    };
    let onclick = {
        let (verbs, fault) = (verbs.clone(), fault.clone());
        move |_| {
            if fault.lasting {
                verbs.fault(&fault, !fault.active);
            } else {
                verbs.act(Act::Ask(Some(fault.clone())));
            }
        }
    };
    html! {
        <span class="lever">
            if fault.active {
                <span class="bad strong">{ "✕ active" }</span>
            }
            if fault.lasting || !fault.active {
                <button
                    class={classes!("quiet", (!fault.lasting).then_some("danger-text"))}
                    // The label begins with the visible word.
                    aria-label={format!("{word}: {}", fault.title)}
                    data-fault={fault.id.clone()}
                    {onclick}
                >
                    { word }
                </button>
            }
        </span>
    }
}

fn kind_of(fault: &FaultView) -> &str {
    fault.id.split('/').next().unwrap_or_default()
}

/// Returns a fault's title without its target: `Cut the network of hsm-…` becomes `Cut the network`.
fn kind_title(fault: &FaultView) -> String {
    let title = fault.title.replace(&fault.target, "");
    let title = title.trim_end();
    let bare = [" of", " in", " on"];
    let bare = bare.iter().find_map(|word| title.strip_suffix(word));
    bare.unwrap_or(title).to_owned()
}

fn section_name(target: &str) -> &'static str {
    match target.split_once('-') {
        Some(("hsm", _)) => "HSMs",
        Some(("cluster", _)) => "Clusters",
        Some(("i", _)) => "Instances",
        _ => "Zones",
    }
}

fn groups<'a>(view: &'a FaultsView, section: &str) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for fault in &view.faults {
        if section_name(&fault.target) != section {
            continue;
        }
        let kind = kind_of(fault);
        match groups.iter_mut().find(|group| group.kind == kind) {
            Some(group) => group.faults.push(fault),
            None => groups.push(Group {
                kind,
                faults: vec![fault],
            }),
        }
    }
    groups
}

/// Returns the zone of an HSM, a subnet or an instance; an empty string for anything else.
fn zone_of(diagram: &DiagramView, id: &str) -> String {
    let mut hsms = diagram.clusters.iter().flat_map(|cluster| &cluster.hsms);
    let mut subnets = diagram.vpcs.iter().flat_map(|vpc| &vpc.subnets);
    let of_hsm = hsms.find(|hsm| hsm.id == id).map(|hsm| &hsm.zone);
    let of_subnet = || {
        subnets
            .find(|subnet| {
                let mut instances =
                    (subnet.interfaces.iter()).filter_map(|interface| interface.instance.as_ref());
                subnet.id == id || instances.any(|instance| instance.id == id)
            })
            .map(|subnet| &subnet.zone)
    };
    of_hsm.or_else(of_subnet).cloned().unwrap_or_default()
}

/// Counts the active faults.
#[must_use]
pub fn in_force(state: &LabState) -> usize {
    let faults = state.faults.faults.iter();
    faults.filter(|fault| fault.active).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(id: &str, title: &str) -> FaultView {
        FaultView {
            id: id.to_owned(),
            title: title.to_owned(),
            target: id.split_once('/').expect("a target").1.to_owned(),
            ..FaultView::default()
        }
    }

    #[test]
    fn faults_are_grouped_by_target_and_by_kind() {
        let view = FaultsView {
            faults: vec![
                fault("fail-hsm/hsm-a", "Fail the hardware of hsm-a"),
                fault("cut-hsm/hsm-a", "Cut the network of hsm-a"),
                fault("fail-hsm/hsm-b", "Fail the hardware of hsm-b"),
                fault("lose-zone/us-east-1a", "Lose the zone us-east-1a"),
            ],
        };
        let of_hsms = groups(&view, "HSMs");
        let sizes: Vec<_> = (of_hsms.iter())
            .map(|group| (group.kind, group.faults.len()))
            .collect();
        assert_eq!(sizes, [("fail-hsm", 2), ("cut-hsm", 1)]);
        assert_eq!(groups(&view, "Zones").len(), 1);
        assert!(groups(&view, "Clusters").is_empty());
        let titles: Vec<_> = view.faults.iter().map(kind_title).collect();
        assert_eq!(titles[0], "Fail the hardware");
        assert_eq!(titles[1], "Cut the network");
        assert_eq!(titles[3], "Lose the zone");
    }

    #[test]
    fn parts_are_found_in_their_zones() {
        let view = crate::diagram::sample(2, 1, 1);
        assert_eq!(zone_of(&view, "hsm-b0"), "b");
        assert_eq!(zone_of(&view, "subnet-a"), "a");
        assert_eq!(zone_of(&view, "i-clientb0"), "b");
        assert_eq!(zone_of(&view, "vpc-1"), "");
    }
}
