//! The CLI's changes to EC2's operations.
//!
//! Simple options for security group rules, `--count` and a public address for run-instances, bare forms of
//! `{"Value": true}` members, `--ingress`, and protocol names for network ACL entries.

use base64::Engine as _;

use super::argparse::{Found, Given, OptionSpec, Reads, Takes};
use super::arguments::{Argument, Loaded, StandsFor};
use super::failure::Problem;
use super::py::{Py, parse_int};
use hsmlab_api::model::{Kind, Operation, Service};

/// An option that the CLI adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// `--protocol` of a security group rule.
    Protocol,
    /// `--port`.
    Port,
    /// `--cidr`.
    Cidr,
    /// `--source-group`.
    SourceGroup,
    /// `--group-owner`.
    GroupOwner,
    /// `--count` of run-instances.
    Count,
    /// `--secondary-private-ip-addresses`.
    SecondaryAddresses,
    /// `--secondary-private-ip-address-count`.
    SecondaryAddressCount,
    /// `--associate-public-ip-address`.
    PublicAddress,
    /// `--no-associate-public-ip-address`.
    NoPublicAddress,
}

impl Extra {
    /// The option's input in a console form: `None` if hidden, `Some(true)` for a switch.
    #[must_use]
    pub fn field(self) -> Option<bool> {
        match self {
            Self::NoPublicAddress => None,
            Self::PublicAddress => Some(true),
            _ => Some(false),
        }
    }
}

const RULE_OPERATIONS: [&str; 4] = [
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
];

const RULE_EXTRAS: [(&str, Extra); 5] = [
    ("protocol", Extra::Protocol),
    ("port", Extra::Port),
    ("cidr", Extra::Cidr),
    ("source-group", Extra::SourceGroup),
    ("group-owner", Extra::GroupOwner),
];

const INSTANCE_EXTRAS: [(&str, Extra); 5] = [
    ("count", Extra::Count),
    ("secondary-private-ip-addresses", Extra::SecondaryAddresses),
    (
        "secondary-private-ip-address-count",
        Extra::SecondaryAddressCount,
    ),
    ("associate-public-ip-address", Extra::PublicAddress),
    ("no-associate-public-ip-address", Extra::NoPublicAddress),
];

/// Changes the options of one of EC2's operations.
pub fn change(table: &mut Vec<Argument>, service: &Service, operation: &Operation) {
    rename(table, "no-egress", "ingress");
    rename(
        table,
        "no-disable-api-termination",
        "enable-api-termination",
    );
    raise_flags(table, service);
    if RULE_OPERATIONS.contains(&operation.name.as_str()) {
        for (name, extra) in RULE_EXTRAS {
            table.push(added(name, extra));
        }
        let hidden = [
            "ip-protocol",
            "from-port",
            "to-port",
            "cidr-ip",
            "source-security-group-name",
            "source-security-group-owner-id",
        ];
        for argument in table
            .iter_mut()
            .filter(|known| hidden.contains(&known.name.as_str()))
        {
            argument.hidden = true;
        }
    }
    if operation.name == "RunInstances" {
        table.retain(|known| known.name != "min-count" && known.name != "max-count");
        for (name, extra) in INSTANCE_EXTRAS {
            table.push(added(name, extra));
        }
    }
}

fn added(name: &str, extra: Extra) -> Argument {
    let stands_for = StandsFor::Extra(extra);
    Argument {
        name: name.to_owned(),
        stands_for,
        required: false,
        hidden: false,
    }
}

fn rename(table: &mut Vec<Argument>, old: &str, new: &str) {
    if let Some(at) = table.iter().position(|known| known.name == old) {
        let mut argument = table.remove(at);
        argument.name = new.to_owned();
        table.push(argument);
    }
}

/// Adds the forms `--x` and `--no-x` for `{"Value": true}` members.
fn raise_flags(table: &mut Vec<Argument>, service: &Service) {
    let mut negative = Vec::new();
    for argument in table.iter_mut() {
        let StandsFor::Member(target) = &argument.stands_for else {
            continue;
        };
        let [member] = service.shape(target.shape).members() else {
            continue;
        };
        if member.name != "Value" || service.shape(member.shape).kind != Kind::Boolean {
            continue;
        }
        negative.push(Argument {
            name: format!("no-{}", argument.name),
            stands_for: StandsFor::Lowered(target.clone()),
            required: false,
            hidden: false,
        });
        argument.stands_for = StandsFor::Raised(target.clone());
        argument.required = false;
    }
    table.append(&mut negative);
}

/// Sets how the parser reads an added option.
pub fn spec(extra: Extra, spec: &mut OptionSpec) {
    match extra {
        Extra::SecondaryAddresses => spec.takes = Takes::Any,
        Extra::SecondaryAddressCount => spec.reads = Reads::Int,
        Extra::PublicAddress => spec.takes = Takes::Flag(true),
        Extra::NoPublicAddress => spec.takes = Takes::Flag(false),
        _ => {}
    }
}

