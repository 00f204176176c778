/* The badge beside the title ("Almost full", "At most 2 together"): the server decides which. */

/* labels: [{availability, together, label}]; none where the showtime is not on sale. */
export function showSaleLabel(badge, labels, { availability, together }) {
  const isShown = (each) => each.availability === availability && each.together === together;
  badge.textContent = labels.find(isShown)?.label ?? "";
  badge.hidden = !badge.textContent;
}
