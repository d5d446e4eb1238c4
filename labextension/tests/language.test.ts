import { describe, expect, it } from 'vitest';

import { otherLanguage } from '../src/language';

function notebook(metadata: Record<string, unknown>): { getMetadata: (key: string) => unknown } {
  return { getMetadata: key => metadata[key] };
}

const R = notebook({ kernelspec: { name: 'ir', language: 'R' } });
const PYTHON = notebook({ kernelspec: { name: 'python3', language: 'python' } });

describe('otherLanguage', () => {
  it('is what the notebook names, before there is a kernel', () => {
    expect(otherLanguage(R, 'none')).toBe('R');
    expect(otherLanguage(notebook({ language_info: { name: 'julia' } }), 'asking')).toBe('julia');
    expect(otherLanguage(PYTHON, 'none')).toBeNull();
  });

  it('takes a notebook that names none for Python', () => {
    expect(otherLanguage(notebook({}), 'none')).toBeNull();
    expect(otherLanguage(notebook({ kernelspec: 3, language_info: { name: null } }), 'none')).toBeNull();
  });

  it('is what the kernel speaks, once it has spoken', () => {
    expect(otherLanguage(R, 'absent')).toBeNull();
    expect(otherLanguage(R, 'foreign')).toBe('R');
    expect(otherLanguage(PYTHON, 'foreign')).toBe('');
  });
});
