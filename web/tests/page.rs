//! The lab screen in a browser, over a fake world: it sends typed lines, shows the answers, does not
//! render needlessly, and saves and restores work.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test panics with the reason, and is not documented"
)]

use std::cell::RefCell;
use std::rc::Rc;

use hsmlab_protocol::event::{Stream, ViewChange};
use hsmlab_protocol::text::{Block, Inline, Row};
use hsmlab_protocol::view::{
    ClockView, ClusterView, DiagramView, HsmView, InterfaceView, LabView, ReasonView, StepState,
    StepView, SubnetView, TerminalView, VpcView,
};
use hsmlab_protocol::{Event, Request};
use hsmlab_web::bridge::port::Listener;
use hsmlab_web::bridge::{Message, Port};
use hsmlab_web::hooks::use_session::PortMaker;
use hsmlab_web::lease;
use hsmlab_web::pages::lab::Lab;
use hsmlab_web::saves;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, KeyboardEventInit};
use yew::prelude::*;

#[path = "page/running.rs"]
mod running;

wasm_bindgen_test_configure!(run_in_browser);

const PROMPT: &str = "[cloudshell-user@lab ~]$ ";

type Answer = dyn Fn(&Request) -> Vec<Event>;

/// A world that answers by a function, after a moment, and remembers the requests.
#[derive(Clone)]
struct FakeWorld {
    asked: Rc<RefCell<Vec<Request>>>,
    answer: Rc<Answer>,
    listener: Rc<RefCell<Option<Rc<Listener>>>>,
}

