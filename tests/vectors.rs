//! Known answers, natively; web/tests/vectors.rs runs the same in a browser.

use hsmlab_tests::vectors::run;

macro_rules! vectors {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let file = include_str!(concat!("data/vectors/", stringify!($name), ".txt"));
            let cases = run(file).unwrap_or_else(|what| panic!("{what}"));
            let is_case = |line: &&str| [" v", " i", " a"].iter().any(|end| line.ends_with(end));
            let lines = file.lines().filter(is_case).filter(|line| !line.starts_with('#')).count();
            assert_eq!(cases, lines);
            assert!(cases > 8);
        }
    )*};
}

vectors! {
    aes_gcm aes_cbc aes_cmac aes_wrap aes_kwp hmac ecdsa ecdh ed25519 ml_dsa rsa_sign rsa_crypt
    sp800_38a sp800_108
}
