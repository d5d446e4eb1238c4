import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Ask } from '../src/analyzer';
import { Analyzer, QUIET, share } from '../src/analyzer';
import type { IAnalysis } from '../src/protocol';
import { readAnalysis } from '../src/protocol';
import type { ICellSource } from '../src/rest';
import { ServerError } from '../src/rest';
import { WIRE } from './wire';

/** Cells that a test edits. */
class Sources {
  readonly changed = new Signal<this, void>(this);
  cells: ICellSource[] = [{ id: 'a', source: '1' }];

  read(): ICellSource[] {
    return this.cells;
  }

  edit(source: string): void {
    this.cells = [{ id: 'a', source }];
    this.changed.emit();
  }
}

/** A server that answers when the test says so; an answer names the source it was asked about. */
class Server {
  readonly asked: {
    source: string;
    answer: () => void;
    fail: (error: Error) => void;
    signal: AbortSignal;
  }[] = [];

  readonly ask: Ask = (cells, signal) =>
    new Promise((resolve, reject) => {
      const source = cells[0]?.source ?? '';
      this.asked.push({
        source,
        signal,
        fail: reject,
        answer: () => {
          resolve(answerTo(source));
        }
      });
    });
}

function answerTo(source: string): IAnalysis {
  return readAnalysis({
    ...WIRE,
    cells: [{ ...WIRE.cells[0], summary: { sets: [source], imports: [], calls: [] } }]
  });
}

const DELAY = 50;

describe('Analyzer', () => {
  let sources: Sources;
  let server: Server;
  let analyzer: Analyzer;

  beforeEach(() => {
    vi.useFakeTimers();
    sources = new Sources();
    server = new Server();
    analyzer = new Analyzer({ sources, ask: server.ask, delay: DELAY, patience: 1000 });
  });

  afterEach(() => {
    analyzer.dispose();
    vi.useRealTimers();
  });

  const shown = (): readonly string[] | undefined => analyzer.analysis?.cells[0]?.sets;
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it('asks at once when it is made', async () => {
    server.asked[0]?.answer();
    await settle();
    expect(shown()).toEqual(['1']);
  });

  it('asks once after a burst of edits, less than 150 ms after the last', async () => {
    for (const source of ['2', '22', '222']) {
      sources.edit(source);
      await vi.advanceTimersByTimeAsync(DELAY / 2);
    }
    await vi.advanceTimersByTimeAsync(DELAY);
    server.asked[0]?.answer();
    await settle();
    expect(server.asked.map(({ source }) => source)).toEqual(['1', '222']);
    expect(QUIET).toBeLessThan(150);
  });

  it('asks one question at a time, and shows no answer to sources that have changed since', async () => {
    for (const source of ['2', '3']) {
      sources.edit(source);
      await vi.advanceTimersByTimeAsync(DELAY);
    }
    expect(server.asked).toHaveLength(1);
    server.asked[0]?.answer();
    await settle();
    expect(shown()).toBeUndefined();
    expect(server.asked.map(({ source }) => source)).toEqual(['1', '3']);
    server.asked[1]?.answer();
    await settle();
    expect(shown()).toEqual(['3']);
    expect(server.asked).toHaveLength(2);
  });

  it('keeps the last answer when the server fails, and recovers', async () => {
    server.asked[0]?.answer();
    await settle();
    sources.edit('2');
    await vi.advanceTimersByTimeAsync(DELAY);
    server.asked[1]?.fail(new ServerError('missing', 'Not Found'));
    await settle();
    expect(shown()).toEqual(['1']);
    expect(analyzer.error).toBeInstanceOf(ServerError);
    analyzer.refresh();
    await vi.advanceTimersByTimeAsync(DELAY);
    server.asked[2]?.answer();
    await settle();
    expect(shown()).toEqual(['2']);
    expect(analyzer.error).toBeNull();
  });

  it('asks a server that is away again by itself, and the user never waits for that', async () => {
    const away = new ServerError('away', 'Failed to fetch');
    for (let asked = 0; asked < 6; asked += 1) {
      server.asked[asked]?.fail(away);
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(server.asked).toHaveLength(7);
    sources.edit('2');
    server.asked[6]?.fail(away);
    await vi.advanceTimersByTimeAsync(DELAY);
    expect(server.asked.slice(7).map(({ source }) => source)).toEqual(['2']);
    server.asked[7]?.answer();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.asked).toHaveLength(8);
    expect(shown()).toEqual(['2']);
  });

  it('says when an answer takes long', async () => {
    await vi.advanceTimersByTimeAsync(1000);
    expect(analyzer.slow).toBe(true);
    server.asked[0]?.answer();
    await settle();
    expect(analyzer.slow).toBe(false);
  });

  it('asks no more once disposed', async () => {
    analyzer.dispose();
    sources.edit('2');
    await vi.advanceTimersByTimeAsync(DELAY * 2);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.signal.aborted).toBe(true);
  });
});

describe('share', () => {
  it('keeps the objects of what did not change', () => {
    const old = readAnalysis(WIRE);
    const edited = structuredClone(WIRE);
    edited.cells[2]?.summary.sets.push('more');
    const now = share(old, readAnalysis(edited));
    expect(now.cells[0]).toBe(old.cells[0]);
    expect(now.cells[2]?.sets).toEqual(['val', 'more']);
    expect(now.placement).toBe(old.placement);
  });
});
