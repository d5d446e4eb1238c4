import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';

import type { IInspection } from '../src/inspection';
import type { IKernelState } from '../src/protocol';
import { readAnalysis, readStateResult, RequestError } from '../src/protocol';
import { withProofs } from '../src/proven';
import { SOURCES, STATE, WIRE } from './wire';

/** An inspection with the documented program analysed and no kernel extension, changed by each test as it needs. */
export function inspection(changes: Partial<IInspection> = {}): IInspection {
  const made: IInspection = {
    path: 'clicks.ipynb',
    title: 'clicks.ipynb',
    analysis: readAnalysis(WIRE),
    analysisError: null,
    slow: false,
    kernel: 'absent',
    kernelState: null,
    kernelBusy: false,
    kernelError: null,
    changed: new Signal<IInspection, void>({} as IInspection),
    refresh: vi.fn(),
    enable: vi.fn(() => Promise.resolve()),
    setBackend: vi.fn(() => Promise.resolve()),
    sources: SOURCES,
    runs: [],
    history: null,
    sent: null,
    kernelOlder: false,
    otherLanguage: null,
    stop: vi.fn(() => Promise.resolve()),
    logview: vi.fn(() => Promise.resolve(null)),
    open: vi.fn(() => Promise.reject(new RequestError('Not kept.'))),
    sentHere: vi.fn(() => []),
    runOnce: vi.fn(() => Promise.resolve()),
    edited: new Set(),
    outdated: new Set(),
    restorable: 0,
    edit: vi.fn(() => true),
    restore: vi.fn(() => true),
    dismiss: vi.fn(),
    explain: vi.fn(() => Promise.resolve()),
    reveal: vi.fn(() => Promise.resolve()),
    ...changes
  };
  const { analysis, sent, sources } = made;
  return { ...made, analysis: analysis && withProofs(analysis, sent?.findings ?? [], new Set(), sources) };
}

export function loaded(changes: Record<string, unknown> = {}): {
  kernel: 'loaded';
  kernelState: IKernelState;
} {
  const { state } = readStateResult({ sequence: 1, state: { ...STATE, ...changes } });
  return { kernel: 'loaded', kernelState: state };
}
