// Draws a report's chart from JSON on the page. The table contains the same figures.

const canvas = document.querySelector("[data-chart]");
const chart = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
const language = document.documentElement.lang || "id";
const styles = getComputedStyle(canvas);
const colours = ["one", "two", "three", "four", "five", "six"].map((name) =>
  styles.getPropertyValue(`--report-${name}`).trim(),
);
const textColour = styles.getPropertyValue("--report-soft").trim();
const lineColour = styles.getPropertyValue("--report-line").trim();

const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });

function formatValue(value, format) {
  if (chart.unit === "share") return percent.format(value);
  return chart.unit === "rupiah" ? `Rp${format.format(value)}` : format.format(value);
}

const isRound = chart.shape === "doughnut";
const datasets = chart.series.map((series, index) => ({
  label: series.label,
  data: series.values,
  backgroundColor: isRound ? colours : colours[index],
  borderWidth: 0,
  borderRadius: isRound ? 0 : 3,
  maxBarThickness: 40,
}));

function axes() {
  const grid = { color: lineColour };
  const ticks = { color: textColour };
  return {
    x: { grid: { display: false }, ticks: { ...ticks, maxRotation: 40, autoSkip: true } },
    y: {
      beginAtZero: true,
      grid,
      ticks: { ...ticks, callback: (value) => formatValue(value, compact) },
    },
  };
}

new window.Chart(canvas, {
  type: chart.shape,
  data: { labels: chart.labels, datasets },
  options: {
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
    maintainAspectRatio: false,
    scales: isRound ? {} : axes(),
    plugins: {
      legend: {
        display: isRound || datasets.length > 1,
        position: isRound ? "right" : "top",
        labels: { color: textColour },
      },
      tooltip: {
        callbacks: {
          label: (item) => `${item.dataset.label}: ${formatValue(item.raw, whole)}`,
        },
      },
    },
  },
});
