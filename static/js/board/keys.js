/* Moves the focused showtime by keyboard: Shift and arrows move it, Enter confirms. */

const STEPS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function listenForKeys(timeline, drop) {
  timeline.part.addEventListener("keydown", (event) => {
    const block = event.target.closest("[data-move-url]");
    if (!block || !timeline.isWide()) return;
    if (event.shiftKey && STEPS[event.key]) {
      event.preventDefault();
      step(timeline, block, STEPS[event.key]);
    } else if (timeline.lifted?.block === block && event.key === "Enter") {
      event.preventDefault();
      const place = timeline.place();
      if (place) drop(block, place);
      else cancelMove(timeline, block);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && timeline.isBusy()) cancelMove(timeline, timeline.lifted.block);
  });
}

function step(timeline, block, [minutes, studios]) {
  if (!timeline.isBusy()) timeline.lift(block);
  if (timeline.lifted.block !== block) return;
  const open = timeline.lanes.filter((lane) => lane.dataset.addUrl !== undefined);
  const lane = open[open.indexOf(block.parentElement) + studios];
  timeline.put(timeline.lifted.minute + minutes, lane);
  refocus(block);
}

function cancelMove(timeline, block) {
  timeline.restore();
  refocus(block);
}

/* A block that changes its lane loses focus. */
function refocus(block) {
  const link = block.querySelector("a");
  if (document.activeElement !== link) link.focus();
}
