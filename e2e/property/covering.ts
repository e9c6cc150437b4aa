import { Random } from "./random";

/** A parameter with the values that are tried. */
export interface Factor {
  key: string;
  values: string[];
}

/**
 * Rows in which every pair of values of every two factors occurs at least once, made greedily: of some random rows, each begun with a pair that
 * is still missing, the one that covers most is taken.
 */
export function pairwise(factors: Factor[], random: Random, tries = 12): Record<string, string>[] {
  const missing = new Set<string>();
  const name = (a: number, x: number, b: number, y: number) => (a < b ? `${a}.${x}.${b}.${y}` : `${b}.${y}.${a}.${x}`);
  for (let a = 0; a < factors.length; a += 1) {
    for (let b = a + 1; b < factors.length; b += 1) {
      for (let x = 0; x < factors[a]!.values.length; x += 1) {
        for (let y = 0; y < factors[b]!.values.length; y += 1) missing.add(name(a, x, b, y));
      }
    }
  }
  const rows: number[][] = [];
  while (missing.size > 0) {
    let best: number[] = [];
    let most = 0;
    for (let turn = 0; turn < tries; turn += 1) {
      const row = complete(factors, missing, name, random);
      const gain = count(row, missing, name);
      if (gain > most) [best, most] = [row, gain];
    }
    for (let a = 0; a < best.length; a += 1) {
      for (let b = a + 1; b < best.length; b += 1) missing.delete(name(a, best[a]!, b, best[b]!));
    }
    rows.push(best);
  }
  return rows.map((row) => Object.fromEntries(row.map((value, at) => [factors[at]!.key, factors[at]!.values[value]!])));
}

type Name = (a: number, x: number, b: number, y: number) => string;

function complete(factors: Factor[], missing: Set<string>, name: Name, random: Random): number[] {
  const row: (number | undefined)[] = factors.map(() => undefined);
  const [a, x, b, y] = random.pick([...missing].slice(0, 200)).split(".").map(Number) as [number, number, number, number];
  row[a] = x;
  row[b] = y;
  for (const at of random.shuffled(factors.map((_, index) => index))) {
    if (row[at] !== undefined) continue;
    let best = 0;
    let most = -1;
    for (const value of random.shuffled(factors[at]!.values.map((_, index) => index))) {
      let gain = 0;
      row.forEach((other, index) => {
        if (other !== undefined && missing.has(name(at, value, index, other))) gain += 1;
      });
      if (gain > most) [best, most] = [value, gain];
    }
    row[at] = best;
  }
  return row as number[];
}

function count(row: number[], missing: Set<string>, name: Name): number {
  let gain = 0;
  for (let a = 0; a < row.length; a += 1) {
    for (let b = a + 1; b < row.length; b += 1) if (missing.has(name(a, row[a]!, b, row[b]!))) gain += 1;
  }
  return gain;
}
