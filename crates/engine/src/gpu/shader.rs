//! Kernels as text: functions of a workgroup's number, put together into modules.
//!
//! A kernel's shapes are written into its text, its places are arguments: equal work at other places has equal text and shares a pipeline.
//! Several kernels make one module; each workgroup runs the one whose range its number lies in, so that independent kernels are one dispatch.
//!
//! Functions of the library (`wgsl/*.wgsl`) are included where a text calls them.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::plan::View;

/// Words of arguments that one dispatch has.
pub(super) const ARGUMENT_WORDS: usize = 256;
/// The first word is always 0 (see `special` in the library); arguments begin after it.
const FIRST_ARGUMENT: usize = 4;
/// Workgroups along one axis of a dispatch.
const MAX_GROUPS: usize = 65_535;

/// Positions from which on a kernel is long, and how often an invocation of a long one runs its body, on software devices.
const LONG: usize = 1024;
const PASSES: usize = 16;

/// What kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Invocations of a workgroup.
    pub lanes: usize,
    /// The device computes on a CPU: no workgroup memory, more work for each invocation.
    pub software: bool,
    /// Invocations of a subgroup, where their number is known and they can exchange words.
    pub subgroup: Option<usize>,
}

/// One kernel at one place.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// What it does, for people: not part of the text.
    pub title: String,
    /// Statements over `wg`, `lid` and the arguments `p0`, `p1`, …
    pub body: String,
    /// Functions of its own that the body calls, with what they are called.
    pub functions: Vec<(String, String)>,
    /// Workgroups.
    pub groups: usize,
    /// Arguments.
    pub args: Vec<u32>,
    /// Words of `shared` that it uses.
    pub shared_words: usize,
    /// It sees the arena as vectors of four words; arguments count vectors.
    pub wide: bool,
    /// Words of the arena that it reads.
    pub reads: Vec<View>,
    /// Words of the arena that it writes.
    pub writes: Vec<View>,
}

impl Kernel {
    /// A kernel of `count` invocations of `body`, each with its number `i`.
    pub fn each(target: Target, count: usize, args: Vec<u32>, body: &str) -> Kernel {
        Kernel::repeated(target, count, &format!("{count}u"), args, body)
    }

    /// The same with the count as its last argument: programs of any length share a text.
    pub fn each_of(target: Target, count: usize, mut args: Vec<u32>, body: &str) -> Kernel {
        let bound = format!("p{}", args.len());
        args.push(count as u32);
        Kernel::repeated(target, count, &bound, args, body)
    }

