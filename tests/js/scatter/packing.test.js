// Numbers and masks as text, colours between stops, and numbers in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packed, unpack, unpackedMask } from "../../../explorer/app/components/scatter/packing.js";
import { channels, onRamp } from "../../../explorer/app/components/scatter/palette.js";
import { valueText } from "../../../explorer/app/components/scatter/tooltip.js";

test("a mask is one bit a row, the first row lowest, and comes back", () => {
  const mask = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  assert.deepEqual([...unpack(packed(mask), Uint8Array)], [0b10000001, 0b00000010]);
  assert.deepEqual(unpackedMask(packed(mask), 10), mask);
  assert.equal(packed(new Uint8Array(0)), "");
});

test("numbers come as they were packed", () => {
  const numbers = Uint16Array.from([0, 1, 65535]);
  const text = Buffer.from(numbers.buffer).toString("base64");
  assert.deepEqual(unpack(text, Uint16Array), numbers);
});

test("a ramp passes its stops and is even between them", () => {
  const ramp = ["#000000", "#646464", "#ffffff"];
  assert.deepEqual(channels("#0a141e"), [10, 20, 30]);
  assert.deepEqual(
    [0, 0.25, 0.5, 1].map((share) => onRamp(ramp, share)[0]),
    [0, 50, 100, 255],
  );
});

test("a value has four decimals, and a small one its power of ten", () => {
  assert.equal(valueText(12000), "12,000");
  assert.equal(valueText(-0.12345), "−0.1235");
  assert.equal(valueText(0.00001234), "1.2e−5");
});
