//! The only place that spawns workers.
//!
//! Owns the compute workers (see [`Build`]): starts one, waits for its `Ready`, sends jobs with
//! their files, turns its messages into callbacks, and restarts it when it
//! dies. A worker that panics, fails to load, falls silent or speaks another protocol version
//! is an event with a reason, and every job it held ends as failed.
//!
//! `gloo-worker` 0.6 is not used: its spawner creates the `Worker` itself and
//! keeps it private, so a worker could neither be terminated nor watched for
//! errors, and nothing could be transferred (see ARCHITECTURE.md).

mod build;
mod heartbeat;
mod labs;

pub use build::Build;
pub use labs::Heard;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Array, Object, Reflect, Uint8Array};
use leptos::prelude::*;
use protocol::{Device, Event, Failure, FromWorker, GpuStatus, JobId, LabId, Request, ToWorker};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ErrorEvent, File, MessageEvent, Worker, WorkerOptions, WorkerType};

use heartbeat::Pulse;
use labs::OnHeard;

/// A worker that dies this often without finishing a job is not started again by itself.
const MAX_RESTARTS: u32 = 3;

/// Reasons of ours for a worker's end, beside the browser's and a panic's words: they have words in the locale files.
/// It was asked again and again and said nothing.
const SILENT: &str = "silent";
/// A message could not be read.
const GARBLED: &str = "garbled";
/// It is of another build.
const VERSION: &str = "version";

/// Key of the message bytes in a JavaScript envelope.
const MESSAGE_KEY: &str = "m";
/// Key of the attached file or blob.
const FILE_KEY: &str = "f";

/// What the page knows of its worker.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkerState {
    /// Spawned, not yet heard of.
    Starting,
    /// Answered.
    Ready(Device),
    /// Could not be started, or died too often.
    Dead {
        /// Why, in the browser's or the panic's words.
        reason: String,
    },
}

type OnEvent = Rc<dyn Fn(Event, Option<web_sys::Blob>)>;

struct Job {
    request: Request,
    file: Option<File>,
    on_event: OnEvent,
    sent: bool,
}

struct Running {
    worker: Worker,
    _listeners: [EventListener; 3],
}

struct Inner {
    running: Option<Running>,
    pulse: Pulse,
    ready: bool,
    restarts: u32,
    /// Of jobs and labs.
    next_job: u32,
    jobs: HashMap<JobId, Job>,
    labs: HashMap<LabId, OnHeard>,
    /// Messages to labs that wait for the worker to be ready.
    letters: Vec<(ToWorker, Option<Blob>)>,
}

/// A handle on one of the page's compute workers; cheap to copy.
#[derive(Clone, Copy)]
pub struct WorkerClient {
    build: Build,
    inner: StoredValue<Rc<RefCell<Inner>>, LocalStorage>,
    state: RwSignal<WorkerState>,
    gpu: RwSignal<Option<GpuStatus>>,
    deaths: RwSignal<u32>,
}

impl WorkerClient {
    /// A client that starts its worker at once.
    pub fn start(build: Build) -> Self {
        let client = Self {
            build,
            inner: StoredValue::new_local(Rc::new(RefCell::new(Inner {
                running: None,
                pulse: Pulse::default(),
                ready: false,
                restarts: 0,
                next_job: 1,
                jobs: HashMap::new(),
                labs: HashMap::new(),
                letters: Vec::new(),
            }))),
            state: RwSignal::new(WorkerState::Starting),
            gpu: RwSignal::new(None),
            deaths: RwSignal::new(0),
        };
        client.spawn();
        client.watch_pulse();
        client
    }

    /// The worker's state.
    pub fn state(self) -> ReadSignal<WorkerState> {
        self.state.read_only()
    }

    /// What the worker found out about WebGPU; nothing yet until it did.
    pub fn gpu(self) -> ReadSignal<Option<GpuStatus>> {
        self.gpu.read_only()
    }

    /// How often a worker died and was replaced.
    pub fn deaths(self) -> ReadSignal<u32> {
        self.deaths.read_only()
    }

    fn inner(self) -> Rc<RefCell<Inner>> {
        self.inner.get_value()
    }

