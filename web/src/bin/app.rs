//! The page.

fn main() {
    hsmlab_web::panics::install();
    yew::Renderer::<hsmlab_web::app::App>::new().render();
}
