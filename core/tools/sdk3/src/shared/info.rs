//! An HSM's data as both tools print it (User Guide of 2023, "`cloudhsm_mgmt_util-getHSMInfo`").

use hsmlab_proto::message::HsmInfo;

/// The lines of an HSM, as both tools print them.
pub(crate) fn block(info: &HsmInfo, keys: u64) -> String {
    // Guess: the parts of the sample that depend on the HSM; the memory that a key uses.
    const TOTAL: u64 = 560_596;
    const A_KEY: u64 = 80;
    let fips = if info.fips {
        "2 [FIPS mode with single factor authentication]"
    } else {
        "0 [non-FIPS mode with single factor authentication]"
    };
    let (hardware, firmware) = (&info.hardware_version, &info.firmware_version);
    let rows: [&[(&str, String)]; 8] = [
        &[("Label", "cavium".into()), ("Model", info.model.clone())],
        &[
            ("Serial Number", info.serial_number.clone()),
            ("HSM Flags", "0".into()),
            ("FIPS state", fips.into()),
        ],
        &[
            ("Manufacturer ID", String::new()),
            ("Device ID", "10".into()),
            ("Class Code", "100000".into()),
            ("System vendor ID", "177D".into()),
            ("SubSystem ID", "10".into()),
        ],
        &[
            ("TotalPublicMemory", TOTAL.to_string()),
            (
                "FreePublicMemory",
                TOTAL.saturating_sub(keys * A_KEY).to_string(),
            ),
            ("TotalPrivateMemory", "0".into()),
            ("FreePrivateMemory", "0".into()),
        ],
        &[
            ("Hardware Major", hardware.0.clone()),
            ("Hardware Minor", hardware.1.clone()),
        ],
        &[
            ("Firmware Major", firmware.0.clone()),
            ("Firmware Minor", format!("{:0>2}", firmware.1)),
        ],
        &[("Temperature", "56 C".into())],
        &[
            ("Build Number", firmware.2.clone()),
            ("Firmware ID", info.firmware_id.clone()),
        ],
    ];
    let mut text = String::new();
    for group in rows {
        for (name, value) in group {
            text += &format!("        {name:<21}:{value}\n");
        }
        text.push('\n');
    }
    text
}
