/* A message box with optional actions, and announcements for screen readers. */

export class Notice {
  #expiry = null;

  constructor(box, liveRegion) {
    Object.assign(this, { box, liveRegion });
    this.text = box.querySelector("[data-notice-text]");
    this.actions = box.querySelector("[data-notice-actions]");
    box.querySelector("[data-notice-close]").addEventListener("click", () => this.hide());
  }

  /* actions: [{label, run}]; lastsMs: how long they are possible, null without a limit. */
  show(text, { tone = "warning", actions = [], lastsMs = null } = {}) {
    clearTimeout(this.#expiry);
    if (lastsMs !== null) this.#expiry = setTimeout(() => this.hide(), lastsMs);
    this.text.textContent = text;
    this.box.dataset.tone = tone;
    this.actions.replaceChildren(
      ...actions.map(({ label, run }) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button button-small";
        button.textContent = label;
        button.addEventListener("click", () => {
          this.hide();
          run();
        });
        return button;
      }),
    );
    this.box.hidden = false;
  }

  hide() {
    clearTimeout(this.#expiry);
    this.box.hidden = true;
    this.text.textContent = "";
    this.actions.replaceChildren();
  }

  /* A polite announcement for screen readers only. */
  announce(text) {
    this.liveRegion.textContent = text;
  }
}

/* Fills the placeholders of a translated message, e.g. "{seats} is taken". */
export function interpolate(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
