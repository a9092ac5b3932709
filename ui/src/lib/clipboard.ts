/** Copies a text. The older way is for web views that keep the newer one from pages. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const copy = document.createElement("textarea");
    copy.value = text;
    copy.className = "visually-hidden";
    document.body.append(copy);
    copy.select();
    const done = document.execCommand("copy");
    copy.remove();
    if (before instanceof HTMLElement) before.focus();
    return done;
  }
}
