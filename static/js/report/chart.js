// Draws a report's chart from the figures that stand on the page as JSON. The table says the same.

const canvas = document.querySelector("[data-chart]");
const told = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
const language = document.documentElement.lang || "id";
const styles = getComputedStyle(canvas);
const colours = ["one", "two", "three", "four", "five", "six"].map((name) =>
  styles.getPropertyValue(`--report-${name}`).trim(),
);
const ink = styles.getPropertyValue("--report-soft").trim();
const line = styles.getPropertyValue("--report-line").trim();

const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });

function written(value, format) {
  if (told.unit === "share") return percent.format(value);
  return told.unit === "rupiah" ? `Rp${format.format(value)}` : format.format(value);
}

const isRound = told.shape === "doughnut";
const datasets = told.series.map((series, place) => ({
  label: series.label,
  data: series.values,
  backgroundColor: isRound ? colours : colours[place],
  borderWidth: 0,
  borderRadius: isRound ? 0 : 3,
  maxBarThickness: 40,
}));

function axes() {
  const grid = { color: line };
  const ticks = { color: ink };
  return {
    x: { grid: { display: false }, ticks: { ...ticks, maxRotation: 40, autoSkip: true } },
    y: {
      beginAtZero: true,
      grid,
      ticks: { ...ticks, callback: (value) => written(value, compact) },
    },
  };
}

new window.Chart(canvas, {
  type: told.shape,
  data: { labels: told.labels, datasets },
  options: {
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
    maintainAspectRatio: false,
    scales: isRound ? {} : axes(),
    plugins: {
      legend: {
        display: isRound || datasets.length > 1,
        position: isRound ? "right" : "top",
        labels: { color: ink },
      },
      tooltip: {
        callbacks: {
          label: (item) => `${item.dataset.label}: ${written(item.raw, whole)}`,
        },
      },
    },
  },
});
