import type { PageRoot } from "../component.d.ts";

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
  /** Names of the actions that have no answer yet. */
  asked: Set<string>;
  changed: () => void;
}
