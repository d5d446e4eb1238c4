/** The lines of arrows, as the `d` of SVG paths. */

export interface IPoint {
  readonly x: number;
  readonly y: number;
}

/** Over the gutter, level at both ends. */
export function arrowPath(from: IPoint, to: IPoint, gutter: number): string {
  const bend = Math.max(gutter * 0.55, (to.x - from.x) / 2);
  return `M${at(from)}C${at({ x: from.x + bend, y: from.y })} ${at({ x: to.x - bend, y: to.y })} ${at(to)}`;
}

/** Straight back. */
export function backPath(from: IPoint, to: IPoint): string {
  return `M${at(from)}L${at(to)}`;
}

/** Out to the right, down along `rail`, and back in. */
export function railPath(from: IPoint, to: IPoint, rail: number): string {
  const round = 5;
  return `M${at(from)}H${n(rail - round)}Q${at({ x: rail, y: from.y })} ${at({ x: rail, y: from.y + round })}V${n(to.y - round)}Q${at({ x: rail, y: to.y })} ${at({ x: rail - round, y: to.y })}H${n(to.x)}`;
}

function at(point: IPoint): string {
  return `${n(point.x)},${n(point.y)}`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