impl FakeWorld {
    fn new(answer: impl Fn(&Request) -> Vec<Event> + 'static) -> Self {
        Self {
            asked: Rc::default(),
            answer: Rc::new(answer),
            listener: Rc::default(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let lines = asked.iter().filter_map(|request| match request {
            Request::Line { text, .. } => Some(text.clone()),
            _ => None,
        });
        lines.collect()
    }

    fn count(&self, matches: impl Fn(&Request) -> bool) -> usize {
        self.asked
            .borrow()
            .iter()
            .filter(|request| matches(request))
            .count()
    }
}

impl Port for FakeWorld {
    fn post(&self, text: &str) {
        let request: Request = serde_json::from_str(text).expect("a request");
        let mut events = (self.answer)(&request);
        if matches!(request, Request::Start { .. } | Request::Restore { .. })
            && !events
                .iter()
                .any(|event| matches!(event, Event::Failed { .. }))
        {
            events.insert(0, view(whole()));
        }
        self.asked.borrow_mut().push(request);
        let listener = self.listener.borrow().clone();
        later(0, move || {
            if let Some(listener) = &listener {
                listener(Message::Events(events));
            }
        });
    }

    fn ping(&self) {
        let listener = self.listener.borrow().clone();
        later(0, move || {
            if let Some(listener) = &listener {
                listener(Message::Alive);
            }
        });
    }

    fn listen(&self, listener: Listener) {
        listener(Message::Ready);
        self.listener.replace(Some(Rc::new(listener)));
    }

    fn close(&self) {
        self.listener.replace(None);
    }
}

fn view(change: ViewChange) -> Event {
    Event::View(Box::new(change))
}

fn terminal(prompt: &str, echo: bool) -> TerminalView {
    TerminalView {
        id: 1,
        host: "cloudshell".to_owned(),
        at: "cloudshell".to_owned(),
        title: "CloudShell".to_owned(),
        prompt: prompt.to_owned(),
        echo,
        connected: true,
        running: false,
    }
}

fn whole() -> ViewChange {
    ViewChange {
        revision: 1,
        clock: Some(Rc::new(ClockView {
            now_ms: 1_795_516_927_000,
            next: None,
        })),
        diagram: Some(Rc::new(diagram())),
        lab: Some(Rc::new(lab())),
        terminals: Some(Rc::new(vec![terminal(PROMPT, true)])),
        timeline: None,
        traffic: None,
        faults: None,
        tally: None,
    }
}

fn text(text: &str) -> Inline {
    Inline::Text {
        text: text.to_owned(),
    }
}

fn lab() -> LabView {
    let hostile = vec![
        Block::Paragraph {
            text: vec![text("<img src=x onerror=\"window.broken=1\">")],
        },
        Block::Paragraph {
            text: vec![Inline::Link {
                href: "javascript:window.broken=1".to_owned(),
                text: vec![text("click me")],
            }],
        },
        Block::Code {
            language: "sh".to_owned(),
            text: "aws sts \\\n  x\n".to_owned(),
            host: Some("cloudshell".to_owned()),
            rows: vec![Row::Command {
                text: "aws sts \\\n  x".to_owned(),
            }],
        },
    ];
    let step = StepView {
        id: "one".to_owned(),
        title: "First".to_owned(),
        body: Rc::new(hostile),
        state: StepState::Current,
        reason: Some(ReasonView {
            text: "No VPC.".to_owned(),
            about: Some("vpc-1".to_owned()),
        }),
        hint_count: 1,
        hints: Vec::new(),
    };
    LabView {
        title: "A lab".to_owned(),
        steps: vec![step],
        ..LabView::default()
    }
}

fn diagram() -> DiagramView {
    let interface = InterfaceView {
        id: "eni-1".to_owned(),
        ip: "10.0.1.15".to_owned(),
        public_ip: None,
        groups: vec!["sg-1".to_owned()],
        instance: None,
        hsm_id: Some("hsm-1".to_owned()),
    };
    let subnet = SubnetView {
        id: "subnet-1".to_owned(),
        name: String::new(),
        cidr: "10.0.1.0/24".to_owned(),
        zone: "us-east-1a".to_owned(),
        public: false,
        interfaces: vec![interface],
    };
    let hsm = HsmView {
        id: "hsm-1".to_owned(),
        state: "ACTIVE".to_owned(),
        zone: "us-east-1a".to_owned(),
        interface: "eni-1".to_owned(),
        ip: "10.0.1.15".to_owned(),
        appliance: hsmlab_protocol::ApplianceStatus::default(),
        until_ms: None,
    };
    DiagramView {
        region: "us-east-1".to_owned(),
        zones: vec!["us-east-1a".to_owned(), "us-east-1b".to_owned()],
        vpcs: vec![VpcView {
            id: "vpc-1".to_owned(),
            name: "lab".to_owned(),
            cidr: "10.0.0.0/16".to_owned(),
            is_default: false,
            internet_gateway: None,
            subnets: vec![subnet],
            groups: Vec::new(),
        }],
        clusters: vec![ClusterView {
            id: "cluster-1".to_owned(),
            state: "ACTIVE".to_owned(),
            hsm_type: "hsm2m.medium".to_owned(),
            mode: "FIPS".to_owned(),
            vpc_id: "vpc-1".to_owned(),
            security_group: "sg-1".to_owned(),
            subnets: hsmlab_protocol::SmallMap::new(),
            hsms: vec![hsm],
        }],
        connection: None,
    }
}

/// Echoes lines, and obeys a few of them.
fn echoing(request: &Request) -> Vec<Event> {
    let terminals = |prompt, echo| {
        view(ViewChange {
            terminals: Some(Rc::new(vec![terminal(prompt, echo)])),
            ..ViewChange::default()
        })
    };
    match request {
        Request::Line { terminal: id, text } => {
            let out = |stream, text: String| Event::Output {
                terminal: *id,
                stream,
                text,
            };
            match text.as_str() {
                "password" => vec![terminals("Password: ", false)],
                _ => vec![
                    out(Stream::Stdout, format!("<b>{text}</b> done\n")),
                    terminals(PROMPT, true),
                ],
            }
        }
        Request::Complete { terminal, .. } => vec![Event::Completions {
            terminal: *terminal,
            from: 4,
            candidates: vec![
                "describe-clusters".to_owned(),
                "describe-backups".to_owned(),
            ],
        }],
        Request::Save => vec![Event::Saved {
            save: "the save".to_owned(),
        }],
        _ => Vec::new(),
    }
}

#[derive(Clone, PartialEq, Properties)]
struct HostProps {
    maker: PortMaker,
    lab: AttrValue,
}

#[component]
fn Host(props: &HostProps) -> Html {
    html! {
        <ContextProvider<PortMaker> context={props.maker.clone()}>
            <Lab lab={props.lab.clone()} />
        </ContextProvider<PortMaker>>
    }
}

struct Screen {
    root: Element,
    app: Option<yew::AppHandle<Host>>,
}

impl Screen {
    /// Opens the playground (which fetches no lab file) over a fake world.
    async fn open(world: &FakeWorld) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let root = document.create_element("div").unwrap();
        document.body().unwrap().append_child(&root).unwrap();
        let port = world.clone();
        let maker = PortMaker(Rc::new(move || Ok(Rc::new(port.clone()) as Rc<dyn Port>)));
        let props = HostProps {
            maker,
            lab: "playground".into(),
        };
        let app = yew::Renderer::<Host>::with_root_and_props(root.clone(), props).render();
        let screen = Self {
            root,
            app: Some(app),
        };
        screen.until(".lab[data-phase=running]").await;
        screen.until("[data-testid=terminal-input]").await;
        screen
    }

    async fn fresh(world: &FakeWorld) -> Self {
        lease::until_free("playground").await;
        saves::forget("playground").await.unwrap();
        Self::open(world).await
    }

    fn find(&self, selector: &str) -> Option<HtmlElement> {
        self.root
            .query_selector(selector)
            .unwrap()
            .map(JsCast::unchecked_into)
    }

    fn get(&self, selector: &str) -> HtmlElement {
        self.find(selector)
            .unwrap_or_else(|| panic!("no {selector}"))
    }

    fn text(&self, selector: &str) -> String {
        self.get(selector).text_content().unwrap_or_default()
    }

    async fn until(&self, selector: &str) {
        for _ in 0..100 {
            if self.find(selector).is_some() {
                return;
            }
            wait(20).await;
        }
        panic!("{selector} never came: {}", self.root.inner_html());
    }

    fn field(&self) -> HtmlTextAreaElement {
        self.get("[data-testid=terminal-input]").unchecked_into()
    }

    fn key(&self, key: &str, ctrl: bool) {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_ctrl_key(ctrl);
        init.set_bubbles(true);
        init.set_cancelable(true);
        let event =
            web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        self.get("[data-testid=terminal-input]")
            .dispatch_event(&event)
            .unwrap();
    }

    async fn line(&self, line: &str) {
        self.put(line);
        self.key("Enter", false);
        wait(60).await;
    }

    fn put(&self, text: &str) {
        match self
            .get("[data-testid=terminal-input]")
            .dyn_into::<HtmlTextAreaElement>()
        {
            Ok(area) => area.set_value(text),
            Err(other) => other
                .unchecked_into::<web_sys::HtmlInputElement>()
                .set_value(text),
        }
    }

    fn renders(&self, selector: &str) -> String {
        self.get(selector).get_attribute("data-renders").unwrap()
    }

    fn close(mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
        self.root.remove();
    }
}

fn later(ms: i32, act: impl FnOnce() + 'static) {
    let act = Closure::once_into_js(act);
    web_sys::window()
        .unwrap()
        .set_timeout_with_callback_and_timeout_and_arguments_0(act.unchecked_ref(), ms)
        .unwrap();
}

async fn wait(ms: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        web_sys::window()
            .unwrap()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms)
            .unwrap();
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_typed_line_reaches_the_world_and_its_answer_is_text() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    screen.line("aws sts").await;
    assert_eq!(world.lines(), ["aws sts"]);
    let output = screen.text("[data-testid=terminal-output]");
    assert_eq!(output, format!("{PROMPT}aws sts<b>aws sts</b> done"));
    assert_eq!(screen.field().value(), "");
    assert_eq!(screen.text("[data-testid=terminal-prompt]"), PROMPT);
    screen.close();
}

