//! The conformance digests, computed again in this browser.

use leptos::prelude::*;
use protocol::{Event, JobId, Outcome, Request, SelfTestRow};

use super::components::number::grouped;
use super::text::{failure_text, fill, use_text};
use super::worker_client::use_worker;
use crate::tr;

#[derive(Debug, Clone, PartialEq)]
enum Run {
    Idle,
    Running { job: JobId, done: u64, total: u64 },
    Ended { rows: u32, mismatches: u32 },
    Failed(protocol::Failure),
}

/// The page: a quick run at once, the whole on request, and a proof that a dying worker is replaced.
#[component]
pub fn SelfTest() -> impl IntoView {
    let t = use_text();
    let worker = use_worker();
    let run = RwSignal::new(Run::Idle);
    let rows = RwSignal::new(Vec::<SelfTestRow>::new());
    let start = move |quick: bool| {
        if let Run::Running { job, .. } = run.get_untracked() {
            worker.cancel(job);
        }
        rows.set(Vec::new());
        let job = worker.submit(Request::SelfTest { quick }, None, move |event, _| match event {
            Event::Progress { done: now, total: all } => run.update(|run| {
                if let Run::Running { done, total, .. } = run {
                    (*done, *total) = (now, all);
                }
            }),
            Event::SelfTestRow(row) => rows.update(|rows| rows.push(row)),
            Event::Done(Outcome::SelfTest { rows, mismatches }) => run.set(Run::Ended { rows, mismatches }),
            Event::Failed(failure) => run.set(Run::Failed(failure)),
            _ => {}
        });
        run.set(Run::Running { job, done: 0, total: 0 });
    };
    start(true);
    on_cleanup(move || {
        if let Run::Running { job, .. } = run.get_untracked() {
            worker.cancel(job);
        }
    });
    let status = move || {
        let text = t.get();
        match run.get() {
            Run::Idle => String::new(),
            Run::Running { done, total, .. } => {
                fill(text.self_test.running, &[("done", &done.to_string()), ("total", &total.to_string())])
            }
            Run::Ended { rows, mismatches } => fill(
                text.self_test.ended,
                &[("rows", &rows.to_string()), ("mismatches", &mismatches.to_string())],
            ),
            Run::Failed(failure) => failure_text(text, &failure),
        }
    };
    view! {
        <h1>{tr!(t, self_test.title)}</h1>
        <p class="lede">{tr!(t, self_test.lede)}</p>
        <section class="widget">
            <header>
                <button class="btn on" on:click=move |_| start(false) data-testid="self-test-full">{tr!(t, self_test.full)}</button>
                <button class="btn" on:click=move |_| start(true)>{tr!(t, self_test.quick)}</button>
                <span class="sp"></span>
                <button class="btn" on:click=move |_| worker.crash() data-testid="self-test-crash">{tr!(t, self_test.crash)}</button>
            </header>
            <p class="status-line" role="status" data-testid="self-test-status">{status}</p>
            <div class="table-scroll" tabindex="0" role="region" aria-label=tr!(t, self_test.title)>
                <table class="data">
                    <thead><tr>
                        <th scope="col">{tr!(t, self_test.col_format)}</th>
                        <th scope="col">{tr!(t, self_test.col_result)}</th>
                        <th scope="col">{tr!(t, self_test.col_what)}</th>
                        <th scope="col">{tr!(t, self_test.col_mode)}</th>
                        <th scope="col">{tr!(t, self_test.col_overflow)}</th>
                        <th scope="col" class="num">{tr!(t, self_test.col_inputs)}</th>
                        <th scope="col">{tr!(t, self_test.col_oracles)}</th>
                    </tr></thead>
                    <tbody>
                        <For each=move || rows.get().into_iter().enumerate() key=|(index, _)| *index let:entry>
                            <tr class:bad=!entry.1.equal>
                                <th scope="row">{entry.1.format.clone()}</th>
                                <td>{let equal = entry.1.equal; move || if equal { t.get().self_test.equal } else { t.get().self_test.differs }}</td>
                                <td>{entry.1.what.clone()}</td>
                                <td>{entry.1.mode.clone()}</td>
                                <td>{entry.1.overflow.clone()}</td>
                                <td class="num">{grouped(entry.1.count)}</td>
                                <td>{entry.1.oracles.join(", ")}</td>
                            </tr>
                        </For>
                    </tbody>
                </table>
            </div>
        </section>
    }
}
