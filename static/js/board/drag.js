/* Dragging a showtime with a mouse or pen. Touch scrolls, and a tap opens the showtime's form. */

const THRESHOLD_PX = 5;

export function listenForDrags(timeline, drop) {
  let drag = null;

  timeline.part.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-move-url]");
    if (!block || event.button !== 0 || event.pointerType === "touch" || !timeline.isWide()) return;
    if (timeline.isBusy()) return;
    drag = {
      block,
      x: event.clientX,
      y: event.clientY,
      from: Number(block.dataset.from),
      isDragging: false,
    };
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.isDragging) {
      if (Math.hypot(dx, dy) < THRESHOLD_PX) return;
      drag.isDragging = true;
      timeline.lift(drag.block);
    }
    event.preventDefault();
    timeline.put(drag.from + dx / timeline.pixelsPerMinute, laneAt(timeline, event.clientY));
  });

  document.addEventListener("pointerup", () => {
    if (!drag) return;
    const { block, isDragging } = drag;
    drag = null;
    if (!isDragging) return;
    // Suppresses the click that follows the drag.
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    const place = timeline.place();
    if (place) drop(block, place);
    else timeline.restore();
  });

  const cancel = () => {
    if (drag?.isDragging) timeline.restore();
    drag = null;
  };
  document.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", (event) => event.key === "Escape" && cancel());
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
