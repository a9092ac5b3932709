/** An invite to a room on a server, as it stands in `recado://join/…`. */
export interface Invite {
  server: string;
  code: string;
}

const link = /^recado:\/\/join\/([\w-]+)\/?$/u;

/** Null for anything else than such a link; the core reads those that the system hands over by the same rules. */
export function parseInvite(text: string): Invite | null {
  const encoded = link.exec(text.trim())?.[1];
  if (encoded === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { server, code } = (found ?? {}) as Partial<Record<keyof Invite, unknown>>;
    if (typeof server !== "string" || typeof code !== "string" || !/^[\da-z-]+$/iu.test(code)) return null;
    return ["http:", "https:"].includes(new URL(server).protocol) ? { server, code } : null;
  } catch {
    return null;
  }
}

/** Whether both are one server, whatever is written behind the name. */
export function isSameServer(one: string, other: string): boolean {
  try {
    return new URL(one).origin === new URL(other).origin;
  } catch {
    return false;
  }
}

/** A server as people say it. */
export function serverName(server: string): string {
  return server.replace(/^https?:\/\//u, "").replace(/\/$/u, "");
}
