// Measures one group after the other; inside a group everybody in turn, so that a disturbance hits all alike.
//
// Each participant has a worker of its own for the length of a group and is idle while another is measured. Units: a
// unit is a matrix product, a step, or a run of the peak loop; a speed is GFLOP/s, or steps a second.

import { Engine } from "/common/engine.mjs";
import { matmulError, mlpLosses } from "./checks.mjs";
import { GROUPS, participantsOf } from "./participants.mjs";
import { quartiles } from "./statistics.mjs";
import { WORKLOADS, flopPerStep } from "./workloads.mjs";

/** A request that takes longer has failed, and its worker is ended. */
const LIMIT_MS = 240_000;
/** Losses of the first steps must agree: these many, to this relative error. */
const COMPARED_STEPS = 3;
const LOSS_TOLERANCE = 1e-3;
/** The MLP must learn within these many steps (or this time, for the slow). */
const LEARN_STEPS = 200;
const LEARN_MS = 15_000;

/** What became of a participant that cannot be measured: never left out of the report. */
function failure(error) {
  if (error.absent) return { state: "absent", reason: error.message };
  // tfjs names the kernel that a backend lacks.
  if (/Kernel '.*' not registered/.test(error.message)) return { state: "no gradient kernel", reason: error.message };
  return { state: "failed", reason: error.message };
}

/** Losses one by one from the first step on. */
async function firstLosses(engine) {
  const losses = [];
  for (let i = 0; i < COMPARED_STEPS; i++) losses.push((await engine.call("run", 1)).loss);
  return losses;
}

/** Loss before and after training the MLP: { first, last, steps, learnt }. */
async function learns(engine, first) {
  const end = performance.now() + LEARN_MS;
  let [steps, last] = [COMPARED_STEPS, first];
  while (steps < LEARN_STEPS && performance.now() < end) {
    const count = Math.min(10, LEARN_STEPS - steps);
    last = (await engine.call("run", count)).loss;
    steps += count;
  }
  return { first, last, steps, learnt: last < 0.8 * first };
}

/** Finds how many runs last `targetMs`, and warms the engine up by finding out. */
async function calibrate(engine, targetMs) {
  for (let count = 1; ; ) {
    const { ms } = await engine.call("run", count);
    if (ms >= targetMs) return Math.max(1, Math.ceil((count * targetMs) / ms));
    count = Math.ceil(count * Math.min(8, Math.max(1.5, (1.1 * targetMs) / ms)));
  }
}

/** Starts a participant, checks its answers, sets its count; its row has `state: "measured"` unless that fails. */
async function enter(group, participant, settings) {
  const row = { id: participant.id, ours: participant.ours, state: "measured", speeds: [] };
  const engine = new Engine(LIMIT_MS);
  try {
    row.info = await engine.call("create", { module: participant.module, options: participant.options });
    row.task = await engine.call("prepare", { kind: participant.task, n: group.n, workload: group.workload });
    if (participant.task === "matmul") row.matmulError = matmulError(group.n, await engine.call("product"));
    if (participant.task === "train") {
      row.policy = participant.options.policy ?? "fp32";
      row.losses = await firstLosses(engine);
      if (group.workload === "mlp") row.learning = await learns(engine, row.losses[0]);
    }
    row.count = await calibrate(engine, settings.targetMs);
    return { row, engine };
  } catch (error) {
    engine.end();
    return { row: Object.assign(row, failure(error)), engine: null };
  }
}

const flopPerUnit = (group, row) =>
  row.task.flopPerUnit ?? (group.kind === "matmul" ? 2 * group.n ** 3 : null);

