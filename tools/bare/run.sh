#!/usr/bin/env bash
# Runs the two commands of the README on a bare machine and records what each step took, in docs/bench/bare-machine.md.
#
# The machine is a Debian in a folder (debootstrap) with Rust through rustup, Node and Python and nothing else. Each command runs in a
# layer of its own over it, so that neither finds what the other installed. Needs root, Linux, debootstrap and about 30 GB.
#
#     tools/bare/run.sh prepare          make the machine (minutes; kept for the next time)
#     tools/bare/run.sh serve            `cargo xtask serve`, until the site answers
#     tools/bare/run.sh test             `CI=true .ci/run`
#     tools/bare/run.sh report           write docs/bench/bare-machine.md from the logs
#     tools/bare/run.sh shell            a shell in a fresh layer, to look around
#
# With no word: prepare, serve, test, report. What is tried is the last commit.
# PP_BARE names the folder to work in, PP_SUITE the Debian release, PP_MIRROR its archive (else the one that apt here uses).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project="$(cd "$here/../.." && pwd)"
work="${PP_BARE:-${TMPDIR:-/tmp}/pp-bare}"
suite="${PP_SUITE:-trixie}"
base="$work/root"
inside=/srv/precision-playground
# Rust, Node and Python as a person would have installed them; git and curl as every developer has.
packages=(ca-certificates curl git build-essential rustup nodejs npm python3 python3-pip)

say() { printf '%s\n' "$*" >&2; }

# The archive that apt on this machine reads, whichever it is.
mirror() {
    if [ -n "${PP_MIRROR:-}" ]; then
        echo "$PP_MIRROR"
        return
    fi
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -nE 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p; s/^deb([[:space:]]+\[[^]]*\])?[[:space:]]+([^[:space:]]+).*/\2/p' |
        grep -m1 -v security || true
}

