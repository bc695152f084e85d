//! The lab's shell compared with the machine's bash: the same scripts give the same output and status.

use std::process::Command;

use hsmlab_core::session::drive::Driver;
use hsmlab_protocol::event::Stream;
use hsmlab_sim::Seed;

/// The scripts, each with its number in the file.
fn scripts() -> impl Iterator<Item = (usize, &'static str)> {
    include_str!("data/shell/scripts.txt")
        .split_once('\n')
        .map_or("", |(_, rest)| rest)
        .split("\n---\n")
        .enumerate()
}

/// Returns the output and status of a script in the machine's bash.
fn by_bash(number: usize, script: &str) -> String {
    let folder = std::env::temp_dir().join(format!("hsmlab-shell-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("s.sh"), script).unwrap();
    let ran = Command::new("bash")
        .args(["-c", "bash s.sh 2>&1; echo \"status $?\""])
        .current_dir(&folder)
        .env("HOME", &folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// Returns the same from the lab's terminal.
fn by_lab(script: &str) -> String {
    let mut driver = Driver::start(Seed::from_number(1), None).unwrap();
    let terminal = driver.terminal("cloudshell").unwrap();
    driver.line(terminal, "cat > s.sh <<'HSMLAB_END'");
    for line in script.lines() {
        driver.line(terminal, line);
    }
    driver.line(terminal, "HSMLAB_END");
    driver
        .line(terminal, "bash s.sh 2>&1; echo \"status $?\"")
        .text(Stream::Stdout)
}

#[test]
fn scripts_run_as_in_bash() {
    let mut differences = String::new();
    for (number, script) in scripts() {
        let (expected, got) = (by_bash(number, script), by_lab(script));
        if expected != got {
            differences.push_str(&format!(
                "== script {number}\n{script}\n== bash\n{expected}== lab\n{got}\n"
            ));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}
