// What a scatter keeps between two drawings.

import type { ScatterBlock } from "../blocks.d.ts";

/** A place on the screen or in the frame: across, up or down. */
export type Place = [number, number];

/** Which part of the frame is seen: its middle, magnification, size on the screen in pixels, and pixels a unit. */
export interface View {
  x: number;
  y: number;
  zoom: number;
  width: number;
  height: number;
  density: number;
  left: number;
  below: number;
  across: number;
  up: number;
  size: number;
}

/** Draws all points: `style` is called when their looks change, `paint` at each move. */
export interface Painter {
  style(
    places: Uint16Array<ArrayBuffer>,
    tints: Uint8Array<ArrayBuffer>,
    forms: Uint8Array<ArrayBuffer>,
    order: Uint32Array<ArrayBuffer>,
  ): void;
  paint(view: View): void;
}

/** left, bottom, right and top in shares of the frame. */
export type Window = [number, number, number, number];

/** How many images each part of a window has, the class or level of most, and which share of them is chosen, of 255. */
export interface Density {
  bins: number;
  counts: Uint32Array;
  shades: Uint8Array;
  chosen: Uint8Array;
}

/** The points of a window; `rows` are their places among all images. */
export interface CrowdPoints {
  rows: Uint32Array;
  sure: Float32Array;
  values: Float32Array;
  places: Uint16Array<ArrayBuffer>;
  codes: Uint16Array;
  labels: Uint16Array;
  predicted: Uint16Array;
  chosen: Uint8Array;
}

/** What the server says of a window: points or counts, and the picture of these. */
export interface CrowdAnswer {
  window: Window;
  density?: Density;
  points?: CrowdPoints;
  picture?: HTMLCanvasElement;
}

/** What is known of a crowd: of the window that was asked for last, and counts of the whole. */
export interface CrowdState {
  answer: CrowdAnswer | null;
  whole: CrowdAnswer | null;
  asked: string;
  flying: boolean;
}

/** The elements of a scatter. */
export interface Parts {
  bar: HTMLElement;
  field: HTMLElement;
  under: HTMLCanvasElement;
  canvas: HTMLCanvasElement;
  over: HTMLCanvasElement;
  marks: HTMLElement;
  tip: HTMLElement;
  picture: HTMLImageElement;
  lines: HTMLElement;
  legend: HTMLElement;
  said: HTMLElement;
}

/** Points with what is known of each; arrays have an entry, `places` two entries, a point. */
export interface Scatter extends Parts {
  root: HTMLElement;
  view: View;
  tool: string;
  line: Place[] | null;
  hover?: Place;
  at: number;
  hidden: Set<number>;
  /** The classes with a colour of their own, in the order of the legend; null where all have one. */
  named: number[] | null;
  /** Where more images lie than are given at once; else null. */
  crowd: CrowdState | null;
  /** Of each point its place among all images; null where all are given. */
  rows: Uint32Array | null;
  painter: Painter;
  data: ScatterBlock;
  token: string;
  count: number;
  chosen: Uint8Array;
  places: Uint16Array<ArrayBuffer>;
  codes: Uint16Array;
  labels: Uint16Array;
  predicted: Uint16Array;
  sure: Float32Array;
  values: Float32Array;
  tests: Uint8Array;
  pending?: number | null;
}

export interface ScatterRoot extends HTMLElement {
  scatter?: Scatter;
}

export type Inside = (x: number, y: number, row: number) => boolean;
