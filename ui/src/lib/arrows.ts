/** Up and down go through the fields and buttons of a form, as in a list. Takes the keys of what is around them. */
export function arrows(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.isComposing || event.defaultPrevented) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input, button")];
  const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
