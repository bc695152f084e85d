//! The diagram as text: the same parts, with the same nesting.

use hsmlab_html::html;
use hsmlab_protocol::Request;
use hsmlab_protocol::view::{
    ClusterView, ConnectionView, DiagramView, FaultsView, InterfaceView, VpcView,
};
use yew::Html;

use crate::state::Act;
use crate::verbs::Verbs;
use crate::when::hour_minute;

/// The diagram as text.
pub fn outline_of(verbs: &Verbs, view: &DiagramView, faults: &FaultsView) -> Html {
    html! {
        <div class="outline" role="region" aria-label="Outline of the network" tabindex="0">
            <p class="meta">{ format!("Region {}, zones {}", view.region, view.zones.join(", ")) }</p>
            <ul>
                { for view.clusters.iter().map(|cluster| of_cluster(verbs, cluster)) }
                { for view.vpcs.iter().map(|vpc| of_vpc(verbs, vpc)) }
            </ul>
            if faults.faults.iter().any(|fault| fault.active) {
                <h3>{ "Active faults" }</h3>
                <ul>
                    for fault in faults.faults.iter().filter(|fault| fault.active) {
                        <li class="bad" key={fault.id.clone()}>{ "✕ " }{ &fault.title }</li>
                    }
                </ul>
            }
            if let Some(way) = &view.connection {
                <h3>{ format!("Last connection: {} to {}:{}", way.from, way.address, way.port) }</h3>
                <p class="meta">{ tried(way) }</p>
                <ol>
                    for hop in way.reach.hops.iter() {
                        <li class={if hop.allows { "good" } else { "bad" }}>
                            { if hop.allows { "✓ " } else { "✕ " } }{ &hop.why }
                        </li>
                    }
                </ol>
            }
        </div>
    }
}

/// A heading: the outcome of a connection.
fn tried(way: &ConnectionView) -> String {
    let came = if way.worked {
        "succeeded"
    } else {
        "was refused"
    };
    let at = hour_minute(way.at_ms);
    format!("It {came} at {at}. The path as it is now:")
}

fn part(verbs: &Verbs, id: &str, words: String) -> Html {
    let (verbs, id) = (verbs.clone(), id.to_owned());
    let onclick = move |_| {
        verbs.act(Act::Focus(Some(id.as_str().into())));
        verbs.send(Request::Inspect { id: id.clone() });
    };
    html! { <button class="link" {onclick}>{ words }</button> }
}

fn of_cluster(verbs: &Verbs, cluster: &ClusterView) -> Html {
    let words = format!(
        "Cluster {}: {}, {} {}",
        cluster.id, cluster.state, cluster.hsm_type, cluster.mode
    );
    html! {
        <li>
            { part(verbs, &cluster.id, words) }
            <ul>
                for hsm in cluster.hsms.iter() {
                    <li>
                        { part(verbs, &hsm.id, format!(
                            "HSM {}: {} in {}, {} keys, {} users, through {} {}",
                            hsm.id, hsm.state, hsm.zone, hsm.appliance.keys, hsm.appliance.users,
                            hsm.interface, hsm.ip
                        )) }
                    </li>
                }
            </ul>
        </li>
    }
}

fn of_vpc(verbs: &Verbs, vpc: &VpcView) -> Html {
    html! {
        <li>
            { part(verbs, &vpc.id, format!("VPC {} {} {}", vpc.name, vpc.id, vpc.cidr)) }
            <ul>
                if let Some(gateway) = &vpc.internet_gateway {
                    <li>{ part(verbs, gateway, format!("Internet gateway {gateway}")) }</li>
                }
                for subnet in vpc.subnets.iter() {
                    <li>
                        { part(verbs, &subnet.id, format!(
                            "{} {} {} {} in {}",
                            if subnet.public { "Public subnet" } else { "Subnet" },
                            subnet.name, subnet.id, subnet.cidr, subnet.zone
                        )) }
                        <ul>{ for subnet.interfaces.iter().map(|one| of_interface(verbs, one)) }</ul>
                    </li>
                }
                for group in vpc.groups.iter() {
                    <li>
                        { part(verbs, &group.id, format!("Security group {} {}", group.name, group.id)) }
                        { format!(": in {}; out {}", or_none(&group.inbound), or_none(&group.outbound)) }
                    </li>
                }
            </ul>
        </li>
    }
}

fn or_none(rules: &[String]) -> String {
    if rules.is_empty() {
        "nothing".to_owned()
    } else {
        rules.join(", ")
    }
}

fn of_interface(verbs: &Verbs, interface: &InterfaceView) -> Html {
    let groups = interface.groups.join(", ");
    let (id, words) = match (&interface.instance, &interface.hsm_id) {
        (Some(instance), _) => (
            &instance.id,
            format!(
                "Instance {} {}: {}, {}, {}, groups {groups}",
                instance.name, instance.id, instance.state, instance.os, interface.ip
            ),
        ),
        (None, Some(hsm)) => (
            &interface.id,
            format!(
                "ENI {} {} of {hsm}, groups {groups}",
                interface.id, interface.ip
            ),
        ),
        (None, None) => (
            &interface.id,
            format!("ENI {} {}, groups {groups}", interface.id, interface.ip),
        ),
    };
    html! { <li>{ part(verbs, id, words) }</li> }
}
