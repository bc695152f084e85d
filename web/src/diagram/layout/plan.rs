//! The assignment of parts to zones, tiers and sections: the part of the layout that both arrangements
//! share.

use hsmlab_protocol::view::{
    ClusterView, DiagramView, GroupView, HsmView, InterfaceView, SubnetView, VpcView,
};

use super::HSMS_SHOWN_MAX;

/// The sorted content of a diagram.
pub(super) struct Plan<'a> {
    pub(super) view: &'a DiagramView,
    pub(super) vpcs: Vec<VpcPlan<'a>>,
    /// For each zone, in order: the HSMs with a card, and the number of the others.
    pub(super) hsms: Vec<(Vec<&'a HsmView>, usize)>,
}

/// A VPC: its subnets by zone, and the clusters in it.
pub(super) struct VpcPlan<'a> {
    pub(super) vpc: &'a VpcView,
    pub(super) clusters: Vec<&'a ClusterView>,
    /// The subnets of each zone, in the zones' order.
    pub(super) zones: Vec<Vec<SubnetPlan<'a>>>,
}

/// A subnet: its content, by section. The sections are the clusters of the VPC in order, and one more
/// for everything else.
pub(super) struct SubnetPlan<'a> {
    pub(super) subnet: &'a SubnetView,
    pub(super) sections: Vec<Section<'a>>,
}

#[derive(Default)]
pub(super) struct Section<'a> {
    /// The interfaces of the cluster's HSMs.
    pub(super) hsms: Vec<&'a InterfaceView>,
    /// All other interfaces: a cluster's section holds the members of its security group.
    pub(super) others: Vec<&'a InterfaceView>,
}

impl VpcPlan<'_> {
    pub(super) fn tiers(&self) -> usize {
        self.zones.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The security group of the cluster with this section's number.
    pub(super) fn group(&self, section: usize) -> Option<&GroupView> {
        let cluster = self.clusters.get(section)?;
        self.vpc
            .groups
            .iter()
            .find(|group| group.id == cluster.security_group)
    }
}

impl Plan<'_> {
    /// True if an HSM has a card.
    pub(super) fn shows(&self, hsm: &str) -> bool {
        self.hsms
            .iter()
            .any(|(shown, _)| shown.iter().any(|view| view.id == hsm))
    }
}

pub(super) fn plan(view: &DiagramView) -> Plan<'_> {
    let hsms = view.zones.iter().map(|zone| {
        let all: Vec<_> = view
            .clusters
            .iter()
            .flat_map(|cluster| cluster.hsms.iter())
            .filter(|hsm| hsm.zone == *zone && hsm.state != "DELETED")
            .collect();
        let shown = if all.len() > HSMS_SHOWN_MAX {
            HSMS_SHOWN_MAX - 1
        } else {
            all.len()
        };
        let more = all.len() - shown;
        (all.into_iter().take(shown).collect(), more)
    });
    Plan {
        view,
        hsms: hsms.collect(),
        vpcs: view.vpcs.iter().map(|vpc| of_vpc(view, vpc)).collect(),
    }
}

fn of_vpc<'a>(view: &'a DiagramView, vpc: &'a VpcView) -> VpcPlan<'a> {
    let clusters: Vec<_> = view
        .clusters
        .iter()
        .filter(|cluster| cluster.vpc_id == vpc.id)
        .collect();
    let zones = view.zones.iter().map(|zone| {
        let subnets: Vec<_> = vpc
            .subnets
            .iter()
            .filter(|subnet| subnet.zone == *zone)
            .map(|subnet| of_subnet(subnet, &clusters))
            .collect();
        // Subnets with HSMs are next to the HSMs, so that no line crosses another subnet.
        let (mut near, far): (Vec<_>, Vec<_>) = subnets
            .into_iter()
            .partition(|plan| plan.sections.iter().any(|section| !section.hsms.is_empty()));
        near.extend(far);
        near
    });
    VpcPlan {
        vpc,
        zones: zones.collect(),
        clusters,
    }
}

fn of_subnet<'a>(subnet: &'a SubnetView, clusters: &[&ClusterView]) -> SubnetPlan<'a> {
    let none = clusters.len();
    let mut sections: Vec<Section<'_>> = Vec::new();
    sections.resize_with(none + 1, Section::default);
    for interface in &subnet.interfaces {
        let hsm = interface.hsm_id.as_deref();
        let member = clusters
            .iter()
            .position(|cluster| interface.groups.contains(&cluster.security_group));
        let at = hsm
            .and_then(|id| {
                let owns = |cluster: &&ClusterView| cluster.hsms.iter().any(|hsm| hsm.id == id);
                clusters.iter().rposition(owns)
            })
            .or(member)
            .unwrap_or(none);
        if let Some(section) = sections.get_mut(at) {
            if hsm.is_some() {
                section.hsms.push(interface);
            } else {
                section.others.push(interface);
            }
        }
    }
    SubnetPlan { subnet, sections }
}
