//! The page's `html!` makes what yew's own makes: both draw the same markup, first and after a change.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a test panics with the reason, and is not documented"
)]

// What the macro's code names is `crate::dom`.
use hsmlab_web::dom;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::Node;
use yew::{Callback, Children, Html, MouseEvent, Properties, classes, component};

wasm_bindgen_test_configure!(run_in_browser);

#[derive(Clone, PartialEq, Properties)]
struct Props {
    words: Vec<String>,
    on: bool,
}

#[derive(PartialEq, Properties)]
struct BoxProps {
    title: String,
    children: Children,
}

#[component]
fn Boxed(props: &BoxProps) -> Html {
    hsmlab_html::html! { <section title={props.title.clone()}>{ props.children.clone() }</section> }
}

/// The same markup for both macros.
macro_rules! markup {
    ($html:path, $props:ident) => {{
        use $html as html;
        let words = &$props.words;
        let on = $props.on;
        let class = classes!("b", on.then_some("on"));
        let hidden = !on;
        let onclick = Callback::from(|_: MouseEvent| {});
        let count = words.len();
        html! {
            <main id="fixed" {class} data-count={count.to_string()} {hidden} {onclick}>
                <h1>{ "Title" }</h1>
                <p>{ count }{ " words" }</p>
                if on {
                    <b>{ "on" }</b>
                } else if words.is_empty() {
                    { "none" }
                } else {
                    <><i /><u /></>
                }
                if let Some(first) = words.first() {
                    <em key={first.clone()}>{ first }</em>
                }
                <ul>
                    for (at, word) in words.iter().enumerate() {
                        <li key={word.clone()} value={at.to_string()}>{ word }</li>
                    }
                </ul>
                <ol>{ for words.iter().map(|word| html! { <li>{ word }</li> }) }</ol>
                <input type="text" value={words.join(" ")} disabled={on} />
                <textarea rows="2" value={words.join("-")} />
                <svg viewBox="0 0 1 1"><path d="M0 0" class={on.then_some("x")} /></svg>
                <Boxed title={words.concat()}>
                    <span>{ "within" }</span>
                    { words.first().cloned() }
                </Boxed>
                <p hidden=true />
            </main>
        }
    }};
}

#[component]
fn Theirs(props: &Props) -> Html {
    markup!(yew::html, props)
}

#[component]
fn Ours(props: &Props) -> Html {
    markup!(hsmlab_html::html, props)
}

/// What a component draws for each of its properties in turn, and the contents of its fields.
async fn drawn<T>(each: &[Props]) -> Vec<(Node, Vec<String>)>
where
    T: yew::BaseComponent<Properties = Props>,
{
    let document = web_sys::window().unwrap().document().unwrap();
    let root = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&root).unwrap();
    let mut app = yew::Renderer::<T>::with_root_and_props(root.clone(), each[0].clone()).render();
    let mut all = Vec::new();
    for props in each {
        app.update(props.clone());
        gloo::timers::future::TimeoutFuture::new(0).await;
        let inputs = root.query_selector_all("input, textarea").unwrap();
        let values: Vec<_> = (0..inputs.length())
            .map(|at| {
                let input = inputs.get(at).unwrap();
                js_sys::Reflect::get(&input, &"value".into())
                    .unwrap()
                    .as_string()
                    .unwrap()
            })
            .collect();
        all.push((root.clone_node_with_deep(true).unwrap(), values));
    }
    app.destroy();
    root.remove();
    all
}

#[wasm_bindgen_test]
async fn it_draws_what_yews_macro_draws() {
    let props = |words: &[&str], on: bool| Props {
        words: words.iter().copied().map(str::to_owned).collect(),
        on,
    };
    let each = [
        props(&["one"], false),
        props(&["one", "two"], true),
        props(&["two", "one", "three"], false),
        props(&[], false),
        props(&["three"], true),
    ];
    let (theirs, ours) = (drawn::<Theirs>(&each).await, drawn::<Ours>(&each).await);
    for ((theirs, their_values), (ours, values)) in theirs.iter().zip(&ours) {
        // The order of attributes does not count.
        assert!(
            ours.is_equal_node(Some(theirs)),
            "{:?}",
            ours.text_content()
        );
        assert_eq!(values, their_values);
    }
    let text = ours[1].0.text_content().unwrap();
    assert_eq!(text, "Title2 wordsononeonetwoonetwowithinone");
    assert!(!ours[0].0.is_equal_node(Some(&ours[1].0)));
}