#[wasm_bindgen_test]
async fn several_lines_run_one_after_the_other() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    screen.line("one\ntwo\nthree").await;
    wait(100).await;
    assert_eq!(world.lines(), ["one", "two", "three"]);
    let output = screen.text("[data-testid=terminal-output]");
    let places: Vec<_> = ["> one", "one</b>", "two", "two</b>", "three</b>"]
        .map(|word| output.find(word))
        .to_vec();
    assert!(places.iter().skip(1).is_sorted(), "{output}");
    screen.close();
}

#[wasm_bindgen_test]
async fn keys_edit_and_recall_as_in_readline() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    for line in ["first line", "second line"] {
        screen.line(line).await;
    }
    screen.key("ArrowUp", false);
    screen.key("ArrowUp", false);
    assert_eq!(screen.field().value(), "first line");
    screen.key("ArrowDown", false);
    assert_eq!(screen.field().value(), "second line");
    screen.key("w", true);
    assert_eq!(screen.field().value(), "second ");
    screen.key("u", true);
    screen.key("y", true);
    assert_eq!(screen.field().value(), "second ");
    screen.key("c", true);
    wait(60).await;
    assert_eq!(
        world.count(|request| matches!(request, Request::Interrupt { .. })),
        1
    );
    assert!(
        screen
            .text("[data-testid=terminal-output]")
            .ends_with("second ^C")
    );

    screen.key("r", true);
    wait(30).await;
    for key in ["f", "i"] {
        screen.key(key, false);
        wait(30).await;
    }
    assert!(
        screen
            .text("[data-testid=terminal-prompt]")
            .contains("`fi': first line")
    );
    screen.key("Enter", false);
    wait(60).await;
    assert_eq!(world.lines().last().unwrap(), "first line");

    screen.key("l", true);
    wait(30).await;
    assert_eq!(screen.text("[data-testid=terminal-output]"), "");
    screen.close();
}

