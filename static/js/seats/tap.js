/* Handles a tap on a seat: holds it, releases it, or explains why not. */

import { interpolate } from "./notice.js";

/* The other half is drawn as its own seat, so a second tap may mean "this one too". */
function askForBoth(seat, { map, hold, notice, messages }) {
  const id = Number(seat.dataset.seat);
  const seats = [id, Number(seat.dataset.otherHalf)]
    .sort((one, other) => one - other)
    .map((half) => map.label(half))
    .join(" + ");
  notice.show(interpolate(messages.bothHalves, { seats }), {
    tone: "info",
    actions: [
      { label: messages.keepBoth, run: () => {} },
      { label: interpolate(messages.releaseBoth, { seats }), run: () => hold.release([id]) },
    ],
  });
}

async function take(seat, { hold, notice, messages }) {
  const id = Number(seat.dataset.seat);
  await hold.add([id]);
  const note = messages.notes[seat.dataset.category];
  if (note && hold.has(id)) notice.show(note, { tone: "info" });
}

export function tap(seat, context) {
  const { map, hold, notice, messages, seatsMax } = context;
  const id = Number(seat.dataset.seat);
  const status = map.shownStatus(id);
  if (status === "pending") return;
  if (!["available", "mine"].includes(status)) notice.show(seat.getAttribute("aria-label"));
  else if (!navigator.onLine) notice.show(messages.offline, { tone: "danger" });
  else if (hold.held.is_sealed) notice.show(messages.sealed);
  else if (status === "mine" && seat.dataset.otherHalf) askForBoth(seat, context);
  else if (status === "mine") hold.release([id]);
  else if (hold.held.seats.length >= seatsMax) notice.show(messages.tooMany);
  else take(seat, context);
}
