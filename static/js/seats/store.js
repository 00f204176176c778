/* What each seat is doing, as the server last told it.
 *
 * Every change carries the seat's version, so repeated and reordered messages are harmless: a
 * change is applied only when it is newer than what is known. */

export class SeatStore extends EventTarget {
  #seats = new Map();
  #versions = 0;

  constructor(rows) {
    super();
    for (const [id, status, version] of rows) {
      this.#seats.set(id, { status, version });
      this.#versions += version;
    }
  }

  get versions() {
    return this.#versions;
  }

  get available() {
    let count = 0;
    for (const seat of this.#seats.values()) if (seat.status === "available") count += 1;
    return count;
  }

  status(id) {
    return this.#seats.get(id)?.status ?? "blocked";
  }

  /* A delta: only what is newer. */
  applyChanges(rows) {
    this.#apply(rows, (known, version) => version > known.version);
  }

  /* A whole picture: it also corrects what we merely assumed. */
  applySnapshot(rows) {
    this.#apply(rows, (known, version) => version >= known.version);
  }

  /* Our own act, shown before the feed confirms it; the version stays, so the feed wins. */
  assume(ids, status) {
    const changed = ids.filter((id) => this.#seats.has(id) && this.status(id) !== status);
    for (const id of changed) this.#seats.get(id).status = status;
    this.#tell(changed);
  }

  disagreesWith({ versions, available }) {
    return (
      versions > this.#versions || (versions === this.#versions && available !== this.available)
    );
  }

  #apply(rows, isNews) {
    const changed = [];
    for (const [id, status, version] of rows) {
      const known = this.#seats.get(id);
      if (!known) this.dispatchEvent(new Event("stranger"));
      if (!known || !isNews(known, version)) continue;
      this.#versions += version - known.version;
      known.version = version;
      if (known.status !== status) {
        known.status = status;
        changed.push(id);
      }
    }
    this.#tell(changed);
  }

  #tell(ids) {
    if (ids.length) this.dispatchEvent(new CustomEvent("change", { detail: ids }));
  }
}
