/* The last known status of each seat.
 *
 * Every change carries the seat's version, so repeated and reordered messages are harmless: a
 * change is applied only if its version is newer. */

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

  /* Applies a delta: only newer versions. */
  applyChanges(rows) {
    this.#apply(rows, (known, version) => version > known.version);
  }

  /* Applies a complete snapshot, which also corrects assumed statuses. */
  applySnapshot(rows) {
    this.#apply(rows, (known, version) => version >= known.version);
  }

  /* Shows the visitor's own change before the feed confirms it; the version stays, so the feed wins. */
  assume(ids, status) {
    const changed = ids.filter((id) => this.#seats.has(id) && this.status(id) !== status);
    for (const id of changed) this.#seats.get(id).status = status;
    this.#emit(changed);
  }

  disagreesWith({ versions, available }) {
    return (
      versions > this.#versions || (versions === this.#versions && available !== this.available)
    );
  }

  #apply(rows, isNewer) {
    const changed = [];
    for (const [id, status, version] of rows) {
      const known = this.#seats.get(id);
      if (!known) this.dispatchEvent(new Event("unknown-seat"));
      if (!known || !isNewer(known, version)) continue;
      this.#versions += version - known.version;
      known.version = version;
      if (known.status !== status) {
        known.status = status;
        changed.push(id);
      }
    }
    this.#emit(changed);
  }

  #emit(ids) {
    if (ids.length) this.dispatchEvent(new CustomEvent("change", { detail: ids }));
  }
}
