/* Renders each seat's status, symbol and accessible name from the store and the visitor's hold. */

export class SeatMap extends EventTarget {
  constructor(svg, { store, hold, messages }) {
    super();
    Object.assign(this, { svg, store, hold, messages });
    this.seats = new Map();
    for (const element of svg.querySelectorAll("[data-seat]")) {
      this.seats.set(Number(element.dataset.seat), element);
    }
  }

  shownStatus(id) {
    if (this.hold.pending.has(id)) return "pending";
    if (this.hold.has(id)) return "mine";
    return this.store.status(id);
  }

  draw(ids = this.seats.keys()) {
    for (const id of ids) {
      const element = this.seats.get(id);
      if (element) this.#drawSeat(element, this.shownStatus(id));
    }
    this.dispatchEvent(new Event("draw"));
  }

  name(id) {
    return this.seats.get(id)?.dataset.name ?? "";
  }

  reveal(id) {
    this.seats.get(id)?.scrollIntoView({ block: "center", inline: "center" });
  }

  label(id) {
    return this.seats.get(id)?.dataset.label ?? "";
  }

  #drawSeat(element, status) {
    if (element.dataset.status === status) return;
    element.dataset.status = status;
    element.setAttribute("aria-checked", String(status === "mine"));
    element.setAttribute("aria-disabled", String(!["available", "mine"].includes(status)));
    element.setAttribute("aria-label", `${element.dataset.name}, ${this.messages.status[status]}`);
    element.querySelector(".seat__sign").setAttribute("href", `#sign-${status}`);
  }
}
