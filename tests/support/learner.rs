//! A learner who types, for scenarios; each step uses the public protocol.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use hsmlab_core::session::drive::{Driver, Played};
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::request::TerminalId;
use hsmlab_sim::Seed;

use crate::worlds::in_world;

/// The CloudHSM CLI of Client SDK 5.
pub const CLI: &str = "/opt/cloudhsm/bin/cloudhsm-cli";

/// A learner at a terminal of the free playground.
pub struct Learner {
    /// The session.
    pub driver: Driver,
    /// The terminal that lines go to.
    pub terminal: TerminalId,
}

impl Default for Learner {
    fn default() -> Self {
        Self::new()
    }
}

impl Learner {
    /// Makes a new playground with seed 1.
    pub fn new() -> Self {
        Self {
            driver: Driver::start(Seed::from_number(1), None).unwrap(),
            terminal: 1,
        }
    }

    /// Switches to the terminal of a host.
    pub fn at(&mut self, host: &str) -> &mut Self {
        self.terminal = self.driver.terminal(host).unwrap();
        self
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) -> Played {
        self.driver.line(self.terminal, line)
    }

    /// Types lines that must succeed; returns the output of the last one.
    #[track_caller]
    pub fn does(&mut self, lines: &str) -> String {
        let mut printed = String::new();
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let played = self.types(line.trim());
            printed = played.text(Stream::Stdout);
            let status = played.status.unwrap_or(0);
            assert_eq!(
                status,
                0,
                "{line}\n{printed}{}",
                played.text(Stream::Stderr)
            );
        }
        printed
    }

    /// Types a line that must be refused; returns all its output, notes too.
    #[track_caller]
    pub fn fails(&mut self, line: &str) -> String {
        let played = self.types(line);
        let all = [Stream::Stdout, Stream::Stderr, Stream::Note]
            .map(|stream| played.text(stream))
            .concat();
        assert_ne!(played.status, Some(0), "{line}\n{all}");
        all
    }

    /// The first cluster's state.
    pub fn state(&mut self) -> String {
        self.at("cloudshell")
            .does("aws cloudhsmv2 describe-clusters --query 'Clusters[0].State' --output text")
    }

    /// Makes a network, a cluster and its first HSM, and waits by polling like a script.
    pub fn deploys(&mut self) {
        self.does(
            r#"VPC=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
            SUBNET_A=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.1.0/24 --availability-zone us-east-1a --query Subnet.SubnetId --output text)
            SUBNET_B=$(aws ec2 create-subnet --vpc-id $VPC --cidr-block 10.0.2.0/24 --availability-zone us-east-1b --query Subnet.SubnetId --output text)
            IGW=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
            aws ec2 attach-internet-gateway --internet-gateway-id $IGW --vpc-id $VPC
            RTB=$(aws ec2 describe-route-tables --filters Name=vpc-id,Values=$VPC --query 'RouteTables[0].RouteTableId' --output text)
            aws ec2 create-route --route-table-id $RTB --destination-cidr-block 0.0.0.0/0 --gateway-id $IGW
            CLUSTER=$(aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --mode FIPS --subnet-ids $SUBNET_A $SUBNET_B --query Cluster.ClusterId --output text)
            while [[ "$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].State' --output text)" != UNINITIALIZED ]]; do sleep 30; done
            aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1a
            until [ "$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].State' --output text)" = ACTIVE ]; do sleep 30; done
            aws cloudhsmv2 describe-clusters --filters clusterIds=$CLUSTER --output text --query 'Clusters[].Certificates.ClusterCsr' > cluster.csr"#,
        );
    }

    /// Returns the line that initializes the cluster.
    pub fn initialize(&self, signed: &str, anchor: &str) -> String {
        format!(
            "aws cloudhsmv2 initialize-cluster --cluster-id $CLUSTER --signed-cert file://{signed} --trust-anchor file://{anchor}"
        )
    }

    /// Makes a CA on P-256 and signs the cluster's certificate.
    pub fn claims(&mut self) {
        self.does(
            r#"openssl ecparam -name prime256v1 -genkey -noout -out ca.key
            openssl req -new -x509 -days 3652 -key ca.key -out ca.crt -subj "/CN=Own CA"
            openssl x509 -req -days 3652 -in cluster.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out hsm.crt"#,
        );
    }

    /// Makes an instance with the configured client, not yet in the cluster's group.
    pub fn installs(&mut self) {
        self.does(
            r#"aws ec2 create-key-pair --key-name lab --query KeyMaterial --output text > lab.pem
            chmod 400 lab.pem
            OWN=$(aws ec2 create-security-group --group-name client --description "SSH" --vpc-id $VPC --query GroupId --output text)
            aws ec2 authorize-security-group-ingress --group-id $OWN --protocol tcp --port 22 --cidr $(curl -s https://checkip.amazonaws.com)/32
            IMAGE=$(aws ec2 describe-images --owners amazon --filters 'Name=name,Values=al2023-ami-2023*-x86_64' --query 'Images[0].ImageId' --output text)
            INSTANCE=$(aws ec2 run-instances --image-id $IMAGE --instance-type t3.micro --key-name lab --subnet-id $SUBNET_A --security-group-ids $OWN --associate-public-ip-address --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=client-1}]' --query 'Instances[0].InstanceId' --output text)
            wait
            IP=$(aws ec2 describe-instances --instance-ids $INSTANCE --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)
            HSM_IP=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text)
            HSM_SG=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)
            ssh -i lab.pem ec2-user@$IP wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023/cloudhsm-cli-latest.amzn2023.x86_64.rpm
            ssh -i lab.pem ec2-user@$IP sudo yum install -y ./cloudhsm-cli-latest.amzn2023.x86_64.rpm
            scp -i lab.pem ca.crt ec2-user@$IP:
            ssh -i lab.pem ec2-user@$IP sudo cp ca.crt /opt/cloudhsm/etc/customerCA.crt
            ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-cli -a $HSM_IP"#,
        );
    }

    /// Adds the instance to the cluster's group.
    pub fn joins(&mut self) {
        self.at("cloudshell").does(
            "aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN $HSM_SG",
        );
    }

    /// In the world `ready-1`, an active cluster with the crypto user alice, whose PIN is set on client-1.
    pub fn in_active_cluster() -> Self {
        let mut learner = Self {
            driver: in_world(1, "ready-1"),
            terminal: 1,
        };
        learner.does(
            r#"VPC=$(aws ec2 describe-vpcs --filters Name=tag:Name,Values=lab-vpc --query 'Vpcs[0].VpcId' --output text)
            SUBNET_A=$(aws ec2 describe-subnets --filters Name=vpc-id,Values=$VPC Name=availability-zone,Values=us-east-1a --query 'Subnets[0].SubnetId' --output text)
            CLUSTER=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].ClusterId' --output text)
            HSM_IP=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text)
            HSM_SG=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)
            OWN=$(aws ec2 describe-security-groups --filters Name=group-name,Values=client --query 'SecurityGroups[0].GroupId' --output text)
            INSTANCE=$(aws ec2 describe-instances --filters Name=tag:Name,Values=client-1 --query 'Reservations[0].Instances[0].InstanceId' --output text)
            IP=$(aws ec2 describe-instances --instance-ids $INSTANCE --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)"#,
        );
        learner
            .at("client-1")
            .does("export CLOUDHSM_ROLE=crypto-user CLOUDHSM_PIN=alice:Alice-Pass-1");
        learner
    }

    /// After [`Learner::in_active_cluster`]: a second HSM, in another zone.
    pub fn doubles(&mut self) {
        self.at("cloudshell").does(
            "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b
            wait",
        );
    }

    /// After [`Learner::in_active_cluster`]: the PKCS#11 library on client-1, configured.
    pub fn installs_library(&mut self) {
        self.at("cloudshell").does(
            r#"ssh -i lab.pem ec2-user@$IP wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023/cloudhsm-pkcs11-latest.amzn2023.x86_64.rpm
            ssh -i lab.pem ec2-user@$IP sudo yum install -y ./cloudhsm-pkcs11-latest.amzn2023.x86_64.rpm
            ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-pkcs11 -a $HSM_IP"#,
        );
    }
}
