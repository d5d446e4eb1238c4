import type { TranslationBundle } from '@jupyterlab/translation';

import { cellName } from '../components/words';
import type { IPlace, IShipped } from '../protocol';
import type { SideName, Standing, Tone } from './model';

/** One line of a box. */
export interface IRow {
  /** Before the text, and not a name of the code. */
  readonly caption?: string;
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
  /** What a look at the box cannot tell, beside its rows. */
  readonly hint?: string;
  /** Callables handed over from here without a line of their own. */
  readonly sends: readonly IShipped[];
  /** Callables that live here. */
  readonly holds: readonly IShipped[];
}

/** How sure one is of several things at once. */
export function together(standings: readonly Standing[]): Standing {
  const worst = (['failed', 'failing', 'unfinished'] as const).find(each => standings.includes(each));
  if (worst) {
    return worst;
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
    case 'failed':
      return trans.__('failed');
    case 'unfinished':
      return trans.__('not finished');
  }
}

export function standingTone(standing: Standing): Tone {
  return standing === 'failing' || standing === 'failed' ? 'bad' : standing === 'verified' ? 'good' : 'quiet';
}

export function range(cells: readonly number[], trans: TranslationBundle): string {
  const [first, last] = [Math.min(...cells), Math.max(...cells)];
  return first === last ? cellName(trans, first) : trans.__('cells %1–%2', first + 1, last + 1);
}

export function more(count: number, trans: TranslationBundle): string {
  return trans._n('and %1 more', 'and %1 more', count);
}
