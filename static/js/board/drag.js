/* Dragging a showing with a mouse or pen. A finger scrolls; it opens the showing and its form. */

const THRESHOLD_PX = 5;

export function listenForDrags(timeline, drop) {
  let grip = null;

  timeline.part.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-move-url]");
    if (!block || event.button !== 0 || event.pointerType === "touch" || !timeline.isWide()) return;
    if (timeline.isBusy()) return;
    grip = {
      block,
      x: event.clientX,
      y: event.clientY,
      from: Number(block.dataset.from),
      isDragging: false,
    };
  });

  document.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
    if (!grip.isDragging) {
      if (Math.hypot(dx, dy) < THRESHOLD_PX) return;
      grip.isDragging = true;
      timeline.lift(grip.block);
    }
    event.preventDefault();
    timeline.put(grip.from + dx / timeline.pixelsPerMinute, laneAt(timeline, event.clientY));
  });

  document.addEventListener("pointerup", () => {
    if (!grip) return;
    const { block, isDragging } = grip;
    grip = null;
    if (!isDragging) return;
    // The click that follows belongs to the drag.
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    const place = timeline.place();
    if (place) drop(block, place);
    else timeline.settle();
  });

  const giveUp = () => {
    if (grip?.isDragging) timeline.settle();
    grip = null;
  };
  document.addEventListener("pointercancel", giveUp);
  document.addEventListener("keydown", (event) => event.key === "Escape" && giveUp());
}

function laneAt(timeline, y) {
  return timeline.lanes.find((lane) => {
    const { top, bottom } = lane.getBoundingClientRect();
    return lane.dataset.addUrl !== undefined && top <= y && y < bottom;
  });
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
