/* Decodes QR codes with the browser's BarcodeDetector, otherwise with the bundled jsQR. */

const WIDTH_MAX = 800; // enough for a code that fills a third of the image, and fast

export async function decoder(url) {
  if (await hasNativeReader()) {
    const reader = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await reader.detect(video))[0]?.rawValue ?? "";
  }
  await import(url); // a classic script that defines window.jsQR
  return readerOf(window.jsQR);
}

async function hasNativeReader() {
  if (!("BarcodeDetector" in window)) return false;
  try {
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  } catch {
    return false;
  }
}

function readerOf(jsQR) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDTH_MAX / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}
