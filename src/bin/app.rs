//! Mounts the interface.

fn main() {
    precision_playground::ui::mount();
}
