#!/usr/bin/env python3
"""Records what the two commands say on a bare machine, and writes the report of it.

    report.py record LOG < output     passes lines on; LOG gets each with the seconds since the start
    report.py write FOLDER FILE       FILE, in Markdown, from FOLDER/serve.log and FOLDER/test.log

Seconds are wall clock. Steps that ran side by side overlap, so they add up to more than the whole.
"""

import os
import pathlib
import re
import sys
import time

# What `xtask` says of a command that took a while, and of an installation.
TOOK = re.compile(r"^\((\d+) s: (.*)\)$")
INSTALLED = re.compile(r"^(.+): installed in (\d+) s$")
# A row of the table that ends `cargo xtask test`.
ROW = re.compile(r"^([a-z0-9-]+) +([\d.]+|-)  (.*)$")
INSTALLERS = ("cargo install ", "npm install ", "npm ci", "apt-get ", "rustup ", "python3 -m pip ", "python -m pip ")


def record(log):
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as out:
        for line in sys.stdin:
            out.write(f"{time.monotonic() - start:9.1f} {line}")
            out.flush()
            sys.stdout.write(line)
            sys.stdout.flush()
        out.write(f"{time.monotonic() - start:9.1f} == end\n")


def read(log):
    """The lines of a log: seconds, text."""
    if not log.is_file():
        return []
    lines = log.read_text(encoding="utf-8").splitlines()
    return [(float(line[:9]), line[10:]) for line in lines if line[:9].strip()]


def short(command):
    """A compiler's command by what differs from one to the next."""
    if command.startswith("cargo rustc"):
        word = lambda flag: re.search(rf"--{flag} (\S+)", command).group(1)
        kind = "relaxed " if "/relaxed" in command else ""
        return f"compile {kind}{word('bin')} ({word('features').split(',', 1)[1].replace(',', ', ')})"
    if command.startswith("wasm-opt"):
        return "wasm-opt " + re.split(r"[/ ]", command)[-1]
    return command if len(command) < 90 else command[:87] + "…"


def steps(lines):
    """Installations, then everything else that took a while: seconds, what."""
    installed, others = [], []
    for _, text in lines:
        if match := INSTALLED.match(text):
            installed.append((int(match.group(2)), match.group(1)))
        elif (match := TOOK.match(text)) and not match.group(2).startswith(INSTALLERS):
            others.append((int(match.group(1)), short(match.group(2))))
    return installed, others


def table(head, rows):
    out = [f"| {head} | seconds |", "|---|---:|"]
    return out + [f"| {what.replace('|', '/')} | {seconds} |" for seconds, what in rows]


def first_compile(lines):
    """Until the task runner itself says its first word: its own compilation."""
    for seconds, text in lines:
        if text.startswith(("wasm32-unknown-unknown:", "note:", "installing", "== ")):
            return round(seconds)
    return None


def serve(folder):
    lines = read(folder / "serve.log")
    if not lines:
        return ["Not run."]
    total = lines[-1][0]
    answered = any(text == "the site answers" for _, text in lines)
    installed, others = steps(lines)
    out = [f"**{total / 60:.1f} minutes** until the site answered." if answered else f"FAILED after {total / 60:.1f} minutes."]
    if not answered:
        out += ["", "```", *[text for _, text in lines[-12:]], "```"]
    rows = [(first_compile(lines), "compiling the task runner")] if first_compile(lines) is not None else []
    out += ["", *table("step", rows + [(seconds, f"installing {what}") for seconds, what in installed])]
    out += ["", "Then three programs at a time:", "", *table("step", sorted(others, reverse=True))]
    return out


def test(folder):
    lines = read(folder / "test.log")
    if not lines:
        return ["Not run."]
    texts = [text for _, text in lines]
    total = lines[-1][0]
    out = [f"**{total / 60:.1f} minutes.**"]
    start = next((index for index, text in enumerate(texts) if text.startswith("stage ") and text.endswith("result")), None)
    if start is None:
        return out + ["", "It ended before the table:", "", "```", *texts[-15:], "```"]
    out += ["", "| stage | seconds | result |", "|---|---:|---|"]
    out += [f"| {m.group(1)} | {m.group(2)} | {m.group(3)} |" for text in texts[start + 1 :] if (m := ROW.match(text))]
    missed = next((index for index, text in enumerate(texts) if text.startswith("not tested:")), None)
    if missed is not None:
        # From there to the end of what the command said.
        out += ["", "```", *[text for text in texts[missed:] if not text.startswith("== end")], "```"]
    installed, _ = steps(lines)
    out += ["", "Of these, installations:", "", *table("step", installed)]
    return out


def write(folder, file):
    commit = (folder / "commit").read_text().strip()[:7]
    packages = (folder / "root/etc/os-release").read_text()
    system = re.search(r'PRETTY_NAME="(.*)"', packages).group(1)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    date = time.strftime("%Y-%m-%d")
    lines = [
        "# The two commands on a bare machine",
        "",
        f"Measured {date} at commit {commit} by `tools/bare/run.sh` ({os.cpu_count()} cores, {model.group(1) if model else 'unknown'}, "
        f"{memory:.0f} GiB). {system} made by debootstrap, with rustup, Node, npm, Python, pip, git, curl and a C compiler. Each command began "
        "with that and nothing else. Downloads depend on the network; what compiles depends on the cores.",
        "",
        "## `cargo xtask serve`",
        "",
        *serve(folder),
        "",
        "## `CI=true .ci/run`, that is `cargo xtask test`",
        "",
        *test(folder),
        "",
    ]
    pathlib.Path(file).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["record", log]:
            record(log)
        case ["write", folder, file]:
            write(pathlib.Path(folder), file)
        case _:
            sys.exit(__doc__)
