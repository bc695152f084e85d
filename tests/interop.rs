//! Interoperability with the machine's real OpenSSL: it reads the lab's keys, requests and certificates,
//! and the lab accepts its certificates.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hsmlab_core::session::drive::Driver;
use hsmlab_protocol::event::Stream;
use hsmlab_sim::Seed;
use hsmlab_tests::worlds::{in_lab, in_world};

/// Returns a test's folder, emptied first.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn run(folder: &Path, line: &str) -> Output {
    Command::new("sh")
        .args(["-ec", line])
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn openssl(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    assert!(
        output.status.success(),
        "{line}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn does(driver: &mut Driver, line: &str) -> String {
    let played = driver.line(1, line);
    let printed = played.text(Stream::Stdout);
    let status = played.status.unwrap_or(0);
    assert_eq!(
        status,
        0,
        "{line}\n{printed}{}",
        played.text(Stream::Stderr)
    );
    printed
}

/// Makes a world with a cluster that waits for its certificate.
fn uninitialized() -> Driver {
    let mut driver = in_world(1, "cluster-uninitialized");
    does(&mut driver, CLUSTER);
    driver
}

/// Sets the variable that [`INITIALIZE`] uses.
const CLUSTER: &str =
    "CLUSTER=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].ClusterId' --output text)";

fn certificate(driver: &mut Driver, name: &str) -> String {
    does(
        driver,
        &format!(
            "aws cloudhsmv2 describe-clusters --output text --query 'Clusters[].Certificates.{name}'"
        ),
    )
}

/// Types a file into the lab with a here-document.
fn types_file(driver: &mut Driver, folder: &Path, name: &str) {
    does(driver, &format!("cat <<'EOF' > {name}"));
    for line in std::fs::read_to_string(folder.join(name)).unwrap().lines() {
        does(driver, line);
    }
    does(driver, "EOF");
}

const INITIALIZE: &str = "aws cloudhsmv2 initialize-cluster --cluster-id $CLUSTER --signed-cert file://hsm.crt --trust-anchor file://ca.crt";

#[test]
fn openssl_reads_the_request_and_verifies_the_chains_of_the_hardware() {
    let (mut driver, folder) = (uninitialized(), folder("hardware"));
    for (name, file) in [
        ("ClusterCsr", "cluster.csr"),
        ("HsmCertificate", "hsm.crt"),
        ("AwsHardwareCertificate", "aws.crt"),
        ("ManufacturerHardwareCertificate", "manufacturer.crt"),
    ] {
        std::fs::write(folder.join(file), certificate(&mut driver, name)).unwrap();
    }
    does(
        &mut driver,
        "curl -sO https://docs.aws.amazon.com/cloudhsm/latest/userguide/samples/AWS_CloudHSM_Root-G1.crt",
    );
    does(
        &mut driver,
        "curl -sO https://www.marvell.com/content/dam/marvell/en/public-collateral/security-solutions/liquid_security_certificate.crt",
    );
    for file in [
        "AWS_CloudHSM_Root-G1.crt",
        "liquid_security_certificate.crt",
    ] {
        let text = does(&mut driver, &format!("cat {file}"));
        std::fs::write(folder.join(file), text).unwrap();
    }
    let subject = openssl(
        &folder,
        "openssl req -in cluster.csr -noout -verify -subject 2>&1",
    );
    assert!(
        subject.contains("verify OK") && subject.contains("HSM:"),
        "{subject}"
    );
    // The steps of the User Guide's page "Verify the identity and authenticity of your cluster's HSM".
    for line in [
        "openssl verify -CAfile AWS_CloudHSM_Root-G1.crt aws.crt",
        "openssl verify -CAfile liquid_security_certificate.crt manufacturer.crt",
        "cat aws.crt AWS_CloudHSM_Root-G1.crt > aws_chain.crt; openssl verify -CAfile aws_chain.crt hsm.crt",
        "cat manufacturer.crt liquid_security_certificate.crt > m_chain.crt; openssl verify -CAfile m_chain.crt hsm.crt",
    ] {
        assert!(openssl(&folder, line).ends_with("OK\n"), "{line}");
    }
    let keys = openssl(
        &folder,
        "openssl req -in cluster.csr -noout -pubkey; openssl x509 -in hsm.crt -noout -pubkey",
    );
    let half = keys.len() / 2;
    assert_eq!(
        keys[..half],
        keys[half..],
        "the request is for the HSM's own key"
    );
}

#[test]
fn certificates_that_openssl_has_made_initialize_a_cluster() {
    let cas = [
        (
            "rsa",
            "openssl genrsa -out ca.key 2048; openssl req -new -x509 -days 3650 -key ca.key -out ca.crt -subj /CN=CA",
            "-sha256",
        ),
        (
            "p256",
            "openssl ecparam -name prime256v1 -genkey -noout -out ca.key; openssl req -new -x509 -days 3650 -key ca.key -out ca.crt -subj /CN=CA",
            "-sha256",
        ),
        (
            "p384",
            "openssl ecparam -name secp384r1 -genkey -noout -out ca.key; openssl req -new -x509 -sha384 -days 3650 -key ca.key -out ca.crt -subj /CN=CA",
            "-sha384",
        ),
        (
            "pss",
            "openssl genrsa -out ca.key 2048; openssl req -new -x509 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -days 3650 -key ca.key -out ca.crt -subj /CN=CA",
            "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32",
        ),
    ];
    for (name, ca, sign) in cas {
        let (mut driver, folder) = (uninitialized(), folder(name));
        std::fs::write(
            folder.join("cluster.csr"),
            certificate(&mut driver, "ClusterCsr"),
        )
        .unwrap();
        openssl(&folder, ca);
        openssl(
            &folder,
            &format!(
                "openssl x509 -req -days 3650 -in cluster.csr {sign} -CA ca.crt -CAkey ca.key -CAcreateserial -out hsm.crt"
            ),
        );
        types_file(&mut driver, &folder, "hsm.crt");
        types_file(&mut driver, &folder, "ca.crt");
        does(&mut driver, INITIALIZE);
        does(&mut driver, "wait");
        let state = does(
            &mut driver,
            "aws cloudhsmv2 describe-clusters --query 'Clusters[0].State' --output text",
        );
        assert_eq!(state, "INITIALIZED\n", "{name}");
    }
}

/// The world has its own date: a certificate made today is valid in a world of the past, for the
/// service and for the client.
#[test]
fn certificates_of_today_are_good_in_a_world_of_the_past() {
    const LAB: &str = "+++\nformat = 1\nid = \"past\"\ntitle = \"Past\"\ndate = \"2026-01-05T10:00:00Z\"\nworld = \"cluster-uninitialized\"\n+++\n## One {#one}\n```check\nrun = \"false\"\nstatus = 0\n```\n";
    let mut driver = in_lab(1, LAB);
    let folder = folder("past");
    does(&mut driver, CLUSTER);
    std::fs::write(
        folder.join("cluster.csr"),
        certificate(&mut driver, "ClusterCsr"),
    )
    .unwrap();
    openssl(
        &folder,
        "openssl req -new -x509 -newkey rsa:2048 -nodes -keyout ca.key -days 3650 -out ca.crt -subj /CN=CA",
    );
    openssl(
        &folder,
        "openssl x509 -req -days 3650 -in cluster.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out hsm.crt",
    );
    types_file(&mut driver, &folder, "hsm.crt");
    types_file(&mut driver, &folder, "ca.crt");
    does(&mut driver, INITIALIZE);
    for line in [
        "wait",
        "VPC=$(aws ec2 describe-vpcs --filters Name=tag:Name,Values=lab-vpc --query 'Vpcs[0].VpcId' --output text)",
        "SUBNET=$(aws ec2 describe-subnets --filters Name=vpc-id,Values=$VPC Name=availability-zone,Values=us-east-1a --query 'Subnets[0].SubnetId' --output text)",
        "GROUP=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)",
        "DEFAULT=$(aws ec2 describe-security-groups --filters Name=vpc-id,Values=$VPC Name=group-name,Values=default --query 'SecurityGroups[0].GroupId' --output text)",
        "aws ec2 authorize-security-group-ingress --group-id $GROUP --protocol tcp --port 22 --cidr 0.0.0.0/0",
        "aws ec2 create-key-pair --key-name lab --query KeyMaterial --output text > lab.pem; chmod 400 lab.pem",
        "IMAGE=$(aws ec2 describe-images --owners amazon --filters 'Name=name,Values=al2023-ami-2023*-x86_64' --query 'Images[0].ImageId' --output text)",
        "INSTANCE=$(aws ec2 run-instances --image-id $IMAGE --instance-type t3.micro --key-name lab --subnet-id $SUBNET --security-group-ids $GROUP $DEFAULT --associate-public-ip-address --query 'Instances[0].InstanceId' --output text)",
        "wait",
        "IP=$(aws ec2 describe-instances --instance-ids $INSTANCE --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)",
        "HSM_IP=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text)",
        "ssh -i lab.pem ec2-user@$IP wget -q https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023/cloudhsm-cli-latest.amzn2023.x86_64.rpm",
        "ssh -i lab.pem ec2-user@$IP sudo yum install -y ./cloudhsm-cli-latest.amzn2023.x86_64.rpm",
        "scp -i lab.pem ca.crt ec2-user@$IP:",
        "ssh -i lab.pem ec2-user@$IP sudo cp ca.crt /opt/cloudhsm/etc/customerCA.crt",
        "ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-cli -a $HSM_IP",
        "ssh -i lab.pem ec2-user@$IP /opt/cloudhsm/bin/cloudhsm-cli user list",
    ] {
        does(&mut driver, line);
    }
}

#[test]
fn a_certificate_of_another_cluster_is_refused() {
    let (mut driver, folder) = (uninitialized(), folder("another"));
    let mut other = Driver::start(Seed::from_number(2), None).unwrap();
    for line in [
        "SUBNET=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)",
        "ZONE=$(aws ec2 describe-subnets --query 'Subnets[0].AvailabilityZone' --output text)",
        "CLUSTER=$(aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --mode FIPS --subnet-ids $SUBNET --query Cluster.ClusterId --output text)",
        "wait",
        "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone $ZONE",
        "wait",
    ] {
        does(&mut other, line);
    }
    std::fs::write(
        folder.join("cluster.csr"),
        certificate(&mut other, "ClusterCsr"),
    )
    .unwrap();
    openssl(
        &folder,
        "openssl req -new -x509 -newkey rsa:2048 -nodes -keyout ca.key -days 3650 -out ca.crt -subj /CN=CA",
    );
    openssl(
        &folder,
        "openssl x509 -req -days 3650 -in cluster.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out hsm.crt",
    );
    types_file(&mut driver, &folder, "hsm.crt");
    types_file(&mut driver, &folder, "ca.crt");
    let played = driver.line(1, INITIALIZE);
    assert!(
        played
            .text(Stream::Stderr)
            .contains("CloudHsmInvalidRequestException")
    );
}

#[test]
fn openssl_verifies_what_the_labs_openssl_makes() {
    let folder = folder("made");
    let mut driver = Driver::start(Seed::from_number(1), None).unwrap();
    for key in [
        "openssl genrsa -out ca.key 2048",
        "openssl ecparam -name secp384r1 -genkey -noout -out ca.key",
    ] {
        for line in [
            key,
            "openssl req -new -x509 -days 3652 -key ca.key -out ca.crt -subj '/C=US/O=HSM Lab/CN=Lab CA'",
            "openssl ecparam -name prime256v1 -genkey -noout -out leaf.key",
            "openssl req -new -key leaf.key -out leaf.csr -subj /CN=leaf",
            "openssl x509 -req -days 3652 -in leaf.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out leaf.crt",
        ] {
            does(&mut driver, line);
        }
        for file in ["ca.key", "ca.crt", "leaf.key", "leaf.csr", "leaf.crt"] {
            std::fs::write(folder.join(file), does(&mut driver, &format!("cat {file}"))).unwrap();
        }
        // The world has its own date, so OpenSSL only checks the signatures.
        assert!(
            openssl(
                &folder,
                "openssl verify -no_check_time -CAfile ca.crt leaf.crt"
            )
            .ends_with("OK\n")
        );
        assert!(
            openssl(&folder, "openssl req -in leaf.csr -noout -verify 2>&1").contains("verify OK")
        );
        openssl(
            &folder,
            "openssl pkey -in ca.key -noout -check && openssl pkey -in leaf.key -noout -check",
        );
    }
}
