// The tasks of the steps: what somebody is asked to do in a figure, checked from what the figure shows.

/** @import { Lesson } from "./types.d.ts" */

const TWICE = 2;
const CLOSE = 0.002; // losses are shown to four digits: so close they look the same on the chart
const CASES = 2;
const EVEN = Math.LN2; // a loss below it: the model says the test point's own class

/** @type {Record<string, (lesson: Lesson) => boolean>} */
const TASKS = {
  twice: ({ facts }) => facts.yours > TWICE * facts.fitted,
  flips: ({ facts }) => facts.before < EVEN !== facts.without < EVEN,
  agrees: ({ facts, state }) => state.values.eps !== 0 && Math.abs(facts.real - facts.linear) < CLOSE,
  round: ({ state, past }) => state.values.stretch === 1 && past.length > 0,
  cases: ({ prompts }) => prompts?.filter(({ done }) => done).length >= CASES,
};
/** @type {Record<number, string>} */
const OF_STEP = { 2: "twice", 3: "flips", 4: "agrees", 5: "round", 6: "cases" };

/**
 * The names of the tasks that are done in a figure now; a hand that still drags has done none.
 * @param {Lesson} lesson
 */
export function tasksDone(lesson) {
  const name = OF_STEP[lesson.data.step];
  return name && !lesson.gesture && TASKS[name](lesson) ? [name] : [];
}

/** @param {Lesson} lesson */
export function tellTasks(lesson) {
  window.dispatchEvent(new CustomEvent("lesson-tasks", { detail: tasksDone(lesson) }));
}
