//! What serde writes is what is read here: one sample of every shape.

use std::rc::Rc;

use super::*;

fn agrees(event: Event) {
    let json = serde_json::to_value(&event).expect("JSON");
    assert_eq!(Event::read(&json), Ok(event), "{json}");
}

fn said(text: &str) -> Vec<Inline> {
    vec![Inline::Text {
        text: text.to_owned(),
    }]
}

fn every_block() -> Vec<Block> {
    let inlines = vec![
        Inline::Code {
            text: "c".to_owned(),
        },
        Inline::Strong { text: said("s") },
        Inline::Emphasis { text: said("e") },
        Inline::Link {
            href: "https://x".to_owned(),
            text: said("l"),
        },
        Inline::Break,
    ];
    vec![
        Block::Heading {
            level: 3,
            text: said("h"),
        },
        Block::Paragraph { text: inlines },
        Block::Code {
            language: "sh".to_owned(),
            text: "x".to_owned(),
            host: Some("client-1".to_owned()),
        },
        Block::List {
            start: Some(2),
            items: vec![vec![Block::Paragraph { text: said("i") }]],
        },
        Block::List {
            start: None,
            items: Vec::new(),
        },
        Block::Quote {
            blocks: vec![Block::Paragraph { text: said("q") }],
        },
        Block::Table {
            head: vec![said("a")],
            rows: vec![vec![said("b")]],
        },
    ]
}

fn lab() -> LabView {
    let step = |state| StepView {
        id: "one".to_owned(),
        title: "One".to_owned(),
        body: Rc::new(every_block()),
        state,
        reason: Some(ReasonView {
            text: "no".to_owned(),
            about: Some("vpc-1".to_owned()),
        }),
        hint_count: 2,
        hints: vec![Rc::new(every_block())],
    };
    LabView {
        id: "x".to_owned(),
        title: "X".to_owned(),
        topic: "T".to_owned(),
        minutes: 5,
        intro: Rc::new(every_block()),
        steps: [StepState::Done, StepState::Current, StepState::ToDo]
            .map(step)
            .to_vec(),
        outro: Rc::default(),
    }
}

fn reach() -> Reach {
    let kinds = [
        HopKind::Source,
        HopKind::SecurityGroupEgress,
        HopKind::SecurityGroupIngress,
        HopKind::NetworkAclEgress,
        HopKind::NetworkAclIngress,
        HopKind::Route,
        HopKind::InternetGateway,
        HopKind::Destination,
    ];
    let hop = |kind| Hop {
        kind,
        id: "sg-1".to_owned(),
        interface: Some("eni-1".to_owned()),
        allows: true,
        why: "it may".to_owned(),
        code: None,
    };
    Reach {
        hops: kinds.map(hop).to_vec(),
        reachable: true,
    }
}

fn diagram() -> DiagramView {
    let mut view = crate::diagram::sample(2, 1, 1);
    view.connection = Some(ConnectionView {
        from: "internet".to_owned(),
        to: None,
        address: "10.0.1.15".to_owned(),
        port: 2223,
        reach: reach(),
        at_ms: 7,
    });
    view
}

#[test]
fn every_shape_is_read_as_it_is_written() {
    let kinds = [MomentKind::Change, MomentKind::Failure, MomentKind::Step];
    let moment = |kind| Moment {
        at_ms: 3,
        what: "w".to_owned(),
        about: None,
        kind,
    };
    let next = Some(Upcoming {
        at_ms: 9,
        what: "HSM".to_owned(),
    });
    agrees(Event::View(Box::new(ViewChange {
        revision: 4,
        clock: Some(Rc::new(ClockView {
            now_ms: 1 << 41,
            next,
        })),
        diagram: Some(Rc::new(diagram())),
        lab: Some(Rc::new(lab())),
        terminals: Some(Rc::new(vec![TerminalView {
            id: 1,
            host: "cloudshell".to_owned(),
            title: "CloudShell".to_owned(),
            prompt: "$ ".to_owned(),
            echo: false,
            connected: true,
        }])),
        timeline: Some(Rc::new(TimelineView {
            start_ms: 1,
            moments: kinds.map(moment).to_vec(),
        })),
    })));
    agrees(Event::View(Box::default()));
    agrees(Event::Inspected(Box::new(Inspected {
        id: "hsm-1".to_owned(),
        kind: "HSM".to_owned(),
        command: "aws".to_owned(),
        api: serde_json::json!({"a": [1, null]}),
        appliance: Some(serde_json::json!(2)),
        actions: vec![InspectedAction {
            label: "Delete".to_owned(),
            command: "aws".to_owned(),
            destructive: true,
        }],
    })));
    let kinds = [
        FieldKind::Text,
        FieldKind::Number,
        FieldKind::Switch,
        FieldKind::List,
        FieldKind::Structure,
    ];
    let field = |kind| FieldView {
        option: "--x".to_owned(),
        help: "h".to_owned(),
        kind,
        required: true,
        choices: vec!["a".to_owned()],
    };
    agrees(Event::Form(Box::new(FormView {
        service: Some("ec2".to_owned()),
        operation: None,
        choices: vec![("a".to_owned(), "b".to_owned())],
        fields: kinds.map(field).to_vec(),
    })));
}

#[test]
fn every_small_event_is_read_as_it_is_written() {
    for stream in [Stream::Stdout, Stream::Stderr, Stream::Note] {
        agrees(Event::Output {
            terminal: 1,
            stream,
            text: "t\n".to_owned(),
        });
    }
    agrees(Event::Exit {
        terminal: 1,
        status: -1,
    });
    agrees(Event::Clear { terminal: 1 });
    let candidates = vec!["a".to_owned()];
    agrees(Event::Completions {
        terminal: 1,
        from: 3,
        candidates,
    });
    agrees(Event::File {
        name: "n".to_owned(),
        content: "Yg==".to_owned(),
    });
    let (from, to) = ("i-1".to_owned(), "i-2".to_owned());
    agrees(Event::Reached {
        from,
        to,
        port: 22,
        reach: reach(),
    });
    agrees(Event::Saved {
        save: "s".to_owned(),
    });
    agrees(Event::Called {
        service: "ec2".to_owned(),
        operation: "CreateVpc".to_owned(),
        params: serde_json::json!({}),
    });
    agrees(Event::Failed {
        what: "w".to_owned(),
        remedy: "r".to_owned(),
    });
}

#[test]
fn what_does_not_fit_is_named() {
    for (json, misread) in [
        (serde_json::json!(7), "type"),
        (serde_json::json!({"type": "nothing"}), "event"),
        (
            serde_json::json!({"type": "exit", "terminal": -1, "status": 0}),
            "terminal",
        ),
        (serde_json::json!({"type": "saved"}), "save"),
    ] {
        assert_eq!(Event::read(&json), Err(Misread(misread)));
    }
}
