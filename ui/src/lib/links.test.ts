import { expect, test } from "vitest";
import { isEmojiOnly, segments } from "./links";

const urls = (text: string) => segments(text).flatMap((segment) => segment.url ?? []);

test("a link ends before the sentence's punctuation", () => {
  expect(urls("See https://example.org/a_(b), and http://x.test.")).toEqual([
    "https://example.org/a_(b)",
    "http://x.test",
  ]);
  expect(urls("(https://example.org)")).toEqual(["https://example.org"]);
});

test("other schemes are text", () => {
  expect(urls("javascript:alert(1) file:///etc/passwd https://")).toEqual([]);
});

test("nothing of the text is lost", () => {
  const text = "a https://b.test, c mailto:ana@b.test!";
  expect(
    segments(text)
      .map((segment) => segment.text)
      .join(""),
  ).toBe(text);
});

test("emoji alone are told from text and digits", () => {
  expect(isEmojiOnly("👍🏽 👩‍🚀")).toBe(true);
  expect(isEmojiOnly("12")).toBe(false);
  expect(isEmojiOnly("ok 👍")).toBe(false);
});
