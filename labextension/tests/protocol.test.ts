import { describe, expect, it } from 'vitest';

import {
  ProtocolError,
  readAnalysis,
  readEvent,
  readReply,
  readStateResult,
  RequestError,
  VersionError
} from '../src/protocol';
import { STATE, WIRE } from './wire';

describe('readAnalysis', () => {
  it('reads what the server sends', () => {
    const analysis = readAnalysis(WIRE);
    expect(analysis.cells.map(cell => cell.sets)).toEqual([['df', 'coeffs'], ['handle'], ['val']]);
    expect(analysis.cells[1]?.regions[0]).toMatchObject({ startLine: 0, endLine: 2, side: 'executor' });
    expect(analysis.placement[0]).toMatchObject({ cell: 1, name: 'handle', side: 'executor' });
    expect(analysis.shipped[0]).toMatchObject({
      captures: [{ name: 'coeffs', at: { cell: 1, line: 2 }, set: { cell: 0, line: 4 } }],
      calls: [{ cell: 2, method: 'map' }]
    });
  });

  it('ignores fields it does not know', () => {
    expect(() => readAnalysis({ ...WIRE, weather: 'fine' })).not.toThrow();
  });

  it('does without details', () => {
    const shipped = { ...WIRE.shipped[0], details: null };
    expect(readAnalysis({ ...WIRE, shipped: [shipped] }).shipped[0]?.captures).toEqual([
      { name: 'coeffs', at: null, bound: null, set: null, setAtCall: null, setLater: [] }
    ]);
  });

  it('reads a broken cell', () => {
    const broken = {
      id: 'x',
      index: 0,
      error: { line: 2, column: 4, message: 'invalid syntax' },
      regions: []
    };
    expect(readAnalysis({ ...WIRE, cells: [broken] }).cells[0]?.error).toEqual({
      line: 2,
      column: 4,
      message: 'invalid syntax'
    });
  });

  it.each([
    ['another major version', { ...WIRE, version: 2 }, VersionError],
    ['no object', 'hello', ProtocolError],
    ['null', null, ProtocolError],
    ['a missing list', { ...WIRE, cells: undefined }, ProtocolError],
    ['an unknown side', { ...WIRE, placement: [{ ...WIRE.placement[0], side: 'moon' }] }, ProtocolError],
    ['a text for a number', { ...WIRE, placement: [{ ...WIRE.placement[0], line: '3' }] }, ProtocolError],
    ['a list of other things', { ...WIRE, shipped: [{ ...WIRE.shipped[0], imports: [3] }] }, ProtocolError]
  ])('refuses %s', (_, value, kind) => {
    expect(() => readAnalysis(value)).toThrow(kind);
  });
});

describe('the kernel', () => {
  it('sends its whole state with each event', () => {
    const event = readEvent({ version: 2, event: 'state', sequence: 4, snapshot: STATE });
    // An older kernel's.
    expect(readEvent({ version: 1, event: 'state', sequence: 4, state: STATE })).toEqual(event);
    expect(() => readEvent({ version: 3, event: 'state' })).toThrow('version 3 instead of 2');
    expect(event).toEqual({
      event: 'state',
      control: false,
      sequence: 4,
      state: {
        backend: 'pandas',
        sample: 100,
        where: null,
        connection: { kind: 'embedded', project: 'local', endpoint: null, label: 'embedded' },
        profile: { name: 'cp311', isRuntime: true, image: null },
        run: null,
        sent: [],
        underway: [],
        live: [],
        unsubmitted: [],
        knowsNotebook: null
      }
    });
  });

  it('may have no profile yet and all rows for a sample', () => {
    const told = { ...STATE, profile: null, sample: 'all', where: 'x > 1' };
    const { state } = readStateResult({ sequence: 1, state: told });
    expect(state).toMatchObject({ profile: null, sample: 'all', where: 'x > 1' });
  });

  it('may send events of a later minor version', () => {
    expect(readEvent({ version: 1, event: 'dance' })).toBeNull();
  });

  it('refuses a request in words', () => {
    const reply = readReply({ version: 1, id: '7', error: { message: 'No.', hint: 'Ask nicely.' } });
    expect(reply).toEqual({ id: '7', error: new RequestError('No.', 'Ask nicely.') });
    expect(readReply({ version: 1, id: '8', result: { a: 1 } })).toEqual({ id: '8', result: { a: 1 } });
  });
});
