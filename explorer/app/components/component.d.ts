// What Streamlit hands to a component at every drawing, and what the program keeps at the root of a page's element.

import type { Answer, Block, Node } from "./blocks.d.ts";
import type { ChoiceBar } from "./choice_bar/types.d.ts";
import type { Lightbox } from "./lightbox/types.d.ts";

export interface Component<Data> {
  data: Data;
  parentElement: ParentNode;
  setTriggerValue(name: string, value: unknown): void;
}

/** A module that draws kinds of blocks of its own. */
export interface KindsModule {
  kinds: Record<string, Drawing>;
}

/** Draws a block into an element that is its own from one drawing to the next. */
// biome-ignore lint/suspicious/noExplicitAny: each drawing takes the block of its own kind, and the kind chooses the drawing
export type Drawing = (root: any, data: any) => void;

/** The root of a page's element. */
export interface PageRoot extends HTMLElement {
  tell: Component<unknown>["setTriggerValue"];
  /** The timer after which actions without an answer are sent again. */
  again?: number;
  meanings: Map<string, Node[]>;
  tip?: Hint;
  lightbox?: Lightbox;
  choice?: ChoiceBar;
}

/** The box in which a word's meaning stands. */
export interface Hint extends HTMLElement {
  leaving?: number;
  close?: (() => void) | null;
}

/** Something that a person decided: an edit of some rows of a run. */
export interface Action {
  run: string;
  action: string;
  rows: number[];
  value: string;
  /** Of the images, where the action can be about either side. */
  side?: string;
}

/** An action under a name of its own. */
export interface SentAction extends Action {
  id: string;
}

export interface SettledAction extends Answer {
  item: SentAction;
}

export type { Block };
