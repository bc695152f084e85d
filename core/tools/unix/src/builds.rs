//! The packages of the CloudHSM client, with their systems and processors (User Guide,
//! "gs_cloudhsm_cli-install", "pkcs11-library-install", "java-library-install_5",
//! "openssl5-install", "openssl-provider-install", "ksp-library-install"; of 2023,
//! "cmu-install-and-configure-client-linux").

use hsmlab_shell::host::{Architecture, Host, Os};

/// The version of the lab's packages (User Guide, "Latest releases").
pub const CLIENT_VERSION: &str = "5.18.0";
/// The last version of Client SDK 3 that the guide's release list names.
const SDK3_VERSION: &str = "3.4.4";
/// The version of the AWS CLI.
const AWS_CLI_VERSION: &str = "2.36.7.0";

/// The package of Client SDK 3, with the older `configure`.
const SDK3: &str = "cloudhsm-client";
/// The package with only `cloudhsm_mgmt_util` of Client SDK 3.
const SDK3_CMU: &str = "cloudhsm-mgmt-util";
/// The AWS CLI on Windows.
const AWS_CLI: &str = "aws-cli";

/// Components that the guide offers as packages for Linux.
const COMPONENTS: [&str; 7] = [
    "cloudhsm-cli",
    SDK3,
    SDK3_CMU,
    "cloudhsm-pkcs11",
    "cloudhsm-jce",
    "cloudhsm-dyn",
    "cloudhsm-openssl-provider",
];

/// The packages for one system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// The folder in the download URLs.
    folder: &'static str,
    /// The system's part of the file names.
    pub(super) system: &'static str,
    /// True for deb packages.
    pub(super) debian: bool,
    /// True if there are also packages for arm64.
    arm: bool,
    /// True if Client SDK 3 has packages for it.
    sdk3: bool,
    /// True if there is the OpenSSL provider, which needs OpenSSL 3. Guess: the list for Ubuntu is
    /// not published; it has OpenSSL 3 since 22.04.
    provider: bool,
    /// True if there is the OpenSSL engine.
    engine: bool,
    /// The rank of the system by age in its family; newer systems have higher numbers.
    age: u8,
}

const fn rpm(folder: &'static str, system: &'static str, arm: bool, age: u8) -> Build {
    Build {
        folder,
        system,
        debian: false,
        arm,
        sdk3: false,
        provider: false,
        engine: true,
        age,
    }
}

const fn deb(folder: &'static str, system: &'static str, arm: bool, age: u8) -> Build {
    Build {
        debian: true,
        ..rpm(folder, system, arm, age)
    }
}

/// All systems. Packages for systems without an image in the lab can be downloaded, but not
/// installed.
const BUILDS: [Build; 11] = [
    Build {
        provider: true,
        ..rpm("Amzn2023", "amzn2023", true, 3)
    },
    Build {
        sdk3: true,
        ..rpm("EL7", "el7", true, 1)
    },
    Build {
        sdk3: true,
        ..rpm("EL8", "el8", true, 2)
    },
    Build {
        provider: true,
        ..rpm("EL9", "el9", true, 3)
    },
    Build {
        provider: true,
        engine: false,
        ..rpm("EL10", "el10", true, 4)
    },
    Build {
        sdk3: true,
        ..deb("Bionic", "u18.04", false, 1)
    },
    deb("Focal", "u20.04", false, 2),
    Build {
        provider: true,
        ..deb("Jammy", "u22.04", true, 3)
    },
    Build {
        provider: true,
        ..deb("Noble", "u24.04", true, 4)
    },
    Build {
        provider: true,
        ..deb("Resolute", "u26.04", true, 5)
    },
    rpm("Windows", "windows", false, 0),
];

/// The MSIs: file name, package, the product's name in Windows, version. Guess: the products'
/// names.
const INSTALLERS: [(&str, &str, &str, &str); 6] = [
    (
        "AWSCloudHSMCLI",
        "cloudhsm-cli",
        "AWS CloudHSM CLI",
        CLIENT_VERSION,
    ),
    (
        "AWSCloudHSMPKCS11",
        "cloudhsm-pkcs11",
        "AWS CloudHSM PKCS #11",
        CLIENT_VERSION,
    ),
    (
        "AWSCloudHSMJCE",
        "cloudhsm-jce",
        "AWS CloudHSM JCE",
        CLIENT_VERSION,
    ),
    (
        "AWSCloudHSMKSP",
        "cloudhsm-ksp",
        "AWS CloudHSM KSP",
        CLIENT_VERSION,
    ),
    (
        "AWSCloudHSMClient",
        SDK3,
        "AWS CloudHSM Client",
        SDK3_VERSION,
    ),
    (
        "AWSCLIV2",
        AWS_CLI,
        "AWS Command Line Interface v2",
        AWS_CLI_VERSION,
    ),
];

