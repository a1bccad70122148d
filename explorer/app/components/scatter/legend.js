// The legend: classes that can be shown and hidden, or the ramp of a level.

import { make } from "../dom/dom.js";
import { restyle } from "./drawing.js";
import { CLASS_COLOURS, dark, MARKS, RAMPS } from "./palette.js";

/** @import { Scatter } from "./types.d.ts" */

/** @param {Scatter} state */
export function drawLegend(state) {
  const { legend, data } = state;
  const { shade } = data;
  legend.replaceChildren(make("span", "scatter-legend-title", null, shade.title));
  if (shade.kind === "classes") legend.append(...shade.names.map((name, code) => legendButton(state, name, code)));
  else legend.append(rampOf(state));
  if (state.tests.includes(1) && state.tests.includes(0)) make("span", "", legend, "hollow: test images");
}

/**
 * @param {Scatter} state
 * @param {string} name
 * @param {number} code
 */
function legendButton(state, name, code) {
  const button = make("button", "scatter-tool");
  Object.assign(button, { type: "button", title: `Show or hide ${name}` });
  make("span", "scatter-mark", button, MARKS[code % MARKS.length]).style.color =
    CLASS_COLOURS[code % CLASS_COLOURS.length];
  make("span", "", button, name);
  button.setAttribute("aria-pressed", String(!state.hidden.has(code)));
  button.onclick = () => {
    state.hidden.has(code) ? state.hidden.delete(code) : state.hidden.add(code);
    button.setAttribute("aria-pressed", String(!state.hidden.has(code)));
    restyle(state);
  };
  return button;
}

/** @param {Scatter} state */
function rampOf(state) {
  const ramp = make("span", "scatter-ramp");
  const stops = RAMPS[dark(state) ? "dark" : "light"];
  make("span", "scatter-ramp-bar", ramp).style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const ticks = make("span", "scatter-ramp-ticks", ramp);
  for (const text of state.data.shade.ticks) make("span", "", ticks, text);
  return ramp;
}
