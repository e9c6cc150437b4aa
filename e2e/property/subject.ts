import type { Browser, BrowserContext, Frame, Page } from "@playwright/test";
import type { OwnFile } from "./widgets";
import { install, type Extent, type Look, type Run, type Snapshot, type Where } from "./inside";

/** Where a widget stands: on its own page, in a host page, or in the glossary. */
export type Setting = "page" | "embed" | "inline";

/** A row of a widget's table, as `describe` gives it. */
export interface Param {
  key: string;
  kind: "text" | "choice" | "int" | "number" | "flag";
  default: string;
  hideable: boolean;
  choices?: string[];
  min?: number;
  max?: number;
  max_chars?: number;
}

/** Where a widget stands, and how it was opened. */
export interface Place {
  widget: string;
  setting: Setting;
  pace: Pace;
  /** What it is given after every load. */
  file?: OwnFile;
}

/** `quiet`: nothing is told that it was seen, so nothing begins by itself. `still`: a visitor who asks for less motion. `live`: any other. */
export type Pace = "quiet" | "still" | "live";

/** The longest that anything may take before it counts as stuck. */
export const PATIENCE_MS = 120_000;
/** The key under which a link names the step that it leads to, in every widget that has one. */
const UNTIL = "to";
/** How long a page may take to become what its address shows, once it rests. */
export const AGREE_MS = 5_000;
/** Between two looks that are to show the same. */
const SETTLED_MS = 150;

/** A widget in a browser's page, with what went wrong there since it was last asked. */
export class Subject {
  private faults: string[] = [];
  readonly downloads: string[] = [];
  choosers = 0;

  private constructor(
    readonly place: Place,
    readonly page: Page,
    private readonly base: string,
  ) {}

