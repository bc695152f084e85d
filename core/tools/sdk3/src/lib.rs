//! The tools of `CloudHSM` Client SDK 3.
#![forbid(unsafe_code)]

pub mod cmu;
pub mod kmu;
pub mod shared;

use hsmlab_shell::software::{Place, Program, Start, no_completion};

/// The programs of this family.
pub static PROGRAMS: [Program; 3] = [
    Program {
        name: "client_info",
        place: Place::Package,
        start: Start::Process(shared::client_info::start),
        complete: no_completion,
    },
    Program {
        name: "cloudhsm_mgmt_util",
        place: Place::Package,
        start: Start::Process(cmu::start),
        complete: no_completion,
    },
    Program {
        name: "key_mgmt_util",
        place: Place::Package,
        start: Start::Process(kmu::start),
        complete: |typed| kmu::complete(typed.words, typed.last),
    },
];
