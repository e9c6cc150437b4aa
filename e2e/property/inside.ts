/** What runs inside every document of the suite: finding controls, taking a snapshot, hearing messages. */

/** One control as it stands. */
export interface Control {
  /** Names it in one state of the page: test id or nearest test id, role, name, and a number where several are alike. */
  key: string;
  /** Controls of one group differ in their last part only, such as the 64 bits of a code. */
  group: string;
  kind: "button" | "select" | "check" | "radio" | "number" | "text" | "range" | "summary" | "link" | "pad";
  /** Value, or whether it is on. */
  value: string;
  /** Of a select. */
  options: string[];
  disabled: boolean;
  min: string;
  max: string;
  step: string;
}

/** Everything that is compared. */
export interface Snapshot {
  /** Controls with their values, a line each. */
  controls: string[];
  /** Keys of controls that are there and left out. */
  apart: string[];
  /** Visible text, a line for each text node. */
  text: string[];
  /** Size and checksum of every canvas. */
  canvases: string[];
  /** What belongs to the visit at present: where such canvases stand, and elements that are marked so themselves. */
  visiting: string[];
}

/** `linked`: what a link has to carry. `all`: the reader's own things as well. `sight`: what is linked and on the screen, presets aside. */
export type Extent = "linked" | "all" | "sight";

/** Everything about a page at one moment. */
export interface Look {
  /** What `get` answers. */
  answer: { state: Record<string, string>; results: { runs?: Run[]; busy?: boolean; going?: boolean; [figure: string]: unknown } };
  /** The widget's own part of the address. */
  query: string;
  controls: Control[];
  /** What a link has to carry, with what is folded opened. */
  linked: Snapshot;
  /** Everything, as it was left. */
  left: Snapshot;
  /** Everything, with what is folded opened: as the next operation finds it. */
  found: Snapshot;
  /** Why it does not rest; empty where it does. */
  unrest: string;
}

/** One run of what trains. */
export interface Run {
  config_hash: string | null;
  running: boolean;
  step: number;
  weight_hash: string | null;
  /** The step at which it is over, where it ends by itself. */
  end?: number;
}

/** Which widget of which document is meant. */
export interface Where {
  /** Selector of its frame, or null for this document. */
  frame: string | null;
  /** Selector of what is looked at. */
  root: string;
}

export interface Inside {
  /** Waits until the page rests, `limit_ms` at most without progress and twice as long with it, and looks. Without `usual`, defaults by key in order, the address is not waited for. */
  look(where: Where, usual: [string, string][] | null, limit_ms: number): Promise<Look>;
  /** Sends messages, each when the runs have come to rest after the one before; the runs then, or why not. */
  train(where: Where, messages: { type: string; count?: number }[], limit_ms: number): Promise<Run[] | string>;
  query(): string;
  controls(root: string): Control[];
  find(root: string, key: string): Element | null;
  snapshot(root: string, extent: Extent): Snapshot;
  isBusy(root: string): boolean;
  /** How far everything with a bar has come. */
  progress(root: string): string;
  ask(frame: string | null, message: Record<string, unknown>, answer: string, limit_ms: number): Promise<Record<string, unknown>>;
}

declare global {
  interface Window {
    inside: Inside;
  }
}

