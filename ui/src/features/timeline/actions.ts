import type { MessageItem, Action as Permission } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";

/** What one can do with a message, in the order of its menu. */
export type Action =
  | "react"
  | "reply"
  | "edit"
  | "copy"
  | "copy-link"
  | "forward"
  | "pin"
  | "unpin"
  | "mark-unread"
  | "history"
  | "read-by"
  | "delete";

/** What the room allows. */
export interface Scope {
  /** Null as long as it is not known. */
  may: (permission: Permission) => boolean | null;
  /** Whether it is told who has read. */
  tellsReaders: boolean;
}

const nothing: Scope = { may: () => false, tellsReaders: false };

/** The key that does it while the message has the focus, and how that key is called in menus. */
export const keys: Partial<Record<Action, { key: string; name: string; aria: string }>> = {
  react: { key: "+", name: "+", aria: "+" },
  reply: { key: "r", name: "R", aria: "R" },
  edit: { key: "e", name: "E", aria: "E" },
  copy: { key: "c", name: "C", aria: "C" },
  pin: { key: "p", name: "P", aria: "P" },
  unpin: { key: "p", name: "P", aria: "P" },
  "mark-unread": { key: "u", name: "U", aria: "U" },
  delete: { key: "Delete", name: "Del", aria: "Delete" },
};

export const labels: Record<Action, () => string> = {
  react: m.action_react,
  reply: m.action_reply,
  edit: m.action_edit,
  copy: m.action_copy,
  "copy-link": m.action_copy_link,
  forward: m.action_forward,
  pin: m.action_pin,
  unpin: m.action_unpin,
  "mark-unread": m.action_mark_unread,
  history: m.action_history,
  "read-by": m.action_read_by,
  delete: m.action_delete,
};

/** What can be done with this one. Until the server has it, it has no name there that an action could give. */
export function actionsFor(message: MessageItem, { may, tellsReaders }: Scope = nothing): Action[] {
  if (message.is_deleted || message.system) return [];
  const there = message.id !== null;
  const text = message.message_type === "text";
  return [
    ...(there ? (["react", "reply"] as const) : []),
    ...(there && message.is_own && text ? (["edit"] as const) : []),
    ...(message.content ? (["copy"] as const) : []),
    ...(message.seq !== null ? (["copy-link"] as const) : []),
    ...(there && message.content ? (["forward"] as const) : []),
    // Where it is not known, the room says what it allows.
    ...(there && may("pin") !== false ? ([message.pinned ? "unpin" : "pin"] as const) : []),
    ...(message.seq !== null && !message.is_own ? (["mark-unread"] as const) : []),
    ...(there && message.is_edited && (message.is_own || may("read_edits_of_others")) ? (["history"] as const) : []),
    ...(there && tellsReaders ? (["read-by"] as const) : []),
    ...(there && (message.is_own || may("delete_others")) ? (["delete"] as const) : []),
  ];
}

/** The likeliest of them, for the bar; the menu has the rest. */
export function likeliest(actions: readonly Action[]): Action[] {
  const last: Action = actions.includes("edit") ? "edit" : "copy";
  return (["react", "reply", last] as const).filter((action) => actions.includes(action));
}

/** Those of them that a key means. */
export function actionOfKey(event: KeyboardEvent, actions: readonly Action[]): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  return actions.find((action) => keys[action]?.key.toLowerCase() === event.key.toLowerCase()) ?? null;
}
