import { readFileSync } from "node:fs";

/** Every widget that has a page. */
export const WIDGETS: string[] = JSON.parse(readFileSync(new URL("../../locales/routes.json", import.meta.url), "utf8")).widgets.map(
  (widget: { id: string }) => widget.id,
);

/** Where something takes long by default: what is set otherwise in the state from which a widget is tried. */
export const BRIEF: Record<string, Record<string, string>> = { throughput: { r: "3", ms: "5" } };

/** Of a base address, with its slash. */
export function baseOf(base: string | undefined): string {
  return base!.endsWith("/") ? base! : `${base}/`;
}