/** Installed before any script of the page. `isQuiet`: nothing is ever told that it was seen, so nothing begins by itself. */
export function install(isQuiet: boolean): void {
  // Parts that belong to the reader's visit and not to the address, as components mark them: what was measured, what was answered,
  // what a field said of a text that it refused, a chart's own buttons and table, what was copied.
  const APART = "[data-measured],[data-visit],.typed > .field-note,.tasks,.chart-actions,.chart-table,.chart-tip,.share-actions,script,style,noscript";

  /** The longest that a page may be busy before it answers. */
  const ANSWER_MS = 30_000;

  const visible = (element: Element): boolean =>
    element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const words = (text: string | null | undefined): string => (text ?? "").replace(/\s+/g, " ").trim();

  function nameOf(element: Element): string {
    const labelled = element.getAttribute("aria-label") ?? "";
    if (labelled) return words(labelled);
    if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement) {
      const label = element.labels?.[0];
      // A select inside its label would lend the label its options.
      const own = label && words([...label.childNodes].filter((node) => !node.contains(element)).map((node) => node.textContent).join(" "));
      if (own) return own;
    }
    return words(element.textContent).slice(0, 60) || words(element.getAttribute("title")) || element.className.toString();
  }

  function kindOf(element: Element): Control["kind"] | null {
    if (element instanceof HTMLSelectElement) return "select";
    if (element instanceof HTMLTextAreaElement) return "text";
    if (element instanceof HTMLInputElement) {
      const kinds: Record<string, Control["kind"]> = { checkbox: "check", radio: "radio", number: "number", range: "range", file: "button" };
      return element.type === "file" ? null : (kinds[element.type] ?? "text");
    }
    if (element.tagName === "SUMMARY") return "summary";
    if (element.tagName === "CANVAS") return "pad";
    if (element instanceof HTMLAnchorElement) {
      const url = new URL(element.href, document.baseURI);
      const stays = url.origin === location.origin && url.pathname === location.pathname && element.target !== "_blank";
      return stays && (url.hash || url.search) ? "link" : null;
    }
    return "button";
  }

  const ALL = "button,select,input,textarea,summary,a[href],canvas[role=application],[role=button],[role=tab],[role=switch],[role=option],[role=checkbox],[role=menuitem]";

  function all(root: string): { control: Control; element: Element }[] {
    const found: { control: Control; element: Element }[] = [];
    const seen = new Map<string, number>();
    for (const place of document.querySelectorAll(root)) {
      for (const element of place.querySelectorAll(ALL)) {
        const kind = kindOf(element);
        if (!kind || !visible(element)) continue;
        const id = element.getAttribute("data-testid") ?? element.id;
        const near = element.closest("[data-testid]")?.getAttribute("data-testid") ?? "";
        const role = element.getAttribute("role") ?? kind;
        // Words that follow the state, such as a count, do not name a control.
        const name = nameOf(element).replace(/[\d.,]+/g, "#");
        let key = id || `${near} ${role} "${name}"`;
        const count = (seen.get(key) ?? 0) + 1;
        seen.set(key, count);
        if (count > 1) key += ` (${count})`;
        const field = element as HTMLInputElement;
        const pressed = element.getAttribute("aria-pressed") ?? element.getAttribute("aria-selected") ?? element.getAttribute("aria-checked");
        let value = pressed ?? element.getAttribute("aria-expanded") ?? "";
        if (kind === "check" || kind === "radio") value = String(field.checked);
        else if (kind === "summary") value = String((element.parentElement as HTMLDetailsElement).open);
        else if ("value" in field && kind !== "button") value = field.value;
        found.push({
          element,
          control: {
            key,
            // Neighbours with one class and one role in one holder are of one group; fields each stand alone.
            group: kind === "button" ? `${near.replace(/[\d#]+/g, "#")} ${element.className} ${role}` : key,
            kind,
            value,
            options: element instanceof HTMLSelectElement ? [...element.options].filter((option) => !option.disabled).map((option) => option.value) : [],
            disabled: field.disabled === true || element.getAttribute("aria-disabled") === "true",
            min: field.min ?? "",
            max: field.max ?? "",
            step: field.step ?? "",
          },
        });
      }
    }
    return found;
  }

  function inSight(element: Element): boolean {
    const box = element.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  }

  function checksum(canvas: HTMLCanvasElement): string {
    if (canvas.width === 0 || canvas.height === 0) return "empty";
    // Of a copy: a canvas of the page that is read again and again becomes another kind of canvas, and the browser says so.
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(canvas, 0, 0);
    const words = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
    let hash = 0x811c9dc5;
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
    return (hash >>> 0).toString(16);
  }

  const answers: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  addEventListener("message", (event) => {
    if (event.data?.pp !== 1 || event.data.id === undefined) return;
    answers.push(event.data);
    for (const wake of waiting.splice(0)) wake();
  });

  // What is folded is there all the same: it is opened, so that it is operated and compared.
  const unfold = (root: string): void => {
    for (const fold of document.querySelectorAll(`:is(${root}) details:not([open])`)) (fold as HTMLDetailsElement).open = true;
  };

  window.inside = {
    controls(root) {
      unfold(root);
      return all(root).map((found) => found.control);
    },
    find: (root, key) => all(root).find((found) => found.control.key === key)?.element ?? null,
    snapshot(root, extent) {
      if (extent === "linked") unfold(root);
      const out = { all: "script,style,noscript", linked: APART, sight: `${APART},.recipes,.chips` }[extent];
      const shown = (element: Element) => !element.closest(out) && (extent !== "sight" || inSight(element));
      const text: string[] = [];
      for (const place of document.querySelectorAll(root)) {
        const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const line = words(node.nodeValue);
          const parent = node.parentElement;
          // Options are controls, not text.
          if (line && parent && parent.tagName !== "OPTION" && visible(parent) && shown(parent)) {
            const near = parent.closest("[data-testid]")?.getAttribute("data-testid") ?? "";
            text.push(`${near}: ${line}`);
          }
        }
      }
      const [controls, apart]: [string[], string[]] = [[], []];
      for (const { element, control } of all(root)) {
        const line = `${control.key} = ${JSON.stringify(control.value)}${control.disabled ? " (disabled)" : ""}`;
        if (shown(element)) controls.push(line);
        else apart.push(control.key);
      }
      const canvases = [...document.querySelectorAll(root)]
        .flatMap((place) => [...place.querySelectorAll("canvas")])
        .filter((canvas) => visible(canvas) && shown(canvas))
        .map((canvas) => {
          const near = canvas.closest("[data-testid]")?.getAttribute("data-testid") ?? "";
          return `${near} ${canvas.width}x${canvas.height} sum:${checksum(canvas)}`;
        });
      const visiting = [...document.querySelectorAll(root)]
        .flatMap((place) => [...place.querySelectorAll("[data-visit] canvas, canvas[data-visit], [data-visit][data-testid]")])
        .map((element) => element.closest("[data-testid]")?.getAttribute("data-testid") ?? "");
      return { controls, apart, text, canvases, visiting: [...new Set(visiting)] };
    },
    isBusy: (root) =>
      [...document.querySelectorAll(root)].some((place) =>
        [...place.querySelectorAll("progress,[aria-busy=true]")].some((bar) => visible(bar) && bar.getAttribute("aria-hidden") !== "true"),
      ),
    progress: (root) => [...document.querySelectorAll(`:is(${root}) progress`)].map((bar) => (bar as HTMLProgressElement).value).join(),
    query() {
      const values = new URLSearchParams(location.search);
      for (const key of ["lang", "theme", "hide", "origin"]) values.delete(key);
      return values.toString();
    },
    async look({ frame, root }, usual, limit_ms) {
      const end = performance.now() + 2 * limit_ms;
      let [until, progress] = [performance.now() + limit_ms, ""];
      for (;;) {
        const { state, results } = (await window.inside.ask(frame, { type: "get" }, "result", ANSWER_MS)) as unknown as Look["answer"];
        const inner = (frame ? (document.querySelector(frame) as HTMLIFrameElement).contentWindow! : window).inside;
        const wanted = new URLSearchParams();
        for (const [key, value] of usual ?? []) {
          const now = state[key];
          if (now !== undefined && now !== value && new TextEncoder().encode(now).length <= 4000) wanted.append(key, now);
        }
        let unrest = "";
        if (usual && wanted.toString() !== inner.query()) unrest = `the address does not follow: it should be ?${wanted}`;
        else if (results?.runs?.some((run) => run.config_hash === null)) unrest = "a run does not open";
        else if (results?.busy || inner.isBusy(root)) unrest = "something goes on and on";
        // What gets on is not stuck; it is waited for twice as long.
        const now = inner.progress(root);
        if (limit_ms > 0 && now !== progress) [until, progress] = [performance.now() + limit_ms, now];
        if (unrest && limit_ms > 0 && performance.now() > end) [unrest, until] = ["it gets on", 0];
        if (!unrest || performance.now() > until) {
          return {
            answer: { state, results: results ?? {} },
            query: inner.query(),
            left: inner.snapshot(root, "all"),
            controls: inner.controls(root),
            linked: inner.snapshot(root, "linked"),
            found: inner.snapshot(root, "all"),
            unrest,
          };
        }
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    },
    async train({ frame }, messages, limit_ms) {
      const runsNow = async () => ((await window.inside.ask(frame, { type: "get" }, "result", ANSWER_MS)) as unknown as Look["answer"]).results?.runs ?? [];
      let runs = await runsNow();
      for (const message of messages) {
        const goals = runs.map((run) => (message.type === "step" ? Math.min(run.step + message.count!, run.end || Infinity) : message.type === "restart" ? 0 : null));
        await window.inside.ask(frame, { ...message }, "", 0);
        const until = performance.now() + limit_ms;
        for (;;) {
          runs = await runsNow();
          if (runs.every((run, at) => !run.running && (goals[at] === null || goals[at] === run.step))) break;
          const found = runs.map((run) => `${run.step}${run.running ? " running" : ""}`).join(", ");
          if (performance.now() > until) return `${message.type} does not end: ${found} instead of ${goals.join(", ")}`;
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      }
      return runs;
    },
    async ask(frame, message, answer, limit_ms) {
      const id = `q${Math.random().toString(36).slice(2)}`;
      const target = frame ? (document.querySelector(frame) as HTMLIFrameElement | null)?.contentWindow : window;
      if (!target) throw new Error(`there is no ${frame}`);
      target.postMessage({ pp: 1, id, ...message }, location.origin);
      if (!answer) return {};
      const until = performance.now() + limit_ms;
      for (;;) {
        const at = answers.findIndex((known) => known.id === id && known.type === answer);
        if (at >= 0) return answers.splice(at, 1)[0]!;
        if (performance.now() > until) throw new Error(`no ${answer} came within ${limit_ms} ms`);
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          setTimeout(resolve, 250);
        });
      }
    },
  };

  if (isQuiet) {
    // An observer that never sees anything: what waits to be seen waits on.
    window.IntersectionObserver = class {
      readonly root = null;
      readonly rootMargin = "";
      readonly thresholds = [];
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
      takeRecords(): IntersectionObserverEntry[] {
        return [];
      }
    } as unknown as typeof IntersectionObserver;
  }
}
