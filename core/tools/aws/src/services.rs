//! What the AWS CLI, and Tab, do for one service and not for the others: one row per service. A service
//! without a row is treated as its model says.

/// What is special about a service.
pub(crate) struct Service {
    /// The name on the command line.
    pub(crate) name: &'static str,
    /// True if the CLI changes the options of its operations: see `customizations`.
    pub(crate) customized: bool,
    /// The members of answers that are policy documents, as JSON in URL encoding; botocore decodes
    /// them.
    pub(crate) documents: &'static [&'static str],
    /// Where Tab finds the ids of a member: the member (a list's is the same with an `s`), the
    /// operation that lists them, and what picks them from its answer.
    pub(crate) ids: &'static [(&'static str, &'static str, &'static str)],
}

/// The rows. For the ids of a member, the first row that has it counts.
pub(crate) static SERVICES: [Service; 3] = [
    Service {
        name: "cloudhsmv2",
        customized: false,
        documents: &[],
        ids: &[
            ("ClusterId", "DescribeClusters", "Clusters[].ClusterId"),
            ("HsmId", "DescribeClusters", "Clusters[].Hsms[].HsmId"),
            ("BackupId", "DescribeBackups", "Backups[].BackupId"),
            ("SourceBackupId", "DescribeBackups", "Backups[].BackupId"),
            ("ResourceId", "DescribeClusters", "Clusters[].ClusterId"),
        ],
    },
    Service {
        name: "ec2",
        customized: true,
        documents: &[],
        ids: &[
            ("VpcId", "DescribeVpcs", "Vpcs[].VpcId"),
            ("SubnetId", "DescribeSubnets", "Subnets[].SubnetId"),
            (
                "AvailabilityZone",
                "DescribeAvailabilityZones",
                "AvailabilityZones[].ZoneName",
            ),
            (
                "InstanceId",
                "DescribeInstances",
                "Reservations[].Instances[].InstanceId",
            ),
            (
                "GroupId",
                "DescribeSecurityGroups",
                "SecurityGroups[].GroupId",
            ),
            (
                "Group",
                "DescribeSecurityGroups",
                "SecurityGroups[].GroupId",
            ),
            (
                "SecurityGroupId",
                "DescribeSecurityGroups",
                "SecurityGroups[].GroupId",
            ),
            (
                "RouteTableId",
                "DescribeRouteTables",
                "RouteTables[].RouteTableId",
            ),
            (
                "NetworkAclId",
                "DescribeNetworkAcls",
                "NetworkAcls[].NetworkAclId",
            ),
            (
                "InternetGatewayId",
                "DescribeInternetGateways",
                "InternetGateways[].InternetGatewayId",
            ),
            (
                "NetworkInterfaceId",
                "DescribeNetworkInterfaces",
                "NetworkInterfaces[].NetworkInterfaceId",
            ),
            ("KeyName", "DescribeKeyPairs", "KeyPairs[].KeyName"),
            ("ImageId", "DescribeImages", "Images[].ImageId"),
        ],
    },
    Service {
        name: "iam",
        customized: false,
        documents: &["AssumeRolePolicyDocument", "PolicyDocument", "Document"],
        ids: &[
            ("RoleName", "ListRoles", "Roles[].RoleName"),
            ("UserName", "ListUsers", "Users[].UserName"),
        ],
    },
];

fn row(service: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|row| row.name == service)
}

/// True if the CLI changes the options of a service's operations.
pub(crate) fn is_customized(service: &str) -> bool {
    row(service).is_some_and(|row| row.customized)
}

/// True if a member of a service's answers is a policy document in URL encoding.
pub(crate) fn is_document(service: &str, member: &str) -> bool {
    row(service).is_some_and(|row| row.documents.contains(&member))
}