# What the clients of the registries are told here, they are told there: settings, certificates, names.
copy_settings() {
    local root="$1" path
    for path in /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/pip.conf /etc/npmrc /etc/resolv.conf /etc/hosts \
        /usr/local/share/ca-certificates "$HOME/.npmrc" "$HOME/.config/pip" "$HOME/.pip" \
        "${CARGO_HOME:-$HOME/.cargo}/config.toml" "${CARGO_HOME:-$HOME/.cargo}/credentials.toml"; do
        if [ -e "$path" ]; then
            local to="${path/#$HOME/\/root}"
            mkdir -p "$root$(dirname "$to")"
            cp -aL "$path" "$root$(dirname "$to")/" 2>/dev/null || cp -L "$path" "$root$to"
        fi
    done
    # Settings of apt that only fit what is installed here.
    grep -lE 'Post-Invoke|appstream|packagekit|docker' "$root"/etc/apt/apt.conf.d/* 2>/dev/null | xargs -r rm -f
    # Certificates that variables point at.
    local value
    while IFS= read -r value; do
        if [ -f "$value" ]; then
            mkdir -p "$root$(dirname "$value")"
            cp -L --remove-destination "$value" "$root$value"
        fi
    done < <(env | grep -E '^[A-Za-z_]*(CERT|CA_|CAINFO)[A-Za-z_]*=' | cut -d= -f2- | tr ':' '\n')
}

# Variables that such settings come in. No others: the machine is to be bare.
settings_env() {
    env | grep -iE '^([a-z_]*_proxy|[A-Z_]*(CERT|CA_|CAINFO)[A-Z_]*|PIP_[A-Z_]*|NPM_CONFIG_[A-Z_]*|CARGO_(HTTP|NET|REGISTRY|REGISTRIES)[A-Z_]*|RUSTUP_(DIST|UPDATE)[A-Z_]*)=' || true
}

prepare() {
    if [ -f "$work/prepared" ]; then
        say "the machine is there: $base (remove $work to make it anew)"
        return
    fi
    mkdir -p "$work"
    local archive
    archive="$(mirror)"
    if [ ! -f "$base/etc/debian_version" ]; then
        # Without `archive` debootstrap takes its own.
        debootstrap --variant=minbase --include=ca-certificates "$suite" "$base" ${archive:+"$archive"}
    fi
    copy_settings "$base"
    # shellcheck disable=SC2016
    enter "$base" bash -c '
        set -e
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        apt-get install -y -q --no-install-recommends "$@"
    ' bash "${packages[@]}"
    # Again: the package of certificates wrote a bundle of its own.
    copy_settings "$base"
    toolchain
    clone
    touch "$work/prepared"
    say "the machine is ready: $base"
}

# rustup fetches the version that rust-toolchain.toml names, as it would at the first `cargo`; where it cannot, this machine's copy serves.
toolchain() {
    local channel
    channel="$(sed -nE 's/^channel = "(.*)"/\1/p' "$project/rust-toolchain.toml")"
    if enter "$base" rustup toolchain install "$channel" --profile minimal --component rustfmt --component clippy; then
        return
    fi
    say "rustup cannot fetch $channel; copying the one that is installed here"
    local from
    from="$(cd "$project" && rustc --print sysroot)"
    mkdir -p "$base/root/.rustup/toolchains"
    cp -aL "$from" "$base/root/.rustup/toolchains/$channel-$(rustc -vV | sed -n 's/^host: //p')"
    enter "$base" rustup set profile minimal
}

# The last commit, as a clone has it.
clone() {
    rm -rf "$base$inside"
    git -C "$project" bundle create "$base$inside.bundle" HEAD >/dev/null 2>&1
    enter "$base" git clone -q "$inside.bundle" "$inside"
    rm "$base$inside.bundle"
    git -C "$project" rev-parse HEAD >"$work/commit"
}

# Runs a command in a root folder with the mounts that a running system has; they end with it. Output as it comes.
enter() {
    local root="$1"
    shift
    local settings=()
    mapfile -t settings < <(settings_env)
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child bash -c '
        set -e
        root="$1"; shift
        mount --make-rprivate /
        mount -t proc proc "$root/proc"
        mount -t sysfs sysfs "$root/sys" -o ro
        mount --rbind /dev "$root/dev"
        # A browser shares memory between its processes here.
        mount -t tmpfs tmpfs "$root/dev/shm" -o mode=1777
        exec chroot "$root" "$@"
    ' bash "$root" /usr/bin/env -i HOME=/root USER=root LANG=C.UTF-8 TERM=dumb \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" "$@"
}

# A fresh layer over the machine.
layer() {
    local name="$1"
    drop_layer "$name"
    mkdir -p "$work/layers/$name/upper" "$work/layers/$name/work" "$work/layers/$name/root"
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/layers/$name/upper,workdir=$work/layers/$name/work" \
        "$work/layers/$name/root"
}

drop_layer() {
    local folder="$work/layers/$1"
    if mountpoint -q "$folder/root" 2>/dev/null; then
        umount "$folder/root"
    fi
    rm -rf "$folder"
}

# Runs one of the two commands and keeps what it said, each line with the seconds since its start.
timed() {
    local name="$1"
    shift
    layer "$name"
    say "running \`$name\`; log in $work/$name.log"
    # shellcheck disable=SC2016
    if enter "$work/layers/$name/root" bash -c 'cd "$1"; shift; exec "$@"' bash "$inside" "$@" 2>&1 </dev/null |
        python3 "$here/report.py" record "$work/$name.log"; then
        drop_layer "$name"
    else
        say "\`$name\` failed; what it left is in $work/layers/$name/root until the next run"
        return 1
    fi
}

serve() {
    # The server stays up; the site's answer ends it.
    # shellcheck disable=SC2016
    timed serve bash -c '
        set -u
        : >/tmp/said
        cargo xtask serve > >(tee /tmp/said) 2>&1 &
        job=$!
        while kill -0 "$job" 2>/dev/null; do
            address="$(sed -nE "s/^serving (http[^ ]*).*/\\1/p" /tmp/said)"
            if [ -n "$address" ] && curl -sf -o /dev/null "${address}en/bits"; then
                echo "the site answers"
                kill -INT "$job"
                wait "$job"
                exit
            fi
            sleep 1
        done
        wait "$job"
    '
}

test_() {
    timed test env CI=true bash .ci/run
}

shell() {
    layer shell
    trap 'drop_layer shell' EXIT
    enter "$work/layers/shell/root" bash -c "cd $inside && ${*:-bash -i}"
}

need() { command -v "$1" >/dev/null || { say "$1 is missing"; exit 1; }; }
[ "$(id -u)" = 0 ] || { say "debootstrap and chroot need root"; exit 1; }
for tool in debootstrap unshare chroot git python3; do need "$tool"; done

case "${1:-all}" in
prepare) prepare ;;
serve) prepare && clone && serve ;;
test) prepare && clone && test_ ;;
report) python3 "$here/report.py" write "$work" "$project/docs/bench/bare-machine.md" ;;
shell) shift && prepare && clone && shell "$@" ;;
all)
    prepare && clone
    # The report is written also when a command failed: it says so.
    serve || true
    test_ || true
    python3 "$here/report.py" write "$work" "$project/docs/bench/bare-machine.md"
    ;;
*) sed -n '2,/^set -euo/p' "$0" | sed '$d; s/^# \{0,1\}//' && exit 2 ;;
esac
