//! The instance types of the lab (EC2 instance types guide).

/// The properties of an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Such as `t3.micro`.
    pub name: &'static str,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// The manufacturer of the processor.
    pub manufacturer: &'static str,
    /// The clock speed in tenths of a gigahertz.
    pub clock_decigigahertz: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// Threads per core.
    pub threads_per_core: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// The most network interfaces.
    pub interfaces: u32,
    /// The most IPv4 addresses of one interface.
    pub addresses_per_interface: u32,
    /// The network performance in AWS's words.
    pub network: &'static str,
    /// `nitro` or `xen`.
    pub hypervisor: &'static str,
    /// True if it has burstable performance.
    pub burstable: bool,
    /// True if it is in the free tier.
    pub free_tier: bool,
}

const UP_TO_5: &str = "Up to 5 Gigabit";
const UP_TO_10: &str = "Up to 10 Gigabit";
const UP_TO_12: &str = "Up to 12.5 Gigabit";

#[expect(clippy::too_many_arguments, reason = "a row of a table")]
const fn row(
    name: &'static str,
    chip: (&'static str, &'static str, u32),
    vcpus: u32,
    threads_per_core: u32,
    memory_mib: u32,
    nics: (u32, u32),
    network: &'static str,
    kind: (&'static str, bool, bool),
) -> InstanceType {
    InstanceType {
        name,
        architecture: chip.0,
        manufacturer: chip.1,
        clock_decigigahertz: chip.2,
        vcpus,
        threads_per_core,
        memory_mib,
        interfaces: nics.0,
        addresses_per_interface: nics.1,
        network,
        hypervisor: kind.0,
        burstable: kind.1,
        free_tier: kind.2,
    }
}

const INTEL_T2: (&str, &str, u32) = ("x86_64", "Intel", 25);
const INTEL_T3: (&str, &str, u32) = ("x86_64", "Intel", 25);
const INTEL_M5: (&str, &str, u32) = ("x86_64", "Intel", 31);
const INTEL_M6I: (&str, &str, u32) = ("x86_64", "Intel", 35);
const GRAVITON: (&str, &str, u32) = ("arm64", "AWS", 25);
const GRAVITON3: (&str, &str, u32) = ("arm64", "AWS", 26);
const XEN_T: (&str, bool, bool) = ("xen", true, true);
const XEN_T_PAID: (&str, bool, bool) = ("xen", true, false);
const NITRO_T: (&str, bool, bool) = ("nitro", true, false);
const NITRO_T_FREE: (&str, bool, bool) = ("nitro", true, true);
const NITRO: (&str, bool, bool) = ("nitro", false, false);

/// The instance types, sorted by name.
pub const TYPES: [InstanceType; 20] = [
    row("c5.large", INTEL_M5, 2, 2, 4096, (3, 10), UP_TO_10, NITRO),
    row("c6i.large", INTEL_M6I, 2, 2, 4096, (3, 10), UP_TO_12, NITRO),
    row("m5.large", INTEL_M5, 2, 2, 8192, (3, 10), UP_TO_10, NITRO),
    row("m5.xlarge", INTEL_M5, 4, 2, 16384, (4, 15), UP_TO_10, NITRO),
    row("m6i.large", INTEL_M6I, 2, 2, 8192, (3, 10), UP_TO_12, NITRO),
    row("m7g.large", GRAVITON3, 2, 1, 8192, (3, 10), UP_TO_12, NITRO),
    row("m7g.medium", GRAVITON3, 1, 1, 4096, (2, 4), UP_TO_12, NITRO),
    row(
        "t2.medium",
        INTEL_T2,
        2,
        1,
        4096,
        (3, 6),
        "Low to Moderate",
        XEN_T_PAID,
    ),
    row(
        "t2.micro",
        INTEL_T2,
        1,
        1,
        1024,
        (2, 2),
        "Low to Moderate",
        XEN_T,
    ),
    row(
        "t2.small",
        INTEL_T2,
        1,
        1,
        2048,
        (3, 4),
        "Low to Moderate",
        XEN_T_PAID,
    ),
    row(
        "t3.2xlarge",
        INTEL_T3,
        8,
        2,
        32768,
        (4, 15),
        UP_TO_5,
        NITRO_T,
    ),
    row("t3.large", INTEL_T3, 2, 2, 8192, (3, 12), UP_TO_5, NITRO_T),
    row("t3.medium", INTEL_T3, 2, 2, 4096, (3, 6), UP_TO_5, NITRO_T),
    row(
        "t3.micro",
        INTEL_T3,
        2,
        2,
        1024,
        (2, 2),
        UP_TO_5,
        NITRO_T_FREE,
    ),
    row("t3.nano", INTEL_T3, 2, 2, 512, (2, 2), UP_TO_5, NITRO_T),
    row("t3.small", INTEL_T3, 2, 2, 2048, (3, 4), UP_TO_5, NITRO_T),
    row(
        "t3.xlarge",
        INTEL_T3,
        4,
        2,
        16384,
        (4, 15),
        UP_TO_5,
        NITRO_T,
    ),
    row("t4g.medium", GRAVITON, 2, 1, 4096, (3, 6), UP_TO_5, NITRO_T),
    row("t4g.micro", GRAVITON, 2, 1, 1024, (2, 2), UP_TO_5, NITRO_T),
    row("t4g.small", GRAVITON, 2, 1, 2048, (3, 4), UP_TO_5, NITRO_T),
];

/// The instance type if the request names none (`RunInstances`: "Default: m1.small"). The lab has
/// no types of that age, so it uses the default of today's console.
pub const DEFAULT: &str = "t3.micro";

/// The type with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static InstanceType> {
    TYPES.iter().find(|each| each.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_the_default() {
        assert!(TYPES.is_sorted_by_key(|each| each.name));
        assert!(find(DEFAULT).is_some());
    }
}
