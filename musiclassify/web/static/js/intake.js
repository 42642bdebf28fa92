/** Ways in: files, folders, what is dropped or pasted, the microphone. */

const SOUND = /\.(mp3|mp2|wav|wave|flac|ogg|oga|opus|m4a|m4b|aac|mp4|webm|weba|mka|aif|aiff|aifc|au|snd|caf|wma)$/i;

/** Whether a file of a folder is a sound: by its name, or by the kind that the system tells. */
export const isSound = (file) => !file.name.startsWith(".") && (SOUND.test(file.name) || /^audio\//.test(file.type));

const byName = (a, b) => (a.webkitRelativePath || a.name).localeCompare(b.webkitRelativePath || b.name, undefined, { numeric: true });

/** The sounds of a folder that was chosen. */
export const fromFolder = (files) => [...files].filter(isSound).sort(byName);

async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    return file ? [file] : [];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (some.length === 0) return found;
    for (const child of some) found.push(...(await walk(child)));
  }
}

/**
 * Files out of a drop; folders are walked, and of those only the sounds are taken.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<{files: File[], folders: number}>}
 */
export async function fromDrop(transfer) {
  const entries = [...(transfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folders = entries.filter((entry) => entry.isDirectory);
  if (folders.length === 0) return { files: [...(transfer?.files ?? [])], folders: 0 };
  const files = [];
  for (const entry of entries) files.push(...(entry.isDirectory ? (await walk(entry)).filter(isSound).sort(byName) : await walk(entry)));
  return { files, folders: folders.length };
}

/** Whether this browser can listen at all. */
export const canListen = () => Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);

/**
 * Record some seconds; the browser asks the person first.
 *
 * @param {{seconds: number, name: string, onTick: (left: number) => void, signal: AbortSignal}} options an abort ends
 *   it early with what was heard
 * @returns {Promise<File>}
 */
export async function listen({ seconds, name, onTick, signal }) {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
  const stop = () => recorder.state === "recording" && recorder.stop();
  const end = performance.now() + seconds * 1000;
  recorder.start();
  onTick(seconds);
  const timer = setInterval(() => {
    const left = (end - performance.now()) / 1000;
    onTick(Math.max(0, left));
    if (left <= 0) stop();
  }, 250);
  signal.addEventListener("abort", stop);
  try {
    await stopped;
  } finally {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
  }
  return new File(parts, name, { type: recorder.mimeType });
}
