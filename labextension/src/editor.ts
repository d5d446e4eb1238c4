import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { Extension, Range, Text } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { DecorationSet, Tooltip } from '@codemirror/view';
import { Decoration, EditorView, hoverTooltip, ViewPlugin } from '@codemirror/view';
import type { JSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';

import type { ICaptured } from './captured';
import { spots } from './captured';
import type { IInspection } from './inspection';
import { pin } from './pinned';
import type { IDiagnostic, IRegion } from './protocol';

type Model = CodeEditor.IModel;

/** What can be done about what is shown, where it is shown. */
export type Actions = Pick<IInspection, 'sources' | 'edit' | 'explain' | 'reveal'>;

/** The actions of one view of a notebook. */
export type ViewActions = Actions & {
  /** Whether a node lies in that view. */
  readonly holds: (node: Node) => boolean;
  readonly isDisposed: boolean;
};

/** What is known of a cell. */
export interface IMarks {
  /** What of it runs on the executor. */
  readonly regions: readonly IRegion[];
  readonly diagnostics: readonly IDiagnostic[];
  readonly captured: readonly ICaptured[];
  readonly actions: ViewActions | null;
}

/** What is said of it. */
export interface IWording {
  /** For the tooltip of a line. */
  readonly region: (region: IRegion) => string;
  readonly problem: (item: IDiagnostic, actions: Actions | null) => HTMLElement;
  readonly captured: (item: ICaptured, actions: Actions | null) => HTMLElement;
  /** Of a place where none of these are. */
  readonly nothing: string;
  /** Of all that is said of a place. */
  readonly title: string;
}

const NONE: IMarks = { regions: [], diagnostics: [], captured: [], actions: null };
const setMarks = StateEffect.define<IMarks>();

/**
 * Marks the executor's lines in the notebook's editors: a border and a tint on whole lines, with the reason as their
 * tooltip; underlines what will go wrong, with what can be done about it as its tooltip; and tells of a captured name
 * what travels. Nothing moves the text, and an editor with nothing on the executor looks as it did before.
 *
 * Kept by the cell's model and not by its id: two copies of one notebook share their ids.
 */
export class EditorMarks {
  constructor(private readonly _say: IWording) {}

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

  /** Mark what is known of a cell, wherever it is shown and when it comes to be shown. */
  show(model: Model, now: Partial<IMarks>): void {
    const marks = { ...NONE, ...now };
    const before = this._marks.get(model) ?? NONE;
    this._marks.set(model, marks);
    if (marks.actions) {
      const others = this._actions.get(model)?.filter(each => each !== marks.actions && !each.isDisposed);
      this._actions.set(model, [marks.actions, ...(others ?? [])]);
    }
    const views = this._views.get(model);
    if (
      views &&
      !(
        same(marks.regions, before.regions) &&
        same(marks.diagnostics, before.diagnostics) &&
        same(marks.captured, before.captured)
      )
    ) {
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

  /** Show what is known of the line of the cursor, with the focus in it: what the mouse shows, for the keyboard. */
  showAtCursor(model: Model): void {
    const view = Array.from(this._views.get(model) ?? []).find(each => each.hasFocus);
    if (!view) {
      return;
    }
    const { doc, selection } = view.state;
    const marks = this._shown(model);
    const line = doc.lineAt(selection.main.head);
    const regions = marks.regions.filter(
      region => region.startLine < line.number && line.number <= region.endLine + 1
    );
    const found = this._found(view, model, marks, line.from, line.to);
    pin(view, this._say.title, [
      ...[...regions.map(this._say.region), ...(regions.length > 0 ? [] : [this._say.nothing])].map(text => {
        const words = document.createElement('p');
        words.textContent = text;
        return words;
      }),
      ...found.map(({ tell }) => tell())
    ]);
  }

  /** The tooltip of what is known of a place, in the order of the text. */
  private _hover(view: EditorView, model: Model, position: number): Tooltip | null {
    const found = this._found(view, model, this._shown(model), position, position);
    const [first] = found;
    return first
      ? {
          pos: first.from,
          end: Math.max(...found.map(({ to }) => to)),
          create: () => {
            const dom = document.createElement('div');
            dom.className = 'jp-odps-tooltip';
            dom.append(...found.map(({ tell }) => tell()));
            return { dom };
          }
        }
      : null;
  }

  /** Problems and captured names that touch a stretch of the text. */
  private _found(
    view: EditorView,
    model: Model,
    marks: IMarks,
    from: number,
    to: number
  ): readonly { readonly from: number; readonly to: number; readonly tell: () => HTMLElement }[] {
    const { doc } = view.state;
    const { diagnostics, captured } = marks;
    // What is shown in a view of the notebook acts on that view.
    const all = this._actions.get(model) ?? [];
    const actions = all.find(each => each.holds(view.dom)) ?? marks.actions;
    const problems = diagnostics.flatMap(item =>
      underline(doc, item).map(mark => ({
        from: mark.from,
        to: mark.to,
        tell: () => this._say.problem(item, actions)
      }))
    );
    const told = new Set<ICaptured>();
    const names = spots(doc, captured)
      .filter(spot => spot.from <= to && from <= spot.to)
      .flatMap(spot => {
        const again = told.has(spot.item);
        told.add(spot.item);
        return again
          ? []
          : [{ from: spot.from, to: spot.to, tell: () => this._say.captured(spot.item, actions) }];
      });
    return [...problems.filter(each => each.from <= to && from <= each.to), ...names];
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
        attributes: { title: this._say.region(region) }
      });
      // The text may have moved on since it was analysed: what lies beyond its end is left out.
      const first = region.startLine + 1;
      const last = Math.min(region.endLine + 1, doc.lines);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) =>
        mark.range(doc.line(first + offset).from)
      );
    });
    const names = spots(doc, shown.captured).map(({ from, to }) => CAPTURED.range(from, to));
    const wrong = shown.diagnostics.flatMap(item => underline(doc, item));
    return Decoration.set([...lines, ...names, ...wrong], true);
  }

  private _enabled = true;
  private readonly _marks = new WeakMap<Model, IMarks>();
  /** Of each view that has shown the model's notebook, the last one first. */
  private readonly _actions = new WeakMap<Model, readonly ViewActions[]>();
  private readonly _views = new Map<Model, Set<EditorView>>();
}

/** With an empty title: the line's own tooltip is not to lie over that of the name. */
const CAPTURED = Decoration.mark({ class: 'jp-odps-captured', attributes: { title: '' } });

/** Each view of a notebook asks for itself, and gets equal answers. */
function same<T>(now: readonly T[], before: readonly T[]): boolean {
  return (
    now.length === before.length &&
    now.every(
      (item, index) =>
        item === before[index] || JSONExt.deepEqual(item as JSONValue, before[index] as JSONValue)
    )
  );
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
