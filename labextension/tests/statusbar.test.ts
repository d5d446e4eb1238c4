import { nullTranslator } from '@jupyterlab/translation';
import { expect, it } from 'vitest';

import { readAnalysis } from '../src/protocol';
import { statusWords } from '../src/statusbar';
import { inspection, loaded } from './inspection';
import { WIRE } from './wire';

const trans = nullTranslator.load('odps_jupyter');
const LIVE = {
  key: 1,
  run: 1,
  backend: 'maxcompute',
  operations: [],
  functions: [],
  started: 0,
  status: 'Executing',
  fraction: 0.647
};

it('says where the notebook runs, how far it is and what is wrong, and nothing where ODPS has no part', () => {
  expect(statusWords(inspection(loaded()), trans)).toBe('ODPS: pandas · 1 problem');
  expect(statusWords(inspection(loaded({ backend: 'maxcompute', live: [LIVE] })), trans)).toBe(
    'ODPS: MaxCompute · running, 64 % · 1 problem'
  );
  const clean = readAnalysis({ ...WIRE, diagnostics: [] });
  expect(statusWords(inspection({ analysis: clean }), trans)).toBe('ODPS: not enabled');
  expect(statusWords(inspection({ analysis: { ...clean, shipped: [] } }), trans)).toBeNull();
});
