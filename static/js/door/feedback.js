/* Sound and vibration for each check-in result, so that ushers need not look at the screen. */

const SOUNDS = {
  in: {
    tones: [
      [880, 0],
      [1320, 0.12],
    ],
    shape: "sine",
    seconds: 0.11,
    shake: [80],
  },
  refused: {
    tones: [
      [160, 0],
      [140, 0.28],
    ],
    shape: "square",
    seconds: 0.25,
    shake: [220, 90, 220],
  },
  queued: { tones: [[1760, 0]], shape: "sine", seconds: 0.04, shake: [30] },
  full: { tones: [[220, 0]], shape: "triangle", seconds: 0.5, shake: [400, 90, 400] },
  unknown: { tones: [[440, 0]], shape: "triangle", seconds: 0.3, shake: [400] },
};
const LOUDNESS = 0.35;

let speaker = null;

/* Browsers allow sound only after a user gesture. */
export function enableSound() {
  speaker ??= "AudioContext" in window ? new AudioContext() : null;
  speaker?.resume().catch(() => {});
}

export function playFeedback(outcome) {
  const sound = SOUNDS[outcome];
  if (!sound) return;
  navigator.vibrate?.(sound.shake);
  if (speaker?.state !== "running") return;
  for (const [hertz, after] of sound.tones) play(hertz, speaker.currentTime + after, sound);
}

function play(hertz, at, { shape, seconds }) {
  const tone = new OscillatorNode(speaker, { frequency: hertz, type: shape });
  const volume = new GainNode(speaker, { gain: LOUDNESS });
  volume.gain.setValueAtTime(LOUDNESS, at + seconds * 0.7);
  volume.gain.linearRampToValueAtTime(0, at + seconds);
  tone.connect(volume).connect(speaker.destination);
  tone.start(at);
  tone.stop(at + seconds);
}
