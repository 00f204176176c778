/* Updates a DOM tree to match a new one and leaves equal nodes untouched, so that focus, selection
   and scroll positions are kept. */

export function reconcile(current, fresh) {
  if (current.nodeType !== fresh.nodeType || current.nodeName !== fresh.nodeName) {
    current.replaceWith(fresh);
    return;
  }
  if (current.nodeType !== Node.ELEMENT_NODE) {
    if (current.data !== fresh.data) current.data = fresh.data;
    return;
  }
  copyAttributes(current, fresh);
  reconcileChildren(current, fresh);
}

export function reconcileChildren(current, fresh) {
  const old = [...current.childNodes];
  const next = [...fresh.childNodes];
  next.forEach((child, index) => {
    if (index < old.length) reconcile(old[index], child);
    else current.append(child);
  });
  for (const child of old.slice(next.length)) child.remove();
}

function copyAttributes(current, fresh) {
  for (const { name } of [...current.attributes]) {
    if (!fresh.hasAttribute(name)) current.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
}
