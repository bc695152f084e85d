//! A running cluster with faults: faults, traffic, running programs, lists of the appliance.

use std::cell::Cell;

use hsmlab_protocol::event::Inspected;
use hsmlab_protocol::view::{
    FaultView, FaultsView, Moment, MomentKind, TimelineView, TrafficSeries, TrafficView,
};

use super::*;

const START_MS: u64 = 1_795_516_900_000;

fn fault(id: &str, title: &str, lasting: bool, active: bool) -> FaultView {
    FaultView {
        id: id.to_owned(),
        title: title.to_owned(),
        about: "What happens then.".to_owned(),
        target: id.split_once('/').unwrap().1.to_owned(),
        active,
        lasting,
    }
}

fn faults(cut: bool) -> Event {
    let faults = vec![
        fault("fail-hsm/hsm-1", "Fail the hardware of hsm-1", false, false),
        fault("cut-hsm/hsm-1", "Cut the network of hsm-1", true, cut),
        fault(
            "lose-zone/us-east-1a",
            "Lose the zone us-east-1a",
            true,
            false,
        ),
    ];
    view(ViewChange {
        faults: Some(Rc::new(FaultsView { faults })),
        ..ViewChange::default()
    })
}

fn struck(request: &Request) -> Vec<Event> {
    match request {
        Request::Start { .. } => vec![faults(false)],
        Request::Fault { id, on } if id == "cut-hsm/hsm-1" => vec![faults(*on)],
        Request::Inspect { id } => vec![Event::Inspected(Box::new(Inspected {
            id: id.clone(),
            kind: "HSM".to_owned(),
            command: String::new(),
            api: serde_json::json!({}),
            // In the bridge's form: text.
            appliance: Some(serde_json::Value::String(
                serde_json::json!({
                    "keys": 3,
                    "audit": [
                        {"time": "10:00:01", "opcode": "CN_LOGIN", "response": 0},
                        {"time": "10:00:02", "opcode": "CN_LOGOUT", "user": "admin"},
                    ],
                    "list": [1, 2],
                })
                .to_string(),
            )),
            actions: Vec::new(),
        }))],
        other => echoing(other),
    }
}

fn asked(world: &FakeWorld, fault: &str, on: bool) -> usize {
    let is = |request: &Request| matches!(request, Request::Fault { id, on: is_on } if id == fault && *is_on == on);
    world.count(is)
}

#[wasm_bindgen_test]
async fn a_fault_that_lasts_is_switched_and_one_that_does_not_is_asked_about() {
    let world = FakeWorld::new(struck);
    let screen = Screen::fresh(&world).await;
    screen.get("[data-testid=faults-wide-only]").click();
    screen.until("[data-testid=faults]").await;
    let panel = screen.text("[data-testid=faults]");
    assert!(panel.contains("Fail the hardware") && panel.contains("Zones"));

    let cut = "[data-fault='cut-hsm/hsm-1']";
    let name = |screen: &Screen| screen.get(cut).get_attribute("aria-label").unwrap();
    assert_eq!(name(&screen), "Begin: Cut the network of hsm-1");
    screen.get(cut).click();
    wait(60).await;
    assert_eq!(asked(&world, "cut-hsm/hsm-1", true), 1);
    assert_eq!(name(&screen), "End: Cut the network of hsm-1");
    assert!(
        screen
            .text("[data-testid=faults-wide-only]")
            .contains("1 active")
    );
    let label = screen.get("[data-part=hsm-1] [role=button]");
    assert!(
        label
            .get_attribute("aria-label")
            .unwrap()
            .contains("cut off")
    );
    screen.get(cut).click();
    wait(60).await;
    assert_eq!(asked(&world, "cut-hsm/hsm-1", false), 1);

    let fail = "[data-fault='fail-hsm/hsm-1']";
    for (button, times) in [("dialog .quiet", 0), ("[data-testid=confirm-yes]", 1)] {
        screen.get(fail).click();
        screen.until("dialog").await;
        screen.get(button).click();
        wait(60).await;
        assert!(screen.find("dialog").is_none());
        assert_eq!(asked(&world, "fail-hsm/hsm-1", true), times);
    }
    screen.close();
}

