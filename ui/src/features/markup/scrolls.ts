/** What is wider than its place can be scrolled by keyboard; what is not, is no stop for it. */
export function scrolls(node: HTMLElement) {
  const look = () => (node.tabIndex = node.scrollWidth > node.clientWidth ? 0 : -1);
  const watch = new ResizeObserver(look);
  watch.observe(node);
  look();
  return { destroy: () => watch.disconnect() };
}
