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

/** The elements of a scatter. */
export interface Parts {
  bar: HTMLElement;
  field: HTMLElement;
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
