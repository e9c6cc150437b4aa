//! A static server for the built site, with the headers a host would send.

mod files;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use clap::Args;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::Notify;

use crate::build::checked_public_url;
use crate::dist;
use crate::process;
use crate::project::Project;
use crate::tools;
use files::{Answer, Site};

/// Where `serve` looks first for a free port.
const FIRST_PORT: u16 = 8080;

#[derive(Args)]
pub struct ServeArgs {
    /// The port; without it the first free one from 8080 on.
    #[arg(long)]
    pub port: Option<u16>,
    /// A debug build: built sooner, runs slower, still static (nothing is watched).
    #[arg(long)]
    pub debug: bool,
    /// Open the page in the browser.
    #[arg(long)]
    pub open: bool,
    /// The path the site stands at.
    #[arg(long, default_value = "/", value_name = "P")]
    pub public_url: String,
    /// The folder to build into and to serve.
    #[arg(long, default_value = "dist", value_name = "DIR")]
    pub out: PathBuf,
    /// Serve what is in the folder without building it again.
    #[arg(long)]
    pub no_build: bool,
}

pub fn run(project: &Project, args: &ServeArgs) -> Result<()> {
    // The port first: minutes of building should not end at a taken port.
    let listener = listen(args.port)?;
    let out = project.root().join(&args.out);
    let base = if args.no_build {
        anyhow::ensure!(
            out.join("index.html").is_file(),
            "{} holds no site; leave out --no-build",
            out.display()
        );
        dist::base_path(&checked_public_url(&args.public_url)?).to_owned()
    } else {
        tools::ensure(project, tools::BUILD)?;
        dist::make(project, &args.public_url, &out, !args.debug)?
    };
    let running = Running::start(listener, out, base)?;
    println!("serving {} (Ctrl-C ends)", running.address());
    if args.open {
        open(project, &running.address());
    }
    let stop = running.stop.clone();
    ctrlc::set_handler(move || stop.notify_one()).context("setting the Ctrl-C handler")?;
    running.wait();
    println!("stopped");
    Ok(())
}

/// A server in the background; it ends when dropped.
///
/// One thread runs all connections as tasks, so that a browser's many idle ones keep nobody waiting.
pub struct Running {
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
    port: u16,
    base: String,
}

impl Running {
    /// Serves `root` below the path `base` on any free port.
    pub fn on_free_port(root: PathBuf, base: String) -> Result<Running> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("finding a free port")?;
        Running::start(listener, root, base)
    }

    fn start(listener: TcpListener, root: PathBuf, base: String) -> Result<Running> {
        let port = listener.local_addr()?.port();
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("starting the server")?;
        let stop = Arc::new(Notify::new());
        let site = Arc::new(Site { root, base: base.clone() });
        let until = stop.clone();
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = until.notified() => {}
                    () = accept(listener, site) => {}
                }
            });
        });
        Ok(Running { stop, thread: Some(thread), port, base })
    }

    /// `http://127.0.0.1:8080/`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.base)
    }

    /// Returns when the server has been stopped.
    fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, site: Arc<Site>) {
    loop {
        // A connection that broke before it was accepted is the other side's matter.
        let Ok((stream, _)) = listener.accept().await else { continue };
        let site = site.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let response = answer(&site, &request);
                async move { response }
            });
            // A visitor who left before the end is no matter of ours.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(site: &Site, request: &Request<Incoming>) -> hyper::http::Result<Response<Full<Bytes>>> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let Answer { status, headers, body } = site.answer(request.method().as_str(), target);
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(body)))
}

fn listen(asked: Option<u16>) -> Result<TcpListener> {
    if let Some(port) = asked {
        return TcpListener::bind(("127.0.0.1", port)).with_context(|| {
            format!("port {port} cannot be used; leave out --port to take the next free one")
        });
    }
    for port in FIRST_PORT..=FIRST_PORT + 100 {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => return Ok(listener),
            Err(_) if port == FIRST_PORT => println!("port {port} is taken, looking for the next free one"),
            Err(_) => {}
        }
    }
    Err(anyhow!("no free port from {FIRST_PORT} on"))
}

fn open(project: &Project, address: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let started =
        process::command(project, opener).and_then(|mut command| Ok(command.arg(address).spawn()?));
    if let Err(error) = started {
        println!("the browser could not be opened ({error:#}); open {address} yourself");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_only_when_it_was_asked_for() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(listen(Some(port)).unwrap_err().to_string().contains(&port.to_string()));
        assert!(listen(None).is_ok());
    }

    #[test]
    fn a_running_server_answers_and_ends_when_dropped() {
        use std::io::{Read, Write};

        let root = std::env::temp_dir().join(format!("serve-running-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("index.html"), "hello").unwrap();
        let running = Running::on_free_port(root.clone(), "/".to_owned()).unwrap();
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", running.port)).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("hello"), "{text}");
        // Would wait for ever if the threads did not end.
        drop(running);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
