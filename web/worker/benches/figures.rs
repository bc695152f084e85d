//! The figures of the HSM and its client in a real browser; `cargo bench -p hsmlab-tests` takes the
//! same natively. `cargo xtask bench` runs this in release mode and prints its lines.
#![cfg(target_arch = "wasm32")]

use hsmlab_tests::figures::SETS;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn figures() {
    let now = || js_sys::Date::now();
    for (_, set) in SETS {
        for figure in set(&now) {
            console_log!("{} | {:.1} {}", figure.name, figure.value, figure.unit);
        }
    }
}
