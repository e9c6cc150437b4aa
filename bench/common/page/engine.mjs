// One engine in a worker of its own, asked and heard by messages; see a page's worker.js for the other side.

export class Engine {
  #worker = new Worker("./worker.js");
  #waiting = new Map();
  #next = 0;
  #limitMs;

  /** A request that takes longer than `limitMs` has failed, and the worker is ended. */
  constructor(limitMs) {
    this.#limitMs = limitMs;
    this.#worker.onmessage = ({ data }) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      clearTimeout(waiting?.timer);
      if (data.error === undefined) waiting?.resolve(data.value);
      else waiting?.reject(Object.assign(new Error(data.error), { absent: data.absent }));
    };
    this.#worker.onerror = (event) => this.end(event.message || "the worker did not load");
  }

  call(name, argument) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(`${name} took longer than ${this.#limitMs / 1000} s`), this.#limitMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ id, name, argument });
    });
  }

  end(reason = "ended") {
    this.#worker.terminate();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    this.#waiting.clear();
  }
}
