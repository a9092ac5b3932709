import { expect, test } from "vitest";
import { me, people } from "$lib/ipc/fake/conversation";
import { locale } from "$lib/texts.svelte";
import { previewText, systemText, typingText } from "./describe";

/** Without the marks that keep each name's own direction. */
const bare = (text: string) => text.replaceAll(/[\u2068\u2069]/gu, "");
const said = (...names: string[]) => bare(typingText(names));

test("what happened in a room names whom it happened to, in the list as in the room", () => {
  const user_id = people.noor.id;
  const removed = { event: "participant_removed", user_id } as const;
  expect(bare(systemText(removed, people.noor))).toBe(`${people.noor.display_name} was removed`);
  expect(systemText(removed, null)).toContain("Someone");
  const line = { sender: me, is_own: true, content: "", message_type: "system", is_deleted: false } as const;
  const preview = { ...line, system: removed, about: people.noor, at: "", delivery: null };
  expect(previewText(preview)).toBe(systemText(removed, people.noor));
  expect(bare(systemText({ event: "room_changed", name: "Crew" }, null))).toBe("The chat is now called Crew");
});

test("who types is named, two at most, the others are counted", async () => {
  expect(said()).toBe("");
  expect(said("Ana")).toBe("Ana is typing");
  expect(said("Ana", "Juan")).toBe("Ana and Juan are typing");
  expect(said("Ana", "Juan", "Luz")).toBe("Ana, Juan and 1 other are typing");
  expect(said("Ana", "Juan", "Luz", "Noor")).toBe("Ana, Juan and 2 others are typing");
  await locale.choose("es");
  expect(said("Ana", "Juan", "Luz", "Noor")).toBe("Ana, Juan y 2 más están escribiendo");
});
