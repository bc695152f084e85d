//! A small table: the panels share this code.

use hsmlab_html::html;
use yew::Html;

/// A table of `rows`, the first cell of each a heading; `name` is its caption.
pub fn grid(class: &'static str, name: &str, head: Vec<String>, rows: Vec<Vec<Html>>) -> Html {
    html! {
        <div {class} tabindex="0" role="region" aria-label={name.to_owned()}>
            <table>
                <thead><tr>{ for head.into_iter().map(|text| html! { <th scope="col">{ text }</th> }) }</tr></thead>
                <tbody>{ for rows.into_iter().map(row) }</tbody>
            </table>
        </div>
    }
}

fn row(mut cells: Vec<Html>) -> Html {
    let rest = cells.split_off(1.min(cells.len()));
    html! {
        <tr>
            <th scope="row">{ for cells }</th>
            { for rest.into_iter().map(|cell| html! { <td>{ cell }</td> }) }
        </tr>
    }
}

/// A count of errors: highlighted if it is not 0.
pub fn bad_count(number: u64) -> Html {
    let text = crate::traffic::count(number);
    if number == 0 {
        text.into()
    } else {
        html! { <span class="bad strong">{ text }</span> }
    }
}
