// What Python sends to the browser. Written by `python -m tools.shapes` from the types in Python: change those.

/** A text, or an element with its attributes and what is in it. */
export type Node = string | [tag: string, attributes: Record<string, string>, ...children: Node[]];

export type Block =
  | HeadBlock
  | TextBlock
  | MenusBlock
  | LinksBlock
  | TabsBlock
  | ColumnsBlock
  | TableBlock
  | ProseBlock
  | GalleryBlock
  | AsTableBlock
  | BarBlock
  | AwaitedBlock
  | BarsBlock
  | TugBlock
  | ActsBlock
  | ScatterBlock
  | StepsBlock
  | OnwardBlock
  | SearchBlock
  | TakeBlock
  | SaidBlock
  | RestBlock
  | PictureBlock
  | TimeMachineBlock
  | RunsBlock
  | ClassesBlock
  | RankingBlock
  | ReviewBlock
  | HuntBlock
  | ShareBlock
  | StandingBlock
  | QrBlock
  | ClassBlock
  | PresentBlock
  | QuizBlock
  | SheetBlock
  | DecisionsBlock;

/** The top of a page; ``about`` are its answers about itself. */
export interface HeadBlock {
  kind: "head";
  title: string;
  question: string;
  notices: string[];
  remarks: Remark[];
  menus: Menu[];
  about: Node[];
}

/** A sentence or a heading. */
export interface TextBlock {
  kind: "text";
  tag: "h2" | "h3" | "p";
  quiet: boolean;
  text: string;
}

/** Menus side by side; ``low`` ones have their labels beside them and take one line. */
export interface MenusBlock {
  kind: "menus";
  menus: Menu[];
  low: boolean;
}

/** Links side by side. */
export interface LinksBlock {
  kind: "doors";
  links: Link[];
}

/** Views of a page. */
export interface TabsBlock {
  kind: "tabs";
  label: string;
  tabs: Tab[];
}

/** Columns side by side. */
export interface ColumnsBlock {
  kind: "columns";
  columns: Column[];
}

/** A table of texts. */
export interface TableBlock {
  kind: "table";
  label: string;
  columns: string[];
  rows: string[][];
}

/** A text. */
export interface ProseBlock {
  kind: "prose";
  nodes: Node[];
}

/** Galleries side by side. */
export interface GalleryBlock {
  kind: "gallery";
  sections: Section[];
}

/** Numbers under their columns, and the name of the files that they can be taken along in. */
export interface AsTableBlock {
  kind: "astable";
  label: string;
  name: string;
  headings: string[];
  rows: ((string | number | number | boolean | null)[])[];
}

/** Doors, the pages behind the open one, and the case; None where there is no run. ``address`` is the page that it was drawn for. */
export interface BarBlock {
  kind: "bar";
  address: string;
  doors: Tab[];
  pages: Tab[];
  case: CaseStrip | null;
}

/** What stands in the place of a result. */
export interface AwaitedBlock {
  kind: "awaited";
  text: string;
  works: string[];
  done: number;
  active: boolean;
}

/** A histogram: counts and middles of its bars, and words below it from left to right. */
export interface BarsBlock {
  kind: "bars";
  caption: string;
  label: string;
  counts: number[];
  centres: number[];
  marks: Mark[];
  ticks: string[];
}

/** A tug-of-war of one or two ropes. */
export interface TugBlock {
  kind: "tug";
  sides: Rope[];
  caption: string;
  label: string;
}

/** Buttons that write edits of a run, links, and answers to what this browser asked for. */
export interface ActsBlock {
  kind: "acts";
  run: string;
  label: string;
  waits: string;
  buttons: ActButton[];
  links: Way[];
  answers: Answer[];
}

