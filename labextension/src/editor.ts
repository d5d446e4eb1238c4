import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { Extension, Range, Text } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { DecorationSet, Tooltip } from '@codemirror/view';
import { Decoration, EditorView, hoverTooltip, ViewPlugin } from '@codemirror/view';

import type { IInspection } from './inspection';
import type { IDiagnostic, IRegion } from './protocol';

type Model = CodeEditor.IModel;

/** What can be done about a problem where it is shown. */
export type Actions = Pick<IInspection, 'sources' | 'edit' | 'explain'>;

/** What an editor shows of a cell. */
interface IMarks {
  readonly regions: readonly IRegion[];
  readonly diagnostics: readonly IDiagnostic[];
  readonly actions: Actions | null;
}

const NONE: IMarks = { regions: [], diagnostics: [], actions: null };
const setMarks = StateEffect.define<IMarks>();

/**
 * Marks the executor's lines in the notebook's editors: a border and a tint on whole lines, with the reason as their
 * tooltip; and underlines what will go wrong, with what can be done about it as its tooltip. Nothing moves the text, and
 * an editor with nothing on the executor looks as it did before.
 *
 * Kept by the cell's model and not by its id: two copies of one notebook share their ids.
 */
export class EditorMarks {
  /** Words for the tooltip of a line, and the content of that of a problem. */
  constructor(
    private readonly _describe: (region: IRegion) => string,
    private readonly _explain: (item: IDiagnostic, actions: Actions | null) => HTMLElement
  ) {}

  /** Whether marks are shown; what is known is kept while they are not. */
  get enabled(): boolean {
    return this._enabled;
  }

  set enabled(value: boolean) {
    if (value === this._enabled) {
      return;
    }
    this._enabled = value;
    for (const [model, views] of this._views) {
      this._push(model, views);
    }
  }

  /** Mark these regions and diagnostics of a cell, wherever it is shown and when it comes to be shown. */
  show(
    model: Model,
    regions: readonly IRegion[],
    diagnostics: readonly IDiagnostic[] = [],
    actions: Actions | null = null
  ): void {
    const before = this._marks.get(model) ?? NONE;
    if (same(regions, before.regions) && same(diagnostics, before.diagnostics)) {
      return;
    }
    this._marks.set(model, { regions, diagnostics, actions });
    const views = this._views.get(model);
    if (views) {
      this._push(model, views);
    }
  }

  /** The extension for one editor of a cell. */
  extension(model: Model): Extension {
    const field: StateField<DecorationSet> = StateField.define<DecorationSet>({
      create: state => this._decorate(state.doc, this._shown(model)),
      update: (marks, transaction) => {
        for (const effect of transaction.effects) {
          if (effect.is(setMarks)) {
            return this._decorate(transaction.state.doc, effect.value);
          }
        }
        return marks.map(transaction.changes);
      },
      provide: value => EditorView.decorations.from(value)
    });
    const plugin = ViewPlugin.define(view => {
      const views = this._views.get(model) ?? new Set<EditorView>();
      views.add(view);
      this._views.set(model, views);
      return {
        destroy: () => {
          views.delete(view);
          if (views.size === 0) {
            this._views.delete(model);
          }
        }
      };
    });
    const hover = hoverTooltip((view, position) => this._hover(view, model, position), {
      hideOnChange: true
    });
    return [field, plugin, hover];
  }

  /** The tooltip of the problems at a place, in the order of the text. */
  private _hover(view: EditorView, model: Model, position: number): Tooltip | null {
    const { diagnostics, actions } = this._shown(model);
    const found = diagnostics.flatMap(item => {
      const [mark] = underline(view.state.doc, item);
      return mark && mark.from <= position && position <= mark.to ? [{ item, mark }] : [];
    });
    const [first] = found;
    return first
      ? {
          pos: first.mark.from,
          end: Math.max(...found.map(({ mark }) => mark.to)),
          create: () => {
            const dom = document.createElement('div');
            dom.className = 'jp-odps-tooltip';
            dom.append(...found.map(({ item }) => this._explain(item, actions)));
            return { dom };
          }
        }
      : null;
  }

  private _shown(model: Model): IMarks {
    return this._enabled ? (this._marks.get(model) ?? NONE) : NONE;
  }

  private _push(model: Model, views: ReadonlySet<EditorView>): void {
    for (const view of views) {
      view.dispatch({ effects: setMarks.of(this._shown(model)) });
    }
  }

  private _decorate(doc: Text, shown: IMarks): DecorationSet {
    const lines = shown.regions.flatMap(region => {
      const mark = Decoration.line({
        class: `jp-odps-line jp-odps-line-${region.side}`,
        attributes: { title: this._describe(region) }
      });
      // The text may have moved on since it was analysed: what lies beyond its end is left out.
      const first = region.startLine + 1;
      const last = Math.min(region.endLine + 1, doc.lines);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) =>
        mark.range(doc.line(first + offset).from)
      );
    });
    return Decoration.set([...lines, ...shown.diagnostics.flatMap(item => underline(doc, item))], true);
  }

  private _enabled = true;
  private readonly _marks = new WeakMap<Model, IMarks>();
  private readonly _views = new Map<Model, Set<EditorView>>();
}

function same<T>(now: readonly T[], before: readonly T[]): boolean {
  return now.length === before.length && now.every((item, index) => item === before[index]);
}

/** The underline of one diagnostic; none where the text it speaks of is gone. */
function underline(doc: Text, item: IDiagnostic): Range<Decoration>[] {
  const from = offset(doc, item.line, item.column);
  const to = offset(doc, item.endLine, item.endColumn);
  if (from === null || to === null || from >= to) {
    return [];
  }
  const mark = Decoration.mark({
    class: `jp-odps-underline jp-odps-underline-${item.severity}`,
    // Empty: the line's own tooltip is not to lie over that of the problem.
    attributes: { title: '' }
  });
  return [mark.range(from, to)];
}

/** Where a line and column (from 0) stand in a text; null beyond its end. */
function offset(doc: Text, line: number, column: number): number | null {
  if (line >= doc.lines) {
    return null;
  }
  const found = doc.line(line + 1);
  return Math.min(found.from + column, found.to);
}