    /// On software devices, where a workgroup alone costs as much as hundreds of operations, an invocation of a long kernel runs
    /// the body several times.
    fn repeated(target: Target, count: usize, bound: &str, args: Vec<u32>, body: &str) -> Kernel {
        let lanes = target.lanes;
        let several = target.software && count >= LONG && !body.contains("return");
        let body = if several {
            format!(
                "  let first = wg * {}u + lid;
  for (var turn = 0u; turn < {PASSES}u; turn += 1u) {{
  let i = first + turn * {lanes}u;
  if (i < {bound}) {{
{body}  }}
  }}
",
                PASSES * lanes
            )
        } else {
            format!("  let i = wg * {lanes}u + lid;\n  if (i >= {bound}) {{\n    return;\n  }}\n{body}")
        };
        Kernel {
            title: String::new(),
            body,
            functions: Vec::new(),
            groups: count.div_ceil(if several { PASSES * lanes } else { lanes }).max(1),
            args,
            shared_words: 0,
            wide: false,
            reads: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// The same with the views that it touches.
    pub fn touching(mut self, reads: &[View], writes: &[View]) -> Kernel {
        self.reads.extend_from_slice(reads);
        self.writes.extend_from_slice(writes);
        self
    }

    /// The same with a function of its own.
    pub fn with(mut self, function: (String, String)) -> Kernel {
        if !self.functions.contains(&function) {
            self.functions.push(function);
        }
        self
    }
}

/// One dispatch: the text of its module, its arguments and its workgroups.
#[derive(Debug)]
pub(super) struct Dispatch {
    /// What it does: titles of its kernels.
    pub title: String,
    pub text: String,
    pub args: Vec<u32>,
    pub groups: [u32; 2],
}

impl Dispatch {
    /// Independent kernels as one dispatch.
    pub fn of(target: Target, kernels: &[&Kernel]) -> Dispatch {
        let mut bodies: Vec<&str> = Vec::new();
        let mut own: Vec<&(String, String)> = Vec::new();
        let mut args = vec![0; FIRST_ARGUMENT];
        let mut calls = String::new();
        let mut first = 0;
        let mut text = String::new();
        for (index, kernel) in kernels.iter().enumerate() {
            let known = bodies.iter().position(|body| *body == kernel.body);
            let function = known.unwrap_or_else(|| {
                bodies.push(&kernel.body);
                for function in &kernel.functions {
                    if !own.contains(&function) {
                        own.push(function);
                    }
                }
                let _ = writeln!(text, "fn kernel{}(wg: u32, lid: u32, at: u32) {{", bodies.len() - 1);
                for argument in 0..kernel.args.len() {
                    let _ = writeln!(text, "  let p{argument} = arg(at + {argument}u);");
                }
                let _ = writeln!(text, "{}}}\n", kernel.body);
                bodies.len() - 1
            });
            let start = if index == 0 { "  if" } else { " else if" };
            let end = first + kernel.groups;
            let _ = write!(
                calls,
                "{start} (wg < {end}u) {{\n    kernel{function}(wg - {first}u, lid, {}u);\n  }}",
                args.len()
            );
            args.extend_from_slice(&kernel.args);
            first = end;
        }
        for (_, function) in &own {
            text.insert_str(0, function);
        }
        let shared = kernels.iter().map(|kernel| kernel.shared_words).max().unwrap_or(0);
        let wide = kernels.iter().any(|kernel| kernel.wide);
        let text = module(target, &text, &calls, shared, wide);
        let groups = if first <= MAX_GROUPS {
            [first as u32, 1]
        } else {
            // Workgroups beyond the last kernel's do nothing.
            [MAX_GROUPS as u32, first.div_ceil(MAX_GROUPS) as u32]
        };
        Dispatch { title: titles(kernels), text, args, groups }
    }

    /// Whether kernels with so many arguments fit one dispatch.
    pub fn fits(argument_words: usize) -> bool {
        FIRST_ARGUMENT + argument_words <= ARGUMENT_WORDS
    }
}

/// Titles, equal ones counted.
fn titles(kernels: &[&Kernel]) -> String {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for kernel in kernels {
        match counted.iter_mut().find(|(title, _)| *title == kernel.title) {
            Some((_, count)) => *count += 1,
            None => counted.push((&kernel.title, 1)),
        }
    }
    let times = |&(title, count): &(&str, usize)| match count {
        1 => title.to_owned(),
        _ => format!("{count} x {title}"),
    };
    counted.iter().map(times).collect::<Vec<_>>().join(", ")
}

fn module(target: Target, functions: &str, calls: &str, shared_words: usize, wide: bool) -> String {
    // Invocations exchange words.
    let exchange = functions.contains("subgroupBroadcast(");
    let mut text = format!(
        "{}@group(0) @binding(0) var<storage, read_write> arena: array<{}>;
@group(0) @binding(1) var<storage, read_write> state: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> args: array<vec4<u32>, {}>;
",
        // Outside of browsers the compiler knows the functions, but not yet the directive.
        if exchange && cfg!(target_arch = "wasm32") { "enable subgroups;\n\n" } else { "" },
        if wide { "vec4<f32>" } else { "u32" },
        ARGUMENT_WORDS / 4
    );
    if exchange {
        text.push_str("var<private> lane: u32;\n");
    }
    if shared_words > 0 {
        let _ = writeln!(text, "var<workgroup> shared_words: array<f32, {shared_words}>;");
    }
    text.push('\n');
    include(&mut text, functions);
    text.push_str(functions);
    let _ = write!(
        text,
        "@compute @workgroup_size({}, 1, 1)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lid: u32{}) {{
  let wg = id.x + id.y * count.x;
{}{calls}
}}
",
        target.lanes,
        if exchange { ", @builtin(subgroup_invocation_id) subgroup_lane: u32" } else { "" },
        if exchange { "  lane = subgroup_lane;\n" } else { "" },
    );
    text
}

/// Names and texts of the library's functions.
static LIBRARY: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    [
        include_str!("wgsl/common.wgsl"),
        include_str!("wgsl/math.wgsl"),
        include_str!("wgsl/random.wgsl"),
        include_str!("wgsl/round.wgsl"),
    ]
    .into_iter()
    .flat_map(|file| file.split("\n\n"))
    .filter_map(|part| {
        let function = &part[part.find("fn ")?..];
        Some((&function[3..function.find('(')?], function))
    })
    .collect()
});

/// Appends the functions that `body` calls, and those that they call, each once.
fn include(text: &mut String, body: &str) {
    let calls = |body: &str, name: &str| {
        body.match_indices(name).any(|(at, _)| {
            body[at + name.len()..].starts_with('(')
                && !body[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
        })
    };
    let mut wanted: Vec<bool> = LIBRARY.iter().map(|(name, _)| calls(body, name)).collect();
    wanted[LIBRARY.iter().position(|(name, _)| *name == "arg").unwrap_or(0)] = true;
    loop {
        let more: Vec<usize> = (0..LIBRARY.len())
            .filter(|&callee| {
                !wanted[callee]
                    && (0..LIBRARY.len())
                        .any(|caller| wanted[caller] && calls(LIBRARY[caller].1, LIBRARY[callee].0))
            })
            .collect();
        if more.is_empty() {
            break;
        }
        more.into_iter().for_each(|index| wanted[index] = true);
    }
    for ((_, function), _) in LIBRARY.iter().zip(&wanted).filter(|(_, wanted)| **wanted) {
        text.push_str(function.trim_end());
        text.push_str("\n\n");
    }
}

/// A number as WGSL writes it: every finite value exactly, others through their bits.
pub(super) fn literal(x: f32) -> String {
    if x.is_finite() && (x == 0.0 || x.is_normal()) {
        if x.is_sign_negative() { format!("({x:e}f)") } else { format!("{x:e}f") }
    } else {
        format!("special(0x{:08X}u)", x.to_bits())
    }
}

/// Whether two kernels must not run in one dispatch.
pub(super) fn conflict(a: &Kernel, b: &Kernel) -> bool {
    let touches = |x: &[View], y: &[View]| x.iter().any(|x| y.iter().any(|y| x.overlaps(y)));
    touches(&a.writes, &b.writes) || touches(&a.writes, &b.reads) || touches(&a.reads, &b.writes)
}
