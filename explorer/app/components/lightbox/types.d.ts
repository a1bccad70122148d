import type { Tile } from "../blocks.d.ts";

/** Which picture of a run. */
export interface Place {
  run: string;
  /** `"train"` or `"test"`. */
  side: string;
  index: number;
}

/** A large picture with what is known of it. */
export interface Panel {
  root: HTMLElement;
  title: HTMLElement;
  box: HTMLElement;
  image: HTMLImageElement;
  heat: HTMLImageElement;
  words: HTMLElement;
  /** What it shows now. */
  item?: Tile;
}

/** What can be decided about a picture that is shown large. */
export interface Decide {
  row: HTMLElement;
  said: HTMLElement;
  /** The training picture that it is about. */
  place: Place | null;
  /** The classes of its run. */
  names: string[];
  /** The actions that have no answer yet. */
  asked: Set<string>;
}

/** The lightbox of a page: the tiles that it goes through, and the one that all of them are about. */
export interface Lightbox {
  dialog: HTMLDialogElement;
  place: HTMLElement;
  note: HTMLElement;
  buttons: Record<"where" | "previous" | "next" | "close", HTMLButtonElement>;
  panels: [Panel, Panel];
  decide: Decide;
  anchor: Tile | null;
  tiles: HTMLElement[];
  at: number;
  /** The tile that it was opened on. */
  opened: HTMLElement | null;
  where: boolean;
}
