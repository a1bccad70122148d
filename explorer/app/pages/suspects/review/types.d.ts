// What the review queue keeps between two drawings.

import type { QueueEntry, ReviewBlock } from "../../../components/blocks.d.ts";

export interface Review {
  root: HTMLElement;
  data: ReviewBlock;
  entries: QueueEntry[];
  /** Place of the open image among the entries. */
  at: number;
  /** Addresses of pictures that are here already, by row. */
  pictures: Map<string, string>;
  progress: HTMLElement;
  said: HTMLElement;
  strip: HTMLElement;
  frame: HTMLElement;
  image: HTMLImageElement;
  title: HTMLElement;
  file: HTMLElement;
  decided: HTMLElement;
  actions: HTMLElement;
  undo: HTMLElement;
  reason: HTMLElement;
  evidence: HTMLElement;
  does: HTMLElement;
}

export interface ReviewRoot extends HTMLElement {
  review?: Review;
}
