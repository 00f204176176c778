/* Stand-ins for the parts of a browser that Node does not have. */

/* An element as far as our modules look at one: attributes, data, and children by selector. */
export class FakeElement extends EventTarget {
  dataset = {};
  style = {};
  textContent = "";
  #attributes = new Map();

  constructor({ children = {}, dataset = {}, ...rest } = {}) {
    super();
    this.children = children;
    Object.assign(this.dataset, dataset);
    Object.assign(this, rest);
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  querySelectorAll(selector) {
    return [this.children[selector] ?? []].flat();
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.#attributes.set(name, value);
  }

  hasAttribute(name) {
    return this.#attributes.has(name);
  }

  toggleAttribute(name, isOn) {
    if (isOn) this.#attributes.set(name, "");
    else this.#attributes.delete(name);
  }
}

/* An event with more fields, among them those that a real one has read-only. */
export function fakeEvent(type, fields = {}) {
  const event = new Event(type, { cancelable: true });
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(event, name, { value });
  }
  return event;
}

export class FakeWebSocket extends EventTarget {
  static OPEN = 1;
  static opened = [];
  readyState = 0;

  constructor(url) {
    super();
    this.url = url;
    FakeWebSocket.opened.push(this);
  }

  static get last() {
    return FakeWebSocket.opened.at(-1);
  }

  accept() {
    this.readyState = FakeWebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  deliver(frame) {
    this.dispatchEvent(fakeEvent("message", { data: JSON.stringify(frame) }));
  }

  close(code = 1000) {
    this.readyState = 3;
    this.dispatchEvent(fakeEvent("close", { code }));
  }
}

export class FakeStorage {
  #values = new Map();

  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#values.set(key, value);
  }
}

/* The events of one type that `target` sends from now on, as their details. */
export function recorded(target, type) {
  const details = [];
  target.addEventListener(type, (event) => details.push(event.detail ?? null));
  return details;
}

/* Timers that run only when a test lets time pass. Node 20's own mock timers go on with an interval
 * that its callback has cleared. */
export class FakeTimers {
  #timers = new Map();
  #lastId = 0;
  nowMs = 0;

  /* Puts them in place of the real ones until the test `t` ends. */
  static install(t) {
    const timers = new FakeTimers();
    t.mock.method(globalThis, "setTimeout", (run, ms) => timers.#add(run, ms, null));
    t.mock.method(globalThis, "setInterval", (run, ms) => timers.#add(run, ms, ms));
    for (const clear of ["clearTimeout", "clearInterval"]) {
      t.mock.method(globalThis, clear, (id) => timers.#timers.delete(id));
    }
    return timers;
  }

  tick(ms) {
    const end = this.nowMs + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      const [id, timer] = next;
      this.nowMs = timer.dueMs;
      if (timer.everyMs === null) this.#timers.delete(id);
      else timer.dueMs += timer.everyMs;
      timer.run();
    }
    this.nowMs = end;
  }

  #add(run, ms, everyMs) {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { run, everyMs, dueMs: this.nowMs + ms });
    return this.#lastId;
  }

  #next(end) {
    const due = [...this.#timers].filter(([, timer]) => timer.dueMs <= end);
    return due.sort(([, one], [, other]) => one.dueMs - other.dueMs)[0];
  }
}
