//! The page for an unknown address.

use hsmlab_html::html;
use yew::Html;

use crate::catalogue::Entry;
use crate::components::header::header;
use crate::components::lab_card::lab_card;
use crate::prefs;
use crate::routes::HOME;
use crate::saves::progress_key;

/// The page for an unknown address.
pub fn not_found() -> Html {
    html! {
        <div class="page">
            { header(None, Html::default(), Html::default()) }
            <main class="prose-page">
                <h1>{ "There is nothing at this address" }</h1>
                <p>{ "The link may be mistyped, or come from another version of HSM Lab." }</p>
                <p><a href={HOME}>{ "All labs" }</a></p>
            </main>
        </div>
    }
}

/// The page for the address of an unknown lab; `nearest` are labs with a similar address.
pub fn no_such_lab(id: &str, nearest: &[Entry]) -> Html {
    let progress = |lab: &Entry| prefs::get(&progress_key(&lab.id)).unwrap_or_default();
    html! {
        <div class="page" data-testid="no-such-lab">
            { header(None, Html::default(), Html::default()) }
            <main class="prose-page">
                <h1>{ "There is no lab at this address" }</h1>
                <p>
                    { "No lab is called " }
                    <code>{ id }</code>
                    { ". The link may be mistyped, or from another version of HSM Lab." }
                </p>
                if !nearest.is_empty() {
                    <h2>{ "Labs with a similar address" }</h2>
                    <ul class="cards">
                        for lab in nearest {
                            { lab_card(lab, progress(lab)) }
                        }
                    </ul>
                }
                <p><a href={HOME}>{ "All labs" }</a></p>
            </main>
        </div>
    }
}
