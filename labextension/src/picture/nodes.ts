import type { TranslationBundle } from '@jupyterlab/translation';

import { cellName } from '../components/words';
import type { IPlace, IShipped } from '../protocol';
import type { SideName, Standing, Tone } from './model';

/** One line of a box. */
export interface IRow {
  readonly text: string;
  readonly tone: Tone;
  readonly mono: boolean;
  /** At the right end of the line. */
  readonly badge?: { readonly text: string; readonly tone: Tone };
  /** Where the line leads, in a box that leads to several places; and what it is called. */
  readonly leads?: { readonly place: IPlace; readonly label: string };
  /** The callable this line hands over, and how it is told from other such lines. */
  readonly sends?: { readonly shipped: IShipped; readonly key: string };
}

/** A box before it has a place. */
export interface INode {
  readonly key: string;
  readonly side: SideName;
  readonly kind: 'cell' | 'group' | 'piece' | 'job' | 'result';
  readonly standing: Standing;
  readonly rows: readonly IRow[];
  /** What the whole box does, where its lines do nothing of their own. */
  readonly action:
    | { readonly kind: 'reveal'; readonly place: IPlace }
    | { readonly kind: 'toggle'; readonly open: boolean }
    | null;
  readonly label: string;
  /** Callables handed over from here without a line of their own. */
  readonly sends: readonly IShipped[];
  /** Callables that live here. */
  readonly holds: readonly IShipped[];
}

/** How sure one is of several things at once. */
export function together(standings: readonly Standing[]): Standing {
  if (standings.includes('failing')) {
    return 'failing';
  }
  const [first] = standings;
  return first !== undefined && standings.every(each => each === first) ? first : 'predicted';
}

export function standingName(standing: Standing, trans: TranslationBundle): string {
  switch (standing) {
    case 'predicted':
      return trans.__('predicted');
    case 'planned':
      return trans.__('compiled');
    case 'verified':
      return trans.__('verified');
    case 'failing':
      return trans.__('will fail');
  }
}

export function standingTone(standing: Standing): Tone {
  return standing === 'failing' ? 'bad' : standing === 'verified' ? 'good' : 'quiet';
}

export function range(cells: readonly number[]): string {
  const [first, last] = [Math.min(...cells), Math.max(...cells)];
  return first === last ? cellName(first) : `${cellName(first)}–${cellName(last)}`;
}

export function more(count: number, trans: TranslationBundle): string {
  return trans._n('and %1 more', 'and %1 more', count);
}