/// Checks that the given options can be combined, before their values are read.
///
/// # Errors
/// The CLI's refusal.
pub fn check(table: &[Argument], found: &Found, operation: &Operation) -> Result<(), Problem> {
    check_raised(table, found)?;
    if RULE_OPERATIONS.contains(&operation.name.as_str()) && has(found, "ip_permissions") {
        for (name, _) in RULE_EXTRAS {
            if has(found, &name.replace('-', "_")) {
                let name = name.replace('-', "_");
                return Err(Problem::Param(format!(
                    "The --{name} option is not compatible with the --ip-permissions option "
                )));
            }
        }
    }
    if operation.name == "RunInstances" && has(found, "network_interfaces") {
        let simple = [
            "secondary_private_ip_addresses",
            "secondary_private_ip_address_count",
            "associate_public_ip_address",
        ];
        if simple.iter().any(|name| has(found, name)) {
            return Err(Problem::Param(
                "Mixing the --network-interfaces option with the simple, scalar options is not \
                 supported."
                    .into(),
            ));
        }
    }
    Ok(())
}

fn check_raised(table: &[Argument], found: &Found) -> Result<(), Problem> {
    for argument in table {
        if !matches!(argument.stands_for, StandsFor::Raised(_)) {
            continue;
        }
        let negative = format!("no_{}", argument.dest());
        if found.values.contains_key(&argument.dest()) && found.values.contains_key(&negative) {
            let name = &argument.name;
            return Err(Problem::Param(format!(
                "Cannot specify both the \"--{name}\" option and the \"--no-{name}\" option."
            )));
        }
    }
    Ok(())
}

/// True if an option has a value that Python treats as true.
fn has(found: &Found, dest: &str) -> bool {
    match found.values.get(dest) {
        None | Some(Given::Bare) => false,
        Some(Given::Flag(value)) => *value,
        Some(Given::Text(text)) => !text.is_empty(),
        Some(Given::Int(number)) => *number != 0,
        Some(Given::Float(number)) => *number != 0.0,
        Some(Given::List(words)) => !words.is_empty(),
    }
}

/// Adds the value of an added option to the parameters.
///
/// # Errors
/// The CLI's refusal of the value.
pub fn add(extra: Extra, value: Loaded, params: &mut Py) -> Result<(), Problem> {
    match (extra, value) {
        (Extra::SecondaryAddresses, value) => add_secondary(value, params),
        (Extra::SecondaryAddressCount, Loaded::Value(Py::Int(count))) if count != 0 => {
            interface(params, "SecondaryPrivateIpAddressCount", Py::Int(count));
        }
        (Extra::PublicAddress, Loaded::Value(Py::Bool(true))) => {
            interface(params, "AssociatePublicIpAddress", Py::Bool(true));
        }
        (Extra::NoPublicAddress, Loaded::Value(Py::Bool(false))) => {
            interface(params, "AssociatePublicIpAddress", Py::Bool(false));
        }
        (Extra::Count, Loaded::Value(Py::Str(text))) => add_count(&text, params)?,
        (extra, Loaded::Value(Py::Str(text))) if !text.is_empty() => add_rule(extra, text, params)?,
        _ => {}
    }
    Ok(())
}

fn add_rule(extra: Extra, text: String, params: &mut Py) -> Result<(), Problem> {
    match extra {
        Extra::Protocol => rule(params, "IpProtocol", Py::Str(protocol(text)?)),
        Extra::Port => {
            let (from, to) = ports(&text)?;
            rule(params, "FromPort", Py::Int(from));
            rule(params, "ToPort", Py::Int(to));
        }
        Extra::Cidr => {
            let range = Py::Dict(vec![("CidrIp".into(), Py::Str(text))]);
            rule(params, "IpRanges", Py::List(vec![range]));
        }
        Extra::SourceGroup if text.starts_with("sg-") => pair(params, "GroupId", text),
        Extra::SourceGroup => pair(params, "GroupName", text),
        Extra::GroupOwner => pair(params, "UserId", text),
        _ => {}
    }
    Ok(())
}

fn protocol(text: String) -> Result<String, Problem> {
    match parse_int(&text) {
        Ok(number) if (0..=255).contains(&number) || number == -1 => Ok(text),
        Ok(_) => Err(Problem::Param(
            "protocol numbers must be in the range 0-255 or -1 to specify all protocols".into(),
        )),
        Err(_) => match text.as_str() {
            "all" => Ok("-1".into()),
            "tcp" | "udp" | "icmp" => Ok(text),
            _ => Err(Problem::Param(
                "protocol parameter should be one of: tcp|udp|icmp|all or any valid protocol number."
                    .into(),
            )),
        },
    }
}

fn ports(text: &str) -> Result<(i128, i128), Problem> {
    let (from, to) = match text {
        "-1" | "all" => ("-1", "-1"),
        _ => text.split_once('-').unwrap_or((text, text)),
    };
    match (parse_int(from), parse_int(to)) {
        (Ok(from), Ok(to)) => Ok((from, to)),
        _ => Err(Problem::Param(
            "port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)".into(),
        )),
    }
}

