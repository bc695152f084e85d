//! EC2's words for refusals of instances, images, key pairs and addresses. Codes are those of
//! "Error codes for the Amazon EC2 API".

use super::error::Ec2Error;

fn compute(code: &'static str, message: String, remedy: &'static str) -> Ec2Error {
    Ec2Error::Compute {
        code,
        message,
        remedy,
    }
}

pub(super) fn image_unknown(id: &str) -> Ec2Error {
    compute(
        "InvalidAMIID.NotFound",
        format!("The image id '[{id}]' does not exist"),
        "Image IDs differ between regions. Find one with describe-images in this region, or use \
         resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64.",
    )
}

pub(super) fn image_malformed(id: &str) -> Ec2Error {
    compute(
        "InvalidAMIID.Malformed",
        format!("Invalid id: \"{id}\" (expecting \"ami-...\")"),
        "Specify the ID of an image, as shown by describe-images.",
    )
}

pub(super) fn parameter_unresolved(path: &str) -> Ec2Error {
    // Guess: EC2's own sentence for a missing parameter is not published.
    compute(
        "InvalidParameterValue",
        format!("The Systems Manager parameter {path} could not be resolved to an image"),
        "Check the parameter's path. Public parameters begin with /aws/service/.",
    )
}

pub(super) fn type_unknown(name: &str) -> Ec2Error {
    compute(
        "InvalidParameterValue",
        format!("Invalid value '{name}' for InstanceType."),
        "Run describe-instance-types to list the types that the lab offers.",
    )
}

pub(super) fn types_unknown(names: &[String]) -> Ec2Error {
    compute(
        "InvalidInstanceType",
        format!(
            "The following supplied instance types do not exist: [{}]",
            names.join(", ")
        ),
        "Run describe-instance-types without names to list the types that the lab offers.",
    )
}

pub(super) fn architecture(of_type: &str, of_image: &str) -> Ec2Error {
    compute(
        "InvalidParameterValue",
        format!(
            "The architecture '{of_type}' of the specified instance type does not match the \
             architecture '{of_image}' of the specified AMI. Specify an instance type and an AMI that \
             have matching architectures, and try again. You can use 'describe-instance-types' or \
             'describe-images' to discover the architecture of the instance type or AMI."
        ),
        "Types that end in g (t4g, m7g) are arm64, all others are x86_64.",
    )
}

pub(super) fn key_pair_unknown(name: &str) -> Ec2Error {
    compute(
        "InvalidKeyPair.NotFound",
        format!("The key pair '{name}' does not exist"),
        "Each key pair belongs to one region. List those of this region with describe-key-pairs.",
    )
}

pub(super) fn key_pair_id_unknown(id: &str) -> Ec2Error {
    compute(
        "InvalidKeyPair.NotFound",
        format!("The key pair ID '{id}' does not exist"),
        "Each key pair belongs to one region. List those of this region with describe-key-pairs.",
    )
}

pub(super) fn key_pair_taken(name: &str) -> Ec2Error {
    compute(
        "InvalidKeyPair.Duplicate",
        format!("The keypair '{name}' already exists."),
        "Choose another name, or delete the key pair first.",
    )
}

pub(super) fn key_format() -> Ec2Error {
    compute(
        "InvalidKey.Format",
        "Key is not in valid OpenSSH public key format".into(),
        "Pass the public key with fileb://. It is the .pub file that ssh-keygen creates.",
    )
}

pub(super) fn key_length() -> Ec2Error {
    compute(
        "InvalidKeyPair.Format",
        "The key pair's length is not supported: RSA keys have 1024, 2048 or 4096 bits".into(),
        "Create an RSA key of 2048 or 4096 bits, or an Ed25519 key.",
    )
}

/// The refusal of unknown instance ids.
pub(super) fn instances_unknown(ids: Vec<String>) -> Ec2Error {
    Ec2Error::NotFound {
        code: "InvalidInstanceID.NotFound",
        noun: "instance",
        ids,
    }
}

pub(super) fn instance_malformed(id: &str) -> Ec2Error {
    let expecting = if id.starts_with("i-") {
        ""
    } else {
        " (expecting \"i-...\")"
    };
    compute(
        "InvalidInstanceID.Malformed",
        format!("Invalid id: \"{id}\"{expecting}"),
        "Specify an ID such as i-0123456789abcdef0.",
    )
}

pub(super) fn state(id: &str, verb: &str) -> Ec2Error {
    compute(
        "IncorrectInstanceState",
        format!("The instance '{id}' is not in a state from which it can be {verb}."),
        "Wait until the instance is running or stopped.",
    )
}

pub(super) fn not_stopped(id: &str) -> Ec2Error {
    compute(
        "IncorrectInstanceState",
        format!("The instance '{id}' is not in the 'stopped' state."),
        "Stop the instance first, and wait until it is stopped.",
    )
}

