//! EC2's words for refusals of the network.

use super::{Words, words};
use hsmlab_net::{Kind, NetError, Quota};

/// The words for a refusal of the network.
pub(super) fn words_of(error: NetError) -> Words {
    match error {
        NetError::NotFound { kind, id } => unknown(kind, &id),
        NetError::InUse { kind, id, by } => in_use(kind, &id, by.as_deref()),
        NetError::QuotaReached(quota) => quota_reached(quota),
        NetError::ServiceManaged(id) => Words {
            code: "AuthFailure".into(),
            // Guess: the reference also names OperationNotPermitted; this is EC2's answer for a
            // requester-managed interface.
            http_status: 403,
            message: "You do not have permission to access the specified resource.".into(),
            remedy: format!(
                "{id} belongs to an AWS service. It is deleted when the service's resource (the \
                 HSM) is deleted."
            ),
        },
        error @ (NetError::VpcCidrSize(_)
        | NetError::VpcCidrConflict(_)
        | NetError::VpcPrimaryCidr(_)
        | NetError::SubnetCidrRange(_)
        | NetError::SubnetCidrConflict(_)
        | NetError::ZoneUnknown { .. }
        | NetError::SubnetWithoutIpv6(_)
        | NetError::SubnetHasIpv6(_)
        | NetError::DefaultVpcExists) => address_space(error),
        error @ (NetError::GatewayAttached { .. }
        | NetError::VpcHasGateway(_)
        | NetError::GatewayNotAttached { .. }
        | NetError::PublicAddressesMapped(_)
        | NetError::GatewayOfOtherVpc { .. }
        | NetError::RouteExists(_)
        | NetError::RouteUnknown { .. }
        | NetError::RouteLocal(_)
        | NetError::RouteInsideVpc(_)
        | NetError::SubnetRouted { .. }
        | NetError::MainAssociation(_)
        | NetError::DifferentVpcs { .. }) => routing(error),
        error @ (NetError::DefaultNetworkAcl(_)
        | NetError::AclEntryExists(_)
        | NetError::AclEntryUnknown { .. }
        | NetError::GroupNameTaken { .. }
        | NetError::DefaultGroup(_)
        | NetError::RuleExists(_)
        | NetError::PeerOfOtherVpc(_)
        | NetError::RuleUnknown
        | NetError::GroupOfOtherVpc { .. }
        | NetError::GroupsEmpty) => filtering(error),
        error => interface(error),
    }
}

/// EC2's code and noun for an unknown id.
fn unknown(kind: Kind, id: &str) -> Words {
    let (code, noun) = match kind {
        Kind::Vpc => ("InvalidVpcID.NotFound", "vpc ID"),
        Kind::Subnet => ("InvalidSubnetID.NotFound", "subnet ID"),
        Kind::InternetGateway => ("InvalidInternetGatewayID.NotFound", "internetGateway ID"),
        Kind::RouteTable => ("InvalidRouteTableID.NotFound", "routeTable ID"),
        // Guess: the words; the code is the documented one.
        Kind::RouteTableAssociation | Kind::NetworkAclAssociation => {
            ("InvalidAssociationID.NotFound", "association ID")
        }
        Kind::NetworkAcl => ("InvalidNetworkAclID.NotFound", "network acl ID"),
        Kind::SecurityGroup => ("InvalidGroup.NotFound", "security group"),
        Kind::SecurityGroupRule => (
            "InvalidSecurityGroupRuleId.NotFound",
            "security group rule ID",
        ),
        Kind::Interface => ("InvalidNetworkInterfaceID.NotFound", "networkInterface ID"),
        Kind::Attachment => (
            "InvalidAttachmentID.NotFound",
            "network interface attachment ID",
        ),
        Kind::PrefixList => ("InvalidPrefixListID.NotFound", "prefix list ID"),
        Kind::VpcCidrAssociation => (
            "InvalidVpcCidrBlockAssociationID.NotFound",
            "vpc CIDR block association ID",
        ),
        Kind::SubnetCidrAssociation => (
            "InvalidSubnetCidrBlockAssociationID.NotFound",
            "subnet CIDR block association ID",
        ),
    };
    words(
        code,
        format!("The {noun} '{id}' does not exist"),
        "Check the ID and the region. Resources in other regions have other IDs.",
    )
}