#[wasm_bindgen_test]
async fn tab_completes_as_far_as_the_candidates_agree() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    screen.put("aws de");
    screen.key("Tab", false);
    wait(60).await;
    assert_eq!(screen.field().value(), "aws describe-");
    assert!(screen.text(".term-offer").contains("describe-backups"));
    screen.close();
}

#[wasm_bindgen_test]
async fn a_password_is_neither_shown_nor_remembered() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    screen.line("password").await;
    screen.until("input[type=password]").await;
    screen.line("s3cret").await;
    assert_eq!(world.lines(), ["password", "s3cret"]);
    let shown = screen.text("[data-testid=terminal-output]");
    assert!(
        shown.contains("Password: <b>s3cret"),
        "the fake world itself echoes: {shown}"
    );
    assert!(!shown.contains("Password: s3cret"), "{shown}");
    let store = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    let history = store
        .get_item("hsmlab.history.playground.cloudshell")
        .unwrap()
        .unwrap();
    assert!(
        history.contains("password") && !history.contains("s3cret"),
        "{history}"
    );
    screen.close();
}

#[wasm_bindgen_test]
async fn prose_is_only_ever_text() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    let step = screen.get("[data-testid=step-one]");
    assert_eq!(step.get_attribute("data-state").as_deref(), Some("current"));
    assert!(step.text_content().unwrap().contains("<img src=x onerror="));
    assert!(step.query_selector("img, .prose a").unwrap().is_none());
    // Insert puts the command on the line, including its several lines, and runs nothing.
    screen.get("[data-testid=insert]").click();
    wait(60).await;
    assert_eq!(screen.field().value(), "aws sts \\\n  x");
    assert_eq!(world.lines(), Vec::<String>::new());
    screen.close();
}

