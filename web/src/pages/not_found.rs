//! An address that leads nowhere.

use yew::{Html, html};

use crate::components::header::header;
use crate::routes::HOME;

/// An address that leads nowhere.
#[must_use]
pub fn not_found() -> Html {
    html! {
        <div class="page">
            { header(None, Html::default(), Html::default()) }
            <main class="prose-page">
                <h1>{ "There is nothing at this address" }</h1>
                <p>{ "The link may be mistyped, or from another version of HSM Lab." }</p>
                <p><a href={HOME}>{ "All labs" }</a></p>
            </main>
        </div>
    }
}
