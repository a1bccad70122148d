// The legend: classes that can be shown and hidden, or the ramp of a level.

import { make } from "../dom/dom.js";
import { refresh, restyle } from "./drawing.js";
import { classColour, dark, MARKS, OTHERS, RAMPS } from "./palette.js";

/** @import { Scatter } from "./types.d.ts" */

/** @param {Scatter} state */
export function drawLegend(state) {
  const { legend, data, named } = state;
  const { shade } = data;
  legend.replaceChildren(make("span", "scatter-legend-title", null, shade.title));
  if (shade.kind === "levels") legend.append(rampOf(state));
  else if (!named) legend.append(...shade.names.map((name, code) => legendButton(state, name, code)));
  else legend.append(...manyClasses(state, shade.names));
  if (state.tests.includes(1) && state.tests.includes(0)) make("span", "", legend, "hollow: test images");
}

/**
 * Return the buttons of the classes with a colour and of all others, and a field that gives a class a colour.
 *
 * @param {Scatter} state
 * @param {string[]} names
 */
function manyClasses(state, names) {
  const { named } = state;
  const others = `${(names.length - named.length).toLocaleString("en")} other classes`;
  return [
    ...named.map((code, slot) => legendButton(state, names[code], slot)),
    legendButton(state, others, OTHERS),
    classField(state, names),
  ];
}

/**
 * @param {Scatter} state
 * @param {string[]} names
 */
function classField(state, names) {
  const label = make("label", "scatter-find");
  const field = Object.assign(make("input", "", label), { type: "search", placeholder: "Colour another class …" });
  field.setAttribute("aria-label", "Colour another class, by its name");
  const choices = make("datalist", "", label);
  choices.id = "classes-of-the-map";
  field.setAttribute("list", choices.id);
  for (const name of names) make("option", "", choices).value = name;
  field.oninput = () => {
    const code = names.indexOf(field.value);
    if (code < 0) return;
    state.named = withClass(state.named, code);
    state.hidden.delete(0);
    drawLegend(state);
    restyle(state);
    refresh(state, true);
    state.legend.querySelector("input").focus();
  };
  return label;
}

/**
 * Return the classes with a colour where one more is to have one: it takes the first place, and the last one gives way.
 *
 * @param {number[]} named
 * @param {number} code
 */
export function withClass(named, code) {
  return [code, ...named.filter((other) => other !== code)].slice(0, named.length);
}

/**
 * @param {Scatter} state
 * @param {string} name
 * @param {number} slot of the class among those with a colour
 */
function legendButton(state, name, slot) {
  const button = make("button", "scatter-tool");
  Object.assign(button, { type: "button", title: `Show or hide ${name}` });
  const mark = MARKS[Math.max(0, slot) % MARKS.length];
  make("span", "scatter-mark", button, mark).style.color = classColour(state, slot);
  make("span", "", button, name);
  button.setAttribute("aria-pressed", String(!state.hidden.has(slot)));
  button.onclick = () => {
    state.hidden.has(slot) ? state.hidden.delete(slot) : state.hidden.add(slot);
    button.setAttribute("aria-pressed", String(!state.hidden.has(slot)));
    restyle(state);
    refresh(state, true);
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
