/* The drawn seats: shape, sign and spoken name follow the store and the visitor's own hold. */

export class SeatMap {
  constructor(svg, { store, hold, words }) {
    Object.assign(this, { svg, store, hold, words });
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
  }

  name(id) {
    return this.seats.get(id)?.dataset.name ?? "";
  }

  #drawSeat(element, status) {
    if (element.dataset.status === status) return;
    element.dataset.status = status;
    element.setAttribute("aria-checked", String(status === "mine"));
    element.setAttribute("aria-disabled", String(!["available", "mine"].includes(status)));
    element.setAttribute("aria-label", `${element.dataset.name}, ${this.words.status[status]}`);
    element.querySelector(".seat__sign").setAttribute("href", `#sign-${status}`);
  }
}