#[wasm_bindgen_test]
async fn the_inspector_says_what_can_go_wrong_and_shows_lists_as_tables() {
    let world = FakeWorld::new(struck);
    let screen = Screen::fresh(&world).await;
    let init = web_sys::MouseEventInit::new();
    init.set_bubbles(true);
    let click = web_sys::MouseEvent::new_with_mouse_event_init_dict("click", &init).unwrap();
    screen
        .get("[data-part=hsm-1]")
        .dispatch_event(&click)
        .unwrap();
    screen.until("[data-testid=inspector]").await;
    for fault in ["fail-hsm/hsm-1", "cut-hsm/hsm-1", "lose-zone/us-east-1a"] {
        let lever = format!("[data-testid=can-go-wrong] [data-fault='{fault}']");
        assert!(screen.find(&lever).is_some(), "{fault}");
    }
    let table = screen.get(".inspector .numbers");
    let cells = |selector: &str| {
        let cells = table.query_selector_all(selector).unwrap();
        let texts = (0..cells.length()).map(|at| cells.get(at).unwrap().text_content().unwrap());
        texts.collect::<Vec<_>>()
    };
    assert_eq!(table.get_attribute("aria-label").as_deref(), Some("audit"));
    let mut head = cells("thead th");
    head.sort();
    assert_eq!(head, ["opcode", "response", "time", "user"]);
    // The newest first; a missing member is empty.
    assert_eq!(cells("tbody tr").len(), 2);
    assert!(cells("tbody tr")[0].contains("CN_LOGOUT"));
    let rest = screen.text(".inspector pre");
    assert!(rest.contains("\"keys\": 3") && rest.contains("\"list\"") && !rest.contains("audit"));
    screen.close();
}

fn traffic(failures: u32) -> TrafficView {
    let series = |id: &str, operations: [u32; 3], failures| TrafficSeries {
        id: id.to_owned(),
        operations: operations.to_vec(),
        failures: vec![0, 0, failures],
        latency_us: vec![1_500; 3],
    };
    TrafficView {
        start_ms: START_MS,
        bucket_ms: 9_000,
        hsms: vec![
            series("hsm-0", [900, 900, 0], 5),
            series("hsm-1", [900, 900, 2700], 0),
        ],
        clients: series("", [1800, 1800, 2700], failures),
    }
}

/// A world with traffic up to now, in which each tick moves the clock by a millisecond.
fn busy(failures: u32) -> FakeWorld {
    let now = Cell::new(START_MS + 27_000);
    FakeWorld::new(move |request| match request {
        Request::Start { .. } | Request::Tick { .. } => {
            now.set(now.get() + 1);
            let first = matches!(request, Request::Start { .. });
            let clock = ClockView {
                now_ms: now.get(),
                next: None,
            };
            let moments = vec![Moment {
                at_ms: START_MS + 18_000,
                what: "hsm-0 failed".to_owned(),
                about: Some("hsm-0".to_owned()),
                kind: MomentKind::Failure,
            }];
            let timeline = TimelineView {
                start_ms: START_MS,
                moments,
            };
            vec![view(ViewChange {
                clock: Some(Rc::new(clock)),
                traffic: first.then(|| Rc::new(traffic(failures))),
                timeline: first.then(|| Rc::new(timeline)),
                ..ViewChange::default()
            })]
        }
        other => echoing(other),
    })
}

#[wasm_bindgen_test]
async fn traffic_is_drawn_told_and_listed() {
    let screen = Screen::fresh(&FakeWorld::new(echoing)).await;
    // The button is always visible; it shows no sign of traffic.
    let idle = "[data-testid=traffic-wide-only]";
    assert_eq!(screen.text(idle), "Traffic", "nothing is asked of an HSM");
    assert!(screen.find(&format!("{idle} .dot")).is_none());
    screen.close();

    let screen = Screen::fresh(&busy(4)).await;
    let button = screen.get("[data-testid=traffic-wide-only]");
    assert!(button.text_content().unwrap().contains("4 errors"));
    button.click();
    screen.until("[data-testid=traffic]").await;
    let panel = screen.text("[data-testid=traffic]");
    assert!(panel.contains("300 requests a second"), "{panel}");
    assert_eq!(screen.text("[data-testid=traffic-errors]"), "✕ 4 errors");
    assert!(panel.contains("hsm-0 failed") && panel.contains("1.5 ms"));
    assert!(screen.find(".mark-line.bad").is_some());
    assert!(!screen.get(".errors").get_attribute("d").unwrap().is_empty());

    // The card and the legend have the same colour.
    let card = screen
        .get("[data-part=hsm-1] .load")
        .get_attribute("style")
        .unwrap();
    let legend = screen
        .get(".legend tr:last-child .swatch")
        .get_attribute("style")
        .unwrap();
    assert_eq!(card, legend);
    let label = screen
        .get("[data-part=hsm-1] [role=button]")
        .get_attribute("aria-label")
        .unwrap();
    assert!(
        label.contains("300 requests a second, 100 % of all"),
        "{label}"
    );
    assert!(screen.find("[data-testid=streams] path").is_some());

    assert!(screen.find("[aria-label='Traffic as a table']").is_none());
    screen.get("[data-testid=traffic-table]").click();
    screen.until("[aria-label='Traffic as a table']").await;
    assert!(
        screen
            .text("[aria-label='Traffic as a table']")
            .contains("10:41:58")
    );
    screen.close();
}

