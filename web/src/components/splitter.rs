//! A splitter between two panes: drag it, or move it with the arrow keys.

use hsmlab_html::html;
use web_sys::{Element, KeyboardEvent, PointerEvent};
use yew::{AttrValue, Callback, Html, Properties, TargetCast, component, use_mut_ref};

/// The axis of the movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Horizontal; right is larger.
    Across,
    /// Vertical; up is larger.
    Up,
}

/// The properties.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The axis of the movement.
    pub way: Way,
    /// The label: what the splitter sets.
    pub label: AttrValue,
    /// The size of its pane, in pixels.
    pub value: i32,
    /// The minimum.
    pub min: i32,
    /// The maximum.
    pub max: i32,
    /// Receives the new size.
    pub onchange: Callback<i32>,
}

/// The step of an arrow key, in pixels.
const STEP_PX: i32 = 24;

/// A splitter between two panes.
#[component]
pub fn Splitter(props: &Props) -> Html {
    // The position of the pointer and the size of the pane at the start of the drag.
    let drag = use_mut_ref(|| None::<(i32, i32)>);
    let Props {
        way,
        value,
        min,
        max,
        onchange,
        ..
    } = props.clone();
    let place = move |event: &PointerEvent| match way {
        Way::Across => event.client_x(),
        Way::Up => -event.client_y(),
    };
    let onpointerdown = {
        let drag = drag.clone();
        move |event: PointerEvent| {
            event.prevent_default();
            drag.replace(Some((place(&event), value)));
            if let Some(border) = event.target_dyn_into::<Element>() {
                let _ = border.set_pointer_capture(event.pointer_id());
            }
        }
    };
    let onpointermove = {
        let (drag, onchange) = (drag.clone(), onchange.clone());
        move |event: PointerEvent| {
            if let Some((from, size)) = *drag.borrow() {
                onchange.emit((size + place(&event) - from).max(min).min(max));
            }
        }
    };
    let ends = move |_: PointerEvent| {
        drag.replace(None);
    };
    let onkeydown = move |event: KeyboardEvent| {
        let step = match (way, event.key().as_str()) {
            (Way::Across, "ArrowRight") | (Way::Up, "ArrowUp") => STEP_PX,
            (Way::Across, "ArrowLeft") | (Way::Up, "ArrowDown") => -STEP_PX,
            (_, "Home") => min - value,
            (_, "End") => max - value,
            _ => return,
        };
        event.prevent_default();
        onchange.emit((value + step).max(min).min(max));
    };
    html! {
        <div
            class={match way { Way::Across => "splitter across", Way::Up => "splitter up" }}
            role="separator"
            tabindex="0"
            aria-label={props.label.clone()}
            aria-orientation={match way { Way::Across => "vertical", Way::Up => "horizontal" }}
            aria-valuenow={value.to_string()}
            aria-valuemin={min.to_string()}
            aria-valuemax={max.to_string()}
            {onpointerdown}
            {onpointermove}
            onpointerup={ends.clone()}
            onpointercancel={ends}
            {onkeydown}
        />
    }
}
