//! Render counts of components, for tests that guard against needless rendering.

use yew::{hook, use_mut_ref};

/// The count as an attribute's value; nothing in a release build.
#[hook]
pub fn use_renders() -> Option<String> {
    let count = use_mut_ref(|| 0_u32);
    if !cfg!(debug_assertions) {
        return None;
    }
    *count.borrow_mut() += 1;
    let shown = count.borrow().to_string();
    Some(shown)
}