/** A field of points, numbers as base64 of their bytes; ``token`` changes with anything but what is chosen. */
export interface ScatterBlock {
  kind: "scatter";
  run: string;
  label: string;
  frame: string;
  sides: [string, number][];
  names: string[];
  places: string;
  codes: string;
  labels: string;
  predicted: string;
  sure: string;
  values: string;
  shade: ShadeShape;
  named: number[];
  axes: Record<string, Axis>;
  curves: Curve[];
  words: Word[];
  chosen: string;
  token: string;
  crowd: string;
  images: number;
  selected: string;
  found: number;
}

/** The steps of the lesson in a row, and the way to present the open one. */
export interface StepsBlock {
  kind: "steps";
  label: string;
  steps: StepLink[];
  present: string;
}

/** Links to the steps before and after. */
export interface OnwardBlock {
  kind: "onward";
  links: Link[];
}

/** A search field: its parameter in the address, its label, what may be typed, and what is typed. */
export interface SearchBlock {
  kind: "search";
  name: string;
  label: string;
  hint: string;
  value: string;
}

/** Tables that can be taken along. */
export interface TakeBlock {
  kind: "take";
  tables: Taken[];
}

/** A sentence in its place; ``of`` names what it tells of, so that the rest finds it. */
export interface SaidBlock {
  kind: "said";
  of: string;
  text: string;
}

/** The whole of a sentence that stands further up, once it is known; nothing is drawn in the place of this block. */
export interface RestBlock {
  kind: "rest";
  of: string;
  text: string;
}

/** The line below a chart: the chart's key, by which the browser finds it, and the start of its files' names. */
export interface PictureBlock {
  kind: "picture";
  chart: string;
  name: string;
}

/** A slider over epochs, and both galleries as they stood then. */
export interface TimeMachineBlock {
  kind: "timemachine";
  label: string;
  titles: string[];
  help: string;
  totals: [number, number][];
  tiles: EpochTile[];
  shown: number;
  digits: number;
  epoch: number;
  alone: boolean;
}

/** The list of runs; columns are sorted, and the list searched, in the browser. */
export interface RunsBlock {
  kind: "runs";
  columns: string[];
  rows: RunRow[];
}

/** The classes of a data set. */
export interface ClassesBlock {
  kind: "classes";
  columns: string[];
  rows: FoundClass[];
}

/** Links in an order, below a heading; ``note`` says how many there are beside those that are shown. */
export interface RankingBlock {
  kind: "ranking";
  label: string;
  rows: Ranked[];
  note: string;
}

/** A part of the queue; ``open`` is the row shown first, ``done`` what was decided, ``inline`` pictures by row. */
export interface ReviewBlock {
  token: string;
  entries: QueueEntry[];
  tests: Record<string, Tile>;
  rankings: RankingNames[];
  kind: "review";
  run: string;
  classes: string[];
  open: string;
  done: Record<string, string>;
  inline: Record<string, string>;
  progress: string;
  undo: string;
  answers: Answer[];
}

/** A test picture and the galleries in which ``n`` training pictures can be flagged; ``hand`` is where flags are handed in. */
export interface HuntBlock {
  kind: "hunt";
  image: Section;
  sides: Section[];
  thumbs: string;
  n: number;
  hand: string;
}

/** A link or a command to be copied whole; ``copied`` says which. */
export interface ShareBlock {
  kind: "share";
  label: string;
  href: string;
  note: string;
  copied: "link" | "command";
}

/** Ways of looking beside one another, on one scale. */
export interface StandingBlock {
  kind: "standing";
  rows: StandingRow[];
  note: string;
}

/** A QR code: the dark squares as the path of an SVG of ``size`` units, and the words in it. */
export interface QrBlock {
  kind: "qr";
  words: string;
  size: number;
  path: string;
}

/** A class, a row for each pupil; ``planted`` pictures are to be found. */
export interface ClassBlock {
  kind: "class";
  planted: number;
  rows: ClassRow[];
}

/** The head of a presented step: its title and the ways on, which keys go as well; an empty address goes nowhere. */
export interface PresentBlock {
  kind: "present";
  title: string;
  number: number;
  count: number;
  before: string;
  after: string;
  leave: string;
}

