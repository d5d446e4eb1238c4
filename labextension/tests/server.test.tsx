import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import React, { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Analyzer } from '../src/analyzer';
import { Inspector } from '../src/components/Inspector';
import type { ICellSource } from '../src/rest';
import { analyze } from '../src/rest';
import { inspection } from './inspection';
import { Mounted } from './mounted';
import { WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');
const QUIET = 50;
const ANSWER_MS = 8000;

/** A request as it leaves the page. */
class Request {
  readonly headers = new Headers();

  constructor(
    readonly url: string,
    readonly init: RequestInit
  ) {}

  get source(): string {
    const { cells } = JSON.parse(this.init.body as string) as { cells: ICellSource[] };
    return cells[0]?.source ?? '';
  }
}

/** The network: all that is not real here. */
class Network {
  readonly asked: string[] = [];
  /** Requests that the server works on at this moment, and the most of them at any time. */
  working = 0;
  most = 0;
  respond: (request: Request) => Response | Error = answered;

  readonly settings = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1:8888/',
    Request: Request as never,
    fetch: ((request: Request) => this._fetch(request)) as never
  });

  /** As a browser does: an abort is heard at once, but the server works on. */
  private _fetch(request: Request): Promise<Response> {
    this.asked.push(request.source);
    this.working += 1;
    this.most = Math.max(this.most, this.working);
    return new Promise((resolve, reject) => {
      request.init.signal?.addEventListener('abort', () => {
        reject(new DOMException('Aborted', 'AbortError'));
      });
      setTimeout(() => {
        this.working -= 1;
        const outcome = this.respond(request);
        if (outcome instanceof Response) {
          resolve(outcome);
        } else {
          reject(outcome);
        }
      }, ANSWER_MS);
    });
  }
}

/** The documented program's analysis, with the source asked about as what its first cell sets. */
function answered(request: Request): Response {
  const [first, ...others] = WIRE.cells;
  const cells = [{ ...first, summary: { sets: [request.source], imports: [], calls: [] } }, ...others];
  return Response.json({ ...WIRE, cells });
}