/// A package: a component for a system and a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// `cloudhsm-cli`.
    pub component: &'static str,
    /// The system.
    pub build: &'static Build,
    /// The processor.
    pub architecture: Architecture,
}

/// A Windows Installer package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installer {
    /// The component, by the lab's name of the package.
    pub component: &'static str,
    /// The product's name in Windows.
    pub title: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// True if a component belongs to Client SDK 3.
pub(super) fn is_sdk3(component: &str) -> bool {
    component == SDK3 || component == SDK3_CMU
}

/// The version of a component's package.
pub(super) fn version_of(component: &str) -> &'static str {
    match component {
        AWS_CLI => AWS_CLI_VERSION,
        component if is_sdk3(component) => SDK3_VERSION,
        _ => CLIENT_VERSION,
    }
}

/// The name of a processor in dpkg or rpm.
pub(super) const fn architecture_name(debian: bool, architecture: Architecture) -> &'static str {
    if debian {
        architecture.deb()
    } else {
        architecture.rpm()
    }
}

/// True if a component is built for a system and a processor.
fn offered(build: &Build, component: &str, architecture: Architecture) -> bool {
    let arm = architecture == Architecture::Arm;
    match component {
        component if is_sdk3(component) => build.sdk3 && !arm,
        "cloudhsm-openssl-provider" => build.provider && (build.arm || !arm),
        "cloudhsm-dyn" => build.engine && (build.arm || !arm),
        _ => build.arm || !arm,
    }
}

/// The bytes of a package file, which the lab serves at the guide's download URLs.
#[must_use]
pub fn package_file(package: &Package) -> Vec<u8> {
    let (component, system) = (package.component, package.build.system);
    let version = version_of(component);
    let architecture = package.architecture.rpm();
    format!(
        "HSMLAB-PACKAGE\nname={component}\nversion={version}\nsystem={system}\narchitecture={architecture}\n"
    )
    .into_bytes()
}

/// The package at a download URL of the guides.
#[must_use]
pub fn package_at(url: &str) -> Option<Package> {
    // AWS CLI User Guide, "Installing or updating to the latest version of the AWS CLI".
    let windows = BUILDS.iter().find(|build| build.folder == "Windows")?;
    if url == "https://awscli.amazonaws.com/AWSCLIV2.msi" {
        return Some(Package {
            component: AWS_CLI,
            build: windows,
            architecture: Architecture::X86,
        });
    }
    let path = url
        .strip_prefix("https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/")
        .or_else(|| {
            url.strip_prefix("https://cloudhsmv2-software.s3.amazonaws.com/CloudHsmClient/")
        })?;
    let (folder, file) = path.split_once('/')?;
    let build = BUILDS.iter().find(|build| build.folder == folder)?;
    if build == windows {
        let stem = file.strip_suffix("-latest.msi")?;
        let (_, component, _, _) = INSTALLERS
            .iter()
            .find(|(name, component, _, _)| *name == stem && *component != AWS_CLI)?;
        return Some(Package {
            component,
            build,
            architecture: Architecture::X86,
        });
    }
    COMPONENTS.iter().find_map(|component| {
        [Architecture::X86, Architecture::Arm]
            .into_iter()
            .filter(|architecture| offered(build, component, *architecture))
            .find(|architecture| {
                names(build, component, *architecture)
                    .iter()
                    .any(|name| name == file)
            })
            .map(|architecture| Package {
                component,
                build,
                architecture,
            })
    })
}

/// The names of a package's file: with "latest", and with its own version.
fn names(build: &Build, component: &str, architecture: Architecture) -> [String; 2] {
    let version = version_of(component);
    let (system, arch) = (build.system, architecture_name(build.debian, architecture));
    if build.debian {
        [
            format!("{component}_latest_{system}_{arch}.deb"),
            format!("{component}_{version}-1_{system}_{arch}.deb"),
        ]
    } else {
        [
            format!("{component}-latest.{system}.{arch}.rpm"),
            format!("{component}-{version}-1.{system}.{arch}.rpm"),
        ]
    }
}

/// The system's part of the names of the packages that fit a host.
pub(super) const fn system_of(os: Os) -> &'static str {
    match os {
        Os::AmazonLinux2023 => "amzn2023",
        Os::AmazonLinux2 => "el7",
        Os::Ubuntu2404 => "u24.04",
        Os::Ubuntu2204 => "u22.04",
        Os::Rhel9 => "el9",
        Os::Rhel8 => "el8",
        Os::WindowsServer2022 => "windows",
    }
}

