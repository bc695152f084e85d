//! Parsers for addresses and CIDR blocks of requests.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::error::Ec2Error;

/// Parses an IPv4 block. EC2 clears host bits: 100.68.0.18/18 becomes 100.68.0.0/18.
pub(super) fn ipv4_block(text: &str, parameter: &'static str) -> Result<Ipv4Net, Ec2Error> {
    let block: Option<Ipv4Net> = text.parse().ok();
    block
        .map(|block| block.trunc())
        .ok_or_else(|| not_a_block(text, parameter))
}

/// Parses an IPv6 block.
pub(super) fn ipv6_block(text: &str, parameter: &'static str) -> Result<Ipv6Net, Ec2Error> {
    let block: Option<Ipv6Net> = text.parse().ok();
    block
        .map(|block| block.trunc())
        .ok_or_else(|| not_a_block(text, parameter))
}

/// Parses the IPv4 block of one parameter, or else the IPv6 block of another. Both together are
/// refused.
pub(super) fn block_of(
    ipv4: Option<&String>,
    ipv6: Option<&String>,
    names: (&'static str, &'static str),
) -> Result<Option<IpNet>, Ec2Error> {
    match (ipv4, ipv6) {
        (Some(_), Some(_)) => Err(Ec2Error::Exclusive {
            one: names.0,
            other: names.1,
        }),
        (Some(text), None) => Ok(Some(ipv4_block(text, names.0)?.into())),
        (None, Some(text)) => Ok(Some(ipv6_block(text, names.1)?.into())),
        (None, None) => Ok(None),
    }
}

/// Parses an IPv4 address.
pub(super) fn ipv4_address(text: &str, parameter: &'static str) -> Result<Ipv4Addr, Ec2Error> {
    text.parse()
        .map_err(|_| Ec2Error::value(text, parameter, "This is not a valid IPv4 address."))
}

/// Parses an address.
pub(super) fn address(text: &str, parameter: &'static str) -> Result<IpAddr, Ec2Error> {
    text.parse()
        .map_err(|_| Ec2Error::value(text, parameter, "This is not a valid IP address."))
}

fn not_a_block(text: &str, parameter: &'static str) -> Ec2Error {
    Ec2Error::value(text, parameter, "This is not a valid CIDR block.")
}
