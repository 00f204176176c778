/* What was typed into the contact fields, kept in this tab until the tickets are bought: a declined
 * payment, or a time that was up, leads to a new form, and nobody likes to type it all again. Not
 * for long: the next person at a shared machine is somebody else. */

const KEY = "layar-contact";
const KEPT_MS = 10 * 60 * 1000;
const FIELDS = ["name", "email", "phone"];

export function keepTyped(form) {
  const fields = FIELDS.map((name) => form.elements[name]);
  // Whoever types fast was there before this script.
  fields.filter((field) => field.value !== field.defaultValue).forEach(keep);
  const typed = read();
  for (const field of fields) {
    if (!field.value && typed[field.name]) field.value = typed[field.name];
  }
  form.addEventListener("input", ({ target }) => {
    if (fields.includes(target)) keep(target);
  });
}

function keep({ name, value }) {
  write({ ...read(), [name]: value });
}

export function forgetTyped() {
  write({});
}

function read() {
  try {
    const typed = JSON.parse(sessionStorage.getItem(KEY)) ?? {};
    return Date.now() - typed.at < KEPT_MS ? typed : {};
  } catch {
    return {};
  }
}

function write(typed) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...typed, at: Date.now() }));
  } catch {
    // A browser that keeps nothing: then it is typed again.
  }
}