fn add_count(text: &str, params: &mut Py) -> Result<(), Problem> {
    let parts: Vec<&str> = text.split(':').collect();
    let (min, max) = match parts.as_slice() {
        [one] => (parse_int(one), parse_int(one)),
        [min, max] => (parse_int(min), parse_int(max)),
        _ => (Err(String::new()), Err(String::new())),
    };
    let (Ok(min), Ok(max)) = (min, max) else {
        // The CLI 2.36.7 fails inside its own refusal here and prints this text.
        return Err(Problem::General(
            "name 'ParamValidationError' is not defined".into(),
        ));
    };
    params.set("MinCount", Py::Int(min));
    params.set("MaxCount", Py::Int(max));
    Ok(())
}

fn add_secondary(value: Loaded, params: &mut Py) {
    let words = match value {
        Loaded::Words(words) => words,
        Loaded::Value(Py::Str(text)) => text.chars().map(String::from).collect(),
        _ => return,
    };
    if words.is_empty() {
        return;
    }
    let addresses = words
        .into_iter()
        .map(|word| {
            Py::Dict(vec![
                ("PrivateIpAddress".into(), Py::Str(word)),
                ("Primary".into(), Py::Bool(false)),
            ])
        })
        .collect();
    interface(params, "PrivateIpAddresses", Py::List(addresses));
}

/// The first element of a list member; creates it if there is none.
fn first_of<'a>(params: &'a mut Py, member: &str, empty: Py) -> Option<&'a mut Py> {
    if params.get(member).is_none() {
        params.set(member, Py::List(vec![empty]));
    }
    let entries = params.entries_mut()?;
    match entries.iter_mut().find(|(name, _)| name == member) {
        Some((_, Py::List(items))) => items.first_mut(),
        _ => None,
    }
}

fn rule(params: &mut Py, key: &str, value: Py) {
    if let Some(first) = first_of(params, "IpPermissions", Py::Dict(Vec::new())) {
        first.set(key, value);
    }
}

fn pair(params: &mut Py, key: &str, text: String) {
    let Some(first) = first_of(params, "IpPermissions", Py::Dict(Vec::new())) else {
        return;
    };
    if let Some(group) = first_of(first, "UserIdGroupPairs", Py::Dict(Vec::new())) {
        group.set(key, Py::Str(text));
    }
}

fn interface(params: &mut Py, key: &str, value: Py) {
    let empty = Py::Dict(vec![("DeviceIndex".into(), Py::Int(0))]);
    if let Some(first) = first_of(params, "NetworkInterfaces", empty) {
        first.set(key, value);
    }
}

/// Makes the last changes to EC2's parameters, after all given values are set.
pub fn finish(operation: &Operation, params: &mut Py) {
    match operation.name.as_str() {
        "CreateNetworkAclEntry" | "ReplaceNetworkAclEntry" => {
            let number = match params.get("Protocol") {
                Some(Py::Str(name)) => match name.as_str() {
                    "tcp" => "6",
                    "udp" => "17",
                    "icmp" => "1",
                    "all" => "-1",
                    _ => return,
                },
                _ => return,
            };
            params.set("Protocol", Py::str(number));
        }
        "RunInstances" => finish_run_instances(params),
        _ => {}
    }
}

/// Encodes user data in base64, however it was given.
fn encode_user_data(params: &mut Py) {
    let bytes = match params.get("UserData") {
        Some(Py::Str(text)) => text.clone().into_bytes(),
        Some(Py::Bytes(bytes)) => bytes.clone(),
        _ => return,
    };
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    params.set("UserData", Py::Str(encoded));
}

fn finish_run_instances(params: &mut Py) {
    encode_user_data(params);
    for count in ["MaxCount", "MinCount"] {
        if params.get(count).is_none() {
            params.set(count, Py::Int(1));
        }
    }
    let moved = [
        "PrivateIpAddresses",
        "SecondaryPrivateIpAddressCount",
        "AssociatePublicIpAddress",
    ];
    let needed = match params.get("NetworkInterfaces") {
        Some(Py::List(items)) => items
            .first()
            .is_some_and(|first| moved.iter().any(|key| first.get(key).is_some())),
        _ => false,
    };
    if !needed {
        return;
    }
    // With a separate interface, these are members of the interface.
    let mut values = Vec::new();
    for (from, to) in [
        ("SubnetId", "SubnetId"),
        ("SecurityGroupIds", "Groups"),
        ("PrivateIpAddress", "PrivateIpAddresses"),
        ("Ipv6AddressCount", "Ipv6AddressCount"),
        ("Ipv6Addresses", "Ipv6Addresses"),
        ("EnablePrimaryIpv6", "PrimaryIpv6"),
    ] {
        if let Some(value) = params.remove(from) {
            let value = if from == "PrivateIpAddress" {
                Py::List(vec![Py::Dict(vec![
                    ("PrivateIpAddress".into(), value),
                    ("Primary".into(), Py::Bool(true)),
                ])])
            } else {
                value
            };
            values.push((to, value));
        }
    }
    if let Some(first) = first_of(params, "NetworkInterfaces", Py::Dict(Vec::new())) {
        for (key, value) in values {
            first.set(key, value);
        }
    }
}
