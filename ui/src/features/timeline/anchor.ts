/** What something that floats stands at: an element, or the point that was pointed at. */
export type Anchor = HTMLElement | { getBoundingClientRect: () => DOMRect };

export function pointAt(x: number, y: number): Anchor {
  return { getBoundingClientRect: () => new DOMRect(x, y, 0, 0) };
}

/** Below the upper edge, in the middle. */
export function topOf(element: Element): Anchor {
  const { x, y, width } = element.getBoundingClientRect();
  return pointAt(x + width / 2, y);
}
