// Many points in one canvas: a small program for the graphics card, and the same picture by hand where there is none.

import { onScreen } from "./geometry.js";
import { BIGGER, HOLLOW } from "./palette.js";

/** @import { Painter } from "./types.d.ts" */

const VERTEX = `
attribute vec2 place; attribute vec4 tint; attribute float form;
uniform vec2 centre; uniform vec2 stretch; uniform float size;
varying vec4 colour; varying float shape; varying float hollow; varying float edge;
void main() {
  float grown = floor(form / ${BIGGER}.0);
  float rest = form - grown * ${BIGGER}.0;
  hollow = step(${HOLLOW}.0, rest);
  shape = rest - hollow * ${HOLLOW}.0;
  gl_Position = vec4(tint.a > 0.0 ? (place - centre) * stretch : vec2(9.0), 0.0, 1.0);
  gl_PointSize = size * (1.0 + 0.25 * grown);
  edge = 2.0 / gl_PointSize;
  colour = tint;
}`;

const FRAGMENT = `
precision mediump float;
varying vec4 colour; varying float shape; varying float hollow; varying float edge;
void main() {
  vec2 q = gl_PointCoord * 2.0 - 1.0; vec2 a = abs(q);
  float d = length(q);
  if (shape > 0.5) d = 1.6 * max(q.y - 0.2, a.x * 0.866 - (q.y - 0.2) * 0.5);
  if (shape > 1.5) d = 1.15 * max(a.x, a.y);
  if (shape > 2.5) d = a.x + a.y;
  if (shape > 3.5) d = min(max(a.x, 3.0 * a.y), max(3.0 * a.x, a.y));
  float seen = (1.0 - smoothstep(1.0 - edge, 1.0, d)) * mix(1.0, smoothstep(0.4, 0.6, d), hollow) * colour.a;
  gl_FragColor = vec4(colour.rgb * seen, seen);
}`;

/**
 * Return the program of both shaders, or null where the card refuses it.
 *
 * @param {WebGL2RenderingContext} gl
 */
function programOf(gl) {
  const program = gl.createProgram();
  /** @type {[number, string][]} */
  const shaders = [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ];
  for (const [kind, text] of shaders) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {WebGLProgram} program
 * @param {string} name
 * @param {ArrayBufferView<ArrayBuffer>} values
 * @param {number} size
 * @param {number} kind
 * @param {boolean} scaled
 */
function feed(gl, program, name, values, size, kind, scaled) {
  const at = gl.getAttribLocation(program, name);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, size, kind, scaled, 0, 0);
}

/**
 * Return the painter by the graphics card, or null where there is none.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {Painter | null}
 */
export function cardPainter(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
  const program = gl && programOf(gl);
  if (!program) return null;
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const uniform = (/** @type {string} */ name) => gl.getUniformLocation(program, name);
  const [centre, stretch, size] = ["centre", "stretch", "size"].map(uniform);
  let count = 0;
  return {
    style(places, tints, forms, order) {
      count = order.length;
      feed(gl, program, "place", places, 2, gl.UNSIGNED_SHORT, true);
      feed(gl, program, "tint", tints, 4, gl.UNSIGNED_BYTE, true);
      feed(gl, program, "form", forms, 1, gl.UNSIGNED_BYTE, false);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STATIC_DRAW);
    },
    paint(view) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(centre, view.x, view.y);
      gl.uniform2f(stretch, (2 * view.across) / view.width, (2 * view.up) / view.height);
      gl.uniform1f(size, view.size * view.density);
      gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 0);
    },
  };
}

/** @type {Record<number, [number, number][]>} Corners of triangle, diamond and cross in units of half their size. */
const CORNERS = {
  1: [
    [1, 0.1],
    [1.9, 1.7],
    [0.1, 1.7],
  ],
  3: [
    [1, 0],
    [2, 1],
    [1, 2],
    [0, 1],
  ],
  4: [
    [0.7, 0],
    [1.3, 0],
    [1.3, 0.7],
    [2, 0.7],
    [2, 1.3],
    [1.3, 1.3],
    [1.3, 2],
    [0.7, 2],
    [0.7, 1.3],
    [0, 1.3],
    [0, 0.7],
    [0.7, 0.7],
  ],
};

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} shape
 * @param {number} r
 */
function outline(pen, shape, r) {
  pen.beginPath();
  if (shape === 0) pen.arc(r, r, r * 0.95, 0, 7);
  else if (shape === 2) pen.rect(r * 0.15, r * 0.15, r * 1.7, r * 1.7);
  else {
    const corners = CORNERS[shape];
    for (const [x, y] of corners) pen.lineTo(x * r, y * r);
    pen.closePath();
  }
}

/**
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 * @param {number} form
 * @param {number} size
 */
export function stampOf(red, green, blue, form, size) {
  const stamp = document.createElement("canvas");
  stamp.width = stamp.height = Math.ceil(size);
  const pen = stamp.getContext("2d");
  pen.fillStyle = pen.strokeStyle = `rgb(${red}, ${green}, ${blue})`;
  outline(pen, form % HOLLOW, size / 2);
  pen.lineWidth = Math.max(1, size / 5);
  form & HOLLOW ? pen.stroke() : pen.fill();
  return stamp;
}

/**
 * Return the painter by the processor.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {Painter}
 */
export function handPainter(canvas) {
  const pen = canvas.getContext("2d");
  /** @type {{ places: Uint16Array, tints: Uint8Array, forms: Uint8Array, order: Uint32Array } | null} */
  let looks = null;
  /**
   * @param {Map<number, HTMLCanvasElement>} stamps
   * @param {number} row
   * @param {number} size
   */
  function stamp(stamps, row, size) {
    const [red, green, blue] = looks.tints.subarray(4 * row, 4 * row + 3);
    const key = ((red * 256 + green) * 256 + blue) * 256 + looks.forms[row];
    if (!stamps.has(key))
      stamps.set(
        key,
        stampOf(red, green, blue, looks.forms[row], size * (1 + 0.25 * Math.floor(looks.forms[row] / BIGGER))),
      );
    return stamps.get(key);
  }
  return {
    style(places, tints, forms, order) {
      looks = { places, tints, forms, order };
    },
    paint(view) {
      const stamps = new Map();
      pen.clearRect(0, 0, canvas.width, canvas.height);
      for (const row of looks.order) {
        const drawn = looks.tints[4 * row + 3] && stamp(stamps, row, view.size * view.density);
        if (!drawn) continue;
        pen.globalAlpha = looks.tints[4 * row + 3] / 255;
        const [x, y] = onScreen(view, looks.places[2 * row] / 65535, looks.places[2 * row + 1] / 65535);
        pen.drawImage(drawn, x * view.density - drawn.width / 2, y * view.density - drawn.height / 2);
      }
    },
  };
}
