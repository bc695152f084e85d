//! The same seed and the same lines give the same world: natively here, in a browser in
//! web/tests/world.rs. Both compare with tests/data/fingerprint.txt.

use hsmlab_core::lab::Lab;
use hsmlab_core::session::drive::Driver;
use hsmlab_sim::Seed;

const LAB: &str = include_str!("../static/labs/first-cluster.md");

#[test]
fn the_first_lab_ends_in_the_recorded_world() {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = Driver::start(Seed::from_number(1), Some(LAB.to_owned())).unwrap();
    driver.solve(&lab).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/fingerprint.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, format!("{}\n", driver.fingerprint())).unwrap();
    }
    let recorded = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        driver.fingerprint(),
        recorded.trim(),
        "after a change that is meant to change worlds: UPDATE_EXPECT=1 cargo test -p hsmlab-tests"
    );
}
