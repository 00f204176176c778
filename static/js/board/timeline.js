/* The drawn time line: minutes to pixels, lanes, and the showtime being moved. */

const SNAP_MINUTES = 5;
const LEAD_MINUTES = 45;

export class Timeline {
  lifted = null;

  constructor(part) {
    this.part = part;
  }

  get line() {
    return this.part.querySelector("[data-board-line]");
  }

  get lanes() {
    return [...this.part.querySelectorAll("[data-lane]")];
  }

  get pixelsPerMinute() {
    return this.lanes[0].getBoundingClientRect().width / Number(this.line.dataset.dayMinutes);
  }

  /* Narrow screens show a list, where positions do not represent times. */
  isWide() {
    return getComputedStyle(this.part.querySelector(".board-hours")).display !== "none";
  }

  isBusy() {
    return this.lifted !== null;
  }

  minuteUnder(event, lane) {
    return this.snap((event.clientX - lane.getBoundingClientRect().left) / this.pixelsPerMinute);
  }

  snap(minute) {
    const last = Number(this.line.dataset.dayMinutes) - SNAP_MINUTES;
    return Math.max(0, Math.min(last, Math.round(minute / SNAP_MINUTES) * SNAP_MINUTES));
  }

  /* The cinema's local time at a minute of the business day. */
  clockAt(minute) {
    const { startsAt, timeZone } = this.line.dataset;
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
    }).format(new Date((Number(startsAt) + minute * 60) * 1000));
  }

  lift(block) {
    this.lifted = {
      block,
      originLane: block.parentElement,
      next: block.nextSibling,
      minute: Number(block.dataset.from),
    };
    this.lifted.words = block.querySelector("[data-block-time]").textContent;
    block.classList.add("is-lifted");
  }

  put(minute, lane) {
    const { block } = this.lifted;
    this.lifted.minute = this.snap(minute);
    if (lane && lane !== block.parentElement) lane.append(block);
    for (const one of this.lanes) one.classList.toggle("is-target", one === block.parentElement);
    block.style.setProperty("--from", this.lifted.minute);
    block.querySelector("[data-block-time]").textContent = this.clockAt(this.lifted.minute);
    block.classList.toggle("is-clashing", this.#clashes(block));
  }

  /* The new position, or null if it is unchanged. */
  place() {
    const { block, originLane, minute } = this.lifted;
    if (block.parentElement === originLane && minute === Number(block.dataset.from)) return null;
    return {
      studio: block.parentElement.dataset.lane,
      day: this.line.dataset.day,
      hour: this.clockAt(minute),
    };
  }

  /* Restores the original position, unless a response has replaced the board. */
  restore() {
    if (!this.lifted) return;
    const { block, originLane, next, words } = this.lifted;
    this.lifted = null;
    for (const lane of this.lanes) lane.classList.remove("is-target");
    if (!block.isConnected) return;
    originLane.insertBefore(block, next);
    block.classList.remove("is-lifted", "is-clashing");
    block.style.setProperty("--from", block.dataset.from);
    block.querySelector("[data-block-time]").textContent = words;
  }

  keepScroll(change) {
    const before = this.part.querySelector("[data-board-scroll]");
    const focused =
      this.part.contains(document.activeElement) && document.activeElement.closest("[data-block]");
    const [left, top] = [before.scrollLeft, before.scrollTop];
    change();
    this.part.querySelector("[data-board-scroll]").scrollTo(left, top);
    if (focused)
      this.part
        .querySelector(`[data-block="${focused.dataset.block}"] a`)
        ?.focus({ preventScroll: true });
  }

  scrollToNow() {
    if (this.lanes.length === 0) return; // a cinema without studios
    const now = this.part.querySelector("[data-board-now]")?.dataset.boardNow;
    const starts = [...this.part.querySelectorAll("[data-block]")].map((block) =>
      Number(block.dataset.from),
    );
    const minute = Number(now ?? Math.min(...starts, 5 * 60));
    this.part.querySelector("[data-board-scroll]").scrollLeft =
      (minute - LEAD_MINUTES) * this.pixelsPerMinute;
  }

  #clashes(block) {
    const from = this.lifted.minute;
    const until = from + Number(block.dataset.minutes);
    return [...block.parentElement.querySelectorAll("[data-block]")].some((other) => {
      const start = Number(other.dataset.from);
      return other !== block && start < until && start + Number(other.dataset.minutes) > from;
    });
  }
}
