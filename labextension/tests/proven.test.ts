import { describe, expect, it } from 'vitest';

import { readAnalysis } from '../src/protocol';
import { Proofs, withProofs } from '../src/proven';
import { readSent } from '../src/sent';
import { SOURCES, WIRE } from './wire';

const FAILED = {
  by: 'preflight',
  function: 'handle',
  cell: 'bbbb',
  line: 2,
  text: 'return float(np.cosh(v))',
  kind: null,
  message: 'handle fails on the executor.'
};
const NONE: ReadonlySet<string> = new Set();
const analysis = readAnalysis(WIRE);

function findings(...found: object[]): ReturnType<typeof readSent>['findings'] {
  return readSent({ functions: [], findings: found }).findings;
}

describe('withProofs', () => {
  it('marks the problem that is proven, by its kind or as what will go wrong there', () => {
    const kind = 'module-imported-outside';
    const [proven] = withProofs(analysis, findings({ ...FAILED, kind }), NONE, SOURCES).diagnostics;
    expect(proven).toMatchObject({ kind, severity: 'hint', proof: { by: 'preflight', function: 'handle' } });
    const wrong = readAnalysis({ ...WIRE, diagnostics: [{ ...WIRE.diagnostics[0], severity: 'error' }] });
    const { diagnostics } = withProofs(wrong, findings(FAILED, { ...FAILED, by: 'job' }), NONE, SOURCES);
    expect(diagnostics.map(({ proof }) => proof?.by)).toEqual(['preflight']);
  });

  it('makes a problem of all of the line where no rule says what fails there', () => {
    const { diagnostics } = withProofs(analysis, findings(FAILED), NONE, SOURCES);
    expect(diagnostics).toHaveLength(2);
    expect(diagnostics[1]).toMatchObject({
      cell: 1,
      line: 2,
      column: 4,
      endColumn: 28,
      kind: 'seen-to-fail',
      severity: 'error',
      functions: ['handle'],
      message: 'handle fails on the executor.'
    });
  });

  it('says nothing of lines that have changed or are nowhere', () => {
    const gone = findings(
      { ...FAILED, text: 'return 1' },
      { ...FAILED, cell: 'gone' },
      { ...FAILED, line: null },
      { ...FAILED, line: 9 }
    );
    expect(withProofs(analysis, gone, NONE, SOURCES)).toBe(analysis);
  });
});

it('stays the same object while the kernel says the same, and speaks no more of what is dismissed', () => {
  const proofs = new Proofs();
  expect(proofs.of(null, [], SOURCES)).toBeNull();
  expect(proofs.of(analysis, [], SOURCES)).toBe(analysis);
  const proven = proofs.of(analysis, findings(FAILED), SOURCES);
  expect(proven?.diagnostics).toHaveLength(2);
  expect(proofs.of(analysis, findings(FAILED), SOURCES)).toBe(proven);
  const proof = proven?.diagnostics[1]?.proof;
  if (proof) {
    proofs.dismiss(proof);
  }
  expect(proofs.of(analysis, findings(FAILED), SOURCES)).toBe(analysis);
});
