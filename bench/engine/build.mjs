// Builds the engine's own modules, where their crate is there, and says where each lies.
//
// Three builds of one crate (bench/engine/Cargo.toml, package engine-bench): as shipped with simd128, with relaxed
// SIMD, and with WebGPU (feature "webgpu", through wasm-bindgen). RUSTFLAGS replaces the repository's own flags.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const TRIPLE = "wasm32-unknown-unknown";

/** Files by the address that the page asks for; `build: false` takes what an earlier run built. */
export function modules({ here, root, build }) {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const folders = { simd128: target, relaxed: join(target, "relaxed"), webgpu: join(target, "webgpu") };
  const built = (folder) => join(folder, TRIPLE, "worker", "engine_bench.wasm");
  const bindings = join(folders.webgpu, "bindings");
  if (build && existsSync(join(here, "Cargo.toml"))) {
    const run = (program, args, env = {}) =>
      execFileSync(program, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    const args = ["build", "--quiet", "--profile", "worker", "--package", "engine-bench", "--lib", "--target", TRIPLE];
    run("cargo", args);
    run("cargo", [...args, "--target-dir", folders.relaxed], { RUSTFLAGS: "-C target-feature=+simd128,+relaxed-simd" });
    // Without the feature the module is absent, and reported so.
    if (/^webgpu\s*=/m.test(readFileSync(join(here, "Cargo.toml"), "utf8"))) {
      run("cargo", [...args, "--target-dir", folders.webgpu, "--features", "webgpu"]);
      run("wasm-bindgen", ["--target", "web", "--out-dir", bindings, built(folders.webgpu)]);
    }
  }
  return {
    "/ours/simd128.wasm": built(folders.simd128),
    "/ours/relaxed.wasm": built(folders.relaxed),
    "/ours/webgpu/engine_bench.js": join(bindings, "engine_bench.js"),
    "/ours/webgpu/engine_bench_bg.wasm": join(bindings, "engine_bench_bg.wasm"),
  };
}