async function measure(group, { row, engine }) {
  try {
    const { ms, loss, memoryBytes } = await engine.call("run", row.count);
    const perSecond = (row.count * row.task.unitsPerRun * 1000) / ms;
    const flop = flopPerUnit(group, row);
    row.speeds.push(flop ? (perSecond * flop) / 1e9 : perSecond);
    if (group.kind === "train") row.lastLoss = loss;
    row.memoryBytes = memoryBytes;
  } catch (error) {
    Object.assign(row, failure(error));
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** The first losses that binary32 training must reproduce: binary64 training's, or the median of all engines. */
function expectedLosses(group, exact) {
  if (group.workload === "mlp") return mlpLosses(WORKLOADS.mlp, COMPARED_STEPS);
  return exact[0].losses.map((_, step) => median(exact.map((row) => row.losses[step])));
}

/**
 * What is wrong with a row's answers, as sentences. `expected`: first losses, null where nobody trained in binary32;
 * `peak`: GFLOP/s of one thread, 0 where nobody measured it. Work that is never done is faster than any peak.
 */
function wrongAnswers(row, { expected, exactLosses, peak }) {
  const out = [];
  const speed = median(row.speeds);
  if (peak > 0 && row.matmulError !== undefined && speed > 1.1 * peak * (row.info.threads ?? 1)) {
    out.push(`${speed.toPrecision(3)} GFLOP/s, faster than the peak`);
  }
  if (row.matmulError > 1) out.push(`product beyond the error bound (${row.matmulError.toPrecision(3)})`);
  const { learning, losses } = row;
  if (learning && !learning.learnt) out.push(`loss ${learning.first} -> ${learning.last} in ${learning.steps} steps`);
  if (!losses) return out;
  if (!Number.isFinite(row.lastLoss)) out.push(`the loss became ${row.lastLoss}`);
  if (row.policy === "fp32") {
    row.lossError = Math.max(...losses.map((loss, step) => Math.abs(loss - expected[step]) / Math.abs(expected[step])));
    if (!(row.lossError <= LOSS_TOLERANCE)) out.push(`first losses ${losses}, expected ${expected}`);
  } else if (exactLosses && losses.every((loss, step) => loss === exactLosses[step])) {
    out.push("the policy changes nothing: losses are binary32's");
  }
  return out;
}

/** Marks rows with wrong answers: they have no speed. Every fault as a sentence; a good run has none. */
function judgeAnswers(group, rows) {
  const exact = rows.filter((row) => row.losses && row.policy === "fp32");
  const expected = exact.length > 0 ? expectedLosses(group, exact) : null;
  const exactLosses = exact.find((row) => row.ours)?.losses;
  const peaks = group.device === "cpu" ? rows.filter(({ id }) => id.endsWith("-peak")) : [];
  const peak = Math.max(0, ...peaks.flatMap((row) => row.speeds));
  return rows.flatMap((row) => {
    if (row.state === "failed") return [`${row.id} failed: ${row.reason}`];
    if (row.state !== "measured") return [];
    const wrong = wrongAnswers(row, { expected, exactLosses, peak });
    if (wrong.length > 0) Object.assign(row, { state: "wrong answers", reason: wrong.join("; ") });
    return wrong.map((sentence) => `${row.id}: ${sentence}`);
  });
}

async function runGroup(group, settings) {
  const entries = [];
  for (const participant of participantsOf(group, settings.peers)) {
    entries.push(await enter(group, participant, settings));
  }
  const running = entries.filter(({ engine }) => engine);
  for (let round = 0; round < settings.rounds; round++) {
    // Another one begins each round, so that nobody always follows the same neighbour.
    for (let i = 0; i < running.length; i++) {
      const entry = running[(round + i) % running.length];
      if (entry.row.state === "measured") await measure(group, entry);
    }
  }
  for (const { engine } of running) engine.end();
  const rows = entries.map(({ row }) => row);
  const faults = judgeAnswers(group, rows);
  for (const row of rows) if (row.state === "measured") row.speed = quartiles(row.speeds);
  const flop = group.kind === "train" ? flopPerStep(WORKLOADS[group.workload]) : 2 * group.n ** 3;
  const workload = WORKLOADS[group.workload];
  const title = workload ? `${workload.title}, ${workload.about}` : `f32 matrix product, n = ${group.n}`;
  return { ...group, title, unit: workload ? "steps/s" : "GFLOP/s", flop, rows, faults };
}

async function adapterInfo() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const { vendor, architecture, device, description } = adapter.info;
  return { vendor, architecture, device, description };
}

/** settings: { rounds, targetMs, only (regular expression or ""), peers (prefixes) }; `progress` hears of each group. */
export async function run(settings, progress) {
  const pattern = new RegExp(settings.only);
  const groups = [];
  for (const group of GROUPS.filter(({ name }) => pattern.test(name))) {
    const start = performance.now();
    groups.push(await runGroup(group, settings));
    await progress(groups.at(-1), (performance.now() - start) / 1000);
  }
  return {
    userAgent: navigator.userAgent, crossOriginIsolated, hardwareConcurrency: navigator.hardwareConcurrency,
    adapter: await adapterInfo(), rounds: settings.rounds, targetMs: settings.targetMs, groups,
  };
}
