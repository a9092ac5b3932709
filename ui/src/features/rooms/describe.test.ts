import { expect, test } from "vitest";
import { locale } from "$lib/texts.svelte";
import { typingText } from "./describe";

/** Without the marks that keep each name's own direction. */
const said = (...names: string[]) => typingText(names).replaceAll(/[\u2068\u2069]/gu, "");

test("who types is named, two at most, the others are counted", async () => {
  expect(said()).toBe("");
  expect(said("Ana")).toBe("Ana is typing");
  expect(said("Ana", "Juan")).toBe("Ana and Juan are typing");
  expect(said("Ana", "Juan", "Luz")).toBe("Ana, Juan and 1 other are typing");
  expect(said("Ana", "Juan", "Luz", "Noor")).toBe("Ana, Juan and 2 others are typing");
  await locale.choose("es");
  expect(said("Ana", "Juan", "Luz", "Noor")).toBe("Ana, Juan y 2 más están escribiendo");
});