/// True for packages of Client SDK 3 that the lab installs on newer systems than AWS supports
/// (docs/fidelity.md).
pub(super) fn runs_older(os: Os, component: &str, system: &str) -> bool {
    is_sdk3(component)
        && match system {
            "el7" => matches!(os, Os::AmazonLinux2023 | Os::Rhel9),
            "u18.04" => os.is_debian(),
            _ => false,
        }
}

/// A package that is installed on a Linux host.
pub(super) fn installed(host: &Host, name: &str) -> Option<Package> {
    let component = COMPONENTS
        .iter()
        .find(|known| **known == name && host.packages.contains(**known))?;
    let own = system_of(host.os);
    let older = ["el7", "u18.04"]
        .into_iter()
        .find(|system| runs_older(host.os, component, system));
    let system = older.unwrap_or(own);
    let build = BUILDS.iter().find(|build| build.system == system)?;
    Some(Package {
        component,
        build,
        architecture: host.architecture,
    })
}

/// The version of the C library of an Ubuntu system.
pub(super) const fn libc(os: Os) -> &'static str {
    match os {
        Os::Ubuntu2404 => "2.39-0ubuntu8.6",
        _ => "2.35-0ubuntu3.11",
    }
}

/// The library that a package needs and a host of another system does not have. Guess: the real
/// dependencies of the packages are not published; these are the libraries that differ between the
/// systems.
pub(super) fn missing(build: &Build, wanted: &str) -> &'static str {
    let host = BUILDS
        .iter()
        .find(|build| build.system == wanted)
        .map_or(0, |build| build.age);
    match (build.system, build.age > host) {
        ("el10", true) => "libc.so.6(GLIBC_2.39)(64bit)",
        ("amzn2023" | "el9", true) => "libc.so.6(GLIBC_2.34)(64bit)",
        ("el8", true) => "libc.so.6(GLIBC_2.28)(64bit)",
        ("el7", _) => "libcrypto.so.10()(64bit)",
        ("el8", _) => "libcrypto.so.1.1()(64bit)",
        ("amzn2023", _) => "system-release(releasever) = 2023",
        ("el9", _) => "redhat-release >= 9.2",
        ("u26.04", true) => "Depends: libc6 (>= 2.42)",
        ("u24.04", true) => "Depends: libc6 (>= 2.39)",
        ("u18.04" | "u20.04", _) => "Depends: libssl1.1 (>= 1.1.1) but it is not installable",
        ("u22.04", _) => "Depends: libc6 (< 2.36)",
        _ => "a newer system",
    }
}

/// The package in a package file.
pub(super) fn read_package(bytes: &[u8]) -> Option<Package> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix("HSMLAB-PACKAGE\n")?;
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    let named = field("name")?;
    let windows = INSTALLERS.iter().map(|(_, component, _, _)| component);
    let component = COMPONENTS
        .iter()
        .chain(windows)
        .find(|known| **known == named)?;
    let system = field("system")?;
    let build = BUILDS.iter().find(|build| build.system == system)?;
    let architecture = match field("architecture")? {
        "aarch64" => Architecture::Arm,
        _ => Architecture::X86,
    };
    Some(Package {
        component,
        build,
        architecture,
    })
}

/// The Windows Installer package in a file; `None`: it is not one.
#[must_use]
pub fn installer(bytes: &[u8]) -> Option<Installer> {
    let package = read_package(bytes).filter(|package| package.build.system == "windows")?;
    INSTALLERS
        .iter()
        .find(|(_, component, _, _)| *component == package.component)
        .map(|(_, component, title, version)| Installer {
            component,
            title,
            version,
        })
}

/// The products on a Windows host, name and version: those of Amazon's images, and the installed
/// ones.
#[must_use]
pub fn products(host: &Host) -> Vec<(String, String)> {
    // Guess: the versions of the programs in Amazon's images (AWS Windows AMI reference, "What's
    // included").
    let mut all = vec![
        ("Amazon SSM Agent".to_owned(), "3.3.3050.0".to_owned()),
        ("aws-cfn-bootstrap".to_owned(), "2.0.35".to_owned()),
    ];
    let installed = INSTALLERS
        .iter()
        .filter(|(_, component, _, _)| host.packages.contains(*component));
    all.extend(
        installed.map(|(_, _, title, version)| ((*title).to_owned(), (*version).to_owned())),
    );
    all.sort();
    all
}
