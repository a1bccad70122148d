import type { Action, PageRoot } from "../component.d.ts";

/** The bar of a page. */
export interface ChoiceBar {
  page: PageRoot;
  bar: HTMLElement;
  count: HTMLElement;
  acts: HTMLElement;
  said: HTMLElement;
  /** What can be done once a decision is saved. */
  after: HTMLElement;
  /** What can be done with training images alone. */
  train: HTMLElement[];
  trust: HTMLElement;
  together: HTMLElement;
  /** Does the same with the confirmed ones that were left alone. */
  too: HTMLButtonElement;
  /** The actions that have no answer yet, by their names. */
  asked: Map<string, Action>;
  /** What had the focus before the bar: it gets it back. */
  from: HTMLElement | null;
  changed: () => void;
}