/** The questions of a step. */
export interface QuizBlock {
  kind: "quiz";
  step: number;
  questions: Question[];
}

/** The worksheet: two pages on paper. */
export interface SheetBlock {
  kind: "sheet";
  parts: SheetPart[];
  back: string;
}

/** Decisions, the latest first, each with a button that takes it back. */
export interface DecisionsBlock {
  kind: "decisions";
  run: string;
  items: Decision[];
}

/** What the component of a page is given: blocks, ``[form, name, *nodes]`` of each word that it explains, answers to actions. */
export interface PageData {
  blocks: Block[];
  words: Node[][];
  answers: Answer[];
}

/** What the component of a step is given; points as a link says them. */
export interface PlaneData {
  step: number;
  refit: Refit;
  presets: Record<string, string>;
  first: string;
  preset: string;
  seed: number;
  star: string;
  points: string;
  fresh: string;
  address: Record<string, string>;
  present: boolean;
}

/** What the component of the glossary is given. */
export interface GlossaryData {
  words: GlossaryWord[];
}

/** What runs and what waits. */
export interface WorkSummary {
  running: WorkEntry | null;
  waiting: WorkEntry[];
  paused: boolean;
  done: Record<string, number>;
}

/** Something that a person may hide, under a key by which it stays hidden, and where more of it stands. */
export interface Remark {
  key: string;
  text: string;
  href: string;
}

/** A choice whose value lives in the address. */
export interface Menu {
  name: string;
  label: string;
  options: Record<string, string>;
  value: string;
  note: string;
  addresses: Record<string, string>;
  groups: Record<string, string[]>;
}

/** A link; one without an address cannot be followed. */
export interface Link {
  label: string;
  href: string;
}

/** A link to a view of a page; ``open`` marks the one that is shown. */
export interface Tab {
  label: string;
  href: string;
  open: boolean;
}

/** Blocks below one another, with their share of the width. */
export interface Column {
  share: number;
  blocks: Block[];
}

/** Tiles with a heading. */
export interface Section {
  label: string;
  tiles: Tile[];
  title: string;
  text: string;
  facts: string[][];
  empty: string;
  tile: number;
  single: boolean;
  acts: ActsBlock | null;
  rows: number;
  order: string;
  about: Tile | null;
}

/** The case in hand; without one, which only Learn is, ``words`` are empty and there is nothing but work to show. */
export interface CaseStrip {
  about: string;
  picture: string;
  alt: string;
  words: string;
  run: string;
  href: string;
  parts: CasePart[];
  position: string;
  prove: Link | null;
  previous: Link | null;
  next: Link | null;
  keys: boolean;
}

/** A line across the bars at this share of the width, with its words. */
export interface Mark {
  at: number;
  text: string;
}

/** A rope of this share of the width: its strands one by one, and the rest of them as one. */
export interface Rope {
  sign: "helpful" | "harmful";
  share: number;
  strands: Strand[];
  rest: number;
  restTitle: string;
  name: string;
}

/** A button and the edit that it asks for. */
export interface ActButton {
  label: string;
  action: string;
  rows: number[];
  value: string;
  on: boolean;
  said: string;
}

/** A link behind the buttons; ``next`` marks a next step. */
export interface Way {
  label: string;
  href: string;
  next: boolean;
}

/** What became of an action. */
export interface Answer {
  id: string;
  text: string;
  done: boolean;
  row: number | null;
  spared: number[];
}

/** What the legend needs of a :class:`Shade`. */
export interface ShadeShape {
  title: string;
  kind: "classes" | "levels";
  names: string[];
  ticks: string[];
}

/** A title and where numbers stand along an axis, in shares of the frame: ``(0.5, "10")``; and the numbers at its ends. */
export interface Axis {
  title: string;
  ticks: [number, string][];
  low: number;
  high: number;
  log: boolean;
}