#[wasm_bindgen_test]
async fn the_diagram_shows_the_cluster_and_opens_the_inspector() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    for part in ["vpc-1", "subnet-1", "eni-1", "hsm-1", "cluster-1"] {
        assert!(
            screen.find(&format!("[data-part={part}]")).is_some(),
            "{part}"
        );
    }
    assert!(
        screen
            .get("[data-part=hsm-1] [role=button]")
            .get_attribute("aria-label")
            .unwrap()
            .contains("active")
    );
    let init = web_sys::MouseEventInit::new();
    init.set_bubbles(true);
    let event = web_sys::MouseEvent::new_with_mouse_event_init_dict("click", &init).unwrap();
    screen
        .get("[data-part=hsm-1]")
        .dispatch_event(&event)
        .unwrap();
    wait(40).await;
    let asked = |request: &Request| matches!(request, Request::Inspect { id } if id == "hsm-1");
    assert_eq!(world.count(asked), 1);
    screen.close();
}

#[wasm_bindgen_test]
async fn a_tick_redraws_only_the_clock() {
    let world = FakeWorld::new(|request| match request {
        Request::Tick { ms } => vec![view(ViewChange {
            clock: Some(Rc::new(ClockView {
                now_ms: 1_795_516_927_000 + ms,
                next: None,
            })),
            ..ViewChange::default()
        })],
        other => echoing(other),
    });
    let screen = Screen::fresh(&world).await;
    wait(100).await;
    let panels = [".terminals", ".steps", ".diagram"];
    let before = panels.map(|panel| screen.renders(panel));
    let clock = screen.text("[data-testid=clock]");
    wait(700).await;
    assert!(
        world.count(|request| matches!(request, Request::Tick { .. })) > 0,
        "time passes"
    );
    assert_ne!(screen.text("[data-testid=clock]"), clock);
    assert_eq!(panels.map(|panel| screen.renders(panel)), before);
    // While the clock is paused, no time is sent.
    screen.get("[data-testid=pause]").click();
    wait(300).await;
    let ticks = world.count(|request| matches!(request, Request::Tick { .. }));
    wait(600).await;
    assert_eq!(
        world.count(|request| matches!(request, Request::Tick { .. })),
        ticks
    );
    screen.close();
}

#[wasm_bindgen_test]
async fn work_is_saved_and_restored() {
    let world = FakeWorld::new(echoing);
    let screen = Screen::fresh(&world).await;
    screen.line("remember me").await;
    wait(500).await;
    screen.close();

    let world = FakeWorld::new(echoing);
    let screen = Screen::open(&world).await;
    let restored =
        |request: &Request| matches!(request, Request::Restore { save, .. } if save == "the save");
    assert_eq!(world.count(restored), 1);
    wait(60).await;
    assert!(
        screen
            .text("[data-testid=terminal-output]")
            .contains("remember me")
    );
    screen.close();
}

#[wasm_bindgen_test]
async fn a_save_that_cannot_be_restored_is_set_aside() {
    let record = "{\"format\":1,\"lab\":\"playground\",\"save\":\"bad\",\"screens\":{}}";
    for kept in [record, "no JSON at all"] {
        saves::keep("playground", kept).await.unwrap();
        saves::forget(&saves::aside("playground")).await.unwrap();
        let world = FakeWorld::new(|request| match request {
            Request::Restore { .. } => {
                vec![Event::Failed {
                    what: "broken journal".to_owned(),
                    remedy: String::new(),
                }]
            }
            other => echoing(other),
        });
        let screen = Screen::open(&world).await;
        screen.until("[data-testid=notice]").await;
        assert!(
            screen
                .text("[data-testid=notice]")
                .contains("could not be restored")
        );
        let aside = saves::load(&saves::aside("playground")).await.unwrap();
        assert_eq!(aside.as_deref(), Some(kept));
        assert_eq!(
            world.count(|request| matches!(request, Request::Start { .. })),
            1
        );
        screen.close();
    }
}
