/** What of an element's look is written into a picture that stands alone, where it is not the usual. */
const STROKES = { fill: '', stroke: 'none', 'stroke-width': '', 'stroke-dasharray': 'none' } as const;
const TEXTS = {
  fill: '',
  stroke: 'none',
  'stroke-width': '',
  'stroke-linejoin': 'miter',
  'paint-order': 'normal',
  'font-family': '',
  'font-size': '',
  'font-weight': '400'
} as const;
const COLOURS: ReadonlySet<string> = new Set(['fill', 'stroke']);
/** What is for the page alone. */
const ONLY_HERE = '.jp-odps-target, title';
const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * A drawing as a file of its own: the theme's colours and fonts as values, nothing to load, nothing to click.
 *
 * @param title names the picture where it is shown.
 */
export function standaloneSvg(svg: SVGSVGElement, title: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll('*');
  const copies = Array.from(copy.querySelectorAll('*'));
  copy.querySelectorAll(ONLY_HERE).forEach(element => {
    element.remove();
  });
  copies.forEach((element, at) => {
    const original = originals[at];
    if (original && copy.contains(element)) {
      dress(element, getComputedStyle(original));
    }
  });
  for (const name of ['class', 'role', 'aria-label']) {
    copy.removeAttribute(name);
  }
  copy.setAttribute('xmlns', NAMESPACE);
  const background = document.createElementNS(NAMESPACE, 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', plainColour(backgroundOf(svg)));
  const heading = document.createElementNS(NAMESPACE, 'title');
  heading.textContent = title;
  copy.prepend(heading, background);
  return new XMLSerializer().serializeToString(copy);
}

function dress(element: Element, look: CSSStyleDeclaration): void {
  for (const name of ['class', 'data-box', 'aria-hidden']) {
    element.removeAttribute(name);
  }
  const looks =
    element.tagName === 'text' ? TEXTS : ['rect', 'path'].includes(element.tagName) ? STROKES : {};
  for (const [name, usual] of Object.entries(looks)) {
    const value = look.getPropertyValue(name);
    if (value && value !== usual) {
      element.setAttribute(name, COLOURS.has(name) ? plainColour(value) : value);
    }
  }
}

/** The first colour behind an element. */
function backgroundOf(element: Element): string {
  for (let each: Element | null = element; each; each = each.parentElement) {
    const { backgroundColor } = getComputedStyle(each);
    if (backgroundColor && backgroundColor !== 'rgba(0, 0, 0, 0)' && backgroundColor !== 'transparent') {
      return backgroundColor;
    }
  }
  return 'white';
}

/** A colour as every reader of SVG knows it: what browsers mix is told in a way that few others read. */
export function plainColour(colour: string): string {
  const mixed = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)$/.exec(colour);
  if (!mixed) {
    return colour;
  }
  const [red, green, blue] = mixed
    .slice(1, 4)
    .map(part => Math.round(Math.min(1, Math.max(0, Number(part))) * 255));
  return mixed[4] === undefined
    ? `rgb(${red}, ${green}, ${blue})`
    : `rgba(${red}, ${green}, ${blue}, ${Number(mixed[4])})`;
}
