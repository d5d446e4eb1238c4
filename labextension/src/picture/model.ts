import type { IPlace } from '../protocol';

/** A picture of where a notebook's code runs, as placed boxes and arrows: all there is to draw, in pixels. */
export interface IPicture {
  readonly width: number;
  readonly height: number;
  readonly sides: readonly ISide[];
  readonly boxes: readonly IBox[];
  readonly arrows: readonly IArrow[];
  /** What can be clicked, and gone to with the keyboard, in reading order. */
  readonly targets: readonly ITarget[];
  /** Words between the sides. */
  readonly words: readonly IText[];
}

export interface IRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type SideName = 'kernel' | 'executor';

/** One of the two sides, with its heading. */
export interface ISide extends IRect {
  readonly name: SideName;
  readonly title: IText;
  readonly detail: IText;
}

/** How text is drawn; `y` is the line it stands on. */
export type Tone = 'head' | 'caption' | 'plain' | 'quiet' | 'executor' | 'good' | 'warn' | 'bad';

export interface IText {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly tone: Tone;
  readonly mono: boolean;
  readonly text: string;
}

/**
 * How sure it is: read from the source, compiled, sent, read to fail; or how it ended: failed there, or not finished
 * because its job was stopped or failed elsewhere.
 */
export type Standing = 'predicted' | 'planned' | 'verified' | 'failing' | 'failed' | 'unfinished';

export interface IBox extends IRect {
  readonly key: string;
  readonly side: SideName;
  readonly kind: 'cell' | 'group' | 'piece' | 'job' | 'result';
  readonly standing: Standing;
  readonly texts: readonly IText[];
  /** All that it says, however narrow it is. */
  readonly title: string;
}

export interface IArrow {
  readonly key: string;
  readonly kind: 'send' | 'job' | 'result';
  /** Keys of the boxes it goes from and to. */
  readonly from: string;
  readonly to: string;
  readonly standing: Standing;
  /** How many hand-overs it stands for. */
  readonly count: number;
  /** As the `d` of an SVG path. */
  readonly path: string;
  readonly label: IText | null;
}

export type TargetAction =
  | { readonly kind: 'reveal'; readonly place: IPlace }
  | { readonly kind: 'toggle'; readonly key: string; readonly open: boolean };

/** A part that does something: what a screen reader says of it, and what it does. */
export interface ITarget extends IRect {
  readonly key: string;
  readonly side: SideName;
  readonly label: string;
  /** What who points at it is told. */
  readonly title: string;
  readonly action: TargetAction;
}
