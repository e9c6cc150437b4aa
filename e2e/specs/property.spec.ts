import { expect, test } from "@playwright/test";
import { pairwise } from "../property/covering";
import { difference, lists, pattern, without } from "../property/fresh";
import { operationsOf } from "../property/operate";
import { Random } from "../property/random";

// The property suite's own parts.

test("a covering array has every pair of values, in far fewer rows than all combinations", () => {
  const factors = [4, 3, 3, 2, 2, 2, 5].map((count, at) => ({ key: `k${at}`, values: Array.from({ length: count }, (_, value) => `${value}`) }));
  const rows = pairwise(factors, new Random(1));
  for (const a of factors) {
    for (const b of factors.filter((other) => other.key > a.key)) {
      for (const x of a.values) for (const y of b.values) expect(rows.some((row) => row[a.key] === x && row[b.key] === y)).toBe(true);
    }
  }
  expect(rows.length).toBeLessThan(40);
});

test("a walk by one seed is the same walk", () => {
  const list = [...Array(50).keys()];
  expect(new Random(7).shuffled(list)).toEqual(new Random(7).shuffled(list));
  expect(new Random(7).shuffled(list)).not.toEqual(new Random(8).shuffled(list));
});

test("differences are seen, in order and in figures, and unsteady lines are left out", () => {
  expect(lists("text", ["a", "b"], ["a", "b"], new Set())).toBeNull();
  expect(lists("text", ["a", "b"], ["b", "a"], new Set())?.what).toBe("order of text");
  expect(lists("text", ["a", "took 3 ms"], ["a", "took 4 ms"], new Set())).toMatchObject({ expected: "took 3 ms", seen: "took 4 ms" });
  expect(lists("text", ["took 3 ms"], ["took 4 ms"], new Set([pattern("took 5 ms")]))).toBeNull();
  expect(without(["a", "a", "b"], ["a"])).toEqual(["a", "b"]);
  const page = (figure: number) => ({ linked: { controls: [], text: [], canvases: [] }, answer: { state: {}, results: { figure, timings: { ms: Math.random() } } } });
  expect(difference(page(1), page(1), new Set())).toBeNull();
  expect(difference(page(1), page(2), new Set())?.what).toBe("results");
});

test("a number is tried in range, at its ends, beyond them, and as nonsense", () => {
  const control = { key: "n", group: "n", kind: "number" as const, value: "5", options: [], disabled: false, min: "1", max: "10", step: "" };
  expect(operationsOf(control).map((operation) => operation.value)).toEqual(["6", "1", "0", "10", "11", "1e3", "-1.5", ""]);
  expect(operationsOf({ ...control, disabled: true })).toEqual([]);
});