pub(super) fn protected(id: &str, verb: &str, attribute: &str) -> Ec2Error {
    compute(
        "OperationNotPermitted",
        format!(
            "The instance '{id}' may not be {verb}. Modify its '{attribute}' instance attribute and \
             try again."
        ),
        "The instance is protected. Remove the protection with modify-instance-attribute.",
    )
}

pub(super) fn several_interfaces(id: &str) -> Ec2Error {
    compute(
        "InvalidInstanceID",
        format!(
            "There are multiple interfaces attached to instance '{id}'. Please specify an interface \
             ID for the operation instead."
        ),
        "Use modify-network-interface-attribute with the id of one interface.",
    )
}

pub(super) fn no_attributes() -> Ec2Error {
    compute(
        "InvalidParameterCombination",
        "No attributes specified.".into(),
        "Specify what to change. --groups needs at least one security group.",
    )
}

pub(super) fn combination(message: &str) -> Ec2Error {
    compute(
        "InvalidParameterCombination",
        message.into(),
        "Specify subnet, groups and addresses either for the instance or for its interface.",
    )
}

pub(super) fn vcpu_limit(limit: u32) -> Ec2Error {
    Ec2Error::LimitExceeded {
        code: "VcpuLimitExceeded",
        message: format!(
            "You have requested more vCPU capacity than your current vCPU limit of {limit} allows for \
             the instance bucket that the specified instance type belongs to. Please visit \
             http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
        ),
    }
}

pub(super) fn no_default_subnet(vpc_id: &str) -> Ec2Error {
    compute(
        "MissingInput",
        format!("No subnets found for the default VPC '{vpc_id}'. Please specify a subnet."),
        "Specify a subnet with --subnet-id.",
    )
}

pub(super) fn user_data_long() -> Ec2Error {
    compute(
        "InvalidParameterValue",
        "User data is limited to 16384 bytes".into(),
        "Shorten the script, or let it download the rest.",
    )
}

pub(super) fn profile_unknown(value: &str, by_arn: bool) -> Ec2Error {
    if by_arn {
        Ec2Error::value(
            value,
            "iamInstanceProfile.arn",
            "Invalid IAM Instance Profile ARN",
        )
    } else {
        Ec2Error::value(
            value,
            "iamInstanceProfile.name",
            "Invalid IAM Instance Profile name",
        )
    }
}

pub(super) fn profile_empty(value: &str, arn: &str) -> Ec2Error {
    Ec2Error::value(
        value,
        "iamInstanceProfile.name",
        format!("IAM Instance Profile \"{arn}\" has no associated IAM Roles"),
    )
}

pub(super) fn profile_associated(instance: &str) -> Ec2Error {
    compute(
        "IncorrectState",
        format!("There is an existing association for instance {instance}"),
        "Disassociate the current instance profile first.",
    )
}

pub(super) fn association_unknown(id: &str) -> Ec2Error {
    compute(
        "NoSuchAssociation",
        format!("An invalid association-id of '{id}' was given"),
        "List the associations with describe-iam-instance-profile-associations.",
    )
}

pub(super) fn allocation_unknown(id: &str) -> Ec2Error {
    compute(
        "InvalidAllocationID.NotFound",
        format!("The allocation ID '{id}' does not exist"),
        "List the addresses of this region with describe-addresses.",
    )
}

pub(super) fn address_unknown(ip: &str) -> Ec2Error {
    compute(
        "InvalidAddress.NotFound",
        format!("Address '{ip}' not found."),
        "List the addresses of this region with describe-addresses.",
    )
}

pub(super) fn address_association_unknown(id: &str) -> Ec2Error {
    compute(
        "InvalidAssociationID.NotFound",
        format!("The association ID '{id}' does not exist"),
        "List the associations of this region with describe-addresses.",
    )
}

pub(super) fn address_limit() -> Ec2Error {
    Ec2Error::LimitExceeded {
        code: "AddressLimitExceeded",
        message: "The maximum number of addresses has been reached.".into(),
    }
}

pub(super) fn address_in_use(ip: &str) -> Ec2Error {
    compute(
        "InvalidIPAddress.InUse",
        format!("The address {ip} is in use."),
        "Disassociate the address first.",
    )
}

pub(super) fn address_associated(allocation: &str, association: &str) -> Ec2Error {
    compute(
        "Resource.AlreadyAssociated",
        format!("resource {allocation} is already associated with associate-id {association}"),
        "Disassociate the address first, or allow reassociation.",
    )
}

pub(super) fn no_gateway(vpc_id: &str) -> Ec2Error {
    compute(
        "Gateway.NotAttached",
        format!("Network {vpc_id} is not attached to any internet gateway"),
        "A public address needs an internet gateway. Create one and attach it to the VPC.",
    )
}
