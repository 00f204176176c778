/* Forms of the seat page that change the hold: sent by the script, and as they are without it. */

function values(form) {
  return Object.fromEntries(new FormData(form));
}

function seatIds(form) {
  return new FormData(form).getAll("seats").map(Number);
}

export class SeatForms {
  #lastParty = null;

  constructor(page, { hold, map }) {
    Object.assign(this, { page, hold, map });
    page.addEventListener("submit", (event) => this.#submit(event));
  }

  /* The party of the last "best seats" again, in several places. */
  sitApart() {
    if (this.#lastParty) this.#hold(this.#lastParty.url, { ...this.#lastParty.party, apart: "1" });
  }

  #submit(event) {
    const form = event.target;
    if (form.matches("[data-release-all]")) this.hold.releaseAll();
    else if (form.matches("[data-more-time]")) this.hold.submit(form.action, {});
    else if (form.matches("[data-change-seats]")) {
      this.#hold(form.action, { seats: seatIds(form) });
    } else if (form.matches("[data-best-seats]")) {
      this.#lastParty = { url: form.action, party: values(form) };
      this.#hold(form.action, this.#lastParty.party);
    } else return;
    event.preventDefault();
  }

  async #hold(url, body) {
    await this.hold.submit(url, body);
    this.map.reveal(this.hold.seatIds[0]);
  }
}
