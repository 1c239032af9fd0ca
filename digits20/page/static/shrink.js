// Shrinks pictures that are too large to send.

import { bytes } from "./words.js";

const LARGEST = 5 * 2 ** 20; // bytes; the server refuses more
const LONGEST = 2000; // pixels of a side, afterwards

/** A promise of a Blob that may be sent: the file itself, or the same picture with fewer pixels. */
export async function sendable(file) {
  if (file.size <= LARGEST) return file;
  const image = await createImageBitmap(file).catch(() => {
    throw new Error(`${bytes(file.size)}, at most ${bytes(LARGEST)}`);
  });
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return new Promise((done) => canvas.toBlob(done, "image/webp", 0.95));
}