    fn spawn(self) {
        self.state.set(WorkerState::Starting);
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = match Worker::new_with_options(&self.build.url(&base_url()), &options) {
            Ok(worker) => worker,
            Err(error) => return self.die(&describe(&error), false),
        };
        let on_message = EventListener::new(&worker, "message", move |event| {
            self.receive(event.unchecked_ref::<MessageEvent>());
        });
        let on_error = EventListener::new(&worker, "error", move |event| {
            let reason = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            self.die(&reason, true);
        });
        let on_garbled = EventListener::new(&worker, "messageerror", move |_| {
            self.die(GARBLED, true);
        });
        let inner = self.inner();
        let mut inner = inner.borrow_mut();
        inner.ready = false;
        inner.pulse = Pulse::default();
        inner.running = Some(Running { worker, _listeners: [on_message, on_error, on_garbled] });
    }

    fn receive(self, event: &MessageEvent) {
        let data = event.data();
        let bytes = Reflect::get(&data, &MESSAGE_KEY.into()).map(|bytes| Uint8Array::new(&bytes).to_vec());
        let message = bytes.ok().and_then(|bytes| protocol::decode::<FromWorker>(&bytes).ok());
        let blob = Reflect::get(&data, &FILE_KEY.into()).ok().and_then(|blob| blob.dyn_into().ok());
        self.inner().borrow_mut().pulse.hear();
        match message {
            Some(FromWorker::Alive) => {}
            Some(FromWorker::Ready { version, device }) if version == protocol::VERSION => {
                self.inner().borrow_mut().ready = true;
                self.state.set(WorkerState::Ready(device));
                self.send_waiting();
            }
            Some(FromWorker::Gpu(status)) => self.gpu.set(Some(status)),
            Some(FromWorker::Job { job, event }) => self.deliver(job, event, blob),
            Some(FromWorker::Lab { lab, event }) => self.hear_lab(lab, event, blob),
            Some(FromWorker::Panicked { message }) => self.die(&message, true),
            Some(FromWorker::Ready { .. }) | None => self.die(VERSION, false),
        }
    }

    fn deliver(self, job: JobId, event: Event, blob: Option<web_sys::Blob>) {
        let ends = matches!(event, Event::Done(_) | Event::Failed(_) | Event::Cancelled);
        let inner = self.inner();
        let on_event = inner.borrow().jobs.get(&job).map(|entry| entry.on_event.clone());
        if ends {
            let mut inner = inner.borrow_mut();
            inner.jobs.remove(&job);
            inner.restarts = 0;
        }
        if let Some(on_event) = on_event {
            on_event(event, blob);
        }
    }

    /// Ends the worker; its running jobs fail with the reason, and a new one starts unless that is hopeless.
    fn die(self, reason: &str, restart: bool) {
        let inner = self.inner();
        let (lost, restart) = {
            let mut inner = inner.borrow_mut();
            if let Some(running) = inner.running.take() {
                running.worker.terminate();
            }
            inner.ready = false;
            inner.restarts += 1;
            let restart = restart && inner.restarts <= MAX_RESTARTS;
            let lost: Vec<JobId> =
                inner.jobs.iter().filter(|(_, job)| job.sent || !restart).map(|(id, _)| *id).collect();
            (lost, restart)
        };
        self.deaths.update(|deaths| *deaths += 1);
        if restart {
            self.spawn();
        } else {
            self.state.set(WorkerState::Dead { reason: reason.to_owned() });
        }
        for job in lost {
            self.deliver_failure(job, reason);
        }
        self.lose_labs(reason);
    }

    fn deliver_failure(self, job: JobId, reason: &str) {
        let entry = self.inner().borrow_mut().jobs.remove(&job);
        if let Some(entry) = entry {
            (entry.on_event)(Event::Failed(Failure::new("worker_died").with("reason", reason)), None);
        }
    }

    /// Starts a job, now or as soon as the worker is ready. A dead worker is started anew.
    pub fn submit(
        self,
        request: Request,
        file: Option<File>,
        on_event: impl Fn(Event, Option<web_sys::Blob>) + 'static,
    ) -> JobId {
        let id = {
            let inner = self.inner();
            let mut inner = inner.borrow_mut();
            let id = inner.next_job;
            inner.next_job += 1;
            inner.jobs.insert(id, Job { request, file, on_event: Rc::new(on_event), sent: false });
            id
        };
        self.revive();
        self.send_waiting();
        id
    }

