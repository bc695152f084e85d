//! The support tools of Client SDK 5.

use hsmlab_core::programs::SOFTWARE;
use hsmlab_tool_sdk5::pkcs11_tool;
use hsmlab_tool_software::archive;

use crate::cli::Desk;

const MODULE: &str = "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so";

#[test]
fn the_support_tool_packs_the_log_and_tar_unpacks_it() {
    let mut desk = Desk::two_hsms();
    assert_eq!(desk.tool("configure-pkcs11 -a 10.0.1.10"), "");
    let argv = [
        "pkcs11-tool",
        "--module",
        MODULE,
        "--pin",
        "alice:password2",
        "-O",
    ];
    desk.program(pkcs11_tool::start(&argv.map(str::to_owned)), &[]);
    let log = desk.component_log("pkcs11");
    assert!(!log.is_empty());
    let program = SOFTWARE.find("pkcs11_info").unwrap();
    let said = desk.program(program.start(&["pkcs11_info".to_owned()]), &[]);
    assert!(said.contains("/tmp/pkcs11-data.tar.gz"), "{said}");
    let bytes = desk
        .host
        .fs
        .read("/tmp/pkcs11-data.tar.gz", "root")
        .unwrap();
    let all = archive::unpack(&archive::decompress(&bytes).unwrap()).unwrap();
    let text = |ending: &str| {
        let entry = all
            .iter()
            .find(|entry| entry.path.contains(ending))
            .unwrap();
        String::from_utf8(entry.content.clone().unwrap()).unwrap()
    };
    assert_eq!(text("pkcs11-data/cloudhsm-pkcs11.log.2"), log);
    assert!(text("pkcs11-data/cloudhsm-pkcs11.cfg").contains("hsm_ca_file"));
    assert!(text("pkcs11-data/packages.txt").contains("cloudhsm-pkcs11\n"));
}
