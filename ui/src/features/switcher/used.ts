import type { RoomId } from "$lib/ipc/generated";

/** What one went to or did, the latest first. Kept on this computer, since it is about this window. */
const KEPT_AS = "used";
/** More than these would say nothing about habits. */
const MOST = 60;

export const roomKey = (room: RoomId) => `room:${room}`;

export function used(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? "[]");
    return Array.isArray(kept) ? kept.filter((key) => typeof key === "string") : [];
  } catch {
    return [];
  }
}

export function use(key: string): void {
  localStorage.setItem(KEPT_AS, JSON.stringify([key, ...used().filter((other) => other !== key)].slice(0, MOST)));
}

export function forgetUsed(): void {
  localStorage.removeItem(KEPT_AS);
}