#[wasm_bindgen_test]
async fn a_tick_without_new_traffic_draws_neither_charts_nor_diagram() {
    let world = busy(0);
    let screen = Screen::fresh(&world).await;
    screen.get("[data-testid=traffic-wide-only]").click();
    screen.until("[data-testid=traffic]").await;
    assert!(screen.text("[data-testid=traffic]").contains("no errors"));
    wait(100).await;
    let panels = [".diagram", ".side"];
    let before = panels.map(|panel| screen.renders(panel));
    let ticks = || world.count(|request| matches!(request, Request::Tick { .. }));
    let first = ticks();
    wait(700).await;
    assert!(ticks() > first);
    assert_eq!(panels.map(|panel| screen.renders(panel)), before);
    screen.close();
}

/// A world in which the line `load` starts a program that prints at each tick until Ctrl-C.
fn running() -> FakeWorld {
    let runs = Cell::new(false);
    FakeWorld::new(move |request| {
        let terminals = |running| {
            view(ViewChange {
                terminals: Some(Rc::new(vec![TerminalView {
                    running,
                    ..terminal(PROMPT, true)
                }])),
                ..ViewChange::default()
            })
        };
        match request {
            Request::Line { text, .. } if text == "load" => {
                runs.set(true);
                vec![terminals(true)]
            }
            Request::Interrupt { .. } => {
                runs.set(false);
                vec![terminals(false)]
            }
            Request::Tick { .. } if runs.get() => vec![Event::Output {
                terminal: 1,
                stream: Stream::Stdout,
                text: "100 ops\n".to_owned(),
            }],
            other => echoing(other),
        }
    })
}

#[wasm_bindgen_test]
async fn a_running_program_hides_the_prompt_and_ends_with_ctrl_c() {
    let world = running();
    let screen = Screen::fresh(&world).await;
    screen.line("load").await;
    screen.until("[data-testid=interrupt]").await;
    assert_eq!(screen.text("[data-testid=terminal-prompt]"), "");
    assert!(
        screen
            .text("[data-testid=terminal-tab-1]")
            .contains("a program is running")
    );
    assert_eq!(
        screen
            .get("[data-testid=terminal-output]")
            .get_attribute("aria-live")
            .as_deref(),
        Some("off")
    );
    // Lines typed meanwhile wait for the program's end.
    screen.line("after").await;
    wait(600).await;
    assert_eq!(world.lines(), ["load"]);
    assert!(
        screen
            .text("[data-testid=terminal-output]")
            .contains("100 ops")
    );

    screen.key("c", true);
    wait(100).await;
    assert_eq!(
        world.count(|request| matches!(request, Request::Interrupt { .. })),
        1
    );
    assert_eq!(screen.text("[data-testid=terminal-prompt]"), PROMPT);
    assert!(screen.find("[data-testid=interrupt]").is_none());
    let output = screen.text("[data-testid=terminal-output]");
    // The answer to a pending tick may come last.
    let typed = output.trim_end_matches("100 ops");
    assert!(
        typed.ends_with("^C") && !typed.ends_with(&format!("{PROMPT}^C")),
        "{output}"
    );
    // Ctrl-C dropped the waiting lines, as in a terminal.
    assert_eq!(world.lines(), ["load"]);

    screen.line("load").await;
    screen.until("[data-testid=interrupt]").await;
    screen.get("[data-testid=interrupt]").click();
    wait(100).await;
    assert!(screen.find("[data-testid=interrupt]").is_none());
    screen.line("echo").await;
    assert_eq!(world.lines(), ["load", "load", "echo"]);
    screen.close();
}