/** A line over the points through places in shares of the frame; its words stand left of it, ``at`` this share of it. */
export interface Curve {
  points: [number, number][];
  text: string;
  dashed: boolean;
  at: number;
}

/** Words at a place in shares of the frame; ``end`` and ``low`` let them stand left of it and above it. */
export interface Word {
  text: string;
  x: number;
  y: number;
  end: boolean;
  low: boolean;
}

/** A link to a step of the lesson; ``open`` marks the one that is shown. */
export interface StepLink {
  number: number;
  label: string;
  href: string;
  open: boolean;
}

/** A table in words, and a link to it in each form. */
export interface Taken {
  said: string;
  links: Link[];
}

/** A training image, and what each epoch added to its score. */
export interface EpochTile {
  tile: Tile;
  added: number[];
}

/** A run: its name and address, the words of the further columns, what each column is sorted by, and where it is changed. */
export interface RunRow {
  name: string;
  href: string;
  open: boolean;
  words: string[];
  keys: (string | number)[];
  manage: string;
}

/** A class: its name, its numbers of pictures, and the addresses of some. */
export interface FoundClass {
  name: string;
  words: string[];
  pictures: string[];
}

/** A link, how long its bar is as a share of the whole, and the numbers that the bar stands for. */
export interface Ranked {
  name: string;
  share: number;
  numbers: string;
  href: string;
}

/** An image of the queue; ``harmed`` are test rows and its scores on them in words. */
export interface QueueEntry {
  id: string;
  src: string;
  alt: string;
  title: string;
  file: string;
  reason: string;
  evidence: Record<string, Evidence>;
  does: string;
  links: Link[];
  harmed: [number, string][];
}

/** One picture. */
export interface Tile {
  id: string;
  src: string;
  alt: string;
  lines: string[];
  href: string;
  sign: string;
  inline: string;
  bar: number | null;
  marks: string[];
  file: string;
}

/** A column of the evidence: rankings and what they are called. */
export interface RankingNames {
  title: string;
  names: Record<string, string>;
}

/** What one way of looking found, as a share of what could be found, with the ends of its chance where it has any. */
export interface StandingRow {
  name: string;
  words: string;
  share: number;
  low: number | null;
  high: number | null;
  own: boolean;
}

/** What one pupil has done so far. */
export interface ClassRow {
  name: string;
  state: string;
  handed: boolean;
  flagged: number;
  found: number;
  false: number;
}

/** A question. Its choices, of which ``right`` is the number of the right one; or, without choices, the name of a task. */
export interface Question {
  ask: string;
  choices: string[];
  right: number;
  task: string;
  why: string;
}

/** A step on the worksheet. */
export interface SheetPart {
  title: string;
  questions: Question[];
}

/** One decision; ``said`` is all of it in words, ``later`` whether a later one of the same picture stands in its place. */
export interface Decision {
  id: number;
  src: string;
  inline: string;
  href: string;
  picture: string;
  file: string;
  what: string;
  who: string;
  when: string;
  later: boolean;
  said: string;
}

/** How long one refit of a person's own run took, and how many training images it has. */
export interface Refit {
  seconds: number;
  images: number;
}

/** A word with the name that the address calls it by, its meaning, and the place that shows it, where there is one. */
export interface GlossaryWord {
  name: string;
  anchor: string;
  nodes: Node[];
  place: string;
  href: string;
}

/** One long work. */
export interface WorkEntry {
  id: string;
  kind: string;
  title: string;
  run: string;
  stage: string;
  share: number;
  left: number | null;
  starts: number | null;
  turn: number;
  background: boolean;
  href: string;
}

/** What else determines the case: the words, the link to where it is changed, and the menu there that changes it, if any. */
export interface CasePart {
  label: string;
  href: string;
  title: string;
  menu: string;
}

/** One image's part of a rope. */
export interface Strand {
  share: number;
  title: string;
}

/** The rank of an image in one ranking, in words; ``strong`` where it stands out. */
export interface Evidence {
  words: string;
  strong: boolean;
}
