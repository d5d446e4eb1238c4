import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAnalysis, IKernelState, IShipped } from '../protocol';
import { box } from './boxes';
import { endArrows, outgoing, sendArrows } from './crossings';
import { jobNode, pieceNodes } from './executorNodes';
import { gather } from './facts';
import { kernelNodes, resultNode, resultWords } from './kernelNodes';
import type { IPicture, IRect, ISide, IText, SideName } from './model';
import { bottom, GAP, HEADING, MARGIN, place, stack } from './placed';
import { targets } from './targets';
import type { Ruler } from './text';
import { fit, SMALL } from './text';

export interface IPictureOptions {
  readonly analysis: Pick<IAnalysis, 'cells' | 'placement' | 'shipped' | 'diagnostics' | 'prediction'>;
  /** What the kernel says; null where it says nothing. */
  readonly state: Pick<IKernelState, 'profile' | 'run' | 'sent'> | null;
  /** What stands otherwise in the notebook than it was sent. */
  readonly outdated: ReadonlySet<IShipped>;
  /** Pixels there are. */
  readonly width: number;
  /** Keys of the groups that are open. */
  readonly opened: ReadonlySet<string>;
  readonly ruler: Ruler;
  readonly trans: TranslationBundle;
}

const LEAST_WIDTH = 300;
/** Room beside the executor's boxes for the line that leads to the job. */
const RAIL = 14;

/** Place everything: a pure function of what is known, what is open and the room there is. */
export function picture(options: IPictureOptions): IPicture {
  const { analysis, state, opened, ruler, trans } = options;
  const width = Math.max(LEAST_WIDTH, Math.floor(options.width));
  const gutter = Math.min(120, Math.max(66, Math.round(width * 0.18)));
  const column = (width - gutter) / 2;
  const facts = gather(analysis, state?.sent ?? [], options.outdated);
  const remote = analysis.shipped.length > 0 || facts.remote.length > 0;

  const home = { x: MARGIN, width: column - 2 * MARGIN };
  const left = stack(kernelNodes(analysis, facts, opened, trans), home);
  const right = { x: column + gutter + MARGIN, width: column - 2 * MARGIN - RAIL };
  const sources = outgoing(left);
  const pieces = stack(pieceNodes(analysis, facts, opened, trans), right, node =>
    centre(node.holds.flatMap(held => sources.get(held) ?? []))
  );

  const below = Math.max(bottom(left), bottom(pieces)) + GAP;
  const ends = remote
    ? [
        place(resultNode(analysis, state?.run ?? null, trans), home, below),
        place(jobNode(analysis, facts, state?.sent ?? [], trans), right, below)
      ]
    : [];
  const placed = [...left, ...pieces, ...ends];
  const height = bottom(placed) + MARGIN;
  const sides = [
    side(
      'kernel',
      { x: 0, y: 0, width: column, height },
      trans.__('Kernel'),
      trans.__('this machine'),
      ruler
    ),
    side(
      'executor',
      { x: column + gutter, y: 0, width: column, height },
      trans.__('Executor'),
      state?.profile?.name ?? 'MaxCompute',
      ruler
    )
  ];
  const back = fit(resultWords(state?.run ?? null, trans), gutter, SMALL, ruler);
  const words: IText[] = remote
    ? ['cloudpickle', '→ UDF', trans.__('→ SQL job')].map((text, line) => ({
        x: column + gutter / 2,
        y: 15 + line * 13,
        anchor: 'middle',
        tone: 'quiet',
        mono: false,
        text
      }))
    : [
        {
          x: column + gutter + column / 2,
          y: HEADING + 16,
          anchor: 'middle',
          tone: 'quiet',
          mono: false,
          text: fit(trans.__('nothing is handed over'), column - 2 * MARGIN, SMALL, ruler)
        }
      ];
  return {
    width,
    height,
    sides,
    boxes: placed.map(each => box(each, ruler)),
    arrows: [...sendArrows(left, pieces, facts, gutter), ...endArrows(pieces, ends, width - MARGIN, back)],
    targets: placed.flatMap(targets),
    words
  };
}

function side(name: SideName, rect: IRect, title: string, detail: string, ruler: Ruler): ISide {
  const from = rect.x + MARGIN + 2;
  const room = rect.width - 2 * MARGIN;
  return {
    name,
    ...rect,
    title: { x: from, y: 17, anchor: 'start', tone: 'head', mono: false, text: title },
    detail: {
      x: from,
      y: 31,
      anchor: 'start',
      tone: 'quiet',
      mono: false,
      text: fit(detail, room, SMALL, ruler)
    }
  };
}

function centre(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
