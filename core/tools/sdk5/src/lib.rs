//! The tools of `CloudHSM` Client SDK 5, OpenSC's `pkcs11-tool`, and `hsm-load`, the lab's application.
#![forbid(unsafe_code)]

pub mod cloudhsm_cli;
pub mod hsm_load;
pub mod pkcs11_tool;

use hsmlab_shell::software::{Place, Program, Start};

/// The programs of this family.
pub static PROGRAMS: [Program; 3] = [
    Program {
        name: "cloudhsm-cli",
        place: Place::Package,
        start: Start::Process(cloudhsm_cli::start),
        complete: |typed| cloudhsm_cli::complete(typed.words, typed.last),
    },
    Program {
        name: hsm_load::NAME,
        place: Place::Instances("/usr/local/bin"),
        start: Start::Process(hsm_load::start),
        complete: |typed| hsm_load::complete(typed.words, typed.last),
    },
    Program {
        name: "pkcs11-tool",
        place: Place::Package,
        start: Start::Process(pkcs11_tool::start),
        complete: |typed| pkcs11_tool::complete(typed.last),
    },
];
