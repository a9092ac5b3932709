import type { MessageItem, MessageType, Preview, RoomItem } from "$lib/ipc/generated";
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

/** What was last said, without who said it. */
export function previewText(preview: Preview): string {
  if (preview.is_deleted) return m.rooms_deleted();
  if (preview.system) {
    const name = preview.sender.display_name;
    if (preview.system.event === "participant_joined") return m.system_joined({ name });
    if (preview.system.event === "participant_left") return m.system_left({ name });
    return m.system_changed();
  }
  return preview.content || kindText(preview.message_type);
}

/** Who said it, where that is not clear. */
export function previewSender(room: RoomItem): string | null {
  const last = room.last_message;
  if (!last || last.system) return null;
  if (last.is_own) return room.chat_type === "private" ? null : m.rooms_you();
  return room.chat_type === "private" ? null : `${last.sender.display_name}:`;
}
