import type { INotebookModel } from '@jupyterlab/notebook';

import type { LinkStatus } from './link';

/**
 * The language of a notebook that is not in Python, '' if the notebook does not name it; null for a Python notebook.
 *
 * What runs is the kernel's language; before there is one, the notebook's own word counts.
 */
export function otherLanguage(model: Pick<INotebookModel, 'getMetadata'>, kernel: LinkStatus): string | null {
  const named = said(model);
  switch (kernel) {
    case 'absent':
    case 'loaded':
    case 'outdated':
      return null;
    case 'foreign':
      return named !== null && !isPython(named) ? named : '';
    case 'none':
    case 'asking':
      return named === null || isPython(named) ? null : named;
  }
}

function said(model: Pick<INotebookModel, 'getMetadata'>): string | null {
  for (const [section, field] of [
    ['kernelspec', 'language'],
    ['language_info', 'name']
  ] as const) {
    const metadata: unknown = model.getMetadata(section);
    if (typeof metadata === 'object' && metadata !== null) {
      const language = (metadata as Record<string, unknown>)[field];
      if (typeof language === 'string' && language !== '') {
        return language;
      }
    }
  }
  return null;
}

function isPython(language: string): boolean {
  return ['python', 'ipython'].includes(language.toLowerCase());
}
