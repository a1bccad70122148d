// Arrays of numbers and masks as base64 text, as Python packs them.

export function unpack(text, kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new kind(bytes.buffer);
}

export function packed(mask) {
  const bytes = new Uint8Array(Math.ceil(mask.length / 8));
  mask.forEach((chosen, row) => (bytes[row >> 3] |= chosen << (row & 7)));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function unpackedMask(text, count) {
  const bytes = unpack(text, Uint8Array);
  return Uint8Array.from({ length: count }, (_, row) => (bytes[row >> 3] >> (row & 7)) & 1);
}