/// EC2's code for an id that does not have the form of its kind, and the prefix of that form.
pub(super) fn malformed_code(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Vpc => ("InvalidVpcID.Malformed", "vpc-"),
        Kind::Subnet => ("InvalidSubnetID.Malformed", "subnet-"),
        Kind::InternetGateway => ("InvalidInternetGatewayId.Malformed", "igw-"),
        Kind::RouteTable => ("InvalidRouteTableId.Malformed", "rtb-"),
        // Guess: the table of error codes has no code for malformed associations.
        Kind::RouteTableAssociation => ("InvalidAssociationID.Malformed", "rtbassoc-"),
        Kind::NetworkAclAssociation => ("InvalidAssociationID.Malformed", "aclassoc-"),
        Kind::VpcCidrAssociation => ("InvalidAssociationID.Malformed", "vpc-cidr-assoc-"),
        Kind::SubnetCidrAssociation => ("InvalidAssociationID.Malformed", "subnet-cidr-assoc-"),
        Kind::NetworkAcl => ("InvalidNetworkAclId.Malformed", "acl-"),
        Kind::SecurityGroup => ("InvalidGroupId.Malformed", "sg-"),
        Kind::SecurityGroupRule => ("InvalidSecurityGroupRuleId.Malformed", "sgr-"),
        Kind::Interface => ("InvalidNetworkInterfaceId.Malformed", "eni-"),
        Kind::Attachment => (
            "InvalidNetworkInterfaceAttachmentId.Malformed",
            "eni-attach-",
        ),
        Kind::PrefixList => ("InvalidPrefixListId.Malformed", "pl-"),
    }
}

fn in_use(kind: Kind, id: &str, by: Option<&str>) -> Words {
    let noun = match kind {
        Kind::Vpc => "vpc",
        Kind::Subnet => "subnet",
        Kind::InternetGateway => "internetGateway",
        Kind::RouteTable => "routeTable",
        Kind::NetworkAcl => "networkAcl",
        _ => "",
    };
    let message = match kind {
        Kind::SecurityGroup | Kind::PrefixList => format!("resource {id} has a dependent object"),
        Kind::VpcCidrAssociation | Kind::SubnetCidrAssociation => {
            format!(
                "The CIDR block with association ID {id} has dependencies and cannot be removed."
            )
        }
        _ => format!("The {noun} '{id}' has dependencies and cannot be deleted."),
    };
    let remedy = match by {
        Some(by) => format!("{by} still uses {id}. Remove {by} first."),
        None => format!("First remove everything that still uses {id}."),
    };
    words("DependencyViolation", message, remedy)
}

/// Codes of "Error codes for the Amazon EC2 API". Guess: the sentences, except those for VPCs and
/// rules.
fn quota_reached(quota: Quota) -> Words {
    let (code, message) = match quota {
        Quota::Vpcs => (
            "VpcLimitExceeded",
            "The maximum number of VPCs has been reached.",
        ),
        Quota::CidrBlocksPerVpc => (
            "CidrLimitExceeded",
            "This network has met its maximum number of allowed CIDRs: 5",
        ),
        Quota::SubnetsPerVpc => (
            "SubnetLimitExceeded",
            "The maximum number of subnets has been reached.",
        ),
        Quota::InternetGateways => (
            "InternetGatewayLimitExceeded",
            "The maximum number of internet gateways has been reached.",
        ),
        Quota::RouteTablesPerVpc => (
            "RouteTableLimitExceeded",
            "The maximum number of route tables has been reached.",
        ),
        Quota::RoutesPerRouteTable => (
            "RouteLimitExceeded",
            "The maximum number of routes has been reached.",
        ),
        Quota::NetworkAclsPerVpc => (
            "NetworkAclLimitExceeded",
            "The maximum number of network acls has been reached.",
        ),
        Quota::EntriesPerNetworkAcl => (
            "NetworkAclEntryLimitExceeded",
            "The maximum number of network acl entries has been reached.",
        ),
        Quota::SecurityGroups => (
            "SecurityGroupLimitExceeded",
            "The maximum number of security groups has been reached.",
        ),
        Quota::RulesPerSecurityGroup => (
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        ),
        Quota::GroupsPerInterface => (
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ),
        Quota::Interfaces => (
            "NetworkInterfaceLimitExceeded",
            "The maximum number of network interfaces has been reached.",
        ),
        Quota::PrefixLists => (
            "PrefixListLimitExceeded",
            "The maximum number of prefix lists has been reached.",
        ),
    };
    words(
        code,
        message,
        "Remove one that is no longer needed. On AWS, most quotas can be raised on request.",
    )
}

