import { readFileSync } from "node:fs";

/** Every widget that has a page. */
export const WIDGETS: string[] = JSON.parse(readFileSync(new URL("../../locales/routes.json", import.meta.url), "utf8")).widgets.map(
  (widget: { id: string }) => widget.id,
);

/** Of a base address, with its slash. */
export function baseOf(base: string | undefined): string {
  return base!.endsWith("/") ? base! : `${base}/`;
}
