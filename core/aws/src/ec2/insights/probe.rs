//! The probe of an analysis: it looks for one packet that gets through.

use std::net::{IpAddr, Ipv4Addr};

use super::Path;
use crate::ec2::error::Ec2Error;
use hsmlab_net::reach::{Step, Trace};
use hsmlab_net::rule::{Direction, Peer};
use hsmlab_net::{Endpoint, Interface, NetError, Network};

/// The Internet address for paths that name none (TEST-NET-3, RFC 5737).
const SOMEONE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
/// The port for paths that name none.
const SOME_PORT: u16 = 443;

/// Checks that a path can start or end at `id`.
pub(super) fn check_component(
    network: &Network,
    id: &str,
    parameter: &'static str,
) -> Result<(), Ec2Error> {
    let known = match id.split('-').next() {
        Some("i") => !network.interfaces_of(id).is_empty(),
        Some("eni") => network.interface(id).is_some(),
        Some("igw") => network.internet_gateways.contains_key(id),
        _ => {
            // Guess: the words.
            let why = "A path begins and ends at an instance, a network interface or an internet \
                       gateway.";
            return Err(Ec2Error::value(id, parameter, why));
        }
    };
    if known {
        return Ok(());
    }
    Err(match id.split('-').next() {
        Some("eni") => NetError::not_found(hsmlab_net::Kind::Interface, id).into(),
        Some("igw") => NetError::not_found(hsmlab_net::Kind::InternetGateway, id).into(),
        _ => NetError::InstanceUnknown(id.to_owned()).into(),
    })
}

/// Walks the path. If the path leaves the address or the port open, it returns the first attempt
/// that gets through, or else the first attempt.
pub(super) fn trace(network: &Network, path: &Path) -> Trace {
    let source = interface_of(network, &path.source);
    let destination = path
        .destination
        .as_deref()
        .and_then(|id| interface_of(network, id));
    let mut first = None;
    for port in ports(network, path, destination) {
        for (from, to) in ends(network, path, source, destination) {
            let trace = network.trace(&from, to, path.protocol, port);
            if opens(&trace) {
                return trace;
            }
            first.get_or_insert(trace);
        }
    }
    first.unwrap_or_else(|| {
        let to = path.destination_ip.unwrap_or(IpAddr::V4(SOMEONE));
        let from = Endpoint::Interface(path.source.clone());
        network.trace(
            &from,
            to,
            path.protocol,
            path.destination_port.unwrap_or(SOME_PORT),
        )
    })
}

fn opens(trace: &Trace) -> bool {
    let all = |steps: &[Step]| steps.iter().all(|step| step.hop.allows);
    all(&trace.forward) && trace.end.hop.allows && all(&trace.reply)
}

/// The interface with that id, or the primary interface of the instance with that id.
fn interface_of<'n>(network: &'n Network, id: &str) -> Option<&'n Interface> {
    network
        .interface(id)
        .or_else(|| network.interfaces_of(id).into_iter().next())
}

/// The pairs of ends to try.
fn ends(
    network: &Network,
    path: &Path,
    source: Option<&Interface>,
    destination: Option<&Interface>,
) -> Vec<(Endpoint, IpAddr)> {
    let to: Vec<IpAddr> = match (path.destination_ip, destination) {
        (Some(address), _) => vec![address],
        (None, Some(own)) if source.is_some() => vec![own.private_ip.into()],
        (None, Some(own)) => {
            let public = own.public_ip.as_ref().map(|public| public.address);
            vec![public.unwrap_or(own.private_ip).into()]
        }
        // The destination is an internet gateway, or no longer exists: any Internet address.
        (None, None) => outside(network, source, Direction::Egress),
    };
    let from: Vec<Endpoint> = match (source, path.source_ip) {
        (Some(own), _) => vec![Endpoint::Interface(own.id.clone())],
        (None, _) if !path.source.starts_with("igw-") => {
            vec![Endpoint::Interface(path.source.clone())]
        }
        (None, Some(address)) => vec![Endpoint::Internet(address)],
        (None, None) => outside(network, destination, Direction::Ingress)
            .into_iter()
            .map(Endpoint::Internet)
            .collect(),
    };
    from.iter()
        .flat_map(|from| to.iter().map(|to| (from.clone(), *to)))
        .collect()
}

/// Internet addresses that the rules of an interface might admit, and [`SOMEONE`].
fn outside(network: &Network, own: Option<&Interface>, direction: Direction) -> Vec<IpAddr> {
    let groups = own.into_iter().flat_map(|own| &own.groups);
    let rules = groups
        .filter_map(|id| network.security_group(id))
        .flat_map(|group| group.rules(direction));
    let named = rules.filter_map(|rule| match &rule.spec.peer {
        Peer::Ipv4(block) if block.prefix_len() > 0 => Some(IpAddr::V4(block.network())),
        _ => None,
    });
    std::iter::once(IpAddr::V4(SOMEONE)).chain(named).collect()
}

/// The ports to try: the path's port, or the first port of each of the destination's rules.
fn ports(network: &Network, path: &Path, destination: Option<&Interface>) -> Vec<u16> {
    if let Some(port) = path.destination_port {
        return vec![port];
    }
    let groups = destination.into_iter().flat_map(|own| &own.groups);
    let rules = groups
        .filter_map(|id| network.security_group(id))
        .flat_map(|group| group.rules(Direction::Ingress));
    let named = rules.filter_map(|rule| u16::try_from(rule.spec.ports?.from).ok());
    std::iter::once(SOME_PORT).chain(named).collect()
}
