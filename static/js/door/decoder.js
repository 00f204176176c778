/* From a picture to what its QR code says: the browser's own reader, else the one we bring. */

const WIDTH_MAX = 800; // enough for a code that fills a third of the picture, and quick

export async function decoder(url) {
  if (await hasOwnReader()) {
    const reader = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await reader.detect(video))[0]?.rawValue ?? "";
  }
  await import(url); // an old-style script: it leaves its function on the window
  return readerOf(window.jsQR);
}

async function hasOwnReader() {
  if (!("BarcodeDetector" in window)) return false;
  try {
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  } catch {
    return false;
  }
}

function readerOf(jsQR) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDTH_MAX / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}
