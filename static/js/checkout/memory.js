/* What was typed into the contact fields, kept in this tab until the tickets are bought: a declined
 * payment, or a time that was up, leads to a new form, and nobody likes to type it all again. */

const KEY = "layar-contact";
const FIELDS = ["name", "email", "phone"];

export function keepTyped(form) {
  const typed = read();
  for (const name of FIELDS) {
    const field = form.elements[name];
    if (!field.value && typed[name]) field.value = typed[name];
  }
  form.addEventListener("input", ({ target }) => {
    if (FIELDS.includes(target.name)) write({ ...read(), [target.name]: target.value });
  });
}

export function forgetTyped() {
  write({});
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function write(typed) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(typed));
  } catch {
    // A browser that keeps nothing: then it is typed again.
  }
}
