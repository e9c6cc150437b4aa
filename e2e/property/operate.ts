import type { ElementHandle } from "@playwright/test";
import type { Control } from "./inside";
import type { Random } from "./random";
import type { Subject } from "./subject";

/** One thing that a visitor does. */
export interface Operation {
  key: string;
  /** Of the control; `message` where a host page sets a parameter. */
  kind: Control["kind"] | "message";
  /** What is chosen, typed or set; empty for a click. */
  value: string;
}

export function words(operation: Operation): string {
  const { key, kind, value } = operation;
  if (kind === "message") return `${key} is set to ${JSON.stringify(value)}`;
  if (kind === "select") return `${key}: choose ${JSON.stringify(value)}`;
  if (kind === "number" || kind === "text") return `${key}: type ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)}`;
  if (kind === "range") return `${key}: slide to ${value}`;
  if (kind === "check" || kind === "radio") return `${key}: tick`;
  return `${key}: click`;
}

/** Everything that can be done with a control as it stands, but for what would change nothing. */
export function operationsOf(control: Control): Operation[] {
  const { key, kind, value } = control;
  const does = (values: string[]): Operation[] => [...new Set(values)].filter((text) => text !== value).map((text) => ({ key, kind, value: text }));
  if (control.disabled) return [];
  switch (kind) {
    case "select":
      return does(control.options);
    case "check":
      return [{ key, kind, value: "" }];
    case "radio":
    case "button":
      return value === "true" && kind === "radio" ? [] : [{ key, kind, value: "" }];
    case "range":
      return does([control.min || "0", control.max || "100", middle(control)]);
    case "number":
      return does([within(control), ...edges(control), "1e3", "-1.5", ""]);
    case "text":
      return does([...samples(value), "nonsense !", "", "1e999", "-0"]);
    case "summary":
    case "link":
    case "pad":
      return [{ key, kind, value: "" }];
  }
}

function middle({ min, max, step }: Control): string {
  const [low, high, by] = [Number(min || 0), Number(max || 100), Number(step) || 1];
  return String(low + Math.floor((high - low) / 2 / by) * by);
}

/** Another number in range, the smallest and largest, and those just beyond. */
function within({ value, min, max }: Control): string {
  const next = Number(value || min || 0) + 1;
  return String(max !== "" && next > Number(max) ? Number(value) - 1 : next);
}

function edges({ min, max }: Control): string[] {
  const ends = [];
  if (min !== "") ends.push(min, String(Number(min) - 1));
  if (max !== "") ends.push(max, String(Number(max) + 1));
  return ends.length > 0 ? ends : ["0", "999999999999"];
}

/** Other texts of the same kind as the present one. */
function samples(value: string): string[] {
  if (value !== "" && Number(value) === 0) return ["1", "0.25"];
  if (value !== "" && Number.isFinite(Number(value))) return [String(Number(value) * 2), String(Number(value) / 4)];
  if (/^\d+(-\d+)+$/.test(value)) return ["16-16", "8"];
  return value === "" ? ["1", "16"] : [`${value} `, "1/3"];
}

/** One operation of a random one of these controls: each group is as likely as another. */
export function any(controls: Control[], random: Random): Operation | null {
  const groups = new Map<string, Control[]>();
  for (const control of controls) {
    if (operationsOf(control).length > 0) groups.set(control.group, [...(groups.get(control.group) ?? []), control]);
  }
  if (groups.size === 0) return null;
  const control = random.pick(random.pick([...groups.values()]));
  return random.pick(operationsOf(control));
}

/** A control that is there but cannot be operated. */
export class Unreachable extends Error {}

/** Does it as a visitor would, by pointer and keyboard. */
export async function operate(subject: Subject, operation: Operation): Promise<void> {
  const { key, kind, value } = operation;
  const handle = await subject.frame().evaluateHandle(([root, key]) => window.inside.find(root, key), [subject.root, key] as const);
  const element = handle.asElement() as ElementHandle<HTMLElement> | null;
  if (!element) throw new Unreachable(`${key} is not there`);
  try {
    if (kind === "select") {
      await element.selectOption(value, { timeout: 5_000 });
    } else if (kind === "number" || kind === "text") {
      await element.click({ timeout: 5_000 });
      await element.press("Control+a");
      if (value === "") await element.press("Delete");
      else if (value.length > 40 || kind === "text") await element.fill(value);
      else await subject.page.keyboard.type(value);
      // What is typed counts when the field is left.
      await element.evaluate((field) => field.blur());
    } else if (kind === "range") {
      await element.fill(value, { timeout: 5_000 });
      await element.evaluate((field) => field.blur());
    } else {
      await element.click({ timeout: 5_000 });
    }
  } catch (error) {
    throw new Unreachable(`${key} cannot be operated: ${String(error).split("\n").slice(0, 6).join(" ").slice(0, 300)}`);
  } finally {
    await element.dispose();
  }
  // A pointer that stays would hover over whatever comes under it.
  await subject.page.mouse.move(0, 0);
}