fn address_space(error: NetError) -> Words {
    match error {
        NetError::VpcCidrSize(cidr) => words(
            "InvalidVpc.Range",
            format!("The CIDR '{cidr}' is invalid."),
            "A VPC's block is between /16 and /28, for example 10.0.0.0/16.",
        ),
        // Guess: seen from EC2 only for restricted ranges.
        NetError::VpcCidrConflict(cidr) => words(
            "InvalidVpc.Range",
            format!("The CIDR '{cidr}' conflicts with another CIDR of the VPC"),
            "Choose a block that does not overlap the VPC's other blocks.",
        ),
        NetError::VpcPrimaryCidr(association) => words(
            "OperationNotPermitted",
            format!(
                "The vpc CIDR block with association ID {association} may not be disassociated. It is \
                 the primary IPv4 CIDR block of the VPC"
            ),
            "The primary block cannot be removed from the VPC.",
        ),
        NetError::SubnetCidrRange(cidr) => words(
            "InvalidSubnet.Range",
            format!("The CIDR '{cidr}' is invalid."),
            "A subnet's block must be inside the VPC's block and between /16 and /28 (IPv6: /64).",
        ),
        NetError::SubnetCidrConflict(cidr) => words(
            "InvalidSubnet.Conflict",
            format!("The CIDR '{cidr}' conflicts with another subnet"),
            "Choose a block that does not overlap other subnets of the VPC. describe-subnets lists \
             them.",
        ),
        NetError::ZoneUnknown { zone, zones } => words(
            "InvalidParameterValue",
            format!(
                "Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only \
                 be created in the following availability zones: {}.",
                zones.join(", ")
            ),
            "Choose a zone of this region. describe-availability-zones lists them.",
        ),
        // Guess.
        NetError::SubnetWithoutIpv6(subnet) => words(
            "InvalidParameterValue",
            format!("Subnet '{subnet}' does not have an IPv6 CIDR block associated with it"),
            "First associate an IPv6 block with the VPC, then one with the subnet.",
        ),
        // Guess.
        NetError::SubnetHasIpv6(subnet) => words(
            "InvalidParameterValue",
            format!("Subnet '{subnet}' already has an IPv6 CIDR block associated with it"),
            "A subnet can have only one IPv6 block. Disassociate the existing one first.",
        ),
        _ => words(
            "DefaultVpcAlreadyExists",
            "A Default VPC already exists for this account in this region.",
            "Use the existing default VPC.",
        ),
    }
}

fn routing(error: NetError) -> Words {
    match error {
        NetError::GatewayAttached { gateway, vpc } => words(
            "Resource.AlreadyAssociated",
            format!("resource {gateway} is already attached to network {vpc}"),
            "Detach it from that VPC first.",
        ),
        NetError::VpcHasGateway(vpc) => words(
            "InvalidParameterValue",
            format!("Network {vpc} already has an internet gateway attached"),
            "A VPC can have only one internet gateway. Use the existing one.",
        ),
        NetError::GatewayNotAttached { gateway, vpc } => words(
            "Gateway.NotAttached",
            format!("resource {gateway} is not attached to network {vpc}"),
            "describe-internet-gateways shows the VPC of each gateway.",
        ),
        NetError::PublicAddressesMapped(vpc) => words(
            "DependencyViolation",
            format!(
                "Network {vpc} has some mapped public address(es). Please unmap those public \
                 address(es) before detaching the gateway."
            ),
            "Terminate the instances with public addresses, or disassociate their Elastic IP \
             addresses.",
        ),
        NetError::GatewayOfOtherVpc {
            gateway,
            route_table,
        } => words(
            "InvalidParameterValue",
            format!(
                "route table {route_table} and network gateway {gateway} belong to different networks"
            ),
            "Attach the internet gateway to the VPC of the route table first.",
        ),
        NetError::RouteExists(destination) => words(
            "RouteAlreadyExists",
            format!("The route identified by {destination} already exists."),
            "Use replace-route to change an existing route.",
        ),
        NetError::RouteUnknown {
            destination,
            route_table,
        } => words(
            "InvalidRoute.NotFound",
            format!(
                "no route with destination-cidr-block {destination} in route table {route_table}"
            ),
            "The destination must match exactly. describe-route-tables lists the routes.",
        ),
        NetError::RouteLocal(destination) => words(
            "InvalidParameterValue",
            format!("cannot remove local route {destination} in route table"),
            "The local route belongs to the VPC's block and cannot be removed.",
        ),
        // Guess.
        NetError::RouteInsideVpc(destination) => words(
            "InvalidParameterValue",
            format!(
                "Route destination {destination} is equal to or more specific than the VPC CIDR and \
                 cannot have this target"
            ),
            "Traffic within the VPC is always local. Only add routes to destinations outside the \
             VPC.",
        ),
        // Guess.
        NetError::SubnetRouted {
            subnet,
            association,
        } => words(
            "Resource.AlreadyAssociated",
            format!(
                "the specified association for route table conflicts with an existing association: \
                 {association} of {subnet}"
            ),
            "replace-route-table-association changes it.",
        ),
        NetError::MainAssociation(association) => words(
            "InvalidParameterValue",
            format!("cannot disassociate the main route table association {association}"),
            "Use replace-route-table-association to make another table the main one.",
        ),
        NetError::DifferentVpcs { one, other } => words(
            "InvalidParameterValue",
            format!("{one} and {other} belong to different networks"),
            "Both must be in the same VPC.",
        ),
        _ => words(
            "InternalError",
            "An internal error has occurred",
            "Try again.",
        ),
    }
}

