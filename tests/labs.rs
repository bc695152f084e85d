//! The proof of labs in the real world: the flaws that `hsmlab check` finds, and what checks can inspect.

use hsmlab_core::lab::Lab;
use hsmlab_core::lab::prove::{Flaw, Proof, prove};
use hsmlab_core::session::Session;
use hsmlab_core::session::drive::{Driver, Origin};
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::request::Worlds;
use hsmlab_protocol::view::StepState;
use hsmlab_protocol::{Event, Request};
use hsmlab_sim::Seed;
use hsmlab_tests::worlds::{in_world, worlds};
use serde_json::{Value, json};

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

#[test]
fn a_playground_begins_in_its_named_world_and_comes_back_from_a_save() {
    let mut driver = in_world(3, "network");
    assert_eq!(driver.failed_set_up(), []);
    driver.line(1, "aws ec2 describe-vpcs > vpcs.json");
    let saved = driver.send(Request::Save).events;
    let Some(Event::Saved { save }) = saved.into_iter().next() else {
        panic!("no save");
    };
    let restore = |worlds: Worlds| {
        let mut session = Session::new();
        let events = session.handle(Request::Restore {
            save: save.clone(),
            lab: None,
            worlds,
        });
        (session.fingerprint(), events)
    };
    assert_eq!(restore(worlds()).0, driver.fingerprint());
    let refused = restore(Worlds::new()).1;
    assert!(
        matches!(&refused[..], [Event::Failed { what, .. }] if what == "there is no world “network”"),
        "{refused:?}"
    );
}

/// A save of the two steps, and the session's fingerprint.
fn solved(source: &str) -> (Value, String) {
    let mut driver = Driver::start(Seed::from_number(1), Some(source.to_owned())).unwrap();
    driver.line(1, "touch other");
    driver.send(Request::Tick { ms: 5000 });
    driver.solve(&Lab::parse(source).unwrap()).unwrap();
    driver.line(1, "touch later");
    let saved = driver.send(Request::Save).events;
    let Some(Event::Saved { save }) = saved.into_iter().next() else {
        panic!("no save");
    };
    (serde_json::from_str(&save).unwrap(), driver.fingerprint())
}

/// Restores a save: the world's fingerprint, the save of it, and how many steps are done.
fn back(mut session: Session, source: &str, save: &Value) -> (String, Value, usize) {
    let events = session.handle(Request::Restore {
        save: save.to_string(),
        lab: Some(source.to_owned()),
        worlds: Worlds::new(),
    });
    let lab = events.into_iter().find_map(|event| match event {
        Event::View(view) => view.lab,
        _ => None,
    });
    let steps = &lab.unwrap().steps;
    let done = steps.iter().filter(|step| step.state == StepState::Done);
    let done = done.count();
    let saved = session.handle(Request::Save);
    let Some(Event::Saved { save }) = saved.into_iter().next() else {
        panic!("no save");
    };
    let save = serde_json::from_str(&save).unwrap();
    (session.fingerprint(), save, done)
}

#[test]
fn steps_that_a_save_lists_are_not_checked_again_in_the_owners_page_and_nowhere_else() {
    let source = lab("");
    let (save, world) = solved(&source);
    assert_eq!(save["done"].as_array().unwrap().len(), 2);
    let expected = (world, save.clone(), 2);
    assert_eq!(back(Session::with_saved_primes(), &source, &save), expected);
    assert_eq!(back(Session::new(), &source, &save), expected);

    // A save without its work claims both steps: the page shows them, and who judges it does not.
    let mut forged = save.clone();
    forged["journal"] = json!([]);
    forged["done"] = json!([[0, 0], [0, 1], [0, 7]]);
    assert_eq!(back(Session::with_saved_primes(), &source, &forged).2, 2);
    assert_eq!(back(Session::new(), &source, &forged).2, 0);
    // Another edition of the lab: the page checks again.
    let edition = source.replace("There is no plan.", "There is no plan yet.");
    assert_eq!(back(Session::with_saved_primes(), &edition, &forged).2, 0);
    // Claims that lack a step: it is checked at the end.
    let mut older = save;
    older["done"] = json!([]);
    assert_eq!(back(Session::with_saved_primes(), &source, &older).2, 2);
}

#[test]
fn a_labs_set_up_uses_the_variables_of_its_world() {
    let source = lab("").replace(
        "+++\n## One",
        "world = \"small\"\n[set]\nNAME = \"\"\"it's\nlong\"\"\"\n+++\n```setup\necho \"$NAME $SIZE $OF_WORLD\" > ready\nfalse\n```\n\n## One",
    );
    let world = "+++\nformat = 1\nid = \"small\"\ntitle = \"S\"\nholds = \"H\"\n[set]\nNAME = \"a\"\nSIZE = \"2\"\n+++\n```setup\nOF_WORLD=yes\n```\n";
    let origin = Origin {
        lab: Some(source),
        world: None,
        worlds: Worlds::from([("small".to_owned(), world.to_owned())]),
    };
    let mut driver = Driver::start_in(Seed::from_number(1), origin.clone()).unwrap();
    let ready = driver.line(1, "cat ready");
    assert_eq!(ready.text(Stream::Stdout), "it's\nlong 2 yes\n");
    let failed = driver.failed_set_up();
    assert_eq!((failed.len(), failed[0].text.as_str()), (1, "false"));
    // Without the world's file the line of the lab is named.
    let alone = Origin {
        worlds: Worlds::new(),
        ..origin
    };
    let refused = Driver::start_in(Seed::from_number(1), alone).err();
    assert_eq!(
        refused.as_deref(),
        Some("line 5: there is no world “small”")
    );
}
