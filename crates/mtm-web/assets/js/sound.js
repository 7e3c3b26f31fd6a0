// Acknowledgement by ear and hand. Made by the browser's own synthesiser: no files, nothing to load.

const KEY = "mtm_sound";
const TUNES = {
  scan: { notes: [[1320, 0.05]], shake: [30] },
  ok: { notes: [[880, 0.07], [1320, 0.1]], shake: [60] },
  question: { notes: [[660, 0.12], [660, 0.12]], shake: [80, 60, 80] },
  refused: { notes: [[220, 0.18], [165, 0.28]], shake: [200, 80, 200] },
};
let context = null;

export function soundOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

export function setSound(on) {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function play(name) {
  const tune = TUNES[name];
  if (!tune || !soundOn()) return;
  navigator.vibrate?.(tune.shake);
  const Context = window.AudioContext;
  if (!Context) return;
  context ??= new Context();
  // A browser that waits for a first touch stays silent until then; the colours say the same.
  if (context.state === "suspended") context.resume().catch(() => {});
  let at = context.currentTime;
  for (const [frequency, seconds] of tune.notes) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = name === "refused" ? "square" : "sine";
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.2, at + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + seconds + 0.02);
    at += seconds + 0.03;
  }
}
