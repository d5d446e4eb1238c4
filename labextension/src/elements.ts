/** Plain elements, for what the editor puts up and takes away. */

export function element(tag: string, className: string, children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

export function button(
  className: string,
  label: string,
  run: () => unknown,
  options: { readonly title?: string }
): HTMLElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = className;
  made.textContent = label;
  made.title = options.title ?? '';
  made.addEventListener('click', () => {
    run();
  });
  return made;
}
