//! The `aws` command prints and calls what the real AWS CLI did on the captured lines.

use hsmlab_tests::awscli::{folder, known, play_folder};

#[test]
fn captured_lines_come_out_the_same() {
    let folder = folder();
    let known = known(&folder).unwrap();
    let mut failed = Vec::new();
    let mut rows = 0;
    for file in play_folder(&folder).unwrap() {
        rows += file.rows;
        let unexplained = file
            .differences
            .iter()
            .filter(|row| !known.contains_key(&row.line));
        failed.extend(unexplained.map(|row| format!("{}: {}", file.file, row.line)));
    }
    assert!(rows > 900, "{rows}");
    assert!(
        failed.is_empty(),
        "`cargo xtask goldens --verbose` tells more:\n{}",
        failed.join("\n")
    );
}
