//! The client's packages on every Linux system that the lab has images for, through typed lines: the file
//! names, and the package manager's refusal of a package for another system.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use hsmlab_protocol::event::Stream;
use hsmlab_tests::learner::Learner;

const BASE: &str = "https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient";

struct System {
    image: &'static str,
    owner: &'static str,
    machine: &'static str,
    user: &'static str,
    folder: &'static str,
    system: &'static str,
    arch: &'static str,
    /// The components other than the CLI, PKCS#11 and JCE.
    more: &'static [&'static str],
    missing: &'static [&'static str],
    /// A package that does not fit: folder, file, and the expected message.
    wrong: [(&'static str, &'static str, &'static str); 2],
}

const fn system(
    image: &'static str,
    owner: &'static str,
    user: &'static str,
    folder: &'static str,
    system: &'static str,
    arch: &'static str,
) -> System {
    System {
        image,
        owner,
        machine: if matches!(arch.as_bytes(), b"aarch64" | b"arm64") {
            "t4g.micro"
        } else {
            "t3.micro"
        },
        user,
        folder,
        system,
        arch,
        more: &["dyn", "openssl-provider"],
        missing: &[],
        wrong: [("", "", ""); 2],
    }
}

const AMAZON: &str = "amazon";
const RED_HAT: &str = "309956199498";
const CANONICAL: &str = "099720109477";

const NOBLE: (&str, &str, &str) = (
    "Noble",
    "cloudhsm-cli_latest_u24.04_amd64.deb",
    "Could not open: ",
);
const WRONG_RPM_ARCH: &str = "does not have a compatible architecture\n(try to add '--skip-broken' to skip uninstallable packages)";
const WRONG_DEB_ARCH: &str = "package architecture (amd64) does not match system (arm64)\nErrors were encountered while processing:";

fn systems() -> Vec<System> {
    let el10 = "cloudhsm-cli-latest.el10.x86_64.rpm";
    vec![
        System {
            wrong: [
                (
                    "EL7",
                    "cloudhsm-cli-latest.el7.x86_64.rpm",
                    "Error: \n Problem: conflicting requests\n  - nothing provides libcrypto.so.10()(64bit) needed by cloudhsm-cli-5.18.0-1.el7.x86_64 from @commandline",
                ),
                (
                    "Amzn2023",
                    "cloudhsm-cli-latest.amzn2023.aarch64.rpm",
                    WRONG_RPM_ARCH,
                ),
            ],
            ..system(
                "al2023-ami-2023*-x86_64",
                AMAZON,
                "ec2-user",
                "Amzn2023",
                "amzn2023",
                "x86_64",
            )
        },
        System {
            wrong: [
                (
                    "Amzn2023",
                    "cloudhsm-cli-latest.amzn2023.x86_64.rpm",
                    WRONG_RPM_ARCH,
                ),
                NOBLE,
            ],
            ..system(
                "al2023-ami-2023*-arm64",
                AMAZON,
                "ec2-user",
                "Amzn2023",
                "amzn2023",
                "aarch64",
            )
        },
        System {
            more: &["dyn"],
            missing: &["openssl-provider"],
            wrong: [
                (
                    "Amzn2023",
                    "cloudhsm-cli-latest.amzn2023.x86_64.rpm",
                    "Error: Package: cloudhsm-cli-5.18.0-1.amzn2023.x86_64 (/cloudhsm-cli-latest.amzn2023.x86_64)\n           Requires: libc.so.6(GLIBC_2.34)(64bit)\n You could try using --skip-broken",
                ),
                (
                    "EL7",
                    "cloudhsm-cli-latest.el7.aarch64.rpm",
                    "Not a compatible architecture: aarch64",
                ),
            ],
            ..system(
                "amzn2-ami-*-x86_64-gp2",
                AMAZON,
                "ec2-user",
                "EL7",
                "el7",
                "x86_64",
            )
        },
        System {
            more: &["dyn"],
            missing: &["openssl-provider"],
            wrong: [
                (
                    "EL7",
                    "cloudhsm-cli-latest.el7.x86_64.rpm",
                    "Not a compatible architecture: x86_64",
                ),
                NOBLE,
            ],
            ..system(
                "amzn2-ami-*-arm64-gp2",
                AMAZON,
                "ec2-user",
                "EL7",
                "el7",
                "aarch64",
            )
        },
        System {
            more: &["dyn"],
            missing: &["openssl-provider"],
            wrong: [
                (
                    "EL9",
                    "cloudhsm-cli-latest.el9.x86_64.rpm",
                    "nothing provides libc.so.6(GLIBC_2.34)(64bit)",
                ),
                ("EL8", "cloudhsm-cli-latest.el8.aarch64.rpm", WRONG_RPM_ARCH),
            ],
            ..system(
                "RHEL-8*-x86_64-*",
                RED_HAT,
                "ec2-user",
                "EL8",
                "el8",
                "x86_64",
            )
        },
        System {
            more: &["dyn"],
            missing: &["openssl-provider"],
            wrong: [
                ("EL8", "cloudhsm-cli-latest.el8.x86_64.rpm", WRONG_RPM_ARCH),
                NOBLE,
            ],
            ..system(
                "RHEL-8*-arm64-*",
                RED_HAT,
                "ec2-user",
                "EL8",
                "el8",
                "aarch64",
            )
        },
        System {
            wrong: [
                (
                    "EL8",
                    "cloudhsm-cli-latest.el8.x86_64.rpm",
                    "nothing provides libcrypto.so.1.1()(64bit)",
                ),
                (
                    "EL10",
                    el10,
                    "nothing provides libc.so.6(GLIBC_2.39)(64bit)",
                ),
            ],
            ..system(
                "RHEL-9*-x86_64-*",
                RED_HAT,
                "ec2-user",
                "EL9",
                "el9",
                "x86_64",
            )
        },
        System {
            wrong: [
                ("EL9", "cloudhsm-cli-latest.el9.x86_64.rpm", WRONG_RPM_ARCH),
                NOBLE,
            ],
            ..system(
                "RHEL-9*-arm64-*",
                RED_HAT,
                "ec2-user",
                "EL9",
                "el9",
                "aarch64",
            )
        },
        System {
            wrong: [
                (
                    "Noble",
                    "cloudhsm-cli_latest_u24.04_amd64.deb",
                    "The following packages have unmet dependencies:\n cloudhsm-cli : Depends: libc6 (>= 2.39) but 2.35-0ubuntu3.11 is to be installed\nE: Unable to correct problems, you have held broken packages.",
                ),
                (
                    "Focal",
                    "cloudhsm-cli_latest_u20.04_amd64.deb",
                    "Depends: libssl1.1 (>= 1.1.1) but it is not installable",
                ),
            ],
            ..system(
                "ubuntu/images/*22.04-amd64*",
                CANONICAL,
                "ubuntu",
                "Jammy",
                "u22.04",
                "amd64",
            )
        },
        System {
            wrong: [
                (
                    "Jammy",
                    "cloudhsm-cli_latest_u22.04_amd64.deb",
                    WRONG_DEB_ARCH,
                ),
                (
                    "Amzn2023",
                    "cloudhsm-cli-latest.amzn2023.aarch64.rpm",
                    "E: Unsupported file ./cloudhsm-cli-latest.amzn2023.aarch64.rpm given on commandline",
                ),
            ],
            ..system(
                "ubuntu/images/*22.04-arm64*",
                CANONICAL,
                "ubuntu",
                "Jammy",
                "u22.04",
                "arm64",
            )
        },
        System {
            wrong: [
                (
                    "Resolute",
                    "cloudhsm-cli_latest_u26.04_amd64.deb",
                    "Depends: libc6 (>= 2.42) but 2.39-0ubuntu8.6 is to be installed",
                ),
                (
                    "Jammy",
                    "cloudhsm-cli_latest_u22.04_amd64.deb",
                    "Depends: libc6 (< 2.36) but 2.39-0ubuntu8.6 is to be installed",
                ),
            ],
            ..system(
                "ubuntu/images/*24.04-amd64*",
                CANONICAL,
                "ubuntu",
                "Noble",
                "u24.04",
                "amd64",
            )
        },
        System {
            wrong: [
                (
                    "Noble",
                    "cloudhsm-cli_latest_u24.04_amd64.deb",
                    WRONG_DEB_ARCH,
                ),
                ("Focal", "cloudhsm-cli_latest_u20.04_arm64.deb", ""),
            ],
            ..system(
                "ubuntu/images/*24.04-arm64*",
                CANONICAL,
                "ubuntu",
                "Noble",
                "u24.04",
                "arm64",
            )
        },
    ]
}

impl System {
    fn file(&self, component: &str) -> String {
        let (system, arch) = (self.system, self.arch);
        if self.user == "ubuntu" {
            format!("cloudhsm-{component}_latest_{system}_{arch}.deb")
        } else {
            format!("cloudhsm-{component}-latest.{system}.{arch}.rpm")
        }
    }

    fn install(&self, file: &str) -> String {
        if self.user == "ubuntu" {
            format!("sudo apt install -y ./{file}")
        } else {
            format!("sudo yum install -y ./{file}")
        }
    }
}

/// Returns the output without notes.
fn told(learner: &mut Learner, line: &str) -> (Option<i32>, String) {
    let played = learner.types(line);
    let text = [Stream::Stdout, Stream::Stderr]
        .map(|stream| played.text(stream))
        .concat();
    (played.status, text)
}

#[test]
fn every_system_installs_its_own_packages_and_no_others() {
    let mut learner = Learner::new();
    learner.does(
        "OWN=$(aws ec2 create-security-group --group-name client --description SSH --query GroupId --output text)
        aws ec2 authorize-security-group-ingress --group-id $OWN --protocol tcp --port 22 --cidr $(curl -s https://checkip.amazonaws.com)/32
        aws ec2 create-key-pair --key-name lab --query KeyMaterial --output text > lab.pem",
    );
    for (number, system) in systems().iter().enumerate() {
        let name = format!("host-{number}");
        learner.at("cloudshell").does(&format!(
            "IMAGE=$(aws ec2 describe-images --owners {} --filters 'Name=name,Values={}' --query 'Images[0].ImageId' --output text)
            aws ec2 run-instances --image-id $IMAGE --instance-type {} --key-name lab --security-group-ids $OWN --tag-specifications 'ResourceType=instance,Tags=[{{Key=Name,Value={name}}}]'
            wait",
            system.owner, system.image, system.machine
        ));
        let host = learner.does(&format!(
            "aws ec2 describe-instances --filters Name=tag:Name,Values={name} --query 'Reservations[0].Instances[0].InstanceId' --output text"
        ));
        learner.at(host.trim());
        for (folder, file, words) in system.wrong {
            let (status, text) = told(&mut learner, &format!("wget -q {BASE}/{folder}/{file}"));
            if words.is_empty() {
                assert_ne!(status, Some(0), "{file} on {}", system.image);
                continue;
            }
            assert_eq!(status, Some(0), "{file}: {text}");
            let (status, text) = told(&mut learner, &system.install(file));
            assert_ne!(status, Some(0), "{file} on {}", system.image);
            assert!(text.contains(words), "{file} on {}:\n{text}", system.image);
        }
        for component in ["cli", "pkcs11", "jce"].iter().chain(system.more) {
            let file = system.file(component);
            learner.does(&format!(
                "wget -q {BASE}/{}/{file}\n{}",
                system.folder,
                system.install(&file)
            ));
            learner.does(&format!(
                "sudo /opt/cloudhsm/bin/configure-{component} -a 10.0.1.5"
            ));
        }
        for component in system.missing {
            let file = system.file(component);
            learner.fails(&format!("wget -q {BASE}/{}/{file}", system.folder));
        }
        let listed = if system.user == "ubuntu" {
            learner.does("apt list --installed | grep ^cloudhsm")
        } else {
            learner.does("rpm -qa | grep ^cloudhsm")
        };
        assert_eq!(listed.lines().count(), 3 + system.more.len(), "{listed}");
        let first = if system.user == "ubuntu" {
            format!(
                "cloudhsm-cli/now 5.18.0-1 {} [installed,local]",
                system.arch
            )
        } else {
            format!("cloudhsm-cli-5.18.0-1.{}.{}", system.system, system.arch)
        };
        assert!(listed.contains(&first), "{listed}");
        let terminate = format!("aws ec2 terminate-instances --instance-ids {}", host.trim());
        learner.at("cloudshell").types(&terminate);
    }
}