fn filtering(error: NetError) -> Words {
    match error {
        NetError::DefaultNetworkAcl(id) => words(
            "InvalidParameterValue",
            format!("cannot delete default network ACL {id}"),
            "The default network ACL is deleted only together with its VPC.",
        ),
        NetError::AclEntryExists(number) => words(
            "NetworkAclEntryAlreadyExists",
            format!("The network acl entry identified by {number} already exists."),
            "Choose another number, or change the entry with replace-network-acl-entry.",
        ),
        // Guess: the words; the code is the documented one.
        NetError::AclEntryUnknown { number, acl } => words(
            "InvalidNetworkAclEntry.NotFound",
            format!("The network acl entry identified by {number} in {acl} does not exist."),
            "Inbound and outbound entries are numbered separately. Check the direction.",
        ),
        NetError::GroupNameTaken { name, vpc } => words(
            "InvalidGroup.Duplicate",
            format!("The security group '{name}' already exists for VPC '{vpc}'"),
            "Choose another name, or use the existing group.",
        ),
        NetError::DefaultGroup(id) => words(
            "CannotDelete",
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
            "The default group is deleted only together with its VPC. Its rules can be removed.",
        ),
        NetError::RuleExists(rule) => words(
            "InvalidPermission.Duplicate",
            format!("the specified rule \"{rule}\" already exists"),
            "The rule already exists. Nothing needs to be done.",
        ),
        NetError::PeerOfOtherVpc(group) => words(
            "InvalidGroup.NotFound",
            "You have specified two resources that belong to different networks.",
            format!("{group} is in another VPC. A rule can only refer to groups in the same VPC."),
        ),
        NetError::RuleUnknown => words(
            "InvalidPermission.NotFound",
            "The specified rule does not exist in this security group.",
            "Protocol, ports and peer must match the rule exactly. You can also specify its sgr- \
             ID.",
        ),
        // Guess: the words are those for launches.
        NetError::GroupOfOtherVpc { group, subnet } => words(
            "InvalidParameter",
            format!("Security group {group} and subnet {subnet} belong to different networks."),
            "Choose groups in the interface's VPC.",
        ),
        _ => words(
            "InvalidParameterValue",
            // Guess.
            "You must specify at least one security group",
            "An interface has one to five security groups.",
        ),
    }
}

fn interface(error: NetError) -> Words {
    const VALUE: &str = "InvalidParameterValue";
    match error {
        NetError::AddressInUse(address) => words(
            "InvalidIPAddress.InUse",
            // Guess: EC2 also names the interface.
            format!("The specified address is already in use: {address}"),
            "Choose a free address in the subnet, or omit the address: EC2 then chooses one.",
        ),
        NetError::AddressOutsideSubnet { address, cidr } => words(
            VALUE,
            // Guess.
            format!("Address {address} does not fall within the subnet's address range {cidr}"),
            "Choose an address in the subnet's block.",
        ),
        NetError::AddressReserved(address) => words(
            VALUE,
            // Guess.
            format!("Address {address} is in subnet's reserved address range"),
            "AWS reserves the first four addresses and the last address of a subnet.",
        ),
        NetError::SubnetFull(subnet) => words(
            "InsufficientFreeAddressesInSubnet",
            // Guess: EC2 also gives the number.
            format!(
                "There are not enough free addresses in subnet '{subnet}' to satisfy the request."
            ),
            "Use another subnet, or delete interfaces that are no longer needed.",
        ),
        NetError::InterfaceAttached(id) => words(
            VALUE,
            format!("Network interface '{id}' is currently in use."),
            "Detach it first.",
        ),
        NetError::InstanceUnknown(id) => words(
            "InvalidInstanceID.NotFound",
            format!("The instance ID '{id}' does not exist"),
            "List the instances of this region with describe-instances.",
        ),
        NetError::DeviceIndexTaken { instance, index } => words(
            VALUE,
            format!(
                "Instance '{instance}' already has an interface attached at device index '{index}'."
            ),
            "Choose the next free device index.",
        ),
        NetError::PrimaryInterface(_) => words(
            "OperationNotPermitted",
            "The network interface at device index 0 and networkCard index 0 cannot be detached.",
            "The primary interface is removed only when the instance is terminated.",
        ),
        NetError::DifferentZones {
            instance,
            interface,
        } => words(
            VALUE,
            // Guess.
            format!(
                "You may not attach a network interface to an instance if they are not in the same availability zone: '{interface}', '{instance}'"
            ),
            "Create the interface in a subnet of the instance's zone.",
        ),
        _ => words(
            "InternalError",
            "An internal error has occurred",
            "Try again.",
        ),
    }
}
