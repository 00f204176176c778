/* Choosing seats for the form that closes them: Shift and a click on the plan, or typing. */

const form = document.querySelector("[data-closing]");
const plan = document.querySelector("[data-hall-seats]");

function toggle(field, label) {
  const chosen = new Set(
    field.value
      .toUpperCase()
      .split(/[\s,;]+/u)
      .filter(Boolean),
  );
  if (!chosen.delete(label)) chosen.add(label);
  field.value = [...chosen].join(", ");
}

if (form && plan) {
  plan.addEventListener(
    "click",
    (event) => {
      const seat = event.target.closest("[data-label]");
      if (!seat || !event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      toggle(form.elements.seats, seat.dataset.label);
    },
    { capture: true },
  );
}
