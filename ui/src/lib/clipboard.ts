/** Writes the clipboard. Until there is a core: as pages do it, which a web view allows within a click only. */
let write = (text: string): Promise<unknown> => navigator.clipboard.writeText(text);

/** Has texts be copied by the shell, which may do it at any time. */
export function copyBy(next: typeof write): void {
  write = next;
}

/** Copies a text; answers whether it could be. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await write(text);
    return true;
  } catch {
    return false;
  }
}
