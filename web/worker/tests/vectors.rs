//! Known answers in a real browser; tests/vectors.rs runs the same natively.
#![cfg(target_arch = "wasm32")]

use hsmlab_tests::vectors::run;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

macro_rules! vectors {
    ($($name:ident)*) => {$(
        #[wasm_bindgen_test]
        fn $name() {
            let file = include_str!(concat!("../../../tests/data/vectors/", stringify!($name), ".txt"));
            let cases = run(file).unwrap_or_else(|what| panic!("{what}"));
            assert!(cases > 8, "{cases}");
        }
    )*};
}

vectors! {
    aes_gcm aes_cbc aes_cmac aes_wrap aes_kwp hmac ecdsa ecdh ed25519 ml_dsa rsa_sign rsa_crypt
    sp800_38a sp800_108
}