    /// Starts a worker that died too often: somebody asks for it again.
    fn revive(self) {
        let dead = self.inner().borrow().running.is_none();
        if dead {
            self.inner().borrow_mut().restarts = 0;
            self.spawn();
        }
    }

    /// Stops a job; it answers `Cancelled` unless it ended meanwhile.
    pub fn cancel(self, job: JobId) {
        let known = self.inner().borrow().jobs.get(&job).map(|entry| entry.sent);
        match known {
            Some(true) => self.post(&ToWorker::Cancel { job }, None),
            Some(false) => self.deliver(job, Event::Cancelled, None),
            None => {}
        }
    }

    /// Makes the worker panic, to show that the page survives it.
    pub fn crash(self) {
        self.post(&ToWorker::Crash, None);
    }

    fn send_waiting(self) {
        let inner = self.inner();
        if !inner.borrow().ready {
            return;
        }
        let waiting: Vec<(ToWorker, Option<File>)> = inner
            .borrow_mut()
            .jobs
            .iter_mut()
            .filter(|(_, entry)| !entry.sent)
            .map(|(id, entry)| {
                entry.sent = true;
                (ToWorker::Start { job: *id, request: entry.request.clone() }, entry.file.clone())
            })
            .collect();
        for (message, file) in waiting {
            self.post(&message, file.as_deref());
        }
        let letters = std::mem::take(&mut inner.borrow_mut().letters);
        for (message, file) in letters {
            self.post(&message, file.as_ref());
        }
    }

    fn post(self, message: &ToWorker, file: Option<&Blob>) {
        let Ok(bytes) = protocol::encode(message) else { return };
        let bytes = Uint8Array::from(bytes.as_slice());
        let envelope = Object::new();
        let _ = Reflect::set(&envelope, &MESSAGE_KEY.into(), &bytes);
        if let Some(file) = file {
            let _ = Reflect::set(&envelope, &FILE_KEY.into(), file);
        }
        let transfer = Array::of1(&bytes.buffer());
        let inner = self.inner();
        let sent = inner
            .borrow()
            .running
            .as_ref()
            .map(|running| running.worker.post_message_with_transfer(&envelope, &transfer));
        if let Some(Err(error)) = sent {
            self.die(&describe(&error), true);
        }
    }
}

/// The page's own base.
fn base_url() -> String {
    document().base_uri().ok().flatten().unwrap_or_else(|| "/".to_owned())
}

fn describe(error: &JsValue) -> String {
    Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

/// The page's workers, from the context that the root provides.
#[derive(Clone, Copy)]
pub struct Workers {
    strict: WorkerClient,
    relaxed: StoredValue<Option<WorkerClient>, LocalStorage>,
    /// The root's. A client's signals must outlive the view or effect that asks for it first, which would own them otherwise.
    root: StoredValue<Owner, LocalStorage>,
}

impl Workers {
    /// Starts the strict one. Called by the root, whose signals live as long as the page.
    pub fn start() -> Self {
        Self {
            strict: WorkerClient::start(Build::Strict),
            relaxed: StoredValue::new_local(None),
            root: StoredValue::new_local(Owner::current().unwrap_or_default()),
        }
    }

    /// The worker of a build; the relaxed one is started when it is first asked for. None where the browser cannot run it.
    pub fn of(self, build: Build) -> Option<WorkerClient> {
        match build {
            Build::Strict => Some(self.strict),
            Build::Relaxed => {
                if self.relaxed.get_value().is_none() && build.is_supported() {
                    let client = self.root.get_value().with(|| WorkerClient::start(build));
                    self.relaxed.set_value(Some(client));
                }
                self.relaxed.get_value()
            }
        }
    }
}

/// The page's workers.
pub fn use_workers() -> Workers {
    expect_context::<Workers>()
}

/// The page's strict worker.
pub fn use_worker() -> WorkerClient {
    use_workers().strict
}
