import type { IBox, IRect, IText } from './model';
import type { INode, IRow } from './nodes';
import type { IPlaced } from './placed';
import type { Ruler } from './text';
import { fit, FONT_SIZE, SMALL, SMALL_SIZE } from './text';

const PADDING = 7;
/** Between what names a cell and the names it sets. */
const SPACE = 5;

/** All its words in full, as a box that is too narrow for them tells them to who points at it. */
export function titleOf({ rows, hint }: INode): string {
  const lines = rows.map(({ caption, text, badge }) =>
    [caption, text, badge?.text].filter(Boolean).join(' ')
  );
  return [...lines, hint].filter(Boolean).join('\n');
}

/** A box with its words, each where it fits. */
export function box(placed: IPlaced, ruler: Ruler): IBox {
  const { node, x, y, width, height } = placed;
  const texts = node.rows.flatMap((row, at) => rowTexts(row, placed, placed.rows[at] ?? y, ruler));
  return {
    key: node.key,
    side: node.side,
    kind: node.kind,
    standing: node.standing,
    x,
    y,
    width,
    height,
    texts,
    title: titleOf(node)
  };
}

function rowTexts(row: IRow, rect: IRect, y: number, ruler: Ruler): IText[] {
  const head = row.tone === 'head';
  const font = { size: head || row.mono ? FONT_SIZE : SMALL_SIZE, mono: row.mono, bold: head };
  const badge = row.badge ? fit(row.badge.text, rect.width / 2, SMALL, ruler) : '';
  const room = rect.width - 2 * PADDING - (badge ? ruler(badge, SMALL) + 6 : 0);
  const said: IText[] = [];
  let x = rect.x + PADDING;
  for (const [words, tone, own] of [
    [row.caption ?? '', 'caption', { size: SMALL_SIZE, mono: false, bold: true }],
    [row.text, row.tone, font]
  ] as const) {
    const left = rect.x + PADDING + room - x;
    const text = words && fit(words, left, own, ruler);
    // Of what has no room at all, a lone ellipsis would say no more.
    if (text && text !== '…') {
      said.push({ x, y, anchor: 'start', tone, mono: own.mono, text });
      x += ruler(text, own) + SPACE;
    }
  }
  return row.badge
    ? [
        ...said,
        { x: rect.x + rect.width - PADDING, y, anchor: 'end', tone: row.badge.tone, mono: false, text: badge }
      ]
    : said;
}
