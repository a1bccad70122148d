// The figures of the lesson: points, problems and their solutions, and what a step keeps between two drawings.

import type { PlaneData } from "../../../../components/blocks.d.ts";

/** Two coordinates. */
export type Place = number[];
/** The two ends of an axis. */
export type Range = number[];
/** Two ends of a line. */
export type Ends = number[][];

export interface Point {
  x: number;
  y: number;
  label: string;
}

/** Weighted logistic regression: rows x̃, signs y, penalty λ, and how many weights θ has. */
export interface Problem {
  rows: number[][];
  signs: number[];
  l2: number;
  size: number;
}

export interface Fit {
  theta: number[];
  /** ‖∇R‖ at θ. */
  slope: number;
  steps: number;
  curvature: number[][];
}

export interface SolverStep {
  v: number[];
  residual: number;
}

export interface Line {
  slope: number;
  intercept: number;
  mean: number;
  spread: number;
}

/** Leverage h, residual e, e in its own standard deviations, and Cook's distance of a point; null where not defined. */
export interface PointFigures {
  leverage: number;
  residual: number;
  standard: number | null;
  cook: number | null;
}

export interface LineFigures extends Line {
  deviation: number;
  each: PointFigures[];
}

interface AnySlider {
  label: string;
  initial: number;
  inBar?: boolean;
  words(value: number): string;
}

export interface ListSlider extends AnySlider {
  list: number[];
}

export interface RangeSlider extends AnySlider {
  low: number;
  high: number;
  step: number;
}

export type Slider = ListSlider | RangeSlider;

/** What a person can change. `chosen` is a row of the points, −1 for none; `values` are those of the sliders. */
export interface State {
  points: Point[];
  star: Point;
  chosen: number;
  values: Record<string, number>;
}

/** A step of the lesson: the points that it draws, its sliders and panels, and how it is built and drawn. */
export interface Step {
  letters: string;
  chosen: number;
  /** Whether no point may be chosen at all. */
  optional?: boolean;
  /** Whether a dragged point becomes the chosen one. */
  follows?: boolean;
  adds?: string;
  sliders: Record<string, Slider>;
  panels: [name: string, title: string, side: "left" | "right"][];
  build(lesson: Lesson, bodies: Bodies): void;
  draw(lesson: Lesson): void;
  pull?(lesson: Lesson, place: Place): void;
  nudge?(lesson: Lesson, direction: number, far: boolean): void;
}

/** The bodies of the panels by name. */
export type Bodies = Record<string, HTMLElement>;

export interface Target {
  kind: "point" | "star" | "grip" | "field";
  row?: number;
  added?: boolean;
}

export interface Gesture extends Target {
  grip: Place;
  from: Place;
  moved: boolean;
}

/** A group that remembers what it shows. */
export interface Group extends SVGGElement {
  label?: string;
  labels?: string;
  asked?: string;
}

export interface Shade {
  gradient: SVGElement;
  ground: SVGElement;
}

export interface Field {
  figure: SVGSVGElement;
  shade: Shade | null;
  points: Group[];
  ticks: SVGElement;
  lines: Record<string, SVGElement>;
  over: SVGElement;
  layer: SVGElement;
  star: SVGGElement | null;
  grip?: SVGElement;
  stretch?: number;
}

export interface FieldLooks {
  label: string;
  lines: string[];
  legend: string[][];
  star?: boolean;
  shaded?: boolean;
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Chart {
  figure: SVGSVGElement;
  opening: SVGElement;
  axes: SVGElement;
  inside: SVGElement;
  over: SVGElement;
  titles: { x: string; y: string };
  height: number;
  width: number;
  // biome-ignore lint/suspicious/noExplicitAny: each piece is read by the function that made it
  drawn: Map<string, any>;
  ticks: string;
  /** What it shows now. */
  drawing?: Drawing;
  ends?: { x: Range; y: Range };
  box?: Box;
  at?(place: number[]): Place;
}

export interface Curve {
  name: string;
  points: number[][];
}

export interface Rule {
  name: string;
  x?: number;
  y?: number;
  text?: string;
  low?: boolean;
}

export interface Arrow {
  name: string;
  end: number[];
}

export interface Dots {
  name: string;
  points: [x: number, y: number, kind: string][];
  size?: number;
}

export interface Mark {
  name: string;
  at: number[];
  text?: string;
  end?: boolean;
}

export interface Drawing {
  x: Range;
  y: Range;
  lines?: Curve[];
  arrows?: Arrow[];
  dots?: Dots[];
  marks?: Mark[];
  rules?: Rule[];
  xTicks?: number[];
  yTicks?: number[];
}

export interface RankPart {
  title: string;
  head: HTMLElement;
  chart: Chart;
}

/** Rank correlations with real refits, with H⁻¹ and without. */
export interface Agreement {
  curved: number | null;
  plain: number | null;
}

/** The paths of both solvers. */
export interface Paths {
  conjugate: SolverStep[];
  steepest: SolverStep[];
}

/** Average loss, its standard error, penalty and their sum; null where there is no point. */
export interface RiskParts {
  mean: number | null;
  error: number | null;
  penalty: number;
  risk: number | null;
}

/** A fit where one point counts more or less, and what the tangent predicts of it. */
export interface Upweighted {
  refit: number[];
  predicted: number[];
  slope: number;
  loss: number;
  real: number;
  linear: number;
}

/** What a point is: an outlier by its residual, far out by its leverage, influential by Cook's distance. */
export interface Kind {
  outlier: boolean;
  far: boolean;
  influential: boolean;
}

export interface Prompt extends Partial<Kind> {
  words: string;
  found: string;
}

export interface PromptLine {
  prompt: Prompt;
  item: HTMLElement;
  box: HTMLElement;
  found: HTMLElement;
  done: boolean;
}

/** A step on the page: its state, its history, and the elements of the figures that it has. */
export interface Lesson {
  root: HTMLElement;
  data: PlaneData;
  step: Step;
  path: string;
  state: State;
  past: State[];
  notice: string;
  hidden: Set<string>;
  gesture: Gesture | null;
  sliders: Record<string, { input: HTMLInputElement; value: HTMLElement }>;
  fitters: Map<Element, () => boolean>;
  watch: ResizeObserver;
  written: string;
  writing?: number;
  redraw(): void;
  say(sentence: string): void;
  mode: string;
  showMode(): void;
  sides: Record<"left" | "right", HTMLElement>;
  panels: Record<string, HTMLElement>;
  field: Field;
  copied: HTMLElement;
  undoButton: HTMLButtonElement;
  removeButton: HTMLButtonElement;
  noticeLine: HTMLElement;
  linkField: HTMLInputElement;
  sentence: HTMLElement;
  cells: HTMLElement[][];
  heads: HTMLTableCellElement[];
  body: HTMLElement;
  cost: HTMLElement[];
  fresh: Problem;
  problem: Problem;
  theta: number[];
  chart: Chart;
  charts: { turn: Chart; shift: Chart };
  arrows: Chart;
  descent: Chart;
  ranks: { curved: RankPart; plain: RankPart };
  prompts: PromptLine[];
  /** What the last drawing found, for the tasks. */
  facts: Record<string, number>;
}

export interface PlaneRoot extends HTMLElement {
  lesson?: Lesson;
  identity?: string;
}
