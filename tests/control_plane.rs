//! The control plane as a learner uses it after the first lab: a second HSM, backups in another region
//! that keep their keys, reachability analyses, permissions, and requests that must change nothing.

use hsmlab_core::lab::Lab;
use hsmlab_core::session::drive::Driver;
use hsmlab_protocol::event::Stream;
use hsmlab_sim::Seed;

const LAB: &str = include_str!("../static/labs/first-cluster.md");

/// The first lab, done.
fn done() -> Driver {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = Driver::start(Seed::from_number(3), Some(LAB.to_owned())).unwrap();
    driver.solve(&lab).unwrap();
    driver
}

/// Returns everything that a line prints on both streams.
fn say(driver: &mut Driver, line: &str) -> String {
    let played = driver.line(1, line);
    played.text(Stream::Stdout) + &played.text(Stream::Stderr)
}

/// Types lines and checks the output of each.
fn play(driver: &mut Driver, script: &[(&str, &str)]) {
    for (line, expected) in script {
        let printed = say(driver, line);
        assert!(printed.contains(expected), "{line}\n{printed}");
    }
}

#[test]
fn a_backup_in_another_region_gives_a_cluster_with_the_same_users() {
    let mut driver = done();
    play(
        &mut driver,
        &[
            (
                "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b",
                "CREATE_IN_PROGRESS",
            ),
            ("wait", "becomes ACTIVE"),
            (
                "aws cloudhsmv2 describe-clusters --query 'length(Clusters[0].Hsms)'",
                "2",
            ),
            (
                "B=$(aws cloudhsmv2 describe-backups --query 'Backups[0].BackupId' --output text)",
                "",
            ),
            (
                "aws cloudhsmv2 copy-backup-to-region --destination-region us-west-2 --backup-id $B",
                "\"SourceRegion\": \"us-east-1\"",
            ),
            ("wait", "becomes READY"),
            ("export AWS_REGION=us-west-2", ""),
            (
                "C=$(aws cloudhsmv2 describe-backups --filters sourceBackupIds=$B --query 'Backups[0].BackupId' --output text)",
                "",
            ),
            (
                "S=$(aws ec2 describe-subnets --query 'Subnets[0].[SubnetId,AvailabilityZone]' --output text)",
                "",
            ),
            (
                "N=$(aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --mode FIPS --subnet-ids ${S%%us-*} --source-backup-id $C --query Cluster.ClusterId --output text)",
                "",
            ),
            ("wait", "is created"),
            (
                "aws cloudhsmv2 create-hsm --cluster-id $N --availability-zone us-west-2a",
                "CREATE_IN_PROGRESS",
            ),
            ("wait", "ACTIVE"),
            (
                "aws cloudhsmv2 describe-clusters --query 'Clusters[0].State'",
                "ACTIVE",
            ),
            (
                "aws cloudhsmv2 describe-clusters --query 'Clusters[0].Certificates.ClusterCertificate' --output text | openssl verify -CAfile customerCA.crt",
                "OK",
            ),
        ],
    );
}

