//! The world in a real browser is equal to the native build's, byte for byte.
#![cfg(target_arch = "wasm32")]

use hsmlab_core::lab::Lab;
use hsmlab_core::session::drive::Driver;
use hsmlab_sim::Seed;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const LAB: &str = include_str!("../../../static/labs/first-cluster.md");
const FINGERPRINT: &str = include_str!("../../../tests/data/fingerprint.txt");

#[wasm_bindgen_test]
fn big_integers_have_the_limbs_that_are_fast_here() {
    // Two limbs of 32 bits: .cargo/config.toml. Without them RSA takes one and a half times as long.
    assert_eq!(rsa::BoxedUint::zero_with_precision(64).as_limbs().len(), 2);
}

#[wasm_bindgen_test]
fn the_first_lab_ends_in_the_recorded_world() {
    let lab = Lab::parse(LAB).expect("the lab is read");
    let mut driver = Driver::start(Seed::from_number(1), Some(LAB.to_owned())).expect("it starts");
    driver.solve(&lab).expect("its solution solves it");
    assert_eq!(driver.fingerprint(), FINGERPRINT.trim());
}