  static async open(browser: Browser, base: string, place: Place, viewport: { width: number; height: number }): Promise<Subject> {
    const context = await browser.newContext({ viewport, reducedMotion: place.pace === "live" ? "no-preference" : "reduce", acceptDownloads: true });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(base).origin });
    await context.addInitScript(install, place.pace === "quiet");
    const page = await context.newPage();
    const subject = new Subject(place, page, base);
    subject.watch(context);
    if (place.setting === "embed") {
      // A plain page of the same origin as host: the site's own pages frame nothing.
      const body = `<!doctype html><title>host</title><style>body{margin:0}iframe{width:100%;height:${viewport.height}px;border:0}</style><iframe></iframe>`;
      await page.route("**/host.html", (route) => route.fulfill({ contentType: "text/html", body }));
      await page.goto(`${base}host.html`);
    }
    return subject;
  }

  private watch(context: BrowserContext): void {
    const note = (fault: string) => void this.faults.push(fault.slice(0, 600));
    context.on("weberror", (error) => note(`uncaught: ${error.error().message}`));
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") note(`console ${message.type()}: ${message.text()}`);
    });
    this.page.on("requestfailed", (request) => {
      // A document that is left drops what it was still fetching.
      if (request.failure()?.errorText !== "net::ERR_ABORTED") note(`failed: ${request.url()} ${request.failure()?.errorText}`);
    });
    this.page.on("crash", () => note("the page crashed"));
    this.page.on("dialog", (dialog) => {
      note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.page.on("download", (download) => this.downloads.push(download.suggestedFilename()));
    this.page.on("filechooser", () => (this.choosers += 1));
  }

  /** What went wrong since the last call. */
  takeFaults(): string[] {
    return this.faults.splice(0);
  }

  /** Where controls are looked for and text is compared. */
  get root(): string {
    // In the glossary a widget is part of the page or stands in a frame.
    if (this.place.setting === "inline" && this.frame() === this.page.mainFrame()) return `section.slot:has([data-testid=home-start-${this.place.widget}]) .widget`;
    return "main";
  }

  /** The document that the widget stands in. */
  frame(): Frame {
    if (this.place.setting === "page") return this.page.mainFrame();
    const inner = this.page.frames().find((frame) => new URL(frame.url(), "http://none").pathname.includes("/embed/"));
    return inner ?? this.page.mainFrame();
  }

  /** Loads the widget at a query, from nothing. `isStarted`: what waits to be started is. */
  async load(query: string, isStarted = false): Promise<void> {
    const { widget, setting } = this.place;
    if (setting === "embed") {
      const address = `${this.base}embed/${widget}?${query ? `${query}&` : ""}lang=en&origin=${encodeURIComponent(new URL(this.base).origin)}`;
      await this.page.evaluate(
        (source) =>
          new Promise<void>((resolve) => {
            // A new frame each time: nothing of the one before is left.
            const frame = document.createElement("iframe");
            frame.addEventListener("load", () => resolve(), { once: true });
            frame.src = source;
            document.querySelector("iframe")!.replaceWith(frame);
          }),
        address,
      );
    } else if (setting === "page") {
      // The address alone may differ: that would load nothing.
      await this.page.goto("about:blank");
      await this.page.goto(`${this.base}en/${widget}${query ? `?${query}` : ""}`);
    } else {
      await this.page.goto("about:blank");
      await this.page.goto(`${this.base}en/`);
      const start = this.page.getByTestId(`home-start-${widget}`);
      if ((await start.getAttribute("aria-pressed")) !== "true") await start.click();
    }
    await this.stands();
    if (setting === "inline" && query) {
      await this.tell({ type: "set", state: Object.fromEntries(new URLSearchParams(query)) });
    }
    await this.give();
    if (isStarted) {
      await this.tell({ type: "run" });
      await this.opens();
    }
    // What began by itself goes back to its first weights: steps are counted from there. A link that names a step leads to it.
    const isLed = !["", "0", undefined].includes((await this.glance()).answer.state[UNTIL]);
    if (!isLed) await this.tell({ type: "pause" });
    const { answer } = await this.look();
    if (!isLed && answer.results.runs?.some((run) => run.running || run.step > 0)) await this.restart();
  }

  /** Chooses the reader's own file, where the page asks for one. */
  private async give(): Promise<void> {
    const { file } = this.place;
    const input = this.frame().locator(`:is(${this.root}) input[type=file]`).first();
    if (!file || (await input.count()) === 0) return;
    await input.setInputFiles({ name: file.name, mimeType: "application/octet-stream", buffer: file.buffer });
    // Reading it begins a moment later.
    await this.settled();
  }

  /** The message window: the host's for an embed. */
  private async ask(message: Record<string, unknown>, answer: string, limit_ms = 20_000): Promise<Record<string, unknown>> {
    return this.page.mainFrame().evaluate(([frame, message, answer, limit]) => window.inside.ask(frame, message, answer, limit), [
      this.where().frame,
      message,
      answer,
      limit_ms,
    ] as const);
  }

  private where(): Where {
    return { frame: this.frame() === this.page.mainFrame() ? null : "iframe", root: this.root };
  }

  async tell(message: Record<string, unknown>): Promise<void> {
    await this.ask(message, "");
  }

  async describe(): Promise<Param[]> {
    return (await this.ask({ type: "describe" }, "description")).params as Param[];
  }

  /** It hears messages: the program has started. */
  private async stands(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        await this.ask({ type: "get" }, "result", 500);
        return;
      } catch (error) {
        if (Date.now() > until) throw new Error(`${this.place.widget} does not stand: ${String(error)}`);
      }
    }
  }

  /** Its runs stand. */
  private async opens(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    while (!(await this.glance()).answer.results.runs?.length) {
      if (Date.now() > until) throw new Stuck("stuck: nothing opens when it is told to run");
      await this.page.waitForTimeout(100);
    }
  }

  /** The query of a state: what is not at its default, in the table's order. */
  static queryOf(params: Param[], state: Record<string, string>): string {
    const values = new URLSearchParams();
    for (const { key, default: usual } of params) {
      const value = state[key];
      if (value !== undefined && value !== usual && new TextEncoder().encode(value).length <= 4000) values.append(key, value);
    }
    return values.toString();
  }

  /**
   * Looks when the address says what the widget's state is, and nothing is under way that ends by itself. Training does not: it goes on until it
   * is paused.
   */
  async look(params?: Param[]): Promise<Look> {
    const isAddressed = params && this.place.setting !== "inline";
    const usual = isAddressed ? params.map(({ key, default: usual }) => [key, usual] as [string, string]) : null;
    const look = await this.page.mainFrame().evaluate(([where, usual, limit]) => window.inside.look(where, usual, limit), [this.where(), usual, PATIENCE_MS] as const);
    if (look.unrest === "it gets on") throw new Unended(look.unrest);
    if (look.unrest) throw new Stuck(`stuck: ${look.unrest}`);
    if (this.place.setting === "inline" && params) look.query = Subject.queryOf(params, look.answer.state);
    return look;
  }

  /** Looks when two looks in a row show the same: charts are drawn one a frame, some after everything rests. */
  async settled(): Promise<Look> {
    const until = Date.now() + AGREE_MS;
    for (let look = await this.look(); ; ) {
      await this.page.waitForTimeout(SETTLED_MS);
      const next = await this.look();
      const isSame = JSON.stringify(next.linked) === JSON.stringify(look.linked);
      if (isSame || Date.now() > until) return next;
      look = next;
    }
  }

  /** Looks at once, whatever is under way. */
  async glance(params?: Param[]): Promise<Look> {
    const look = await this.page.mainFrame().evaluate((where) => window.inside.look(where, null, 0), this.where());
    if (this.place.setting === "inline" && params) look.query = Subject.queryOf(params, look.answer.state);
    return look;
  }

  private async train(messages: { type: string; count?: number }[]): Promise<Run[]> {
    const runs = await this.page.mainFrame().evaluate(([where, messages, limit]) => window.inside.train(where, messages, limit), [this.where(), messages, PATIENCE_MS] as const);
    if (typeof runs === "string") throw new Stuck(`stuck: ${runs}`);
    return runs;
  }

  /** All runs at their first weights, at rest. */
  async restart(): Promise<Run[]> {
    return this.train([{ type: "pause" }, { type: "restart" }]);
  }

  /** All runs some steps on, at rest. */
  async step(count: number): Promise<Run[]> {
    return this.train([{ type: "step", count }]);
  }

  async snapshot(extent: Extent = "linked"): Promise<Snapshot> {
    return this.frame().evaluate(([root, extent]) => window.inside.snapshot(root, extent), [this.root, extent] as const);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** Something did not end. */
export class Stuck extends Error {}

/** Something gets on, and takes longer than the suite waits. */
export class Unended extends Error {}