#[test]
fn the_analyzer_and_explain_tell_the_same() {
    let mut driver = done();
    play(
        &mut driver,
        &[
            (
                "ENI=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniId' --output text)",
                "",
            ),
            (
                "P=$(aws ec2 create-network-insights-path --source $INSTANCE --destination $ENI --destination-port 2223 --protocol tcp --query NetworkInsightsPath.NetworkInsightsPathId --output text)",
                "",
            ),
            (
                "aws ec2 start-network-insights-analysis --network-insights-path-id $P --query NetworkInsightsAnalysis.Status",
                "running",
            ),
            ("wait", "succeeds"),
            (
                "aws ec2 describe-network-insights-analyses --query 'NetworkInsightsAnalyses[0].NetworkPathFound'",
                "true",
            ),
            (
                "aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN",
                "",
            ),
            (
                "A=$(aws ec2 start-network-insights-analysis --network-insights-path-id $P --query NetworkInsightsAnalysis.NetworkInsightsAnalysisId --output text)",
                "",
            ),
            ("wait", "succeeds"),
            (
                "aws ec2 describe-network-insights-analyses --network-insights-analysis-ids $A --query 'NetworkInsightsAnalyses[0].Explanations[].ExplanationCode'",
                "ENI_SG_RULES_MISMATCH",
            ),
            (
                "ssh -i lab.pem ec2-user@$IP /opt/cloudhsm/bin/cloudhsm-cli user list",
                "Failed to initialize hsm1 context",
            ),
        ],
    );
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut driver = done();
    let state = |driver: &mut Driver| {
        say(
            driver,
            "aws cloudhsmv2 describe-clusters; aws cloudhsmv2 describe-backups; aws ec2 describe-subnets; aws ec2 describe-security-groups; aws ec2 describe-network-interfaces",
        )
    };
    let before = state(&mut driver);
    play(
        &mut driver,
        &[
            (
                "aws cloudhsmv2 delete-cluster --cluster-id $CLUSTER",
                "contains HSMs and cannot be deleted",
            ),
            (
                "aws cloudhsmv2 create-cluster --hsm-type hsm1.medium --subnet-ids $SUBNET_A",
                "Provided HsmType is not supported.",
            ),
            (
                "aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --subnet-ids $SUBNET_A",
                "Mode is a required argument for this hsm type.",
            ),
            (
                "aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --mode fips --subnet-ids subnet-1 x",
                "2 validation errors detected: ",
            ),
            (
                "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1c",
                "CloudHsmInvalidRequestException",
            ),
            (
                "aws cloudhsmv2 create-hsm --cluster-id cluster-aaaaaaaaaaa --availability-zone us-east-1a",
                "CloudHsmResourceNotFoundException",
            ),
            (
                "aws cloudhsmv2 initialize-cluster --cluster-id $CLUSTER --signed-cert file://CustomerHsmCertificate.crt --trust-anchor file://customerCA.crt",
                "CloudHsmInvalidRequestException",
            ),
            (
                "aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.1.0/25",
                "InvalidSubnet.Conflict",
            ),
            (
                "aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.9.0.0/24",
                "InvalidSubnet.Range",
            ),
            (
                "aws ec2 delete-subnet --subnet-id $SUBNET_A",
                "DependencyViolation",
            ),
            ("aws ec2 delete-vpc --vpc-id $VPC", "DependencyViolation"),
            (
                "aws ec2 delete-network-interface --network-interface-id $(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniId' --output text)",
                "An error occurred (",
            ),
        ],
    );
    assert_eq!(state(&mut driver), before);
}

#[test]
fn a_user_may_do_what_a_policy_allows_and_no_more() {
    let mut driver = done();
    play(
        &mut driver,
        &[
            (
                "aws iam create-user --user-name alice --query User.Arn",
                "user/alice",
            ),
            ("aws iam create-access-key --user-name alice > key.json", ""),
            (
                "export AWS_ACCESS_KEY_ID=$(grep AccessKeyId key.json | cut -d '\"' -f 4)",
                "",
            ),
            (
                "export AWS_SECRET_ACCESS_KEY=$(grep SecretAccessKey key.json | cut -d '\"' -f 4)",
                "",
            ),
            ("aws sts get-caller-identity --query Arn", "user/alice"),
            (
                "aws cloudhsmv2 describe-clusters",
                "no identity-based policy allows the cloudhsm:DescribeClusters action",
            ),
            ("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY", ""),
            (
                "aws iam attach-user-policy --user-name alice --policy-arn arn:aws:iam::aws:policy/AWSCloudHSMReadOnlyAccess",
                "",
            ),
            (
                "export AWS_ACCESS_KEY_ID=$(grep AccessKeyId key.json | cut -d '\"' -f 4)",
                "",
            ),
            ("export AWS_SECRET_ACCESS_KEY=x", ""),
            (
                "aws cloudhsmv2 describe-clusters --query 'Clusters[0].State'",
                "ACTIVE",
            ),
            (
                "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b",
                "AccessDenied",
            ),
        ],
    );
}
