// A hundred thousand points, pixel by pixel: a mark is a few numbers written into an array, not a picture that is drawn.

import { stampOf } from "./painters.js";
import { BIGGER } from "./palette.js";

/** @import { Painter } from "./types.d.ts" */

/**
 * Return which pixels a mark sets, as steps from its middle in a picture of a width.
 *
 * @param {number} form
 * @param {number} size
 * @param {number} width
 */
function stepsOf(form, size, width) {
  const stamp = stampOf(0, 0, 0, form, size);
  const side = stamp.width;
  const seen = stamp.getContext("2d").getImageData(0, 0, side, side).data;
  const middle = side >> 1;
  const steps = [];
  for (let at = 0; at < side * side; at++)
    if (seen[4 * at + 3] > 100) steps.push((Math.floor(at / side) - middle) * width + (at % side) - middle);
  return Int32Array.from(steps);
}

/**
 * Return points in the order in which they are drawn: places, pixels of their colour, and forms.
 *
 * @param {Uint16Array} places
 * @param {Uint8Array} tints
 * @param {Uint8Array} forms
 * @param {Uint32Array} order
 */
export function inOrder(places, tints, forms, order) {
  const colours = new Uint32Array(tints.buffer, tints.byteOffset, tints.length / 4); // red is the lowest byte, as in a picture
  const points = {
    xs: new Uint16Array(order.length),
    ys: new Uint16Array(order.length),
    colours: new Uint32Array(order.length),
    forms: new Uint8Array(order.length),
  };
  let count = 0;
  for (const row of order) {
    if (!tints[4 * row + 3]) continue;
    points.xs[count] = places[2 * row];
    points.ys[count] = places[2 * row + 1];
    points.colours[count] = colours[row];
    points.forms[count++] = forms[row];
  }
  const { xs, ys, forms: shapes } = points;
  return {
    xs: xs.subarray(0, count),
    ys: ys.subarray(0, count),
    colours: points.colours.subarray(0, count),
    forms: shapes.subarray(0, count),
  };
}

/**
 * Set the pixels of points in a picture; marks that would leave it are left out.
 *
 * @param {Uint32Array} pixels
 * @param {number} width
 * @param {number} height
 * @param {ReturnType<typeof inOrder>} points
 * @param {{ left: number, top: number, across: number, up: number }} frame pixels at place 0, and pixels a step
 * @param {(form: number) => Int32Array} marks
 * @param {number} room that a mark needs around its middle
 */
export function setPixels(pixels, width, height, { xs, ys, colours, forms }, frame, marks, room) {
  const { left, top, across, up } = frame;
  const [right, bottom] = [width - room, height - room];
  const known = Array.from({ length: 256 }, () => /** @type {Int32Array | null} */ (null));
  for (let point = 0; point < xs.length; point++) {
    const x = (left + xs[point] * across) | 0;
    const y = (top - ys[point] * up) | 0;
    if (x < room || y < room || x >= right || y >= bottom) continue;
    known[forms[point]] ??= marks(forms[point]);
    const steps = known[forms[point]];
    const colour = colours[point];
    const middle = y * width + x;
    for (let step = 0; step < steps.length; step++) pixels[middle + steps[step]] = colour;
  }
}

/**
 * Return the painter that sets pixels.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {Painter}
 */
export function pixelPainter(canvas) {
  const pen = canvas.getContext("2d");
  /** @type {ReturnType<typeof inOrder> | null} */
  let points = null;
  /** @type {ImageData | null} */
  let image = null;
  /** Marks that were drawn once, by form, size and width of the picture. @type {Map<string, Int32Array>} */
  const drawn = new Map();
  return {
    style(places, tints, forms, order) {
      points = inOrder(places, tints, forms, order);
    },
    paint(view) {
      const { width, height } = canvas;
      if (image?.width !== width || image.height !== height) image = pen.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      pixels.fill(0);
      const { density } = view;
      const size = Math.max(2, Math.round(view.size * density));
      const frame = {
        left: density * (view.width / 2 - view.x * view.across),
        top: density * (view.height / 2 + view.y * view.up),
        across: (density * view.across) / 65535,
        up: (density * view.up) / 65535,
      };
      /** @param {number} form */
      const marks = (form) => {
        const key = [form, size, width].join();
        if (!drawn.has(key)) drawn.set(key, stepsOf(form, size * (1 + 0.25 * Math.floor(form / BIGGER)), width));
        return drawn.get(key);
      };
      if (points) setPixels(pixels, width, height, points, frame, marks, size);
      pen.putImageData(image, 0, 0);
    },
  };
}
