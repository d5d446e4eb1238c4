import type { IShipped } from '../protocol';
import { arrowPath, backPath, railPath } from './arrows';
import type { IFacts } from './facts';
import type { IArrow } from './model';
import { together } from './nodes';
import type { IPlaced } from './placed';
import { headOf, lineOf } from './placed';

/** A callable that leaves the kernel: from the line that says so, or from the head of a group that holds it. */
interface ISending {
  readonly shipped: IShipped;
  readonly from: IPlaced;
  readonly y: number;
  /** Tells the line from others of its box. */
  readonly line: string;
}

function sendings(placed: readonly IPlaced[]): ISending[] {
  return placed.flatMap(from => [
    ...from.node.rows.flatMap(({ sends }, at) =>
      sends ? [{ shipped: sends.shipped, from, y: lineOf(from, at), line: `#${sends.key}` }] : []
    ),
    ...from.node.sends.map(shipped => ({ shipped, from, y: headOf(from), line: '' }))
  ]);
}

/** How high each callable is handed over, once for each time. */
export function outgoing(placed: readonly IPlaced[]): ReadonlyMap<IShipped, readonly number[]> {
  const found = new Map<IShipped, number[]>();
  for (const { shipped, y } of sendings(placed)) {
    found.set(shipped, [...(found.get(shipped) ?? []), y]);
  }
  return found;
}

/** From the kernel's boxes to those of the executor: one arrow for all that goes from one line to one box. */
export function sendArrows(
  left: readonly IPlaced[],
  right: readonly IPlaced[],
  facts: IFacts,
  gutter: number
): IArrow[] {
  const homes = new Map(right.flatMap(each => each.node.holds.map(held => [held, each] as const)));
  const bundles = new Map<string, { from: IPlaced; to: IPlaced; y: number; shipped: IShipped[] }>();
  for (const { shipped, from, y, line } of sendings(left)) {
    const to = homes.get(shipped);
    if (to) {
      const key = `${from.node.key}${line}>${to.node.key}`;
      const bundle = bundles.get(key) ?? { from, to, y, shipped: [] };
      bundle.shipped.push(shipped);
      bundles.set(key, bundle);
    }
  }
  return Array.from(bundles, ([key, { from, to, y, shipped }]): IArrow => {
    const end = { x: to.x, y: headOf(to) };
    return {
      key,
      kind: 'send',
      from: from.node.key,
      to: to.node.key,
      standing: together(shipped.map(each => facts.standingOfShipped(each))),
      count: shipped.length,
      path: arrowPath({ x: from.x + from.width, y }, end, gutter),
      label: null
    };
  });
}

/** From what was handed over to the job, along `rail`, and from the job back, with `words` for what comes. */
export function endArrows(
  pieces: readonly IPlaced[],
  ends: readonly IPlaced[],
  rail: number,
  words: string
): IArrow[] {
  const [result, job] = ends;
  if (!result || !job) {
    return [];
  }
  const middle = (each: IPlaced): number => each.y + each.height / 2;
  const into = pieces
    .filter(each => each.node.holds.length > 0)
    .map((each): IArrow => ({
      key: `${each.node.key}>job`,
      kind: 'job',
      from: each.node.key,
      to: 'job',
      standing: each.node.standing,
      count: each.node.holds.length,
      path: railPath(
        { x: each.x + each.width, y: headOf(each) },
        { x: job.x + job.width, y: middle(job) },
        rail
      ),
      label: null
    }));
  const y = Math.min(middle(job), middle(result));
  return [
    ...into,
    {
      key: 'job>result',
      kind: 'result',
      from: 'job',
      to: 'result',
      standing: result.node.standing,
      count: 1,
      path: backPath({ x: job.x, y }, { x: result.x + result.width, y }),
      label: {
        x: (result.x + result.width + job.x) / 2,
        y: y - 6,
        anchor: 'middle',
        tone: 'quiet',
        mono: false,
        text: words
      }
    }
  ];
}