describe('a slow or broken Jupyter server', () => {
  const mounted = new Mounted();
  let network: Network;
  let source: string;
  let changed: Signal<object, void>;
  let analyzer: Analyzer;

  beforeEach(() => {
    vi.useFakeTimers();
    network = new Network();
    source = 'first';
    changed = new Signal<object, void>({});
    analyzer = new Analyzer({
      sources: { changed, read: () => [{ id: 'aaaa', source }] },
      ask: (cells, signal) =>
        analyze(
          network.settings,
          'a.ipynb',
          cells,
          { order: [], edited: [], facts: {}, source: false },
          signal
        ),
      delay: QUIET
    });
    const draw = (): void => {
      mounted.show(
        <Inspector
          trans={trans}
          inspection={inspection({
            analysis: analyzer.analysis,
            analysisError: analyzer.error,
            slow: analyzer.slow,
            refresh: () => {
              analyzer.refresh();
            }
          })}
        />
      );
    };
    analyzer.changed.connect(draw);
    draw();
  });

  afterEach(() => {
    analyzer.dispose();
    vi.useRealTimers();
  });

  const pass = (milliseconds: number): Promise<void> =>
    act(async () => {
      await vi.advanceTimersByTimeAsync(milliseconds);
    });
  const edit = async (text: string): Promise<void> => {
    source = text;
    changed.emit();
    await pass(QUIET);
  };
  const alerts = (): (string | null)[] => mounted.texts('[role=alert] .jp-odps-notice-text');

  it('is asked one question at a time, the newest next, however much is typed', async () => {
    for (const text of ['second', 'third', 'fourth', 'fifth']) {
      await edit(text);
      await pass(500);
    }
    expect(mounted.host.textContent).toContain('taking its time');
    expect(network.asked).toEqual(['first']);
    await pass(ANSWER_MS);
    expect(analyzer.analysis).toBeNull();
    expect(network.asked).toEqual(['first', 'fifth']);
    await pass(ANSWER_MS);
    expect(analyzer.analysis?.cells[0]?.sets).toEqual(['fifth']);
    expect(network.most).toBe(1);
    expect(mounted.host.textContent).not.toContain('taking its time');
    expect(alerts()).toEqual([]);
  });

  it.each<[string, () => Response | Error, string]>([
    [
      'an answer that is cut off',
      () => new Response(JSON.stringify(WIRE).slice(0, 200)),
      'The answer of the Jupyter server is cut off, or is none of odps-jupyter.'
    ],
    [
      'the page of a proxy',
      () => new Response('<html>Log in</html>'),
      'The answer of the Jupyter server is cut off, or is none of odps-jupyter.'
    ],
    [
      'another structure',
      () => Response.json({ ...WIRE, placement: [{ cell: 'one' }] }),
      'gave an answer that this panel cannot read (cell is not a number).'
    ],
    [
      'nothing',
      () => Response.json(null),
      'an answer that this panel cannot read (message is not an object).'
    ],
    [
      'HTTP 500',
      () => Response.json({ message: 'The analysis stumbled.' }, { status: 500 }),
      'The analysis failed: The analysis stumbled.'
    ],
    [
      'HTTP 500 of somebody else',
      () => new Response('<html>', { status: 500, statusText: 'Internal Server Error' }),
      'The analysis failed: 500 Internal Server Error'
    ],
    [
      'HTTP 403',
      () => Response.json({ message: 'Forbidden' }, { status: 403 }),
      'The Jupyter server does not know you any more (Forbidden).'
    ],
    ['no route', () => new Response('', { status: 404 }), 'has no odps-jupyter extension'],
    ['no way there', () => new TypeError('Failed to fetch'), 'The Jupyter server does not answer.'],
    ['HTTP 503', () => new Response('', { status: 503 }), 'The Jupyter server does not answer.']
  ])(
    '%s is one sentence, keeps what was shown, and is forgotten with the next answer',
    async (_, respond, words) => {
      await pass(ANSWER_MS);
      network.respond = respond;
      await edit('second');
      await pass(ANSWER_MS);
      expect(alerts()).toHaveLength(1);
      expect(alerts()[0]).toContain(words);
      expect(mounted.host.querySelector('.jp-odps-svg')).not.toBeNull();
      network.respond = answered;
      act(() => {
        mounted.host.querySelector<HTMLElement>('[role=alert] button')?.click();
      });
      await pass(QUIET + ANSWER_MS);
      expect(alerts()).toEqual([]);
      expect(analyzer.analysis?.cells[0]?.sets).toEqual(['second']);
    }
  );

  it('that is away is asked again by itself, less and less often', async () => {
    network.respond = () => new TypeError('Failed to fetch');
    await pass(10 * 60_000);
    expect(alerts()).toHaveLength(1);
    expect(network.asked.length).toBeGreaterThan(5);
    expect(network.asked.length).toBeLessThan(20);
    network.respond = answered;
    await pass(60_000 + ANSWER_MS);
    expect(alerts()).toEqual([]);
    expect(analyzer.analysis?.cells[0]?.sets).toEqual(['first']);
    const { length } = network.asked;
    await pass(10 * 60_000);
    expect(network.asked).toHaveLength(length);
  });

  it('that is not heard of again does not hold the next question up for ever', async () => {
    const never = vi.spyOn(network.settings, 'fetch').mockImplementation(((request: Request) => {
      network.asked.push(request.source);
      return new Promise((_, reject) => {
        request.init.signal?.addEventListener('abort', () => {
          reject(new DOMException('Aborted', 'AbortError'));
        });
      });
    }) as never);
    await pass(ANSWER_MS);
    await edit('second');
    await pass(60_000);
    expect(network.asked).toEqual(['first', 'second']);
    never.mockRestore();
    await pass(60_000);
    expect(alerts()[0]).toContain('it is not awaited any more');
    await edit('third');
    await pass(ANSWER_MS);
    expect(analyzer.analysis?.cells[0]?.sets).toEqual(['third']);
    expect(alerts()).toEqual([]);
  });
});
