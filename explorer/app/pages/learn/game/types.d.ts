// What a hunt keeps between two drawings.

import type { HuntBlock } from "../../../components/blocks.d.ts";

export interface HuntRoot extends HTMLElement {
  data: HuntBlock;
  /** Rows of flagged training pictures. */
  flags: Set<number>;
}
