import { expect, test } from "vitest";
import { pills } from "./reactions";
import { locale } from "./texts.svelte";

const shown = (type: string) => pills([{ reaction_type: type, user_ids: ["a"] }], "me").map((pill) => pill.emoji);

test("named reactions are shown as their emoji", () => {
  const names = ["like", "love", "laugh", "wow", "sad", "angry", "fire", "golazo"];
  expect(names.flatMap(shown)).toEqual(["👍", "❤️", "😂", "😮", "😢", "😠", "🔥", "⚽"]);
});

test("emoji and unknown text are shown as they are", () => {
  expect([...shown("🧥"), ...shown("constructor"), ...shown("hooray")]).toEqual(["🧥", "constructor", "hooray"]);
});

test("a name and its emoji are one pill, and a person counts once", () => {
  const [pill, ...others] = pills(
    [
      { reaction_type: "like", user_ids: ["a", "b"] },
      { reaction_type: "👍", user_ids: ["b", "me"] },
    ],
    "me",
  );
  expect(others).toEqual([]);
  expect(pill).toMatchObject({ emoji: "👍", count: 3, mine: true });
});

test("they are read aloud in words of the language", async () => {
  const words = () => pills([{ reaction_type: "❤️", user_ids: ["a"] }], "me")[0]?.words;
  expect(words()).toBe("Love");
  await locale.choose("es");
  expect(words()).toBe("Me encanta");
});
