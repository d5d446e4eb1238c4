import type { TranslationBundle } from '@jupyterlab/translation';
import React, { memo, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';

import type { IAnalysis, IKernelState, IShipped } from '../protocol';
import type { IArrow, IBox, IPicture, ISide, ITarget, IText } from '../picture/model';
import { beside } from '../picture/moves';
import { picture } from '../picture/picture';
import { standaloneSvg } from '../picture/standalone';
import type { Ruler } from '../picture/text';
import { measured, reckoned } from '../picture/text';
import { saveText } from '../save';

export interface IPictureProps {
  readonly analysis: IAnalysis;
  readonly state: IKernelState | null;
  readonly outdated: ReadonlySet<IShipped>;
  /** The notebook's name: names the file that is saved. */
  readonly title: string;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** Pixels before the room is known. */
const USUAL_WIDTH = 356;

/** Where code runs, drawn: two sides, what is on each, and what crosses between them. */
export function Picture(props: IPictureProps): React.JSX.Element {
  const { analysis, state, outdated, title, reveal, trans } = props;
  const room = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const { width, ruler } = useRoom(room);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const { profile = null, run = null, sent = null } = state ?? {};
  const drawn = useMemo(
    () =>
      picture({
        analysis,
        state: sent && { profile, run, sent },
        outdated,
        width,
        opened,
        ruler,
        trans
      }),
    [analysis, profile, run, sent, outdated, width, opened, ruler, trans]
  );
  const act = ({ action }: ITarget): void => {
    if (action.kind === 'reveal') {
      reveal(action.place.cell, action.place.line);
    } else {
      const now = new Set(opened);
      if (!now.delete(action.key)) {
        now.add(action.key);
      }
      setOpened(now);
    }
  };
  const save = (): void => {
    if (svg.current) {
      saveText(
        `${title.replace(/\.ipynb$/, '')}-where-code-runs.svg`,
        'image/svg+xml',
        standaloneSvg(svg.current, trans.__('Where the code of %1 runs', title))
      );
    }
  };
  return (
    <figure className="jp-odps-picture">
      <div ref={room}>
        <Drawing drawn={drawn} act={act} svg={svg} trans={trans} />
      </div>
      <figcaption className="jp-odps-picture-foot">
        <Legend drawn={drawn} trans={trans} />
        <button type="button" className="jp-odps-fix" onClick={save}>
          {trans.__('Save as SVG')}
        </button>
      </figcaption>
    </figure>
  );
}

/** One stop for the Tab key; the arrow keys go from part to part. */
function Drawing(props: {
  readonly drawn: IPicture;
  readonly act: (target: ITarget) => void;
  readonly svg: React.RefObject<SVGSVGElement>;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { drawn, act, svg, trans } = props;
  const id = useId();
  const [at, setAt] = useState<string | null>(null);
  const stop = drawn.targets.find(target => target.key === at) ?? drawn.targets[0];
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (!stop || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      act(stop);
      return;
    }
    const next = beside(drawn.targets, stop, event.key);
    if (next) {
      event.preventDefault();
      setAt(next.key);
      svg.current?.querySelector<SVGElement>(`[data-target="${CSS.escape(next.key)}"]`)?.focus();
    }
  };
  return (
    <svg
      ref={svg}
      className="jp-odps-svg"
      role="group"
      aria-label={trans.__(
        'Where code runs: a picture. Arrow keys go from part to part, Enter goes to the code.'
      )}
      width={drawn.width}
      height={drawn.height}
      viewBox={`0 0 ${drawn.width} ${drawn.height}`}
      onKeyDown={onKeyDown}
    >
      <Strokes drawn={drawn} id={id} />
      {drawn.targets.map(target => (
        <rect
          key={target.key}
          className="jp-odps-target"
          data-target={target.key}
          role="button"
          tabIndex={target === stop ? 0 : -1}
          aria-label={target.label}
          aria-expanded={target.action.kind === 'toggle' ? target.action.open : undefined}
          x={target.x}
          y={target.y}
          width={target.width}
          height={target.height}
          rx={4}
          onFocus={() => {
            setAt(target.key);
          }}
          onClick={() => {
            act(target);
          }}
        >
          <title>{target.title}</title>
        </rect>
      ))}
    </svg>
  );
}

/** All that is only to be seen; screen readers hear the targets. */
const Strokes = memo(function Strokes(props: {
  readonly drawn: IPicture;
  readonly id: string;
}): React.JSX.Element {
  const { drawn, id } = props;
  const tips = ['predicted', 'planned', 'verified', 'failing', 'failed', 'unfinished'] as const;
  return (
    <g aria-hidden="true">
      <defs>
        {tips.map(standing => (
          <marker
            key={standing}
            id={`${id}-${standing}`}
            viewBox="0 0 7 7"
            markerWidth={7}
            markerHeight={7}
            refX={6}
            refY={3.5}
            orient="auto"
            markerUnits="userSpaceOnUse"
          >
            <path className={`jp-odps-tip jp-odps-tip-${standing}`} d="M0,0L7,3.5L0,7z" />
          </marker>
        ))}
      </defs>
      {drawn.sides.map(side => (
        <Side key={side.name} side={side} />
      ))}
      {drawn.words.map((words, index) => (
        <Words key={index} words={words} />
      ))}
      {drawn.arrows.map(arrow => (
        <Arrow key={arrow.key} arrow={arrow} tip={`${id}-${arrow.standing}`} />
      ))}
      {drawn.boxes.map(box => (
        <Box key={box.key} box={box} />
      ))}
      {drawn.arrows.map(arrow => (arrow.label ? <Words key={arrow.key} words={arrow.label} halo /> : null))}
    </g>
  );
});

function Side({ side }: { readonly side: ISide }): React.JSX.Element {
  return (
    <g>
      <rect
        className={`jp-odps-side jp-odps-side-${side.name}`}
        x={side.x + 0.5}
        y={0.5}
        width={side.width - 1}
        height={side.height - 1}
        rx={6}
      />
      <Words words={side.title} />
      <Words words={side.detail} />
    </g>
  );
}

function Box({ box }: { readonly box: IBox }): React.JSX.Element {
  return (
    <g data-box={box.key}>
      <title>{box.title}</title>
      <rect
        className={`jp-odps-box jp-odps-box-${box.side} jp-odps-box-${box.kind} jp-odps-box-${box.standing}`}
        x={box.x + 0.5}
        y={box.y + 0.5}
        width={box.width - 1}
        height={box.height - 1}
        rx={4}
      />
      {box.texts.map((words, index) => (
        <Words key={index} words={words} />
      ))}
    </g>
  );
}

function Arrow({ arrow, tip }: { readonly arrow: IArrow; readonly tip: string }): React.JSX.Element {
  return (
    <path
      className={`jp-odps-arrow jp-odps-arrow-${arrow.standing}`}
      d={arrow.path}
      strokeWidth={Math.min(3, 1.3 + arrow.count / 20)}
      markerEnd={`url(#${tip})`}
    />
  );
}

function Words({ words, halo }: { readonly words: IText; readonly halo?: boolean }): React.JSX.Element {
  const mono = words.mono ? ' jp-odps-mono' : '';
  return (
    <text
      className={`jp-odps-text jp-odps-text-${words.tone}${mono}${halo ? ' jp-odps-halo' : ''}`}
      x={words.x}
      y={words.y}
      textAnchor={words.anchor}
    >
      {words.text}
    </text>
  );
}

/** What the strokes mean, of those that are there. */
function Legend(props: {
  readonly drawn: IPicture;
  readonly trans: TranslationBundle;
}): React.JSX.Element | null {
  const { drawn, trans } = props;
  const found = new Set(drawn.arrows.map(arrow => arrow.standing));
  const names = [
    ['verified', trans.__('verified: seen in what was sent')],
    ['planned', trans.__('compiled, not sent')],
    ['predicted', trans.__('predicted from source')],
    ['failing', trans.__('✗ will fail')],
    ['failed', trans.__('✗ failed there')],
    ['unfinished', trans.__('■ not finished')]
  ] as const;
  return (
    <ul className="jp-odps-legend">
      {names
        .filter(([standing]) => found.has(standing))
        .map(([standing, name]) => (
          <li key={standing} className="jp-odps-secondary">
            <svg width={22} height={8} aria-hidden="true">
              <path className={`jp-odps-arrow jp-odps-arrow-${standing}`} d="M0,4H22" strokeWidth={1.6} />
            </svg>
            {name}
          </li>
        ))}
    </ul>
  );
}

interface IRoom {
  readonly width: number;
  readonly ruler: Ruler;
}

/** The room there is, and how much of it texts take. */
function useRoom(room: React.RefObject<HTMLElement>): IRoom {
  const [known, setKnown] = useState<IRoom>({ width: USUAL_WIDTH, ruler: reckoned });
  useLayoutEffect(() => {
    const { current } = room;
    if (!current) {
      return;
    }
    const ruler = measured(current);
    const measure = (): void => {
      // Zero while the panel is hidden or the section folded: what was drawn stays.
      const width = current.clientWidth;
      if (width > 0) {
        setKnown(before => (before.width === width && before.ruler === ruler ? before : { width, ruler }));
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [room]);
  return known;
}
