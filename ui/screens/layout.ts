/** What of a page cannot be read or lies over something else, in words; runs in the page. */
export function layoutFaults(): string[] {
  type Box = { left: number; top: number; right: number; bottom: number };
  const faults: string[] = [];
  const wider = document.documentElement.scrollWidth - window.innerWidth;
  if (wider > 0) faults.push(`the page is ${wider} px wider than the window`);

  const both = (a: Box, b: Box): Box => ({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  const isThere = ({ left, top, right, bottom }: Box) => right - left > 1.5 && bottom - top > 1.5;
  /** What is asked of the same elements again and again, above all of what is around many texts. */
  function once<Answer>(ask: (element: Element) => Answer): (element: Element) => Answer {
    const known = new Map<Element, Answer>();
    return (element) => {
      const answer = known.get(element) ?? ask(element);
      known.set(element, answer);
      return answer;
    };
  }
  const styleOf = once((element) => getComputedStyle(element));
  const edgeOf = once((element) => element.getBoundingClientRect());
  const nameOf = (element: Element) =>
    element.closest("[data-testid]")?.getAttribute("data-testid") ?? element.tagName.toLowerCase();

  /** What is seen of a box within what scrolls or cuts; and what cuts it though nobody meant it. */
  function seen(element: Element, box: Box): { box: Box; cutBy: Element | null } {
    let left = box;
    let cutBy: Element | null = null;
    for (let around: Element | null = element; around; around = around.parentElement) {
      const style = styleOf(around);
      if (style.overflowX === "visible" && style.overflowY === "visible") {
        if (style.position === "fixed") break;
        continue;
      }
      const edge = edgeOf(around);
      // What nobody sees on purpose.
      if (edge.width <= 1.5 || edge.height <= 1.5) return { box: { ...box, right: box.left }, cutBy: null };
      const isMeant =
        style.textOverflow === "ellipsis" ||
        style.webkitLineClamp !== "none" ||
        ["auto", "scroll"].includes(style.overflowX) ||
        ["auto", "scroll"].includes(style.overflowY);
      // The space at the end of a line hangs over.
      const isOver =
        left.right > edge.right + 5 ||
        left.left < edge.left - 5 ||
        left.bottom > edge.bottom + 1.5 ||
        left.top < edge.top - 1.5;
      // Inside something that is shortened or scrolled on purpose, the rest is cut by that already.
      if (isMeant) left = both(left, edge);
      else if (isOver && isThere(left)) {
        cutBy ??= around;
        left = both(left, edge);
      }
      if (style.position === "fixed") break;
    }
    return { box: left, cutBy };
  }

  /** What floats is meant to lie over what does not. */
  const layer = once((element) => {
    for (let around: Element | null = element; around; around = around.parentElement) {
      const { position } = styleOf(around);
      if (position === "absolute" || position === "fixed" || position === "sticky") return around;
    }
    return document.body;
  });

  const texts: { element: Element; text: string; box: Box; layer: Element }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? "";
    if (!element || text === "" || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()].filter(isThere);
    const button = element.closest("button, [role=button], [role=menuitem], [role=option]");
    // What people wrote may be as long as it likes; and what has several texts is a row of a list, not the name of a button.
    const isWritten = element.closest("article, bdi, [dir=auto]") !== null;
    const isNamed = button && !isWritten && button.textContent?.trim() === text;
    const tops = new Set<number>();
    for (const line of lines) {
      const { box, cutBy } = seen(element, line);
      if (cutBy) faults.push(`"${text}" is cut by ${nameOf(cutBy)} .${cutBy.className}`);
      if (!isThere(box)) continue;
      tops.add(Math.round(box.top));
      if (button && !isWritten) {
        const edge = edgeOf(button);
        if (box.right > edge.right + 1.5 || box.left < edge.left - 1.5 || box.bottom > edge.bottom + 1.5)
          faults.push(`"${text}" stands out of ${nameOf(button)}`);
      }
      texts.push({ element, text, box, layer: layer(element) });
    }
    if (isNamed && tops.size > 2) faults.push(`"${text}" takes ${tops.size} lines in ${nameOf(button)}`);
  }

  // Placeholders are no text of the page, but they are read too.
  for (const field of document.querySelectorAll<HTMLInputElement>("input[placeholder]")) {
    if (field.value === "" && field.clientWidth > 0 && getComputedStyle(field).textOverflow !== "ellipsis") {
      const canvas = document.createElement("canvas").getContext("2d");
      const style = getComputedStyle(field);
      if (!canvas) continue;
      canvas.font = style.font;
      const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (canvas.measureText(field.placeholder).width > room + 1.5)
        faults.push(`the placeholder "${field.placeholder}" is cut in ${nameOf(field)}`);
    }
  }

  // From the top down, what begins below the end of a text cannot lie over it, nor can what follows.
  texts.sort((one, other) => one.box.top - other.box.top);
  texts.forEach((one, at) => {
    for (const other of texts.slice(at + 1)) {
      if (other.box.top >= one.box.bottom) break;
      if (one.layer !== other.layer || one.element === other.element) continue;
      if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const shared = both(one.box, other.box);
      if (shared.right - shared.left > 2 && shared.bottom - shared.top > 3)
        faults.push(`"${one.text}" and "${other.text}" lie over each other in ${nameOf(one.element)}`);
    }
  });
  return [...new Set(faults)];
}
