// Polls a running export and reloads the page when it has finished or failed.

const POLL_MS = 1_000;
const POLL_MS_MAX = 15_000;
const OPEN = ["queued", "running"];

const job = document.querySelector("[data-job]");
const part = (name) => job.querySelector(`[data-job-${name}]`);
let delay = POLL_MS;

async function poll() {
  try {
    const response = await fetch(job.dataset.job, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status);
    show(await response.json());
    delay = POLL_MS;
  } catch {
    delay = Math.min(delay * 2, POLL_MS_MAX);
  }
  if (OPEN.includes(job.dataset.state)) setTimeout(poll, delay);
  else location.reload();
}

function show(status) {
  job.dataset.state = status.state;
  part("words").textContent = status.words;
  part("progress").value = status.percent;
  part("rows").textContent = status.rows_done;
  part("total").textContent = status.rows_total ?? "…";
}

setTimeout(poll, delay);
