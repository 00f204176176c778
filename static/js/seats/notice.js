/* What the visitor must know, seen in a box and heard by screen readers; it may offer a way on. */

export class Notice {
  constructor(box, whisper) {
    Object.assign(this, { box, whisper });
    this.text = box.querySelector("[data-notice-text]");
    this.actions = box.querySelector("[data-notice-actions]");
    box.querySelector("[data-notice-close]").addEventListener("click", () => this.hide());
  }

  /* actions: [{label, run}] */
  show(text, { tone = "warning", actions = [] } = {}) {
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
    this.box.hidden = true;
    this.text.textContent = "";
    this.actions.replaceChildren();
  }

  /* For screen readers only, when they have finished what they are saying. */
  say(text) {
    this.whisper.textContent = text;
  }
}

/* "{seats} is taken" with the words of the page's language. */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}
