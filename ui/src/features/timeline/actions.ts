import type { MessageItem } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";

/** What one can do with a message, in the order of its menu. */
export type Action = "react" | "reply" | "edit" | "copy" | "copy-link" | "forward" | "delete";

/** The key that does it while the message has the focus, and how that key is called in menus. */
export const keys: Partial<Record<Action, { key: string; name: string; aria: string }>> = {
  react: { key: "+", name: "+", aria: "+" },
  reply: { key: "r", name: "R", aria: "R" },
  edit: { key: "e", name: "E", aria: "E" },
  copy: { key: "c", name: "C", aria: "C" },
  delete: { key: "Delete", name: "Del", aria: "Delete" },
};

export const labels: Record<Action, () => string> = {
  react: m.action_react,
  reply: m.action_reply,
  edit: m.action_edit,
  copy: m.action_copy,
  "copy-link": m.action_copy_link,
  forward: m.action_forward,
  delete: m.action_delete,
};

/** What can be done with this one. Until the server has it, it has no name there that an action could give. */
export function actionsFor(message: MessageItem): Action[] {
  if (message.is_deleted || message.system) return [];
  const there = message.id !== null;
  const text = message.message_type === "text";
  return [
    ...(there ? (["react", "reply"] as const) : []),
    ...(there && message.is_own && text ? (["edit"] as const) : []),
    ...(message.content ? (["copy"] as const) : []),
    ...(message.seq !== null ? (["copy-link"] as const) : []),
    ...(there && message.content ? (["forward"] as const) : []),
    ...(there && message.is_own ? (["delete"] as const) : []),
  ];
}

/** The likeliest of them, for the bar; the menu has the rest. */
export function likeliest(actions: readonly Action[]): Action[] {
  const last: Action = actions.includes("edit") ? "edit" : "copy";
  return (["react", "reply", last] as const).filter((action) => actions.includes(action));
}

export function actionOfKey(event: KeyboardEvent): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const found = Object.entries(keys).find(([, { key }]) => key.toLowerCase() === event.key.toLowerCase());
  return found ? (found[0] as Action) : null;
}
