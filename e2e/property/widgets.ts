import { readFileSync } from "node:fs";
import { numbers, safetensors } from "../pages/files";

/** Every widget that has a page. */
export const WIDGETS: string[] = JSON.parse(readFileSync(new URL("../../locales/routes.json", import.meta.url), "utf8")).widgets.map(
  (widget: { id: string }) => widget.id,
);

/** Where something takes long by default: what is set otherwise in the state from which a widget is tried. */
export const BRIEF: Record<string, Record<string, string>> = { throughput: { r: "3", ms: "5" } };

/** A file of the reader's own, and the state in which a widget asks for one. */
export interface OwnFile {
  state: Record<string, string>;
  name: string;
  buffer: Buffer;
}

/** Where a widget shows more once it has a file: what it is given. A link does not carry it, so a fresh load is given the same. */
export const OWN_FILES: Record<string, OwnFile[]> = {
  convert: [
    {
      state: { src: "file" },
      name: "tensors.safetensors",
      buffer: safetensors([
        ["smooth", [32, 64], numbers(2048, 1)],
        ["outliers", [16, 48], numbers(768, 1).map((x, at) => (at % 48 === 7 ? x * 1000 : x))],
        ["bias", [5], numbers(5, 0.1)],
      ]),
    },
    { state: { src: "file" }, name: "table.csv", buffer: Buffer.from("step;loss;lr\n1;2,5;0,1\n2;1,25;NA\n3;0,75;0,05\n# end\n4;0,5;0,02\n") },
  ],
};

/** Of a base address, with its slash. */
export function baseOf(base: string | undefined): string {
  return base!.endsWith("/") ? base! : `${base}/`;
}
