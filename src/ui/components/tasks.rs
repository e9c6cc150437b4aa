//! "Predict, then look": a question with choices that the widget checks by itself.

use crate::ui::view::dynamic;
use leptos::prelude::*;

use crate::tr;
use crate::ui::embed::use_host;
use crate::ui::text::use_text;

/// One question.
#[derive(Clone)]
pub struct Task {
    /// A stable name, sent to a host page with the answer.
    pub id: &'static str,
    /// The question.
    pub question: Signal<String>,
    /// The choices.
    pub choices: Signal<Vec<String>>,
    /// Index of the right choice, computed by the widget, not written down.
    pub right: Signal<usize>,
    /// What is to be said afterwards.
    pub because: Signal<String>,
    /// Sets the widget up so that the answer can be seen.
    pub show: Callback<()>,
}

/// A list of questions.
#[component]
pub fn Tasks(
    /// The questions.
    tasks: Vec<Task>,
) -> impl IntoView {
    let t = use_text();
    view! {
        <section class="tasks">
            <h3>{tr!(t, shell.tasks)}</h3>
            {tasks.into_iter().map(|task| view! { <TaskView task/> }).collect_view()}
        </section>
    }
}

#[component]
fn TaskView(task: Task) -> impl IntoView {
    let t = use_text();
    let host = use_host();
    let chosen = RwSignal::new(None::<usize>);
    let checked = RwSignal::new(None::<bool>);
    let Task { id, question, choices, right, because, show } = task;
    let check = move |_| {
        let Some(answer) = chosen.get_untracked() else { return };
        let correct = answer == right.get_untracked();
        checked.set(Some(correct));
        show.run(());
        host.answer(id, answer, correct);
    };
    view! {
        <fieldset class="task" data-testid=format!("task-{id}")>
            <legend>{dynamic(move || question.get())}</legend>
            {dynamic(move || choices.get().into_iter().enumerate().map(|(index, choice)| view! {
                <label class="check">
                    <input
                        type="radio"
                        name=format!("task-{id}")
                        prop:checked=move || chosen.get() == Some(index)
                        on:change=move |_| { chosen.set(Some(index)); checked.set(None); }
                    />
                    <span>{choice}</span>
                </label>
            }).collect_view())}
            <button class="btn" disabled=move || chosen.get().is_none() on:click=check>{tr!(t, shell.check)}</button>
            <p role="status" class="verdict">
                {dynamic(move || checked.get().map(|correct| {
                    let word = if correct { t.get().shell.right } else { t.get().shell.wrong };
                    format!("{word} {}", because.get())
                }))}
            </p>
        </fieldset>
    }
}
