// Arrays of numbers and masks as base64 text, as Python packs them.

/**
 * Return the numbers of a text in base64.
 *
 * @template Numbers
 * @param {string} text
 * @param {new (buffer: ArrayBuffer) => Numbers} kind
 * @returns {Numbers}
 */
export function unpack(text, kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new kind(bytes.buffer);
}

/** @param {Uint8Array} mask */
export function packed(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  for (let row = 0; row < mask.length; row++) bytes[row >> 3] |= mask[row] << (row & 7);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/**
 * @param {string} text
 * @param {number} count
 */
export function unpackedMask(text, count) {
  const bytes = unpack(text, Uint8Array);
  return Uint8Array.from({ length: count }, (_, row) => (bytes[row >> 3] >> (row & 7)) & 1);
}
