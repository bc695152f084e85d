//! The proof of labs in the real world: the flaws that `hsmlab check` finds, and what checks can inspect.

use hsmlab_core::lab::Lab;
use hsmlab_core::lab::prove::{Flaw, Proof, prove};
use hsmlab_core::session::drive::Driver;
use hsmlab_core::sim::Seed;

/// Returns a lab with two steps in CloudShell; `blocks` come at the end of the second, from line 30 on.
fn lab(blocks: &str) -> String {
    format!(
        r#"+++
format = 1
id = "a"
title = "A"
+++
## One {{#one}}
```sh
NAME=plan.txt
```
```solution
touch ready
```
```check
run = "ls"
contains = "ready"
```

## Two {{#two}}
```sh
echo two zones > $NAME
```
```check
id = "plan"
run = "cat plan.txt"
contains = "two zones"
[[because]]
say = "There is no plan."
```

{blocks}"#
    )
}

fn proof(source: &str) -> Proof {
    let parsed = Lab::parse(source).unwrap();
    let mut driver = Driver::start(Seed::from_number(1), Some(source.to_owned())).unwrap();
    prove(&parsed, &mut driver)
}

#[test]
fn a_lab_whose_wrong_attempt_turns_green_is_refused_at_its_line() {
    let source = lab("```wrong name=\"by hand\" red=plan\necho 'two zones' > plan.txt\n```\n");
    let flaw = Flaw {
        line: 30,
        what: "step “Two”: the wrong attempt “by hand” does the step".into(),
    };
    assert_eq!(proof(&source).flaws, [flaw]);
}

#[test]
fn an_attempt_begins_in_the_terminals_that_the_steps_before_left() {
    // `$NAME` is set by the first step's solution; without it the redirection would fail.
    let source = lab(
        "```wrong name=\"one zone\" red=plan\necho one zone > $NAME\n```\n\
        ```wrong name=spoilt after=solution\nrm $NAME\n```\n",
    );
    let proof = proof(&source);
    assert_eq!(proof.flaws, []);
    let names: Vec<&str> = proof.refuted.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["one zone", "spoilt"]);
    assert_eq!(proof.refuted[0].reason, "There is no plan.");
}

#[test]
fn attempts_let_time_pass_on_their_copy_only() {
    let source = lab("```wrong name=late\n#! pass 3600\n```\n");
    let parsed = Lab::parse(&source).unwrap();
    let mut driver = Driver::start(Seed::from_number(1), Some(source)).unwrap();
    let before = driver.now_ms();
    assert_eq!(prove(&parsed, &mut driver).refuted.len(), 1);
    assert!(driver.now_ms() < before + 60_000);
}

#[test]
fn a_check_continues_on_another_host_with_what_was_printed() {
    let check = |run: &str, contains: &str| {
        lab("").replace(
            "id = \"plan\"\nrun = \"cat plan.txt\"\ncontains = \"two zones\"",
            &format!("id = \"plan\"\nrun = \"\"\"\n{run}\n\"\"\"\ncontains = \"{contains}\""),
        )
    };
    // The second part sees the first's output in its file, and only its own output counts.
    let good = check(
        "cat plan.txt\n#@ cloudshell\necho GOT $(cat given)",
        "GOT two zones",
    );
    assert_eq!(proof(&good).flaws, []);
    let first = check("echo two zones\n#@ cloudshell\necho else", "two zones");
    assert!(proof(&first).flaws[0].what.contains("does not hold after"));
    // If a line before the last fails, the check fails, and so it does if an instance does not exist.
    let missing = check("cat plan.txt\n#@ client-1\necho two zones", "two zones");
    let why = &proof(&missing).flaws[0].what;
    assert!(why.contains("does not hold after"), "{why}");
}
