import type { MessageItem, MessageType, Person, Preview, RoomItem, SystemEvent } from "$lib/ipc/generated";
import { isolated } from "$lib/person";
import { m } from "$lib/texts.svelte";

const kinds: Partial<Record<MessageType, () => string>> = {
  image: m.kind_image,
  video: m.kind_video,
  audio: m.kind_audio,
  file: m.kind_file,
};

/** What a message without words is. */
export const kindText = (type: MessageType) => kinds[type]?.() ?? "";

export function typingText(names: readonly string[]): string {
  const [first, second] = names.map(isolated);
  if (first === undefined) return "";
  if (second === undefined) return m.typing_one({ name: first });
  if (names.length === 2) return m.typing_two({ first, second });
  return m.typing_many({ first, second, count: names.length - 2 });
}

/** What a message says, on one line. */
export function messageText(message: Pick<MessageItem, "preview" | "message_type" | "is_deleted">): string {
  if (message.is_deleted) return m.message_deleted();
  return message.preview || kindText(message.message_type);
}

/** What happened in a room, and to whom. */
export function systemText(event: SystemEvent, about: Person | null): string {
  const name = isolated(about?.display_name ?? m.someone());
  if (event.event === "participant_joined") return m.system_joined({ name });
  if (event.event === "participant_left") return m.system_left({ name });
  if (event.event === "participant_removed") return m.system_removed({ name });
  if (event.name) return m.system_renamed({ name: isolated(event.name) });
  return event.role ? m.system_role({ name }) : m.system_changed();
}

/** What was last said, without who said it. */
export function previewText(preview: Preview): string {
  if (preview.is_deleted) return m.rooms_deleted();
  if (preview.system) return systemText(preview.system, preview.about);
  return preview.content || kindText(preview.message_type);
}

/** Who said it, where that is not clear. */
export function previewSender(room: RoomItem): string | null {
  const last = room.last_message;
  if (!last || last.system) return null;
  if (last.is_own) return room.chat_type === "private" ? null : m.rooms_you();
  return room.chat_type === "private" ? null : `${last.sender.display_name}:`;
}
