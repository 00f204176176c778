/* Makes a shown tree say what a new one says, and touches nothing that is the same: focus,
   selection and scroll stay where they are. */

export function reconcile(shown, fresh) {
  if (shown.nodeType !== fresh.nodeType || shown.nodeName !== fresh.nodeName) {
    shown.replaceWith(fresh);
    return;
  }
  if (shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.data !== fresh.data) shown.data = fresh.data;
    return;
  }
  copyAttributes(shown, fresh);
  reconcileChildren(shown, fresh);
}

export function reconcileChildren(shown, fresh) {
  const old = [...shown.childNodes];
  const news = [...fresh.childNodes];
  news.forEach((child, place) => {
    if (place < old.length) reconcile(old[place], child);
    else shown.append(child);
  });
  for (const child of old.slice(news.length)) child.remove();
}

function copyAttributes(shown, fresh) {
  for (const { name } of [...shown.attributes]) {
    if (!fresh.hasAttribute(name)) shown.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
}
